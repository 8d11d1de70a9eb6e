/*
 * The manuals, to be read in the console (manual.h), also by who cannot sign in.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_MANUAL_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_MANUAL_H

#include "admin-cgi/router.h"

/** GET /admin/help/ and /admin/help/{manual}: one manual, with the way to the others. */
route_handler page_manual;

#endif
