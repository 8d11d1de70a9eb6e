/*
 * API credentials: Basic and Bearer, for the HTTP API and recordings (spec/http.md 8.3, 12.2-12.6,
 * 12.15; spec/security-ops.md S6, S7). A password that matched is remembered for 60 s under an
 * HMAC, because a hash costs a quarter of a second; rights and stored hashes are read anew every
 * time.
 */
#ifndef NEREID_ADMIN_CGI_AUTH_H
#define NEREID_ADMIN_CGI_AUTH_H

#include "admin-cgi/app.h"
#include "admin-cgi/router.h"
#include "common/password.h"

/**
 * Guard of the API's and recordings' routes. Fills req->who.
 * @return 0: go on. Otherwise `res` holds 401 with WWW-Authenticate, 403, 429 or 503.
 */
int auth_guard(struct request *req, struct response *res, struct app *app,
               const struct route *route) MUST_USE;

/** User name and password of a Basic header (RFC 7617). */
struct basic_credentials {
    struct span name;
    struct span password;
};
/** Decode an Authorization value into the arena. @return 0, ERR_NOT_FOUND (another scheme or no
 * header), ERR_SYNTAX */
int basic_parse(struct arena *a, const char *authorization, struct basic_credentials *out) MUST_USE;
/** The token of "Bearer TOKEN" by the original's rule (spec/http.md 1). ERR_NOT_FOUND */
int bearer_parse(const char *authorization, struct span *out) MUST_USE;

/**
 * Match a password through memory and hash slots.
 * @param scope what the name belongs to: "config", "group:NAME", "account"
 * @return 0 it is right, ERR_DENIED, ERR_BUSY (no hash slot free: 429)
 */
int auth_match_password(struct app *app, const char *scope, struct span name, struct span supplied,
                        const struct password *stored, int64_t now_us) MUST_USE;
/** The same for a console account's record (common/password.h). Also for the login page. */
int auth_match_account(struct app *app, struct span name, struct span supplied, const char *record,
                       int64_t now_us) MUST_USE;
/** The same work for a name that does not exist (S7). @return ERR_DENIED or ERR_BUSY */
int auth_match_nobody(struct app *app, struct span supplied) MUST_USE;

#endif
