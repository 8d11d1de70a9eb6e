/*
 * A hash table from keys of one fixed size (addresses, user fragments, ids) to pointers: open
 * addressing, linear probing, no tombstones. Adding may allocate; finding and removing do not.
 */
#ifndef NEREID_MEDIAD_RTC_FIXED_TABLE_H
#define NEREID_MEDIAD_RTC_FIXED_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define FIXED_TABLE_KEY_MAX 32

struct fixed_table {
    size_t key_size;
    size_t capacity; /* a power of two, or 0 */
    size_t n;
    uint64_t seed;
    struct fixed_table_entry *entries;
};

/** @param seed random where strangers choose the keys, else 0 */
void fixed_table_init(struct fixed_table *t, size_t key_size, uint64_t seed);
/** Frees the entries, not the values. */
void fixed_table_release(struct fixed_table *t);
/** Add or replace. @param value not NULL @return 0, ERR_NO_MEMORY */
int fixed_table_set(struct fixed_table *t, const void *key, void *value) MUST_USE;
/** @return NULL when there is none */
void *fixed_table_find(const struct fixed_table *t, const void *key);
/** @return the value removed, or NULL */
void *fixed_table_remove(struct fixed_table *t, const void *key);
/** One value after the other while the table does not change. @param at 0 at first @return NULL at
 * the end */
void *fixed_table_next(const struct fixed_table *t, size_t *at);
/** Any one value, NULL when empty: for taking a table apart. */
void *fixed_table_any(const struct fixed_table *t);

#endif
