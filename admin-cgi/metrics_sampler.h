/*
 * Turns what mediad says of itself into samples (store/store_metrics.h): its counters only grow, so
 * that rates need two answers of the same run. Keeper.
 */
#ifndef NEREID_ADMIN_CGI_METRICS_SAMPLER_H
#define NEREID_ADMIN_CGI_METRICS_SAMPLER_H

#include <json-c/json.h>

#include "admin-cgi/live_sample.h"
#include "admin-cgi/store/store_metrics.h"

struct app;

/** What the answer before said. Zeroed: there was none. */
struct metrics_sampler {
    int64_t at_us; /* monotonic */
    int64_t run;   /* what names this run of mediad: its pid */
    int64_t bytes_in, bytes_out, packets_in, lost;
};

/**
 * @param health as mediad says it (docs/CONTROL.md)
 * @param mono_us monotonic, of the answer
 * @param out    values, lost and expected are set
 * @return false: nothing to compare with, or no such answer; there is no sample yet
 */
bool metrics_sampler_read(struct metrics_sampler *s, struct json_object *health, int64_t mono_us,
                          struct metrics_sample *out);
/** Groups with people in them and what they send and receive, of mediad's list. Names are borrowed
 * from it; the array is in the arena. */
void metrics_sampler_read_groups(struct json_object *groups, struct arena *a,
                                 struct metrics_sample *out);

/** The keeper's turn, after each of its samples of mediad: every METRICS_SAMPLE_S one becomes a
 * row. While mediad does not answer there is none; that is no error. */
void metrics_sampler_run(struct metrics_sampler *s, struct app *app, const struct live_sample *live,
                         int64_t now_us, int64_t mono_us);

#endif
