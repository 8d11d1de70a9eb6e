/*
 * STUN and TURN servers, for server administrators: /admin/settings/ice, data/ice-servers.json as a
 * list. Credentials go in and never come out.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_ICE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_ICE_H

#include "admin-cgi/router.h"

/** GET /admin/settings/ice; ?edit=N: the form changes server N (from 0). */
route_handler page_ice;
/** POST /admin/settings/ice */
route_handler page_ice_post;

#endif
