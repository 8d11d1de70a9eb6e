/*
 * Which passwords a console account may have (SEC-18): long, not the account's
 * own name, not a run of one thing, none of the commonest nor one of them with a tail. No
 * composition rules; any characters, taken exactly as typed.
 */
#ifndef NEREID_ADMIN_CGI_PASSWORD_POLICY_H
#define NEREID_ADMIN_CGI_PASSWORD_POLICY_H

#include "common/error.h"
#include "common/span.h"

#define PASSWORD_CHARACTERS_MIN 12
#define PASSWORD_BYTES_MAX 256

/** 0, or ERR_INVALID with one sentence that says what would be right. */
int password_policy_check(struct span password, struct span login, struct error *e) MUST_USE;

#endif
