/*
 * A group's authorisation server (docs/AUTHORISATION.md), asked by nereid-network-test as the
 * group's page would ask it; what came out, in words.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_AUTH_TEST_H
#define NEREID_ADMIN_CGI_NETWORK_AUTH_TEST_H

#include "admin-cgi/arena.h"
#include "admin-cgi/network/probe_words.h"

/** Borrowed. */
struct auth_question {
    const char *url;      /* of the authorisation server */
    const char *origin;   /* of the group's page */
    const char *location; /* that page */
    const char *username, *password;
};

struct auth_answer {
    bool works;        /* it answered as it should, whatever it thinks of the log-in */
    bool is_unknown;   /* it leaves this name to the group's own passwords */
    const char *token; /* that it gave; NULL: none; in the arena */
    struct probe_words words;
};

/** Ask, within ten seconds. */
struct auth_answer auth_test(struct arena *a, const struct auth_question *question);

#endif
