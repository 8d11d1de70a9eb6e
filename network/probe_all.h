/*
 * Several STUN and TURN servers asked at once, each by a process of its own: none can hold up
 * another one, or the caller beyond its time.
 */
#ifndef NEREID_NETWORK_PROBE_ALL_H
#define NEREID_NETWORK_PROBE_ALL_H

#include <stddef.h>

#include "common/probe_result.h"

/** Ask them all, at most NETWORK_TEST_MAX. Rows that nobody could be started for are
 * PROBE_FAILED. */
void probe_all(struct probe_row *rows, size_t n);

#endif
