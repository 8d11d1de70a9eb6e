/*
 * A new password for a group's user, hashed while one of the few hash slots is held.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_USER_PASSWORD_H
#define NEREID_ADMIN_CGI_HANDLERS_USER_PASSWORD_H

#include "admin-cgi/app.h"
#include "admin-cgi/store/actor.h"
#include "common/password.h"

/**
 * Hash a password with the default recipe. Waits up to 5 s for a slot.
 * @param out returned owned (password_release()); untouched on failure
 * @return 0, ERR_BUSY (no slot), as group_limits_check_password() or password_make()
 */
int user_password_hash(struct app *app, const struct actor *actor, struct span plain,
                       struct password *out, struct error *e) MUST_USE;

#endif
