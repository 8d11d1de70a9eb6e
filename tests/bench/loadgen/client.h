/*
 * One client of the load generator: docs/PROTOCOL.md as far as publishing and
 * receiving need it.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_CLIENT_H
#define NEREID_TESTS_BENCH_LOADGEN_CLIENT_H

#include "tests/bench/loadgen/link.h"
#include "tests/bench/loadgen/peer.h"

struct client_config {
    const char *group;
    const char *password;
    bool is_mesh; /* publishers receive one another */
    struct peer_config peer;
};

struct client {
    const struct client_config *config;
    struct link *link;
    char id[40];
    char username[64];
    bool is_publisher;
    bool is_joined;
    bool has_failed;
    char why[200];
    struct peer *peers; /* owned */
};

/** Connect and join. @param number makes id and name unique */
int client_start(struct client *c, const struct client_config *config, struct link_loop *loop,
                 unsigned number, bool is_publisher) MUST_USE;
void client_release(struct client *c);
/** Let its peers move on and send the descriptions they made. */
void client_service(struct client *c, int64_t now_us);

/* handlers for link_loop_new() */
void client_opened(void *user);
void client_message(void *user, struct json_object *message);
void client_closed(void *user, const char *why);

#endif
