/*
 * One client of the load test of signalling: joins, chats, leaves, and counts what it hears.
 */
#ifndef NEREID_TESTS_BENCH_CHATLOAD_CHATTER_H
#define NEREID_TESTS_BENCH_CHATLOAD_CHATTER_H

#include <stdbool.h>

#include "tests/bench/loadgen/histogram.h"
#include "tests/bench/loadgen/link.h"

enum chatter_state {
    CHATTER_IDLE,
    CHATTER_JOINING,
    CHATTER_JOINED, /* told of itself, which comes last of what a join is answered with, but others
                     */
    CHATTER_LEFT,
    CHATTER_FAILED,
};

/* What all of them count together. */
struct tally {
    unsigned joined, left, failed;
    uint64_t messages; /* received, of every type */
    uint64_t heard;    /* chats of this run */
    struct histogram join_us, chat_us;
    char why[200]; /* of the first failure */
};

struct chatter {
    struct link *link;
    struct tally *tally;
    const char *password;
    enum chatter_state state;
    char id[40];
    char username[24];
    char group[200];
    int64_t began_us;
};

int chatter_start(struct chatter *c, struct link_loop *links, int64_t now_us) MUST_USE;
/** A broadcast of `size` bytes that begins with the time, so that whoever hears it knows its age.
 */
void chatter_say(struct chatter *c, unsigned size, int64_t now_us);
void chatter_leave(struct chatter *c);

/* For link_loop_new(). */
void chatter_opened(void *user);
void chatter_message(void *user, struct json_object *m);
void chatter_closed(void *user, const char *why);

#endif
