/*
 * Ids that open something to who has them: cookies and one-time links. Only their SHA-256 is
 * stored.
 */
#ifndef NEREID_ADMIN_CGI_STORE_SECRET_ID_H
#define NEREID_ADMIN_CGI_STORE_SECRET_ID_H

#include <stddef.h>

#include "common/error.h"

/** The text of so many random bytes in base64url, and its NUL. */
#define SECRET_ID_SIZE(bytes) (((bytes)*8 + 5) / 6 + 1)

/** @param out room for SECRET_ID_SIZE(bytes) @param bytes at most 32 @return 0, ERR_IO,
 * ERR_NO_MEMORY */
int secret_id_make(char *out, size_t bytes, struct error *e) MUST_USE;

#endif
