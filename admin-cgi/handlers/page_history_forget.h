/*
 * Forgetting a group's old versions, for server administrators: for good, so with a page that asks.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_HISTORY_FORGET_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_HISTORY_FORGET_H

#include "admin-cgi/router.h"

/** GET GROUP/.history/.forget: how many there are, and how many shall stay. */
route_handler page_history_forget;
/** POST to the same: older ones than the newest `newest` go. */
route_handler page_history_forget_post;

#endif
