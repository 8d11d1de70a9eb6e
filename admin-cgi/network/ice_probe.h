/*
 * Does a STUN or TURN server do its work, seen from this machine? One address at a time, blocking:
 * for a process of its own (network_test.h). STUN: a binding (RFC 8489). TURN: an allocation with
 * the log-in that clients get, given back at once (RFC 8656).
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_ICE_PROBE_H
#define NEREID_ADMIN_CGI_NETWORK_ICE_PROBE_H

#include <stdint.h>

#define PROBE_TEXT_SIZE 160
#define PROBE_ANSWER_MS 3000 /* how long an answer is waited for */

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
    PROBE_FAILED,       /* on our side */
};

/** What came out. Goes through a pipe as it is. */
struct probe_result {
    enum probe_outcome outcome;
    int code;                   /* of the server's error; 0: none */
    int64_t took_us;            /* from the first packet to the answer */
    char text[PROBE_TEXT_SIZE]; /* address that we were seen at, or that relays; or why not */
};

/** @param username, password NULL for none */
void ice_probe(struct probe_result *out, const char *url, const char *username,
               const char *password);

#endif
