#include "mediad/rtc/delay_trend.h"

#include "common/now.h"

/* The base is the least of one to two of these: longer than a queue should stand, so short that
 * clocks that drift by 100 ppm are no more than 2 ms apart. */
#define BASE_PERIOD_US (10 * US_PER_S)
/* After such a silence a connection's clock may have drifted anywhere. */
#define BASE_AGE_US (30 * US_PER_S)
/* No queue is so long; the clock was set. */
#define WAIT_MAX_US (10 * US_PER_S)
/* Nor does a packet come so much earlier than all before it. */
#define EARLY_MAX_US US_PER_S

/* The fit needs so many points. */
#define POINTS_MIN 5
#define THRESHOLD_START_MS 12.5
#define THRESHOLD_MIN_MS 9.0
#define THRESHOLD_MAX_MS 600.0
/* How fast the threshold follows, a millisecond. */
#define THRESHOLD_UP 0.0087
#define THRESHOLD_DOWN 0.039
/* A rise so far above the threshold is a jump, to which it does not adapt. */
#define THRESHOLD_JUMP_MS 15.0
#define THRESHOLD_STEP_MAX_MS 100.0
/* A rise must be so many times its standard error, or it is chance. */
#define SIGMAS 2.0
/* What rises, but waits less than this, is noise. */
#define QUEUE_SHORT_US (20 * US_PER_MS)
/* A queue that stays so long is not ours alone to keep, growing or not. */
#define QUEUE_LONG_US (100 * US_PER_MS)

/* One that gets so long by so much from slot to slot is filling up. */
#define STEEP_QUEUE_MS 60.0
#define STEEP_STEP_MS 10.0

#define NO_FLOOR INT64_MAX

void delay_trend_init(struct delay_trend *t)
{
    *t = (struct delay_trend){.threshold_ms = THRESHOLD_START_MS};
    for (unsigned i = 0; i < DELAY_SLOTS; i++)
        t->floor_us[i] = NO_FLOOR;
}

/* ---- one packet ---- */

static int64_t base_us(const struct delay_base *base)
{
    return base->least_us < base->previous_us ? base->least_us : base->previous_us;
}

/* A new connection's packets wait as long as the others' do now. */
static void base_start(struct delay_base *base, int64_t raw_us, int64_t wait_us, int64_t sent_us)
{
    *base = (struct delay_base){
        .is_known = true,
        .started_us = sent_us,
        .least_us = raw_us - wait_us,
        .previous_us = raw_us - wait_us,
        .newest_us = sent_us,
    };
}

static void base_renew(struct delay_base *base, int64_t raw_us, int64_t sent_us)
{
    if (sent_us - base->started_us > BASE_PERIOD_US) {
        base->previous_us = base->least_us;
        base->least_us = raw_us;
        base->started_us = sent_us;
    }
    if (raw_us < base->least_us)
        base->least_us = raw_us;
    if (sent_us > base->newest_us)
        base->newest_us = sent_us;
}

static void note_floor(struct delay_trend *t, int64_t sent_us, int64_t wait_us)
{
    int64_t slot = sent_us / DELAY_SLOT_US;
    int64_t *floor_us = &t->floor_us[(uint64_t)slot % DELAY_SLOTS];

    if (slot > t->newest_slot) {
        int64_t first = t->newest_slot + 1;

        if (slot - first >= DELAY_SLOTS)
            first = slot - DELAY_SLOTS + 1;
        for (int64_t s = first; s <= slot; s++)
            t->floor_us[(uint64_t)s % DELAY_SLOTS] = NO_FLOOR;
        t->newest_slot = slot;
        t->last_us = wait_us;
    }
    if (slot > t->newest_slot - DELAY_SLOTS && wait_us < *floor_us)
        *floor_us = wait_us;
}

int64_t delay_trend_packet(struct delay_trend *t, struct delay_base *base, int64_t sent_us,
                           int64_t arrival_us)
{
    int64_t raw_us = arrival_us - sent_us;
    int64_t wait_us = raw_us - base_us(base);

    if (!base->is_known || sent_us - base->newest_us > BASE_AGE_US || wait_us > WAIT_MAX_US ||
        wait_us < -EARLY_MAX_US)
        base_start(base, raw_us, t->last_us, sent_us);
    else
        base_renew(base, raw_us, sent_us);
    wait_us = raw_us - base_us(base);
    note_floor(t, sent_us, wait_us);
    return wait_us;
}

/* ---- the trend ---- */

struct point {
    double x, y; /* slot, ms */
};

