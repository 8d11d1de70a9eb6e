/*
 * Does a STUN or TURN server do its work, seen from this machine? One address at a time, blocking:
 * for a process of its own (network_test.h). STUN: a binding (RFC 8489). TURN: an allocation with
 * the log-in that clients get, given back at once (RFC 8656).
 */
#ifndef NEREID_NETWORK_ICE_PROBE_H
#define NEREID_NETWORK_ICE_PROBE_H

#include "common/probe_result.h"

/** @param username, password NULL for none */
void ice_probe(struct probe_result *out, const char *url, const char *username,
               const char *password);

#endif
