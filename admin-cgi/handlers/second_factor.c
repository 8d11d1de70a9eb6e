#include "admin-cgi/handlers/second_factor.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/device.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/seal.h"
#include "admin-cgi/secret_code.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/store_throttle.h"
#include "common/log.h"

#define PURPOSE "second factor"
#define THROTTLE "console-code"

static const struct log_ctx ctx = {.room = "login"};

/* A sealed secret opens for its account alone. */
static void context_of(struct buf *out, int64_t account_id)
{
    buf_printf(out, "account %" PRId64, account_id);
}

int second_factor_seal(struct buf *out, const struct app *app, int64_t account_id,
                       const uint8_t secret[TOTP_SECRET_BYTES])
{
    struct buf context = {0};
    int r;

    context_of(&context, account_id);
    r = buf_check(&context);
    if (r == 0)
        r = seal_add(out, app, PURPOSE, buf_span(&context), span_of(secret, TOTP_SECRET_BYTES));
    buf_release(&context);
    return r;
}

static int open_secret(const struct app *app, int64_t account_id, struct span sealed,
                       uint8_t out[TOTP_SECRET_BYTES])
{
    struct buf context = {0}, plain = {0};
    int r;

    context_of(&context, account_id);
    r = buf_check(&context);
    if (r == 0)
        r = seal_open(&plain, app, PURPOSE, buf_span(&context), sealed);
    if (r == 0 && plain.len != TOTP_SECRET_BYTES)
        r = ERR_INVALID;
    if (r == 0)
        memcpy(out, plain.data, TOTP_SECRET_BYTES);
    buf_wipe(&plain);
    buf_release(&context);
    return r;
}

/* ---- what was typed ---- */

static int check_code(struct request *req, struct app *app, int64_t id, const char *code,
                      struct error *e)
{
    uint8_t secret[TOTP_SECRET_BYTES];
    struct totp totp;
    int64_t step = 0;
    int r = store_totp_get(app->db, req->arena, id, &totp, e);

    if (r == ERR_NOT_FOUND)
        return ERR_DENIED;
    if (r < 0)
        return r;
    r = open_secret(app, id, totp.sealed, secret);
    if (r == ERR_INVALID) {
        /* A database that came without its key: recovery codes still work. */
        log_error(&ctx,
                  "the secret of account %" PRId64 " was sealed under another data/secret.key", id);
        return ERR_DENIED;
    }
    if (r == 0)
        r = totp_check(secret, span_str(code), req->now_us, totp.last_step, &step);
    explicit_bzero(secret, sizeof secret);
    return r < 0 ? r : store_totp_use(app->db, id, step, e);
}

static int check_recovery(struct request *req, struct app *app, const struct account *account,
                          const char *typed, struct error *e)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    char hash[SHA256_HEX_SIZE];
    int64_t n = 0;
    int r;

    if (!recovery_code_hash(span_str(typed), hash))
        return ERR_DENIED;
    actor.account_id = account->id;
    actor.name = account->login;
    r = store_recovery_use(app->db, account->id, hash, &actor, e);
    if (r == 0)
        r = store_recovery_left(app->db, account->id, &n, e);
    if (r == 0)
        r = store_account_tell(
            app->db, account->id,
            arena_printf(req->arena,
                         TEXT("A recovery code was used; unused ones left: %" PRId64 "."), n),
            e);
    return r;
}

int second_factor_check(struct request *req, struct app *app, const struct account *account,
                        const struct second_factor *typed, int64_t *wait_us, struct error *e)
{
    const char *device = device_known(req, app, "", account->login);
    const char *key = arena_printf(req->arena, "%" PRId64 " %s", account->id, device ? device : "");
    int r = key ? store_throttle_wait(app->db, THROTTLE, key, &throttle_console_account,
                                      req->now_us, wait_us, e)
                : ERR_NO_MEMORY;

    if (r == 0 && *wait_us > 0) {
        shared_add(app->shared, COUNTER_THROTTLED);
        return error_set(e, ERR_BUSY, NULL, "too many wrong codes");
    }
    if (r == 0)
        r = *typed->recovery ? check_recovery(req, app, account, typed->recovery, e)
                             : check_code(req, app, account->id, typed->code, e);
    if (r == 0)
        return store_throttle_success(app->db, THROTTLE, key, e);
    if (r == ERR_DENIED) {
        shared_add(app->shared, COUNTER_SIGN_IN_REFUSED);
        if (store_throttle_failure(app->db, THROTTLE, key, &throttle_console_account, req->now_us,
                                   e) < 0)
            log_warn(&ctx, "a wrong code was not counted: %s", e->text);
    }
    return r;
}

/* ---- recovery codes ---- */

int second_factor_make_codes(struct json_object *page, recovery_hashes hashes, struct error *e)
{
    struct json_object *list = page_list(page, "codes");

    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        struct buf code = {0};
        int r = recovery_code_make(&code);

        if (r == 0 && !recovery_code_hash(buf_span(&code), hashes[i]))
            r = ERR_CRYPTO;
        if (r == 0)
            page_text(page_row(list), "code", buf_str(&code));
        buf_wipe(&code);
        if (r < 0)
            return error_set(e, r, NULL, "no random numbers");
    }
    return 0;
}
