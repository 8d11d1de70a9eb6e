#include "mediad/rtc/timeline.h"

#include "mediad/rtc/rtcp.h"

enum {
    STEP_US = 500 * 1000, /* farther off than this is a clock that was set, not the network */
    STEP_REPORTS = 2,     /* upwards it takes so many in a row: one may just have been late */
    RISE_PPM = 200,       /* how fast the minimum forgets: twice the drift that we follow */
    RISE_MAX_US = 10 * 1000,
};

void timeline_track_init(struct timeline_track *t, uint32_t clock_rate)
{
    *t = (struct timeline_track){.clock_rate = clock_rate};
}

static void timeline_step(struct timeline *l, int64_t distance_us)
{
    l->previous_offset_us = l->offset_us;
    l->offset_us = distance_us;
    l->epoch++;
    l->n_outliers = 0;
}

/* Follow the smallest distance at once, a growing one slowly. @return false for an outlier */
static bool timeline_follow(struct timeline *l, int64_t distance_us, int64_t now_us)
{
    int64_t above_us = distance_us - l->offset_us;

    if (above_us < -STEP_US) {
        timeline_step(l, distance_us);
    } else if (above_us > STEP_US) {
        if (++l->n_outliers < STEP_REPORTS)
            return false;
        timeline_step(l, distance_us);
    } else if (above_us <= 0) {
        l->offset_us = distance_us;
        l->n_outliers = 0;
    } else {
        int64_t rise_us = (now_us - l->updated_us) * RISE_PPM / 1000000;

        if (rise_us > RISE_MAX_US)
            rise_us = RISE_MAX_US;
        l->offset_us += rise_us < above_us ? rise_us : above_us;
        l->n_outliers = 0;
    }
    return true;
}

bool timeline_sr(struct timeline *l, struct timeline_track *t, uint64_t ntp, uint32_t rtp_ts,
                 int64_t arrival_us)
{
    int64_t sr_us = rtcp_ntp_us(ntp);
    int64_t distance_us = arrival_us - sr_us;
    bool is_first = !t->has_sr;

    if (!l->has_offset) {
        l->has_offset = true;
        l->offset_us = distance_us;
    } else if (!timeline_follow(l, distance_us, arrival_us) && !is_first) {
        l->updated_us = arrival_us;
        return false; /* late, or the first of a new time: the report before still holds */
    }
    l->updated_us = arrival_us;
    t->has_sr = true;
    t->epoch = l->epoch;
    t->sr_us = sr_us;
    t->sr_rtp_ts = rtp_ts;
    return is_first;
}

/* Microseconds to clock units modulo 2^32, also for differences of centuries. */
static uint32_t us_to_rtp(int64_t us, uint32_t clock_rate)
{
    int64_t seconds = us / 1000000;
    int64_t rest = us % 1000000;

    return (uint32_t)((uint64_t)seconds * clock_rate) +
           (uint32_t)(rest * (int64_t)clock_rate / 1000000);
}

bool timeline_rtp_ts(const struct timeline *l, const struct timeline_track *t, int64_t at_us,
                     uint32_t *rtp_ts)
{
    int64_t offset_us = t->epoch == l->epoch ? l->offset_us : l->previous_offset_us;

    if (!t->has_sr)
        return false;
    *rtp_ts = t->sr_rtp_ts + us_to_rtp(at_us - offset_us - t->sr_us, t->clock_rate);
    return true;
}
