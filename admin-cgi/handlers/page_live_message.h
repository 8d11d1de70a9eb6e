/*
 * A message to everybody in every meeting, as before maintenance.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_MESSAGE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_MESSAGE_H

#include "admin-cgi/router.h"

/** POST /admin/live: 400 without a text; 503 when mediad does not answer, and says how many
 * meetings it had reached. */
route_handler page_live_message_post;

#endif
