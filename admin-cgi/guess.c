#include "admin-cgi/guess.h"

#include "admin-cgi/store/store_throttle.h"
#include "common/buf.h"

/* Digests have one size whatever was typed, and say nothing to who reads the database. */
static int digest(const char *device, const char *group, struct span name,
                  char out[SHA256_HEX_SIZE])
{
    struct buf text = {0};
    int r;

    buf_printf(&text, "%s\n%s\n", device, group);
    buf_add_span(&text, name);
    r = buf_check(&text);
    if (r == 0)
        sha256_hex(buf_span(&text), out);
    buf_release(&text);
    return r;
}

int guess_of_person(struct guess *out, const char *address, const char *device, const char *group,
                    struct span name)
{
    *out = (struct guess){.attempt.knows_device = device != NULL};
    throttle_address_key(address, out->address);
    return digest(device ? device : "", group, name, out->name);
}

int guess_of_program(struct guess *out, struct db *db, const char *address, const char *group,
                     struct span name, int64_t now_us, struct error *e)
{
    int r;

    *out = (struct guess){.attempt.is_program = true};
    throttle_address_key(address, out->address);
    r = digest(out->address, group, name, out->here);
    if (r == 0)
        r = store_throttle_is_known(db, out->here, now_us, e);
    if (r < 0)
        return r;
    out->attempt.knows_device = r == 1;
    return digest(r == 1 ? out->address : "", group, name, out->name);
}

void guess_of_token(struct guess *out, const char *address)
{
    *out = (struct guess){.attempt = {.is_program = true, .is_token = true}};
    throttle_address_key(address, out->address);
}

static const char *kind_of(const struct guess *g, enum throttle_scope scope)
{
    static const char *const kinds[THROTTLE_N_SCOPES][2] = {
        [THROTTLE_ACCOUNT] = {"console-account", "api-account"},
        [THROTTLE_ADDRESS] = {"console-address", "api-address"},
        [THROTTLE_SERVER] = {"server", "server"},
    };

    return kinds[scope][g->attempt.is_program];
}

static const char *key_of(const struct guess *g, enum throttle_scope scope)
{
    if (scope == THROTTLE_ACCOUNT)
        return g->name;
    return scope == THROTTLE_ADDRESS ? g->address : "";
}

int guess_wait(struct db *db, const struct guess *g, int64_t now_us, int64_t *wait_us,
               struct error *e)
{
    int64_t longest_us = 0;

    for (enum throttle_scope s = THROTTLE_ACCOUNT; s < THROTTLE_N_SCOPES; s++) {
        const struct throttle_rule *rule = throttle_rule_of(&g->attempt, s);
        int64_t one_us = 0;
        int r = rule
                    ? store_throttle_wait(db, kind_of(g, s), key_of(g, s), rule, now_us, &one_us, e)
                    : 0;

        if (r < 0)
            return r;
        if (one_us > longest_us)
            longest_us = one_us;
    }
    *wait_us = longest_us;
    return 0;
}

int guess_failed(struct db *db, const struct guess *g, int64_t now_us, struct error *e)
{
    int r = 0;

    for (enum throttle_scope s = THROTTLE_ACCOUNT; r == 0 && s < THROTTLE_N_SCOPES; s++) {
        const struct throttle_rule *rule = throttle_rule_of(&g->attempt, s);

        if (rule)
            r = store_throttle_failure(db, kind_of(g, s), key_of(g, s), rule, now_us, e);
    }
    return r;
}

int guess_succeeded(struct db *db, const struct guess *g, int64_t now_us, struct error *e)
{
    int r = 0;

    if (throttle_rule_of(&g->attempt, THROTTLE_ACCOUNT))
        r = store_throttle_success(db, kind_of(g, THROTTLE_ACCOUNT), g->name, e);
    if (r == 0 && g->attempt.is_program && !g->attempt.is_token)
        r = store_throttle_know(db, g->here, now_us, e);
    return r;
}
