/*
 * Invitations to a group: links with a token in them (WEB-18).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_TOKENS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_TOKENS_H

#include "admin-cgi/router.h"

/** GET GROUP/.tokens/: those that there are, and the form for a new one. */
route_handler page_tokens;

/** POST: makes one. 422 with problems; inviting operators takes the right to edit the group. */
route_handler page_tokens_post;

/** POST GROUP/.tokens/delete: removes one; also 303 when it was removed already. */
route_handler page_token_delete_post;

#endif
