/*
 * What a simulated line (test_line.h) did since line_mark().
 */
#ifndef NEREID_TEST_LINE_FIGURES_H
#define NEREID_TEST_LINE_FIGURES_H

#include "test_line.h"

/* Share of the line that was used. */
static double line_used(const struct line *l)
{
    return (double)l->measure.delivered_bytes * 8 / (double)l->measure.capacity_bits;
}

static double line_sent_bps(const struct line *l)
{
    return (double)l->measure.sent_bytes * 8e6 / (double)(l->now_us - l->measure.since_us);
}

static double line_lost(const struct line *l)
{
    return l->measure.n_sent ? (double)l->measure.n_lost / l->measure.n_sent : 0;
}

/* Share of the packets that waited over 100 ms. */
static double line_late(const struct line *l)
{
    return l->measure.n_delivered ? (double)l->measure.n_late / l->measure.n_delivered : 0;
}

static double line_mean_bps(const struct line *l)
{
    return l->measure.sum_bps / l->measure.n_bps;
}

static void line_print(const struct line *l, const char *name)
{
    const struct line_measure *m = &l->measure;

    print_message(
        "  %-44s %5.1f s: estimate %5.0f (%5.0f to %5.0f), sent %5.0f kbit/s, used %3.0f %%, lost "
        "%4.1f %%, late %4.1f %%, waited %3.0f ms, probes %3.1f %%\n",
        name, (double)(l->now_us - m->since_us) / 1e6, line_mean_bps(l) / 1e3,
        (double)m->min_bps / 1e3, (double)m->max_bps / 1e3, line_sent_bps(l) / 1e3,
        line_used(l) * 100, line_lost(l) * 100, line_late(l) * 100, (double)m->max_wait_us / 1e3,
        m->sent_bytes ? (double)m->probe_bytes * 100 / (double)m->sent_bytes : 0.0);
}

#endif
