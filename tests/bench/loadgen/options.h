/*
 * Command line of the load generator.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_OPTIONS_H
#define NEREID_TESTS_BENCH_LOADGEN_OPTIONS_H

#include "tests/bench/loadgen/command_line.h"
#include "tests/bench/loadgen/peer.h"
#include "tests/bench/loadgen/vp8_source.h"

struct options {
    struct target target;
    const char *local_ip;
    unsigned publishers, subscribers;
    unsigned others; /* publishers of other programs, whom every subscriber receives too */
    struct vp8_shape video;
    unsigned drop_percent;
    bool has_audio;
    bool is_mesh; /* publishers receive one another */
    bool wants_pli;
    bool has_up_impostors, has_down_impostors;
    const char *rids_text;
    unsigned n_rids;
    unsigned rids_bps[RIDS_MAX]; /* best first */
    const char *feedback_text;
    enum report_kind feedback;
    unsigned remb_bps;
    unsigned reports; /* REMB or transport-wide feedback, a second */
    unsigned via_port;
    bool prints_each; /* what each receiver got */
};

/** @return 0, or 2 (an exit status) after a message and the usage on stderr */
int options_parse(struct options *o, int argc, char **argv);

#endif
