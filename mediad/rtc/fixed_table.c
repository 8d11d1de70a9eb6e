#include "mediad/rtc/fixed_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 16

struct fixed_table_entry {
    void *value; /* NULL: empty */
    uint8_t key[FIXED_TABLE_KEY_MAX];
};

void fixed_table_init(struct fixed_table *t, size_t key_size, uint64_t seed)
{
    assert(key_size <= FIXED_TABLE_KEY_MAX);
    *t = (struct fixed_table){.key_size = key_size, .seed = seed};
}

void fixed_table_release(struct fixed_table *t)
{
    free(t->entries);
    t->entries = NULL;
    t->capacity = 0;
    t->n = 0;
}

static size_t home_of(const struct fixed_table *t, const uint8_t *key)
{
    uint64_t hash = t->seed ^ UINT64_C(0x9e3779b97f4a7c15);

    for (size_t i = 0; i < t->key_size; i += 8) {
        uint64_t word = 0;
        size_t len = t->key_size - i < 8 ? t->key_size - i : 8;

        memcpy(&word, key + i, len);
        hash = (hash ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
        hash ^= hash >> 31;
    }
    return (size_t)hash & (t->capacity - 1);
}

/* The entry with this key, or the empty one where it would go. */
static struct fixed_table_entry *slot_for(const struct fixed_table *t, const void *key)
{
    size_t at = home_of(t, key);

    while (t->entries[at].value && memcmp(t->entries[at].key, key, t->key_size) != 0)
        at = (at + 1) & (t->capacity - 1);
    return &t->entries[at];
}

static int grow(struct fixed_table *t)
{
    struct fixed_table larger = *t;

    larger.capacity = t->capacity ? 2 * t->capacity : CAPACITY_MIN;
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (!larger.entries)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < t->capacity; i++) {
        if (t->entries[i].value)
            *slot_for(&larger, t->entries[i].key) = t->entries[i];
    }
    free(t->entries);
    *t = larger;
    return 0;
}

int fixed_table_set(struct fixed_table *t, const void *key, void *value)
{
    /* at most half full, so that probing stays short */
    if (2 * (t->n + 1) > t->capacity) {
        int r = grow(t);
        if (r < 0)
            return r;
    }
    struct fixed_table_entry *entry = slot_for(t, key);

    if (!entry->value) {
        memcpy(entry->key, key, t->key_size);
        t->n++;
    }
    entry->value = value;
    return 0;
}

void *fixed_table_find(const struct fixed_table *t, const void *key)
{
    return t->n ? slot_for(t, key)->value : NULL;
}

void *fixed_table_remove(struct fixed_table *t, const void *key)
{
    if (!t->n)
        return NULL;
    struct fixed_table_entry *entry = slot_for(t, key);
    void *value = entry->value;

    if (!value)
        return NULL;
    size_t mask = t->capacity - 1;
    size_t hole = (size_t)(entry - t->entries);

    entry->value = NULL;
    t->n--;
    /* Entries behind the hole that a search would now miss move into it. */
    for (size_t at = (hole + 1) & mask; t->entries[at].value; at = (at + 1) & mask) {
        size_t home = home_of(t, t->entries[at].key);

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            t->entries[hole] = t->entries[at];
            t->entries[at].value = NULL;
            hole = at;
        }
    }
    return value;
}

void *fixed_table_next(const struct fixed_table *t, size_t *at)
{
    while (*at < t->capacity) {
        void *value = t->entries[(*at)++].value;

        if (value)
            return value;
    }
    return NULL;
}

void *fixed_table_any(const struct fixed_table *t)
{
    size_t at = 0;

    return fixed_table_next(t, &at);
}
