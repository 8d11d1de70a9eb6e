/*
 * The server's logo: taken from the page of settings, given to everybody.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LOGO_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LOGO_H

#include "admin-cgi/router.h"

/** POST /admin/settings/logo: another picture, or (`action` is "remove") the default again. */
route_handler page_logo_post;
/** GET /site/logo: the picture. Public; 404 where there is none. */
route_handler site_logo;

#endif
