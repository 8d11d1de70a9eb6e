/*
 * Matching a password: the memory of passwords that matched first, then one of the few slots in
 * which hashes are computed at once. Waits up to 5 s for a slot.
 */
#ifndef NEREID_ADMIN_CGI_AUTH_MATCH_H
#define NEREID_ADMIN_CGI_AUTH_MATCH_H

#include "admin-cgi/app.h"
#include "common/password.h"

/**
 * Match a password of a group's user or an administrator of config.json.
 * @param scope what the name belongs to: "config", "group:NAME"
 * @return 0 it is right, ERR_DENIED, ERR_BUSY (no slot free: 429), ERR_NO_MEMORY
 */
int auth_match_password(struct app *app, const char *scope, struct span name, struct span supplied,
                        const struct password *stored, int64_t now_us) MUST_USE;

/** The same for a console account's record (common/account_hash.h). Also for the login page. */
int auth_match_account(struct app *app, struct span name, struct span supplied, const char *record,
                       int64_t now_us) MUST_USE;

/** The same work for a name that does not exist, so that its time tells nothing.
 * @return ERR_DENIED or ERR_BUSY */
int auth_match_nobody(struct app *app, struct span supplied) MUST_USE;

#endif
