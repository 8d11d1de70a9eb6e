/*
 * The console's one search: groups, people, accounts and pages, as far as the person may see them.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SEARCH_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SEARCH_H

#include "admin-cgi/router.h"

/** GET /admin/search?q=TEXT: what there is, each a link. 400 for a malformed query. */
route_handler page_search;

/** GET /admin/search.json?q=TEXT: the same for the field of every page (static/js/console.js):
 * {"sections": [{"label", "hits": [{"label", "detail", "path"}]}]}. */
route_handler page_search_json;

#endif
