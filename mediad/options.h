/*
 * mediad's command line.
 */
#ifndef NEREID_MEDIAD_OPTIONS_H
#define NEREID_MEDIAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define ANNOUNCE_MAX 16

/** Strings are borrowed from argv. */
struct options {
    const char *dir;
    const char *media_listen;           /* NULL: every address */
    const char *announce[ANNOUNCE_MAX]; /* in the order given */
    size_t n_announce;
    unsigned n_workers; /* 0: one per core */
    uint16_t udp_port;
    const char *control_user; /* may use the control socket besides our own user */
    bool check_config;
    bool debug;
    bool help;
};

extern const char options_usage[];

/** @return 0, or ERR_INVALID with a sentence for stderr */
int options_parse(struct options *out, int argc, char **argv, struct error *e) MUST_USE;

#endif
