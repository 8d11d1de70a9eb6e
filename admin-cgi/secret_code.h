/*
 * Secrets that people copy: random base32 (RFC 4648 section 6) in groups, for recovery codes and
 * passwords of programs. What is stored is the SHA-256; they are too long to be guessed (SEC-53).
 */
#ifndef NEREID_ADMIN_CGI_SECRET_CODE_H
#define NEREID_ADMIN_CGI_SECRET_CODE_H

#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/error.h"

#define RECOVERY_CODE_CHARACTERS 25 /* 125 bits, in five groups of five */
#define APP_PASSWORD_PREFIX "nrd_"
#define APP_PASSWORD_CHARACTERS 32 /* 160 bits, behind the prefix */

/** Appends a new recovery code, "ABCDE-FGHIJ-KLMNO-PQRST-UVWXY". Wipe it. */
int recovery_code_make(struct buf *out) MUST_USE;
/** Its digest, however it is typed: letter case, spaces and hyphens do not count.
 * @return false: it cannot be one */
bool recovery_code_hash(struct span typed, char out[SHA256_HEX_SIZE]);

/** Appends a new password for a program, "nrd_" and 32 characters. Wipe it. */
int app_password_make(struct buf *out) MUST_USE;
/** Does this look like one? Others are people's. */
bool app_password_has_form(struct span text);

/** Appends what was typed without spaces and hyphens, which codes are shown with. */
void code_clean(struct buf *out, struct span typed);

#endif
