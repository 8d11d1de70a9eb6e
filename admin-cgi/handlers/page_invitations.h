/*
 * Invitations to all groups, /admin/invitations.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_INVITATIONS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_INVITATIONS_H

#include "admin-cgi/router.h"

/** GET: those to groups for which one may invite; `q` searches groups, names and labels, `group`
 * and `state` are as in token_filter.h, `from` where the page begins. */
route_handler page_invitations;

#endif
