/*
 * How many connections there are, in all and per address, joined or not (S42). Pure bookkeeping.
 */
#ifndef NEREID_MEDIAD_SIGNAL_CENSUS_H
#define NEREID_MEDIAD_SIGNAL_CENSUS_H

#include <stdbool.h>

#include "common/error.h"
#include "mediad/limits.h"
#include "mediad/name_index.h"

struct census_address {
    struct name_entry by_address;
    size_t n, n_unjoined;
    char address[64];
};

/** Zeroed is empty. */
struct census {
    struct name_index addresses;
    size_t n, n_unjoined;
};

/** Whether one more connection from this address is within the limits. */
bool census_has_room(const struct census *c, const struct limits *limits, const char *address);
/** Count a new, unjoined connection. IPv6 addresses count by /64.
 * @param out borrowed until census_leave()
 * @return 0, ERR_BUSY over a limit, ERR_NO_MEMORY */
int census_enter(struct census *c, const struct limits *limits, const char *address,
                 struct census_address **out) MUST_USE;
/** A connection joined a group, or left one. */
void census_joined(struct census *c, struct census_address *a);
void census_unjoined(struct census *c, struct census_address *a);
void census_leave(struct census *c, struct census_address *a, bool is_joined);

#endif
