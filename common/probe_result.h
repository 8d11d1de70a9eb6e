/*
 * What a test of a STUN or TURN server found: nereid-network-test writes it, admin-cgi reads it.
 */
#ifndef NEREID_COMMON_PROBE_RESULT_H
#define NEREID_COMMON_PROBE_RESULT_H

#include <json-c/json.h>
#include <stdint.h>

#include "common/error.h"

#define PROBE_TEXT_SIZE 160
#define PROBE_ANSWER_MS 3000       /* how long an answer is waited for */
#define NETWORK_TEST_MAX 30        /* addresses; those beyond are not asked */
#define NETWORK_TEST_LIMIT_MS 8000 /* after which what is not known yet is PROBE_LATE */

enum probe_outcome {
    PROBE_LATE, /* it did not end in time; looking the name up, most likely */
    PROBE_WORKS,
    PROBE_BAD_URL,      /* what it is is no address of a STUN or TURN server */
    PROBE_NO_NAME,      /* the name is not known */
    PROBE_CLOSED,       /* nobody listens there, or no way leads there */
    PROBE_SILENT,       /* no answer */
    PROBE_NO_TLS,       /* TLS failed; browsers would refuse it, too */
    PROBE_NOT_STUN,     /* something else answered */
    PROBE_UNAUTHORIZED, /* the log-in was refused */
    PROBE_REFUSED,      /* the server said no: `code` of its error */
    PROBE_FAILED,       /* on our side; the last one */
};

struct probe_result {
    enum probe_outcome outcome;
    int code;                   /* of the server's error; 0: none */
    int64_t took_us;            /* from the first packet to the answer */
    char text[PROBE_TEXT_SIZE]; /* address that we were seen at, or that relays; or why not */
};

/** An address to be asked. */
struct probe_row {
    const char *url;                 /* borrowed; "": it is no text */
    const char *username, *password; /* NULL: none; borrowed */
    struct probe_result result;
};

/** Of a text and the entry with its log-in, `username` and `credential` (RTCIceServer); both
 * borrowed. */
struct probe_row probe_row_of(struct json_object *url, struct json_object *server);

/** {"outcome": "works", "code": 0, "took_us": 1200, "text": "192.0.2.1:3478"}; owned, NULL: no
 * memory */
struct json_object *probe_result_to_json(const struct probe_result *result);
/** What cannot be read is PROBE_FAILED. */
void probe_result_from_json(struct probe_result *out, struct json_object *json);

#endif
