/*
 * How many connections there are, in all and per address (IPv6 by /64), and who makes room when
 * there are too many. A connection is silent until it says its handshake, then unjoined until it
 * joins a group. Each of the two has a budget of its own, so that those that never say anything
 * take no place of those that do. When a budget is full, the newest connection of the fullest
 * address goes; who comes from that address itself takes the place of one there that has idled for
 * long, or is refused. Members are never put out for a newcomer. Pure bookkeeping.
 */
#ifndef NEREID_MEDIAD_SIGNAL_CENSUS_H
#define NEREID_MEDIAD_SIGNAL_CENSUS_H

#include <stdbool.h>

#include "common/error.h"
#include "common/list.h"
#include "mediad/limits.h"
#include "mediad/name_index.h"

enum census_state { CENSUS_SILENT, CENSUS_UNJOINED, CENSUS_JOINED, CENSUS_STATES };

struct census_address;

/** One connection; embedded. Zeroed: not counted. */
struct census_entry {
    struct census_address *address;
    enum census_state state;
    int64_t since_us; /* in this state */
    struct list_node in_crowd;
};

/** The connections of one address in one state. */
struct census_crowd {
    struct list_node in_census; /* among those in that state, unless it is empty */
    struct list entries;        /* oldest first */
    size_t n;
};

struct census_address {
    struct name_entry by_address;
    size_t n;
    struct census_crowd in[CENSUS_STATES];
    char address[64];
};

/** Zeroed is empty. */
struct census {
    struct name_index addresses;
    struct list crowds[CENSUS_STATES];
    size_t n_in[CENSUS_STATES];
};

/** Connections in all. */
size_t census_count(const struct census *c);
/** Connections in no group, silent or not. */
size_t census_count_unjoined(const struct census *c);

/** Whether one more connection from this address would be let in, and further to a handshake. */
bool census_has_room(const struct census *c, const struct limits *limits, const char *address,
                     int64_t now_us);
/** Count a new, silent connection.
 * @param victim who must be ended for it, counted no more; NULL when nobody must
 * @return 0, ERR_BUSY over a limit, ERR_NO_MEMORY */
int census_enter(struct census *c, const struct limits *limits, struct census_entry *entry,
                 const char *address, int64_t now_us, struct census_entry **victim) MUST_USE;
/** A connection said its handshake.
 * @param victim as above
 * @return 0, ERR_BUSY over a limit: it is to be ended */
int census_greeted(struct census *c, const struct limits *limits, struct census_entry *entry,
                   int64_t now_us, struct census_entry **victim) MUST_USE;
/** A connection joined a group, or left one. */
void census_joined(struct census *c, struct census_entry *entry, int64_t now_us);
void census_unjoined(struct census *c, struct census_entry *entry, int64_t now_us);
/** A connection is gone. Harmless for one that is not counted. */
void census_leave(struct census *c, struct census_entry *entry);

#endif
