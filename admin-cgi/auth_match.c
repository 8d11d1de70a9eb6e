#include "admin-cgi/auth_match.h"

#include <inttypes.h>

#include "admin-cgi/password_memory.h"
#include "admin-cgi/shared.h"
#include "common/account_hash.h"
#include "common/buf.h"
#include "common/now.h"
#include "common/password_match.h"

#define SLOT_WAIT_US (5 * US_PER_S)

/* What changes whenever the stored password does. */
static void add_stored(struct buf *out, const struct password *p)
{
    buf_printf(out, "%d:%s:%s:%" PRId64 ":%" PRId64 ":%" PRId64 ":%" PRId64, (int)p->type,
               p->key ? p->key : "", p->salt ? p->salt : "", p->iterations, p->n, p->r, p->p);
}

int auth_match_password(struct app *app, const char *scope, struct span name, struct span supplied,
                        const struct password *stored, int64_t now_us)
{
    struct password_fact fact = {.scope = scope, .name = name, .password = supplied};
    struct buf text = {0};
    int slot, r = ERR_DENIED;

    if (password_is_cheap(stored))
        return password_match(stored, supplied) ? 0 : ERR_DENIED;
    add_stored(&text, stored);
    fact.stored = buf_span(&text);
    if (buf_check(&text) < 0) {
        buf_release(&text);
        return ERR_NO_MEMORY;
    }
    if (password_memory_has(app->passwords, &fact, now_us)) {
        buf_wipe(&text);
        return 0;
    }
    slot = shared_hash_begin(app->shared, app->worker, SLOT_WAIT_US);
    if (slot >= 0) {
        shared_add(app->shared, COUNTER_HASHES);
        r = password_match(stored, supplied) ? 0 : ERR_DENIED;
        shared_hash_end(app->shared, slot);
        if (r == 0)
            password_memory_add(app->passwords, &fact, now_us);
    } else {
        r = slot;
    }
    buf_wipe(&text);
    return r;
}

int auth_match_account(struct app *app, struct span name, struct span supplied, const char *record,
                       int64_t now_us)
{
    const struct password_fact fact = {
        .scope = "account", .name = name, .password = supplied, .stored = span_str(record)};
    int slot, r;

    if (password_memory_has(app->passwords, &fact, now_us))
        return 0;
    slot = shared_hash_begin(app->shared, app->worker, SLOT_WAIT_US);
    if (slot < 0)
        return slot;
    shared_add(app->shared, COUNTER_HASHES);
    r = account_hash_match(record, supplied) ? 0 : ERR_DENIED;
    shared_hash_end(app->shared, slot);
    if (r == 0)
        password_memory_add(app->passwords, &fact, now_us);
    return r;
}

int auth_match_nobody(struct app *app, struct span supplied)
{
    int slot = shared_hash_begin(app->shared, app->worker, SLOT_WAIT_US);

    if (slot < 0)
        return slot;
    shared_add(app->shared, COUNTER_HASHES);
    (void)password_match_nobody(supplied);
    shared_hash_end(app->shared, slot);
    return ERR_DENIED;
}
