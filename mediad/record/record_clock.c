#include "mediad/record/record_clock.h"

#include "common/now.h"

enum {
    SLEW_PER_S = 1000,  /* microseconds */
    STEP_MIN_US = 1000, /* between two frames: what a file can tell apart */
    /* A report may say of frames that they were taken before they arrive, or after (FFmpeg 9, when
     * it was behind at its start), but not by more than this. */
    APART_US = 5000000,
    EARLY_US = 1000000, /* so much sooner than others a frame does not come: the clock leapt */
    LATE_US = 5000000,  /* nor so much later */
    STEADY_LATE_US = 1000000, /* all of LATE_WINDOW_US this late: the clock had stood still */
    LATE_WINDOW_US = 2000000,
};

void record_clock_init(struct record_clock *c, uint32_t rate)
{
    *c = (struct record_clock){.rate = rate};
}

/* Microseconds of so many ticks. */
static int64_t ticks_us(const struct record_clock *c, int64_t ticks)
{
    return ticks / c->rate * US_PER_S + ticks % c->rate * US_PER_S / c->rate;
}

/* The unwrapped number of a timestamp near the last frame's. */
static int64_t unwrap(const struct record_clock *c, uint32_t rtp_ts)
{
    return c->ticks + (int32_t)(rtp_ts - c->rtp_ts);
}

/* The offset by which this timestamp falls on this moment. */
static int64_t offset_by(const struct record_clock *c, uint32_t rtp_ts, int64_t at_us)
{
    return at_us - ticks_us(c, unwrap(c, rtp_ts));
}

static bool is_near(int64_t us)
{
    return us > -APART_US && us < APART_US;
}

/* How long after its place a frame came. */
static int64_t lateness(const struct record_clock *c, uint32_t rtp_ts, int64_t arrival_us)
{
    return arrival_us - ticks_us(c, unwrap(c, rtp_ts)) - c->offset_us;
}

/* By the source's report, when what it says of a frame fits its arrival.
 * @return false: none, or one of another clock, which is forgotten */
static bool by_report(struct record_clock *c, uint8_t source, uint32_t rtp_ts, int64_t arrival_us,
                      int64_t *offset_us)
{
    struct record_clock_report *report = &c->reports[source % RECORD_SOURCES];
    int64_t offset;

    if (!report->is_known)
        return false;
    offset = offset_by(c, report->rtp_ts, report->at_us);
    if (!is_near(arrival_us - ticks_us(c, unwrap(c, rtp_ts)) - offset)) {
        report->is_known = false;
        return false;
    }
    *offset_us = offset;
    return true;
}

void record_clock_report(struct record_clock *c, uint8_t source, uint32_t rtp_ts, int64_t at_us)
{
    c->reports[source % RECORD_SOURCES] = (struct record_clock_report){true, rtp_ts, at_us};
    if (c->has_begun && source == c->source) {
        int64_t offset = offset_by(c, rtp_ts, at_us);

        if (is_near(offset - c->wanted_us))
            c->wanted_us = offset;
    }
}

void record_clock_arrival(struct record_clock *c, uint8_t source, uint32_t rtp_ts, int64_t at_us)
{
    int64_t sooner_us;

    if (c->has_begun)
        return;
    sooner_us = c->arrival_us + ticks_us(c, (int32_t)(rtp_ts - c->arrival_rtp_ts)) - at_us;
    if (!c->has_arrival || source != c->source || sooner_us > 0 || sooner_us < -LATE_US) {
        c->has_arrival = true;
        c->source = source;
        c->arrival_rtp_ts = rtp_ts;
        c->arrival_us = at_us;
    }
}

bool record_clock_is_known(const struct record_clock *c, uint8_t source)
{
    return c->reports[source % RECORD_SOURCES].is_known;
}

static void begin(struct record_clock *c, uint8_t source, uint32_t rtp_ts, int64_t arrival_us)
{
    bool has_arrival = c->has_arrival && source == c->source;

    c->rtp_ts = rtp_ts;
    c->ticks = 0;
    if (!by_report(c, source, rtp_ts, arrival_us, &c->wanted_us))
        c->wanted_us = has_arrival ? offset_by(c, c->arrival_rtp_ts, c->arrival_us) : arrival_us;
    c->offset_us = c->wanted_us;
    c->has_begun = true;
    c->usual_late_us = lateness(c, rtp_ts, arrival_us);
    c->last_us = c->offset_us - STEP_MIN_US;
}

/* Another clock goes on where this one is. Both of one camera keep what was still to be moved. */
static void change_clock(struct record_clock *c, uint8_t source, uint32_t rtp_ts,
                         int64_t arrival_us)
{
    int64_t residue_us = c->offset_us - c->wanted_us;

    c->rtp_ts = rtp_ts;
    c->ticks = 0;
    if (!by_report(c, source, rtp_ts, arrival_us, &c->wanted_us)) {
        c->wanted_us = arrival_us;
        residue_us = 0;
    }
    c->offset_us = c->wanted_us + residue_us;
    c->usual_late_us = lateness(c, rtp_ts, arrival_us);
    c->late_since_us = 0;
}

/* Has a clock stood still, or leapt? What arrives tells, beside when the frames before came. */
static bool has_leapt(struct record_clock *c, uint32_t rtp_ts, int64_t arrival_us)
{
    int64_t late_us = lateness(c, rtp_ts, arrival_us) - c->usual_late_us;

    if (late_us <= -EARLY_US || late_us >= LATE_US)
        return true;
    if (late_us < 0)
        c->usual_late_us += late_us;
    if (late_us < STEADY_LATE_US || c->late_since_us == 0)
        c->late_since_us = arrival_us;
    return arrival_us - c->late_since_us > LATE_WINDOW_US;
}

static int64_t within(int64_t us, int64_t most_us)
{
    return us > most_us ? most_us : us < -most_us ? -most_us : us;
}

/* The way may become longer: what is usual follows as slowly as all else. */
static void slew(struct record_clock *c, int64_t elapsed_us)
{
    int64_t most_us = elapsed_us * SLEW_PER_S / US_PER_S;
    int64_t error_us = within(c->wanted_us - c->offset_us, most_us);

    c->offset_us += error_us;
    c->usual_late_us += most_us - error_us;
}

int64_t record_clock_place(struct record_clock *c, uint8_t source, uint32_t rtp_ts,
                           int64_t arrival_us)
{
    int64_t ticks, us;

    if (!c->has_begun) {
        begin(c, source, rtp_ts, arrival_us);
    } else if (source != c->source || has_leapt(c, rtp_ts, arrival_us)) {
        change_clock(c, source, rtp_ts, arrival_us);
    }
    c->source = source;
    ticks = unwrap(c, rtp_ts);
    if (ticks > c->ticks)
        slew(c, ticks_us(c, ticks - c->ticks));
    c->ticks = ticks;
    c->rtp_ts = rtp_ts;
    us = ticks_us(c, ticks) + c->offset_us;
    if (us < c->last_us + STEP_MIN_US)
        us = c->last_us + STEP_MIN_US;
    c->last_us = us;
    return us;
}
