/*
 * Codes of an account's authenticator app and recovery codes, wherever they are asked for or shown
 * (SEC-52, SEC-53): the sealed secret, and the policy against guessing.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SECOND_FACTOR_H
#define NEREID_ADMIN_CGI_HANDLERS_SECOND_FACTOR_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_totp.h"
#include "admin-cgi/totp.h"

struct app;

/** Seal a secret for its account's row. */
int second_factor_seal(struct buf *out, const struct app *app, int64_t account_id,
                       const uint8_t secret[TOTP_SECRET_BYTES]) MUST_USE;

/** What was typed for a second factor: one of the two. */
struct second_factor {
    const char *code;     /* of the app; "" none */
    const char *recovery; /* a recovery code; "" none */
};

/**
 * Check it, and use it up. Wrong ones are counted by account and device, and slow further ones.
 * @param wait_us for ERR_BUSY: when to try again
 * @return 0, ERR_DENIED, ERR_BUSY, or a failure of ours with `e`
 */
int second_factor_check(struct request *req, struct app *app, const struct account *account,
                        const struct second_factor *typed, int64_t *wait_us,
                        struct error *e) MUST_USE;

/** New recovery codes: their digests, and the codes as a list `codes` of the page, which is the
 * only place they are ever shown. */
int second_factor_make_codes(struct json_object *page, recovery_hashes hashes,
                             struct error *e) MUST_USE;

#endif
