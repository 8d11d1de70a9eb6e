/*
 * Links by which a person signs in once and sets an own password (SEC-57): the card that an
 * administrator gets, and the page that the person sees.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SIGN_IN_LINK_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SIGN_IN_LINK_H

#include "admin-cgi/router.h"
#include "admin-cgi/store/store_sign_in_link.h"

/**
 * Answer with the link of an account, to be handed over: it stands there once.
 * @param token of store_sign_in_link_make()
 * @param path  of the account's page
 */
void sign_in_link_show(struct request *req, struct response *res, struct app *app,
                       const struct account *account, const char *token, const char *path);

/** GET /admin/sign-in-link?token=TOKEN: keeps the token in a cookie and goes to the same page
 * without it, which asks for a password; 404 for a link that is used or too old. */
route_handler page_sign_in_link;

/** POST: the link is used up, the password set, and the person signed in, or asked for the code of
 * the second factor. 422 with problems. */
route_handler page_sign_in_link_post;

#endif
