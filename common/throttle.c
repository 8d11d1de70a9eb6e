#include "common/throttle.h"

#include <arpa/inet.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/list.h"
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

/* What is remembered of one key. */
struct table_entry {
    struct span key; /* points behind the entry, or to the caller's while searching */
    struct throttle_counter counter;
    int64_t used_us;
    struct list_node by_use;
};

struct throttle_table {
    void *tree;         /* of search.h: balanced, so that no choice of keys makes it slow */
    struct list by_use; /* the entry that was used longest ago is the first */
    size_t n_entries;
    size_t size_max;
    struct throttle_counter overflow;
};

static int compare_keys(const void *a, const void *b)
{
    struct span x = ((const struct table_entry *)a)->key;
    struct span y = ((const struct table_entry *)b)->key;

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

static struct table_entry *oldest_of(const struct throttle_table *t)
{
    return LIST_FIRST(&t->by_use, struct table_entry, by_use);
}

static void drop_oldest(struct throttle_table *t)
{
    struct table_entry *entry = oldest_of(t);

    list_remove(&entry->by_use);
    tdelete(entry, &t->tree, compare_keys);
    t->n_entries--;
    free(entry);
}

void throttle_table_free(struct throttle_table *t)
{
    while (t && oldest_of(t))
        drop_oldest(t);
    free(t);
}

static struct table_entry *add_entry(struct throttle_table *t, struct span key)
{
    struct table_entry *entry = calloc(1, sizeof *entry + key.len);

    if (!entry)
        return NULL;
    if (key.len > 0)
        memcpy(entry + 1, key.data, key.len);
    entry->key = span_of(entry + 1, key.len);
    if (!tsearch(entry, &t->tree, compare_keys)) {
        free(entry);
        return NULL;
    }
    t->n_entries++;
    return entry;
}

static void drop_forgotten(struct throttle_table *t, int64_t now_us)
{
    struct table_entry *oldest;

    while ((oldest = oldest_of(t)) != NULL &&
           (t->n_entries >= t->size_max || now_us - oldest->used_us > FORGET_AFTER_US))
        drop_oldest(t);
}

struct throttle_counter *throttle_table_get(struct throttle_table *t, struct span key,
                                            int64_t now_us)
{
    struct table_entry wanted = {.key = key};
    struct table_entry **found = tfind(&wanted, &t->tree, compare_keys);
    struct table_entry *entry = found ? *found : NULL;

    if (!entry) {
        drop_forgotten(t, now_us);
        entry = t->size_max > 0 ? add_entry(t, key) : NULL;
        if (!entry)
            return &t->overflow;
    }
    entry->used_us = now_us;
    list_remove(&entry->by_use);
    list_append(&t->by_use, &entry->by_use);
    return &entry->counter;
}
