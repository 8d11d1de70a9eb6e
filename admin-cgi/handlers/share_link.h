/*
 * What stands in a link to a recording (store/store_share.h): the number of its row, and an HMAC
 * under data/secret.key that only we can make. Who reads the database has no link by it, and a link
 * of an earlier database opens nothing in this one.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SHARE_LINK_H
#define NEREID_ADMIN_CGI_HANDLERS_SHARE_LINK_H

#include "admin-cgi/request.h"
#include "admin-cgi/store/store_share.h"

struct app;

/** "17-0123456789abcdef0123456789abcdef"; in the arena. NULL when out of memory. */
const char *share_link_token(struct arena *a, const struct app *app, const struct share *s);
/** The whole link, for people; in the arena. NULL when out of memory. */
const char *share_link_url(struct request *req, struct app *app, const struct share *s);
/** Whose token is this? @return 0, ERR_NOT_FOUND (nobody's, or forged), or a failure */
int share_link_find(struct app *app, struct arena *a, const char *token, struct share *out,
                    struct error *e) MUST_USE;

/** What a browser keeps that gave the link's password: of this link, this password, until then. In
 * the arena. NULL when out of memory. */
const char *share_link_proof(struct arena *a, const struct app *app, const struct share *s,
                             int64_t until_us);
bool share_link_is_proof(struct arena *a, const struct app *app, const struct share *s,
                         const char *proof, int64_t now_us);

#endif
