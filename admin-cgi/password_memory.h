/*
 * Remembers for 60 s that a password matches a stored hash, as an HMAC under a key of this process,
 * because a hash costs a quarter of a second (docs/ARCHITECTURE.md). Never what the password is,
 * and never a refusal. A changed stored hash is another entry.
 */
#ifndef NEREID_ADMIN_CGI_PASSWORD_MEMORY_H
#define NEREID_ADMIN_CGI_PASSWORD_MEMORY_H

#include "common/error.h"
#include "common/span.h"

struct password_memory;

#define PASSWORD_MEMORY_KEY_BYTES 32

/** @param key secret and random, of this process */
int password_memory_new(struct password_memory **out,
                        const uint8_t key[PASSWORD_MEMORY_KEY_BYTES]) MUST_USE;
void password_memory_free(struct password_memory *m);

/** The password that matched. `stored` is anything that changes with the stored hash. */
struct password_fact {
    const char *scope;
    struct span name;
    struct span password;
    struct span stored;
};

/** @param now_us monotonic */
bool password_memory_has(struct password_memory *m, const struct password_fact *fact,
                         int64_t now_us);
void password_memory_add(struct password_memory *m, const struct password_fact *fact,
                         int64_t now_us);

#endif
