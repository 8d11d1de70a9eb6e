#include "mediad/rtc/downlink.h"

#include <stdlib.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/down_repair.h"
#include "mediad/rtc/down_video.h"

#define DIVIDE_US (100 * US_PER_MS)
#define SOUND_ONLY_US (500 * US_PER_MS)
/* Videos of one client that are divided; those beyond are paused. */
#define VIDEOS_MAX 512
/* Over what time is it judged whether a client is sent too much? */
#define CONGESTED_WINDOW_US (300 * US_PER_MS)
/* Packets that one call of the estimator takes. */
#define FEEDBACK_PACKETS 64
/* Of the estimate so much stays free: reports, repeats and bursts need room, too. */
#define RESERVE_SHARE 33
/* More packets between two reports: another numbering. */
#define REPORT_PACKETS_MAX 65536

struct downlink {
    struct client *client;
    struct worker *worker;
    struct bandwidth bandwidth;
    struct list connections; /* struct down_connection */
    struct timer timer;
    uint64_t sent_bytes;  /* of all connections, at the last look */
    int64_t estimate_bps; /* at the last division */
};

/* ---- what is sent ---- */

static uint64_t sent_bytes(const struct downlink *d)
{
    uint64_t sum = 0;

    LIST_EACH (struct down_connection, down, &d->connections, in_downlink) {
        for (size_t i = 0; i < down->n_tracks; i++)
            sum += down->tracks[i]->sender.sent_bytes;
    }
    return sum;
}

/* Tracks that have gone take their count with them: less than before says nothing. */
static void note_sent(struct downlink *d)
{
    uint64_t bytes = sent_bytes(d);

    if (bytes > d->sent_bytes)
        bandwidth_sent(&d->bandwidth, (uint32_t)(bytes - d->sent_bytes), d->worker->now_us);
    d->sent_bytes = bytes;
}

static int64_t sound_bps(const struct downlink *d)
{
    int64_t sum = 0;

    LIST_EACH (struct down_connection, down, &d->connections, in_downlink) {
        for (size_t i = 0; i < down->n_tracks; i++) {
            if (!down->tracks[i]->sender.is_video)
                sum += (int64_t)down->tracks[i]->sender.rate.rate_bps;
        }
    }
    return sum;
}

/* ---- probes ---- */

/* A video whose packets can be sent again for a probe. */
static struct down_track *find_prober(const struct downlink *d, struct down_connection **owner)
{
    LIST_EACH (struct down_connection, down, &d->connections, in_downlink) {
        for (size_t i = 0; down->is_flowing && i < down->n_tracks; i++) {
            const struct down_sender *s = &down->tracks[i]->sender;

            if (s->is_video && s->transport_cc_id && down_sender_has_rtx(s)) {
                *owner = down;
                return down->tracks[i];
            }
        }
    }
    return NULL;
}

static void probe(struct downlink *d, int64_t wish_bps)
{
    struct down_connection *down = NULL;
    struct down_track *t = find_prober(d, &down);
    struct bandwidth_probe probe;

    if (!t) {
        bandwidth_cannot_probe(&d->bandwidth, wish_bps);
        return;
    }
    if (!bandwidth_wants_probe(&d->bandwidth, wish_bps, d->worker->now_us, &probe))
        return;
    down->transport->sent.probe = probe.id;
    down_repair_probe(t, probe.bytes, probe.n);
    down->transport->sent.probe = 0;
    worker_count(d->worker, COUNT_PROBES, 1);
}

/* ---- division ---- */

/* Was more sent to the client in the last 0.3 s than the estimate of its line and a quarter of it?
 * Within that pictures of one rate differ. On a line that loses by chance half of it comes on top:
 * repeats are sent besides, and loss_limit.c lowers the estimate to find out whether that helps.
 * What came through while the line was full a moment ago is never too much, although the estimate
 * is below that now. */
static bool is_sent_too_much(const struct downlink *d, bool is_lossy)
{
    int64_t sent_bps = rate_window_bps(&d->bandwidth.sent, CONGESTED_WINDOW_US, d->worker->now_us);
    int64_t more_bps = d->estimate_bps / (is_lossy ? 2 : 4);

    return d->estimate_bps >= 0 && sent_bps > d->estimate_bps + more_bps &&
           sent_bps > bandwidth_held_bps(&d->bandwidth, d->worker->now_us);
}

