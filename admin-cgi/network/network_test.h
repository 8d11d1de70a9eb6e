/*
 * All STUN and TURN servers that clients are told of, asked at once, each by a process of its own:
 * none can hold up another one, or the caller beyond its time.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_NETWORK_TEST_H
#define NEREID_ADMIN_CGI_NETWORK_NETWORK_TEST_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "admin-cgi/network/ice_probe.h"

#define NETWORK_TEST_MAX 30        /* addresses; those beyond are not asked */
#define NETWORK_TEST_LIMIT_MS 8000 /* after which what is not known yet is PROBE_LATE */

struct network_row {
    const char *url;                 /* borrowed from the configuration */
    const char *username, *password; /* NULL: none; borrowed */
    struct probe_result result;
};

/** The addresses of an rtcConfiguration (common/ice_servers.h), in its order; in the arena. */
struct network_row *network_rows(struct arena *a, struct json_object *configuration, size_t *n);

/** Ask them all. Rows that nobody could be started for are PROBE_FAILED. */
void network_test(struct network_row *rows, size_t n);

#endif
