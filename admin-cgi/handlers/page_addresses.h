/*
 * The server's addresses and who may use it from elsewhere, for server administrators:
 * /admin/settings/addresses, what data/config.json says of them.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_ADDRESSES_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_ADDRESSES_H

#include "admin-cgi/router.h"

/** GET /admin/settings/addresses */
route_handler page_addresses;
/** POST /admin/settings/addresses */
route_handler page_addresses_post;

#endif
