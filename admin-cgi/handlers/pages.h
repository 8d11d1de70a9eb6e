/*
 * Handlers of the pages for people, and the table that leads to them (page_routes.c).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGES_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGES_H

#include "admin-cgi/router.h"

extern const struct route_table page_routes;

/* page_landing.c */
route_handler page_landing;
route_handler page_join;

/* page_setup.c */
route_handler page_setup;
route_handler page_setup_post;

/* page_login.c */
route_handler page_login;
route_handler page_login_post;
route_handler page_logout;
route_handler page_confirm;
route_handler page_confirm_post;

#endif
