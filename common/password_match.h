/*
 * Is a supplied password the stored one? May take a quarter of a second: never on a loop.
 */
#ifndef NEREID_COMMON_PASSWORD_MATCH_H
#define NEREID_COMMON_PASSWORD_MATCH_H

#include "common/password.h"

/**
 * True when the password is right. In a time that does not depend on how much of it is; slow for
 * hashes, see password_is_cheap(). Any thread.
 */
bool password_match(const struct password *p, struct span supplied);

/**
 * For a name that does not exist: does the work of a bcrypt match of cost 10, so that its time
 * tells nobody whether the name does. @return false
 */
bool password_match_nobody(struct span supplied);

#endif
