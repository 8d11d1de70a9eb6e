/*
 * WebSocket connections of the load generator's clients: JSON in, JSON out (libwebsockets client).
 * One loop for all of them, on one thread. Certificates are not verified: the server under test
 * usually has a self-signed one.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_LINK_H
#define NEREID_TESTS_BENCH_LOADGEN_LINK_H

#include <json-c/json.h>

#include "common/error.h"

struct link_loop;
struct link;

struct link_events {
    void (*opened)(void *user);
    void (*message)(void *user, struct json_object *message); /* borrowed for the call */
    void (*closed)(void *user, const char *why);
};

/** @param url wss://host:port/ws, ws://…, or unix:PATH of mediad's socket; copied */
int link_loop_new(struct link_loop **out, const char *url, const struct link_events *events,
                  struct error *e) MUST_USE;
void link_loop_free(struct link_loop *loop); /* closes every link */
int link_open(struct link **out, struct link_loop *loop, void *user) MUST_USE;
/** @param message taken */
int link_send(struct link *l, struct json_object *message) MUST_USE;
/** Handle what is ready without waiting. */
void link_loop_service(struct link_loop *loop);

#endif
