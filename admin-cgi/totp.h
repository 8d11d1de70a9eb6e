/*
 * Time-based one-time passwords (RFC 6238) by liboath: SHA-1, six digits, steps of 30 s, as every
 * authenticator app has them. Pure but for randomness.
 */
#ifndef NEREID_ADMIN_CGI_TOTP_H
#define NEREID_ADMIN_CGI_TOTP_H

#include "common/buf.h"
#include "common/error.h"

#define TOTP_SECRET_BYTES 20 /* RFC 4226 section 4, R6 */
#define TOTP_DIGITS 6
#define TOTP_STEP_S 30

int totp_secret_make(uint8_t out[TOTP_SECRET_BYTES]) MUST_USE;

/** Appends the secret as people type it: base32 in groups of four. Wipe it. */
int totp_secret_text(struct buf *out, const uint8_t secret[TOTP_SECRET_BYTES]) MUST_USE;

/**
 * Appends what an app reads from a QR code: "otpauth://totp/ISSUER:NAME?secret=...". Wipe it.
 * @param issuer, name any text: escaped here
 */
int totp_uri(struct buf *out, const uint8_t secret[TOTP_SECRET_BYTES], const char *issuer,
             const char *name) MUST_USE;

/**
 * Check a code of this step, the one before or the one after (RFC 6238 section 5.2). Spaces and
 * hyphens in what was typed do not count.
 * @param last_step codes up to this step were used, and count no more; 0: none was
 * @param step      of the code, to be remembered: each counts once
 * @return 0, ERR_DENIED, or a failure of ours
 */
int totp_check(const uint8_t secret[TOTP_SECRET_BYTES], struct span typed, int64_t now_us,
               int64_t last_step, int64_t *step) MUST_USE;

#endif
