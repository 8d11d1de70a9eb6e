/*
 * All STUN and TURN servers that clients are told of, asked by nereid-network-test, which has the
 * libraries for it.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_NETWORK_TEST_H
#define NEREID_ADMIN_CGI_NETWORK_NETWORK_TEST_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "common/probe_result.h"

/** The addresses of an rtcConfiguration (common/ice_servers.h), in its order; in the arena, their
 * texts borrowed from it. */
struct probe_row *network_rows(struct arena *a, struct json_object *configuration, size_t *n);

/** Ask them all, within NETWORK_TEST_LIMIT_MS and a second. What could not be asked is
 * PROBE_FAILED, and said in the log. */
void network_test(struct probe_row *rows, size_t n);

#endif
