/*
 * Ending all invitations that a search finds, /admin/invitations/end.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_INVITATIONS_END_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_INVITATIONS_END_H

#include "admin-cgi/router.h"

/** GET, with the search's query: which ones would end. */
route_handler page_invitations_end;
/** POST: they end now, all or none; 409 when the search finds others than were shown. */
route_handler page_invitations_end_post;

#endif