static size_t collect_videos(struct downlink *d, struct allocate_video **videos)
{
    size_t n = 0;

    LIST_EACH (struct down_connection, down, &d->connections, in_downlink) {
        for (size_t i = 0; down->is_flowing && i < down->n_tracks; i++) {
            struct down_track *t = down->tracks[i];

            if (!t->sender.is_video)
                continue;
            down_video_describe(down, t);
            if (n < VIDEOS_MAX)
                videos[n++] = &t->video;
            else
                t->video.layer = ALLOCATE_PAUSED;
        }
    }
    return n;
}

int64_t downlink_room_bps(int64_t line_bps, int64_t sound_bps)
{
    int64_t left_bps = line_bps - line_bps / RESERVE_SHARE - sound_bps;

    return left_bps > 0 ? left_bps : 0;
}

int64_t downlink_line_bps(int64_t room_bps, int64_t sound_bps)
{
    return (room_bps + sound_bps) / (RESERVE_SHARE - 1) * RESERVE_SHARE + RESERVE_SHARE;
}

/* @return the estimate; -1: not known */
static int64_t budget_of(const struct downlink *d, int64_t sound_bps,
                         struct allocate_budget *budget)
{
    int64_t now_us = d->worker->now_us;
    int64_t estimate_bps = bandwidth_bps(&d->bandwidth, now_us);

    if (!bandwidth_is_known(&d->bandwidth, now_us)) {
        *budget = (struct allocate_budget){INT64_MAX, INT64_MAX};
        return -1;
    }
    budget->bps = downlink_room_bps(estimate_bps, sound_bps);
    budget->held_bps = downlink_room_bps(bandwidth_held_bps(&d->bandwidth, now_us), sound_bps);
    return estimate_bps;
}

/* For the sums of all lines. @param estimate_bps -1: not known, or the end */
static void set_estimate(struct downlink *d, int64_t estimate_bps)
{
    uint64_t before_bytes = d->estimate_bps < 0 ? 0 : (uint64_t)d->estimate_bps / 8;
    uint64_t now_bytes = estimate_bps < 0 ? 0 : (uint64_t)estimate_bps / 8;

    worker_count(d->worker, COUNT_LINES_BYTES, now_bytes - before_bytes);
    worker_count(d->worker, COUNT_LINES,
                 (uint64_t)(estimate_bps >= 0) - (uint64_t)(d->estimate_bps >= 0));
    d->estimate_bps = estimate_bps;
}

/* @return how many videos there are */
static size_t divide(struct downlink *d)
{
    struct allocate_video *videos[VIDEOS_MAX];
    size_t n;
    bool is_lossy = bandwidth_is_lossy(&d->bandwidth, d->worker->now_us), is_congested;
    struct allocate_budget budget;
    int64_t sound = sound_bps(d), wish_bps;

    note_sent(d);
    set_estimate(d, budget_of(d, sound, &budget));
    is_congested = is_sent_too_much(d, is_lossy);
    n = collect_videos(d, videos);
    wish_bps = allocate(videos, n, &budget, d->worker->now_us);
    LIST_EACH (struct down_connection, down, &d->connections, in_downlink) {
        down->estimate_bps = d->estimate_bps;
        for (size_t i = 0; down->is_flowing && i < down->n_tracks; i++) {
            struct down_track *t = down->tracks[i];

            t->is_lossy = is_lossy && !(t->sender.is_video && is_congested);
            if (!t->sender.is_video)
                continue;
            t->is_congested = is_congested;
            t->drained_us = bandwidth_drained_us(&d->bandwidth);
            down_video_apply(down, t, budget.bps, budget.bps / (int64_t)(n ? n : 1));
        }
    }
    if (n && d->estimate_bps >= 0)
        probe(d, downlink_line_bps(wish_bps, sound));
    return n;
}

static void timer_fired(struct timer *timer, int64_t now_us)
{
    struct downlink *d = CONTAINER_OF(timer, struct downlink, timer);
    bool has_videos = divide(d) > 0;

    timer_wheel_set(&d->worker->wheel, timer, now_us + (has_videos ? DIVIDE_US : SOUND_ONLY_US));
}

/* What the line carries fell: videos must not wait for the next look. */
static void divide_if_fallen(struct downlink *d)
{
    int64_t now_us = d->worker->now_us;

    if (bandwidth_is_known(&d->bandwidth, now_us) &&
        (d->estimate_bps < 0 ||
         bandwidth_bps(&d->bandwidth, now_us) < d->estimate_bps - d->estimate_bps / 16))
        (void)divide(d);
}

void downlink_update(struct down_connection *down)
{
    if (down->downlink)
        (void)divide(down->downlink);
}

