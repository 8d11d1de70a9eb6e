#include "common/throttle.h"

#include <arpa/inet.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"

#define MINUTE_US (60 * US_PER_S)

const struct throttle_rule throttle_console_account = {5, 15 * MINUTE_US, US_PER_S, 15 * MINUTE_US};
const struct throttle_rule throttle_api_account = {30, 15 * MINUTE_US, US_PER_S, 15 * MINUTE_US};
const struct throttle_rule throttle_api_address = {200, 15 * MINUTE_US, US_PER_S, 15 * MINUTE_US};
/* More than one address has for free, and a short wait: whoever is new must get in some time. */
const struct throttle_rule throttle_server = {1000, 15 * MINUTE_US, US_PER_S, 30 * US_PER_S};
const struct throttle_rule throttle_setup = {5, 15 * MINUTE_US, 15 * MINUTE_US, 15 * MINUTE_US};
const struct throttle_rule throttle_join = {30, MINUTE_US, US_PER_S, MINUTE_US};

int64_t throttle_wait_us(const struct throttle_counter *c, const struct throttle_rule *rule,
                         int64_t now_us)
{
    int64_t wait_us = c->blocked_until_us - now_us;

    if (wait_us <= 0)
        return 0;
    /* A clock that was set back must not block for longer than any failure does. */
    return wait_us < rule->wait_max_us ? wait_us : rule->wait_max_us;
}

/* Counting starts anew when a window has passed since it started, and since the last block ended:
 * else waits that are as long as the window would buy free failures. */
static bool is_over(const struct throttle_counter *c, const struct throttle_rule *rule,
                    int64_t now_us)
{
    int64_t since_us = c->window_start_us;

    if (c->blocked_until_us > since_us)
        since_us = c->blocked_until_us;
    return c->failures == 0 || now_us < c->window_start_us || now_us - since_us > rule->window_us;
}

void throttle_failure(struct throttle_counter *c, const struct throttle_rule *rule, int64_t now_us)
{
    int64_t wait_us = rule->wait_first_us;

    if (is_over(c, rule, now_us))
        *c = (struct throttle_counter){.window_start_us = now_us};
    if (c->failures < UINT32_MAX)
        c->failures++;
    if (c->failures <= rule->free_failures)
        return;
    for (uint32_t i = c->failures - rule->free_failures; i > 1 && wait_us < rule->wait_max_us; i--)
        wait_us *= 2;
    if (wait_us > rule->wait_max_us)
        wait_us = rule->wait_max_us;
    c->blocked_until_us = now_us + wait_us;
}

void throttle_success(struct throttle_counter *c)
{
    *c = (struct throttle_counter){0};
}

const struct throttle_rule *throttle_rule_of(const struct throttle_attempt *attempt,
                                             enum throttle_scope scope)
{
    switch (scope) {
    case THROTTLE_ACCOUNT:
        if (attempt->is_token)
            return NULL;
        return attempt->is_program ? &throttle_api_account : &throttle_console_account;
    case THROTTLE_ADDRESS:
        return attempt->knows_device ? NULL : &throttle_api_address;
    case THROTTLE_SERVER:
        return attempt->knows_device || attempt->is_token ? NULL : &throttle_server;
    case THROTTLE_N_SCOPES:
        break;
    }
    return NULL;
}

/* The holder of one IPv6 address has the 2^64 beside it. */
void throttle_address_key(const char *address, char out[64])
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    char plain[64];
    uint8_t bytes[16];
    struct in_addr v4;

    snprintf(plain, sizeof plain, "%s", address);
    plain[strcspn(plain, "%")] = 0; /* the interface of a link-local address */
    if (inet_pton(AF_INET6, plain, bytes) != 1) {
        snprintf(out, 64, "%s", plain);
        return;
    }
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        memcpy(&v4, bytes + 12, sizeof v4);
        inet_ntop(AF_INET, &v4, out, 64);
        return;
    }
    memset(bytes + 8, 0, 8);
    inet_ntop(AF_INET6, bytes, out, 64);
    snprintf(out + strlen(out), 64 - strlen(out), "/64");
}

/* ------------------------------------------------------------------------------------------ */

/* Nothing is remembered for longer: every window and wait is shorter. */
#define FORGET_AFTER_US (60 * MINUTE_US)

struct slot {
    struct span key; /* points behind the slot, or to the caller's while searching */
    struct throttle_counter counter;
    int64_t used_us;
    struct slot *older, *newer;
};

struct throttle_table {
    void *tree; /* of search.h: balanced, so that no choice of keys makes it slow */
    struct slot *oldest, *newest;
    size_t n_slots;
    size_t size_max;
    struct throttle_counter overflow;
};

static int compare_keys(const void *a, const void *b)
{
    struct span x = ((const struct slot *)a)->key;
    struct span y = ((const struct slot *)b)->key;

    if (x.len != y.len)
        return x.len < y.len ? -1 : 1;
    return x.len > 0 ? memcmp(x.data, y.data, x.len) : 0;
}

int throttle_table_new(struct throttle_table **out, size_t size_max)
{
    struct throttle_table *t = calloc(1, sizeof *t);

    if (!t)
        return ERR_NO_MEMORY;
    t->size_max = size_max;
    *out = t;
    return 0;
}

static void unlink_slot(struct throttle_table *t, struct slot *slot)
{
    if (slot->older)
        slot->older->newer = slot->newer;
    else
        t->oldest = slot->newer;
    if (slot->newer)
        slot->newer->older = slot->older;
    else
        t->newest = slot->older;
}

static void link_newest(struct throttle_table *t, struct slot *slot)
{
    slot->newer = NULL;
    slot->older = t->newest;
    if (t->newest)
        t->newest->newer = slot;
    else
        t->oldest = slot;
    t->newest = slot;
}

static void drop_oldest(struct throttle_table *t)
{
    struct slot *slot = t->oldest;

    unlink_slot(t, slot);
    tdelete(slot, &t->tree, compare_keys);
    t->n_slots--;
    free(slot);
}

void throttle_table_free(struct throttle_table *t)
{
    while (t && t->oldest)
        drop_oldest(t);
    free(t);
}

static struct slot *add_slot(struct throttle_table *t, struct span key)
{
    struct slot *slot = calloc(1, sizeof *slot + key.len);

    if (!slot)
        return NULL;
    if (key.len > 0)
        memcpy(slot + 1, key.data, key.len);
    slot->key = span_of(slot + 1, key.len);
    if (!tsearch(slot, &t->tree, compare_keys)) {
        free(slot);
        return NULL;
    }
    t->n_slots++;
    return slot;
}

struct throttle_counter *throttle_table_get(struct throttle_table *t, struct span key,
                                            int64_t now_us)
{
    struct slot wanted = {.key = key};
    struct slot **found = tfind(&wanted, &t->tree, compare_keys);
    struct slot *slot = found ? *found : NULL;

    if (slot) {
        unlink_slot(t, slot);
    } else {
        while (t->oldest &&
               (t->n_slots >= t->size_max || now_us - t->oldest->used_us > FORGET_AFTER_US))
            drop_oldest(t);
        slot = t->size_max > 0 ? add_slot(t, key) : NULL;
        if (!slot)
            return &t->overflow;
    }
    slot->used_us = now_us;
    link_newest(t, slot);
    return &slot->counter;
}
