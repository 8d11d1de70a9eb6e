/*
 * The people in a group now, and how well they are heard and seen.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_H

#include "admin-cgi/router.h"

/** GET GROUP/.live: by the last sample of mediad's (live_sample.h), and how old that is. */
route_handler page_live;
/** GET GROUP/.live.json: the same rows, for the script that refreshes the page. */
route_handler page_live_json;

#endif
