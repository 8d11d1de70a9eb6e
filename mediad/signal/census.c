#include "mediad/signal/census.h"

#include <stdlib.h>

#include "common/now.h"
#include "common/throttle.h"

/* A connection slower than this gives way to a newcomer of its own address. A handshake follows the
 * upgrade at once; a join may wait for a costly hash. */
static const int64_t patience_us[CENSUS_STATES] = {
    [CENSUS_SILENT] = 2 * US_PER_S, [CENSUS_UNJOINED] = 10 * US_PER_S, [CENSUS_JOINED] = INT64_MAX};

/* ---- crowds ---- */

static void crowd_add(struct census *c, struct census_entry *entry, enum census_state state,
                      int64_t now_us)
{
    struct census_crowd *crowd = &entry->address->in[state];

    entry->state = state;
    entry->since_us = now_us;
    list_append(&crowd->entries, &entry->in_crowd);
    c->n_in[state]++;
    if (crowd->n++ == 0)
        list_prepend(&c->crowds[state], &crowd->in_census);
}

static void crowd_remove(struct census *c, struct census_entry *entry)
{
    struct census_crowd *crowd = &entry->address->in[entry->state];

    list_remove(&entry->in_crowd);
    c->n_in[entry->state]--;
    if (--crowd->n == 0)
        list_remove(&crowd->in_census);
}

static struct census_entry *newest(const struct census_crowd *crowd)
{
    return LIST_LAST(&crowd->entries, struct census_entry, in_crowd);
}

/* Of crowds of one size, the one whose newest has idled longest. */
static struct census_crowd *fullest(const struct census *c, enum census_state state)
{
    struct census_crowd *best = NULL;

    LIST_EACH (struct census_crowd, crowd, &c->crowds[state], in_census) {
        if (!best || crowd->n > best->n ||
            (crowd->n == best->n && newest(crowd)->since_us < newest(best)->since_us))
            best = crowd;
    }
    return best;
}

/* ---- who may come ---- */

size_t census_count(const struct census *c)
{
    return c->n_in[CENSUS_SILENT] + c->n_in[CENSUS_UNJOINED] + c->n_in[CENSUS_JOINED];
}

size_t census_count_unjoined(const struct census *c)
{
    return c->n_in[CENSUS_SILENT] + c->n_in[CENSUS_UNJOINED];
}

/* Connections that spoke: the silent ones have their own budget. */
static size_t count_clients(const struct census *c)
{
    return c->n_in[CENSUS_UNJOINED] + c->n_in[CENSUS_JOINED];
}

static struct census_entry *idler(const struct census_address *a, enum census_state state,
                                  int64_t now_us)
{
    struct census_entry *oldest =
        a ? LIST_FIRST(&a->in[state].entries, struct census_entry, in_crowd) : NULL;

    return oldest && now_us - oldest->since_us > patience_us[state] ? oldest : NULL;
}

/* Whether there is a place in a state for one more of this address (NULL: one that nobody is from),
 * and who must leave for it. */
static int find_room(const struct census *c, const struct limits *limits,
                     const struct census_address *a, enum census_state state, int64_t now_us,
                     struct census_entry **victim)
{
    size_t own = a ? a->in[state].n : 0;
    const struct census_crowd *crowd = fullest(c, state);

    *victim = NULL;
    if (a &&
        (int64_t)(a->in[CENSUS_UNJOINED].n + a->in[CENSUS_JOINED].n) >= limits->clients_per_address)
        return ERR_BUSY;
    if ((int64_t)own < limits->unjoined_per_address) {
        if ((int64_t)c->n_in[state] < limits->unjoined &&
            (state == CENSUS_SILENT || (int64_t)count_clients(c) < limits->clients))
            return 0;
        if (crowd && own < crowd->n) {
            *victim = newest(crowd);
            return 0;
        }
    }
    *victim = idler(a, state, now_us);
    return *victim ? 0 : ERR_BUSY;
}

static struct census_address *find_address(const struct census *c, const char *address)
{
    char key[64];

    throttle_address_key(address, key);
    return name_index_find(&c->addresses, key);
}

bool census_has_room(const struct census *c, const struct limits *limits, const char *address,
                     int64_t now_us)
{
    const struct census_address *a = find_address(c, address);
    struct census_entry *victim;

    return find_room(c, limits, a, CENSUS_SILENT, now_us, &victim) == 0 &&
           find_room(c, limits, a, CENSUS_UNJOINED, now_us, &victim) == 0;
}

static struct census_address *add_address(struct census *c, const char *address)
{
    struct census_address *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    throttle_address_key(address, a->address);
    a->by_address.name = a->address;
    if (name_index_add(&c->addresses, &a->by_address) < 0) {
        free(a);
        return NULL;
    }
    return a;
}

int census_enter(struct census *c, const struct limits *limits, struct census_entry *entry,
                 const char *address, int64_t now_us, struct census_entry **victim)
{
    struct census_address *a = find_address(c, address);
    struct census_entry *leaving;
    int r = find_room(c, limits, a, CENSUS_SILENT, now_us, &leaving);

    *victim = NULL;
    if (r < 0)
        return r;
    if (!a)
        a = add_address(c, address);
    if (!a)
        return ERR_NO_MEMORY;
    a->n++;
    entry->address = a;
    crowd_add(c, entry, CENSUS_SILENT, now_us);
    if (leaving)
        census_leave(c, leaving);
    *victim = leaving;
    return 0;
}

int census_greeted(struct census *c, const struct limits *limits, struct census_entry *entry,
                   int64_t now_us, struct census_entry **victim)
{
    int r = find_room(c, limits, entry->address, CENSUS_UNJOINED, now_us, victim);

    if (r < 0)
        return r;
    crowd_remove(c, entry);
    crowd_add(c, entry, CENSUS_UNJOINED, now_us);
    if (*victim)
        census_leave(c, *victim);
    return 0;
}

void census_joined(struct census *c, struct census_entry *entry, int64_t now_us)
{
    crowd_remove(c, entry);
    crowd_add(c, entry, CENSUS_JOINED, now_us);
}

void census_unjoined(struct census *c, struct census_entry *entry, int64_t now_us)
{
    crowd_remove(c, entry);
    crowd_add(c, entry, CENSUS_UNJOINED, now_us);
}

void census_leave(struct census *c, struct census_entry *entry)
{
    struct census_address *a = entry->address;

    if (!a)
        return;
    crowd_remove(c, entry);
    entry->address = NULL;
    if (--a->n > 0)
        return;
    name_index_remove(&c->addresses, &a->by_address);
    free(a);
}