/* Slots, oldest first; the last one is not complete, as far as it is known. */
static unsigned collect(const struct delay_trend *t, struct point points[DELAY_FIT_SLOTS + 1])
{
    unsigned n = 0;

    for (int64_t s = t->newest_slot - DELAY_FIT_SLOTS; s <= t->newest_slot; s++) {
        int64_t floor_us = s < t->from_slot ? NO_FLOOR : t->floor_us[(uint64_t)s % DELAY_SLOTS];

        if (floor_us == NO_FLOOR)
            continue;
        points[n].x = (double)(s - t->newest_slot);
        points[n++].y = (double)floor_us / US_PER_MS;
    }
    return n;
}

/* Least squares: by how much it rises over all slots, ms. @param error2 of that, squared */
static double fit(const struct point *points, unsigned n, double *error2)
{
    double mean_x = 0, mean_y = 0, xy = 0, xx = 0, yy = 0;

    for (unsigned i = 0; i < n; i++) {
        mean_x += points[i].x / n;
        mean_y += points[i].y / n;
    }
    for (unsigned i = 0; i < n; i++) {
        double x = points[i].x - mean_x, y = points[i].y - mean_y;

        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    *error2 = 0;
    if (xx <= 0)
        return 0;
    *error2 = (yy - xy * xy / xx) / (n - 2) / xx * DELAY_FIT_SLOTS * DELAY_FIT_SLOTS;
    return xy / xx * DELAY_FIT_SLOTS;
}

static void adapt(struct delay_trend *t, int64_t now_us)
{
    double passed_ms = (double)(now_us - t->updated_us) / US_PER_MS;
    double size_ms = t->rise_ms < 0 ? -t->rise_ms : t->rise_ms;
    double k = size_ms < t->threshold_ms ? THRESHOLD_DOWN : THRESHOLD_UP;

    if (passed_ms > THRESHOLD_STEP_MAX_MS)
        passed_ms = THRESHOLD_STEP_MAX_MS;
    if (passed_ms <= 0 || size_ms > t->threshold_ms + THRESHOLD_JUMP_MS)
        return;
    k *= passed_ms;
    t->threshold_ms += (k < 1 ? k : 1) * (size_ms - t->threshold_ms);
    if (t->threshold_ms < THRESHOLD_MIN_MS)
        t->threshold_ms = THRESHOLD_MIN_MS;
    if (t->threshold_ms > THRESHOLD_MAX_MS)
        t->threshold_ms = THRESHOLD_MAX_MS;
}

/* The least of the last points. */
static int64_t standing_us(const struct point *points, unsigned n)
{
    double least_ms = points[n - 1].y;

    for (unsigned i = 2; i <= 3 && i <= n; i++) {
        if (points[n - i].y < least_ms)
            least_ms = points[n - i].y;
    }
    return (int64_t)(least_ms * US_PER_MS);
}

/* It fills up so fast that nobody needs to wait for more points, which come the later the longer
 * the queue is. */
static bool is_steep(const struct point *points, unsigned n)
{
    return n >= 3 && points[n - 1].y > STEEP_QUEUE_MS &&
           points[n - 1].y > points[n - 2].y + STEEP_STEP_MS &&
           points[n - 2].y > points[n - 3].y + STEEP_STEP_MS;
}

static enum delay_state judge(const struct delay_trend *t, const struct point *points, unsigned n)
{
    bool is_falling = n >= 2 && points[n - 1].y < points[n - 2].y - 1;

    if (n >= 3 && t->queue_us > QUEUE_LONG_US && !is_falling && t->rise_ms > -t->threshold_ms)
        return DELAY_OVERUSE;
    if (n < POINTS_MIN)
        return t->queue_us > QUEUE_LONG_US ? DELAY_UNDERUSE : DELAY_NORMAL;
    if (t->rise_ms > t->threshold_ms && t->rise_ms * t->rise_ms > t->error2 * SIGMAS * SIGMAS &&
        t->queue_us > QUEUE_SHORT_US && !is_falling)
        return DELAY_OVERUSE;
    return t->rise_ms < -t->threshold_ms ? DELAY_UNDERUSE : DELAY_NORMAL;
}

enum delay_state delay_trend_update(struct delay_trend *t, int64_t now_us)
{
    struct point points[DELAY_FIT_SLOTS + 1];
    unsigned n_all = collect(t, points), n;

    if (n_all < 2)
        return t->state;
    n = n_all - 1;
    t->error2 = 0;
    t->rise_ms = n >= 3 ? fit(points, n, &t->error2) : 0;
    t->queue_us = standing_us(points, n);
    t->state = judge(t, points, n);
    if (is_steep(points, n_all)) {
        t->state = DELAY_OVERUSE;
        t->queue_us = (int64_t)(points[n_all - 1].y * US_PER_MS);
    }
    if (n >= POINTS_MIN)
        adapt(t, now_us);
    t->updated_us = now_us;
    return t->state;
}

void delay_trend_restart(struct delay_trend *t, int64_t now_us)
{
    t->from_slot = now_us / DELAY_SLOT_US + 1;
    t->state = DELAY_NORMAL;
}
