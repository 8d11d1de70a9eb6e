/*
 * The 10,000 commonest passwords: what is guessed first. The list is Django's
 * (common_passwords.txt, common_passwords.license; docs/ADMIN.md says more), compiled in, so that
 * no file can be missing.
 */
#ifndef NEREID_ADMIN_CGI_COMMON_PASSWORD_H
#define NEREID_ADMIN_CGI_COMMON_PASSWORD_H

#include "common/span.h"

/** Is this one of them, whatever its letter case? */
bool common_password_is(struct span password);

#endif
