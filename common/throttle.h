/*
 * One policy against guessing (SEC-6): pure, counters and now in, verdict out.
 * admin-cgi keeps the counters in SQLite, mediad in memory (throttle_table).
 */
#ifndef NEREID_COMMON_THROTTLE_H
#define NEREID_COMMON_THROTTLE_H

#include "common/error.h"
#include "common/span.h"

struct throttle_counter {
    uint32_t failures; /* in the window */
    int64_t window_start_us;
    int64_t blocked_until_us; /* 0: not blocked */
};

struct throttle_rule {
    uint32_t free_failures; /* this many in a window cost nothing */
    int64_t window_us;
    int64_t wait_first_us; /* doubles with each further failure */
    int64_t wait_max_us;
};

extern const struct throttle_rule throttle_console_account; /* 5 in 15 min, then 1 s .. 15 min */
extern const struct throttle_rule throttle_api_account;     /* 30 */
extern const struct throttle_rule throttle_api_address;     /* 200 */
extern const struct throttle_rule throttle_server;          /* 1000, then 1 s .. 30 s */
extern const struct throttle_rule throttle_setup;           /* 5, then 15 min */
extern const struct throttle_rule throttle_join;            /* 30 a minute per group and address */

/** Microseconds to wait before another try; 0: go on. */
int64_t throttle_wait_us(const struct throttle_counter *c, const struct throttle_rule *rule,
                         int64_t now_us);
/** Counting starts anew when a window passed without any, and without a block. */
void throttle_failure(struct throttle_counter *c, const struct throttle_rule *rule, int64_t now_us);
void throttle_success(struct throttle_counter *c);

/** Who tries to sign in, as far as counting goes. */
struct throttle_attempt {
    bool is_program;   /* API and recordings: more failures are free, since scripts repeat theirs */
    bool knows_device; /* this name has signed in from here before */
    bool is_token;     /* too long to be guessed: nobody else's failures count against it */
};

enum throttle_scope { THROTTLE_ACCOUNT, THROTTLE_ADDRESS, THROTTLE_SERVER, THROTTLE_N_SCOPES };

/**
 * Which rule a scope has for an attempt; NULL: it is neither counted there nor slowed by it. So a
 * stranger's failures, from however many addresses, never slow a known device. The account's
 * counter is one for all unknown devices, and one for each known device.
 */
const struct throttle_rule *throttle_rule_of(const struct throttle_attempt *attempt,
                                             enum throttle_scope scope);

/** "203.0.113.7" -> itself; IPv6 -> its /64 prefix. Into out (64 bytes). */
void throttle_address_key(const char *address, char out[64]);

/** Counters by key in memory, bounded: the oldest goes when full. */
struct throttle_table;
int throttle_table_new(struct throttle_table **out, size_t size_max) MUST_USE;
void throttle_table_free(struct throttle_table *t);
/** The counter of a key, made when it is new; borrowed until the next call on the table. Never
 * NULL: a shared overflow counter when out of memory. A counter not used for an hour is forgotten.
 */
struct throttle_counter *throttle_table_get(struct throttle_table *t, struct span key,
                                            int64_t now_us);

#endif