/* ---- reports ---- */

/* Numbers ascend by the order of sending. */
void downlink_feedback(struct down_connection *down, const struct rtcp_packet *p)
{
    struct downlink *d = down->downlink;
    struct sent_history *history = &down->transport->sent;
    struct bandwidth_packet packets[FEEDBACK_PACKETS];
    struct transport_feedback feedback;
    struct transport_feedback_walk walk;
    int64_t arrival_us;
    size_t n = 0;
    uint16_t number;
    bool has_arrived;

    if (!d || !sent_history_is_on(history))
        return;
    if (transport_feedback_read(&feedback, p->items) < 0 || feedback.n > SENT_HISTORY_MAX) {
        worker_count(d->worker, COUNT_DROP_SYNTAX, 1);
        return;
    }
    down->feedback_us = d->worker->now_us;
    walk = transport_feedback_walk(&feedback, &down->feedback_clock);
    while (transport_feedback_next(&walk, &number, &has_arrived, &arrival_us)) {
        struct bandwidth_packet *packet = &packets[n];
        struct sent_packet sent;

        if (!sent_history_report(history, number, has_arrived, d->worker->now_us, &packet->sent_us,
                                 &sent))
            continue;
        packet->arrival_us = has_arrived ? arrival_us : BANDWIDTH_LOST;
        packet->bytes = sent.bytes;
        packet->probe = sent.probe;
        if (++n < LENGTH(packets))
            continue;
        bandwidth_feedback(&d->bandwidth, &down->clock, packets, n, d->worker->now_us);
        n = 0;
    }
    if (n)
        bandwidth_feedback(&d->bandwidth, &down->clock, packets, n, d->worker->now_us);
    divide_if_fallen(d);
}

static bool has_feedback(const struct down_connection *down)
{
    return down->feedback_us &&
           down->transport->worker->now_us - down->feedback_us < BANDWIDTH_FEEDBACK_ENDED_US;
}

static int64_t sent_bps(const struct down_connection *down)
{
    int64_t sum = 0;

    for (size_t i = 0; i < down->n_tracks; i++)
        sum += (int64_t)down->tracks[i]->sender.rate.rate_bps;
    return sum;
}

void downlink_estimated(struct down_connection *down, int64_t bps)
{
    struct downlink *d = down->downlink;

    if (!d || has_feedback(down))
        return;
    bandwidth_remb(&d->bandwidth, &down->remb, bps, sent_bps(down), d->worker->now_us);
    divide_if_fallen(d);
}

void downlink_reported(struct down_connection *down, struct down_track *t,
                       const struct rtcp_report *report)
{
    struct downlink *d = down->downlink;
    uint32_t expected = report->highest_seq - t->reported_seq;
    int32_t lost = report->lost - t->reported_lost;
    bool is_first = !t->has_report;

    t->has_report = true;
    t->reported_seq = report->highest_seq;
    t->reported_lost = report->lost;
    if (!d || has_feedback(down) || !t->sender.is_video || is_first || expected == 0 ||
        expected > REPORT_PACKETS_MAX)
        return;
    if (lost < 0) /* duplicates */
        lost = 0;
    bandwidth_report(&d->bandwidth, (uint32_t)lost < expected ? (uint32_t)lost : expected, expected,
                     d->worker->now_us);
    divide_if_fallen(d);
}

/* ---- life ---- */

static struct downlink *downlink_new(struct client *client, struct worker *w)
{
    struct downlink *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->client = client;
    d->worker = w;
    d->estimate_bps = -1;
    bandwidth_init(&d->bandwidth, w->now_us);
    d->timer.fire = timer_fired;
    timer_wheel_set(&w->wheel, &d->timer, w->now_us + DIVIDE_US);
    client->downlink = d;
    return d;
}

int downlink_join(struct down_connection *down, struct client_connection *c)
{
    struct downlink *d = c->client->downlink;

    if (!d)
        d = downlink_new(c->client, down->transport->worker);
    if (!d)
        return ERR_NO_MEMORY;
    list_append(&d->connections, &down->in_downlink);
    down->downlink = d;
    return 0;
}

void downlink_leave(struct down_connection *down)
{
    struct downlink *d = down->downlink;

    if (!d)
        return;
    bandwidth_forget_remb(&d->bandwidth, &down->remb);
    list_remove(&down->in_downlink);
    down->downlink = NULL;
    if (!list_is_empty(&d->connections))
        return;
    set_estimate(d, -1);
    timer_cancel(&d->timer);
    d->client->downlink = NULL;
    free(d);
}
