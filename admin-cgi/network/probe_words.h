/*
 * What a test of a STUN or TURN server found, in words: what is the matter, and what to do. Pure.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_PROBE_WORDS_H
#define NEREID_ADMIN_CGI_NETWORK_PROBE_WORDS_H

#include "admin-cgi/arena.h"
#include "admin-cgi/network/network_test.h"

/** One sentence each, in the arena. */
struct probe_words {
    const char *found; /* what came out */
    const char *next;  /* what to do; "" when it works */
};
struct probe_words probe_words(struct arena *a, const struct probe_row *row);

#endif
