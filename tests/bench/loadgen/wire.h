/*
 * What the clients of all load generators say to a server: the head of a connection, and JSON.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_WIRE_H
#define NEREID_TESTS_BENCH_LOADGEN_WIRE_H

#include "tests/bench/loadgen/link.h"

/** @return owned; link_send() takes it */
struct json_object *wire_new(const char *type);
void wire_add(struct json_object *m, const char *name, const char *value);
/** A member that is a string. @return borrowed; "" for anything else */
const char *wire_get(struct json_object *m, const char *name);

struct wire_join {
    const char *id; /* of the client */
    const char *group;
    const char *username;
    const char *password;
};

/** Send the handshake and ask to join. @return 0, ERR_UNAVAILABLE */
int wire_join(struct link *l, const struct wire_join *join) MUST_USE;

#endif
