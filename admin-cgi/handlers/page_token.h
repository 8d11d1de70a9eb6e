/*
 * One invitation, /admin/groups/NAME/.tokens/ID: its link to copy, as a QR code, for a mail and for
 * a calendar; its times and label; its end. And the sheet of several that were made at once.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_TOKEN_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_TOKEN_H

#include "admin-cgi/router.h"

/** GET GROUP/.tokens/ID. */
route_handler page_token;
/** POST: its label, times and rights, or `end`: now. 422 with problems. */
route_handler page_token_post;
/** GET GROUP/.tokens/ID/invitation.ics: from its beginning to its end (RFC 5545); 404 without. */
route_handler page_token_calendar;
/** GET GROUP/.tokens/ID/poster: the link as a sheet to print, with how to join. */
route_handler page_token_poster;
/** GET GROUP/.tokens/.made/MICROSECONDS: those that were made at once then. */
route_handler page_tokens_made;

#endif
