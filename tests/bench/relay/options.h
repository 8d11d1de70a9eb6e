/*
 * The relay's command line, and the changes of its lines by time or by word.
 */
#ifndef NEREID_TESTS_BENCH_RELAY_OPTIONS_H
#define NEREID_TESTS_BENCH_RELAY_OPTIONS_H

#include "mediad/rtc/net_address.h"
#include "tests/bench/relay/line.h"

#define CHANGES_MAX 64

enum direction {
    DIRECTION_UP,   /* from the client */
    DIRECTION_DOWN, /* to the client */
    DIRECTIONS
};

/** From `at_us` after the start on a direction has these settings. */
struct change {
    int64_t at_us;
    enum direction direction;
    struct line_settings settings;
};

struct options {
    struct net_address listen;
    struct net_address to;
    uint64_t seed;
    bool has_control; /* standard input says changes */
    unsigned n_changes;
    struct change changes[CHANGES_MAX]; /* in the order of their times */
};

/** @return 0, or 2 (an exit status) after a message and the usage on stderr */
int options_parse(struct options *o, int argc, char **argv);

/** Read "up SETTINGS" or "down SETTINGS". @return false, and a sentence in `problem` */
bool change_parse(struct change *out, const char *text, char *problem, size_t problem_size);

#endif
