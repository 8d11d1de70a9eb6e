#include "mediad/rtc/bandwidth.h"

#include "common/now.h"
#include "mediad/rtc/since.h"

/* Without a report for so long nothing is known. */
#define FEEDBACK_AGE_US (30 * US_PER_S)
/* Nobody probes when no report would come. */
#define FEEDBACK_LIVE_US US_PER_S
/* What comes through, over this time; when the line is full it comes evenly, and less will do. */
#define ACKED_US (500 * US_PER_MS)
#define ACKED_FULL_US (250 * US_PER_MS)
#define ACKED_BURST_US (150 * US_PER_MS)
#define SENT_US US_PER_S
/* Loss is judged over so much time and so many packets, or, with few packets, over more time. */
#define WINDOW_MIN_US (500 * US_PER_MS)
#define WINDOW_MAX_US (2 * US_PER_S)
#define WINDOW_PACKETS 60
#define WINDOW_PACKETS_MIN 10
/* When nothing arrives for so long, the line was interrupted; its rate is what it was. */
#define INTERRUPTED_US (250 * US_PER_MS)
/* What comes through right after the rate fell was sent before. */
#define LIFT_US (1500 * US_PER_MS)
/* A queue up to this is nothing to wait for. */
#define QUEUE_CALM_US (40 * US_PER_MS)
/* One as long as this is still full of what was sent before the rate fell: look again. */
#define QUEUE_LONG_US (100 * US_PER_MS)
/* So long it must have been short before a probe, */
#define CALM_US (500 * US_PER_MS)
/* and so long before a calm line is trusted as far as that: sound and a small picture. */
#define CALM_LONG_US (3 * US_PER_S)
#define CALM_BPS 300000
/* Where no more than this comes, all else is paused: sending less is not possible, and what comes
 * says little of a queue. What is paused is tried after a while, however restless the line is. */
#define IDLE_BPS 100000
#define IDLE_TRY_US (6 * US_PER_S)
/* A burst fills a line that carries what flows: that may stay for so long. */
#define HELD_US (3 * US_PER_S)
/* No longer than this when much gets lost even then: it is no burst, and with repeats on top
 * pictures stand still. */
#define HELD_LOSING_US US_PER_S
#define HELD_PERCENT 97
/* A queue drains slower than it was measured: sound goes on, and the last packets came into it
 * after those that were reported. */
#define DRAIN_PERCENT 150
/* One of so many lost: the queue drops what exceeds it. */
#define LOSING_PART 20
/* One of so many lost: repeats get lost as often, and a receiver asks again a round trip later. */
#define LOSSY_PART 40
/* So long after a window that lost so much: of few packets the next may lose none by chance. */
#define LOSSY_US (5 * US_PER_S)
/* So many pairs of packets that come closer than the rate say that the line is wider. */
#define PAIRS_CLOSE 8
#define PAIR_BYTES_MIN 200
/* A line that carries so much less is another one, and not just full. */
#define FELL_FAR(new_bps, old_bps) ((new_bps) < (old_bps) / 10 * 7)

void bandwidth_init(struct bandwidth *b, int64_t now_us)
{
    *b = (struct bandwidth){.response_us = 200 * US_PER_MS};
    delay_trend_init(&b->trend);
    rate_control_init(&b->control, now_us);
}

/* ---- loss ---- */

/* Only what was sent from now on shows what a change did. */
static void restart_window(struct bandwidth *b, int64_t now_us)
{
    b->n = b->n_lost = b->n_bytes = 0;
    b->window_us = now_us;
    b->window_newest_us = now_us;
    b->is_window_queued = false;
}

static void count(struct bandwidth *b, int64_t sent_us, uint32_t n, uint32_t n_lost, uint32_t bytes)
{
    if (sent_us < b->window_us)
        return;
    if (b->n == 0)
        b->window_us = sent_us;
    if (sent_us > b->window_newest_us)
        b->window_newest_us = sent_us;
    b->n += n;
    b->n_lost += n_lost;
    b->n_bytes += bytes;
}

static void end_run(struct bandwidth *b, struct bandwidth_clock *clock, int64_t sent_us)
{
    if (clock->n_run && sent_us - clock->run_us < INTERRUPTED_US)
        count(b, clock->run_us, clock->n_run, clock->n_run, clock->run_bytes);
    clock->n_run = clock->run_bytes = 0;
}

static void lose(struct bandwidth *b, struct bandwidth_clock *clock,
                 const struct bandwidth_packet *p)
{
    if (p->probe) {
        /* more than the line was thought to carry: its loss says nothing of what else is sent */
        prober_lost(&b->prober, p->probe, p->bytes, p->sent_us);
        return;
    }
    if (clock->n_run == 0)
        clock->run_us = p->sent_us;
    if (clock->n_run < UINT16_MAX) {
        clock->n_run++;
        clock->run_bytes += p->bytes;
    }
}

/* A queue that overflows loses, too: but then what waits says what the line carries. */
static bool is_queued(const struct bandwidth *b)
{
    return b->trend.queue_us >= QUEUE_CALM_US && !b->foreign.is_foreign;
}

static void judge_window(struct bandwidth *b, int64_t span_us, int64_t now_us)
{
    int64_t sent_bps = (int64_t)b->n_bytes * 8 * US_PER_S / span_us;
    int64_t old_bps = b->control.bps;
    int64_t new_bps = loss_limit_judge(&b->loss, b->n_lost, b->n, sent_bps, old_bps, now_us);

    if (b->loss.share * LOSSY_PART >= 1)
        b->lossy_us = now_us;
    if (new_bps != old_bps)
        rate_control_set(&b->control, new_bps);
    if (new_bps < old_bps) {
        b->control.limit_bps = new_bps;
        b->is_measured = true;
        prober_hold(&b->prober, FELL_FAR(new_bps, old_bps), now_us);
    }
}

static void judge_loss(struct bandwidth *b, int64_t now_us)
{
    int64_t span_us = b->window_newest_us - b->window_us;

    b->is_window_queued = b->is_window_queued || is_queued(b);
    if (span_us < WINDOW_MIN_US || b->n < WINDOW_PACKETS_MIN ||
        (b->n < WINDOW_PACKETS && span_us < WINDOW_MAX_US))
        return;
    if (b->is_window_queued)
        loss_limit_abandon(&b->loss);
    else
        judge_window(b, span_us, now_us);
    restart_window(b, b->loss.is_testing ? now_us : b->window_newest_us + 1);
}

/* ---- feedback ---- */

static bool is_sane(const struct bandwidth_packet *p, int64_t now_us)
{
    return p->sent_us > 0 && p->sent_us <= now_us && p->arrival_us > -DELAY_TIME_MAX_US &&
           p->arrival_us < DELAY_TIME_MAX_US;
}

/* Packets of a burst that come as close as they were sent: the line is wider than was thought. */
static void note_pair(struct bandwidth *b, struct bandwidth_clock *clock,
                      const struct bandwidth_packet *p)
{
    int64_t near_us = (int64_t)p->bytes * 8 * US_PER_S / (b->control.bps * 2);

    if (p->sent_us - clock->newest_us <= near_us && p->bytes > PAIR_BYTES_MIN &&
        clock->arrival_us != 0) {
        if (p->arrival_us - clock->arrival_us > near_us)
            b->n_close = 0;
        else if (++b->n_close >= PAIRS_CLOSE) {
            b->n_close = 0;
            prober_hurry(&b->prober);
        }
    }
    clock->arrival_us = p->arrival_us;
}

static void receive(struct bandwidth *b, struct bandwidth_clock *clock,
                    const struct bandwidth_packet *p, int64_t now_us)
{
    int64_t arrival_us =
        p->sent_us + delay_trend_packet(&b->trend, &clock->base, p->sent_us, p->arrival_us);

    if (arrival_us > now_us)
        arrival_us = now_us;
    rate_window_add(&b->acked, p->bytes, arrival_us);
    if (p->probe)
        prober_arrived(&b->prober, p->probe, p->bytes, p->sent_us, arrival_us);
    if (p->sent_us < clock->newest_us) {
        /* it was thought lost */
        if (!p->probe && p->sent_us >= b->window_us && b->n_lost > 0)
            b->n_lost--;
        return;
    }
    note_pair(b, clock, p);
    end_run(b, clock, p->sent_us);
    if (!p->probe)
        count(b, p->sent_us, 1, 0, p->bytes);
}

static void note_packets(struct bandwidth *b, struct bandwidth_clock *clock,
                         const struct bandwidth_packet *packets, size_t n, int64_t now_us)
{
    for (size_t i = 0; i < n; i++) {
        const struct bandwidth_packet *p = &packets[i];

        if (p->arrival_us == BANDWIDTH_LOST)
            lose(b, clock, p);
        else if (is_sane(p, now_us))
            receive(b, clock, p, now_us);
        if (p->sent_us > clock->newest_us)
            clock->newest_us = p->sent_us;
    }
}

static void note_response(struct bandwidth *b, int64_t sent_us, int64_t now_us)
{
    int64_t response_us = now_us - sent_us;

    if (response_us < 0 || response_us > US_PER_S)
        return;
    b->response_us += (response_us - b->response_us) / 8;
}

static void note_calm(struct bandwidth *b, int64_t now_us)
{
    since_note(&b->calm_us,
               b->trend.state == DELAY_NORMAL && b->trend.queue_us <= QUEUE_CALM_US &&
                   !b->loss.is_high,
               now_us);
}

/* Nothing has waited or was lost for a while. */
static bool is_calm(const struct bandwidth *b, int64_t now_us)
{
    return b->calm_us && now_us - b->calm_us > CALM_LONG_US;
}

/* What may be tried though nothing like it came through yet: what is paused brings no packets that
 * could show that the line carries more. Where no probe can tell, all that is wished for. */
static int64_t trusted_bps(const struct bandwidth *b, int64_t now_us)
{
    int64_t wished_bps = b->is_blind || prober_is_vain(&b->prober) ? b->wish_bps / 5 * 6 : 0;

    if (!is_calm(b, now_us))
        return 0;
    return wished_bps > CALM_BPS ? wished_bps : CALM_BPS;
}

static bool is_losing(const struct bandwidth *b)
{
    return b->loss.is_high || b->n_lost > b->n / LOSING_PART;
}

/* Sound alone flows, and nothing speaks of a queue but its jitter. */
static bool is_idle(const struct bandwidth *b)
{
    int64_t acked_bps = rate_window_bps(&b->acked, ACKED_US, b->acked.newest_us);

    return acked_bps >= 0 && acked_bps < IDLE_BPS && b->trend.queue_us < QUEUE_LONG_US &&
           !is_losing(b);
}

/* A long queue hides how little comes through: what was on its way when the rate fell says it
 * better. */
static void decrease_again(struct bandwidth *b, int64_t now_us)
{
    int64_t acked_bps = rate_window_bps(&b->acked, ACKED_FULL_US, b->acked.newest_us);

    if (acked_bps < 0)
        return;
    (void)rate_control_decrease(&b->control, acked_bps, b->trend.queue_us, now_us);
    if (acked_bps < b->held_bps)
        b->held_bps = acked_bps;
}

/* What comes through while the line is full. Where little was sent it became so a moment ago, by
 * the burst with which another layer begins: what was sent before does not count then. */
static int64_t full_bps(const struct bandwidth *b, int64_t over_us)
{
    int64_t bps = rate_window_bps(&b->acked, over_us, b->acked.newest_us);
    int64_t burst_bps = rate_window_bps(&b->acked, ACKED_BURST_US, b->acked.newest_us);

    return bps < b->control.bps / 4 * 3 && burst_bps > bps ? burst_bps : bps;
}

static bool has_fallen_lately(const struct bandwidth *b, int64_t now_us)
{
    return b->held_us != 0 && now_us - b->held_us <= HELD_US;
}

static void decrease(struct bandwidth *b, int64_t now_us)
{
    bool is_long = b->trend.queue_us > QUEUE_LONG_US, is_far;
    int64_t carried_bps = rate_window_bps(&b->acked, ACKED_FULL_US, b->acked.newest_us);
    int64_t acked_bps = full_bps(b, is_long ? ACKED_FULL_US : ACKED_US);
    int64_t before_bps = b->control.bps;

    if (acked_bps < 0)
        return;
    if (is_idle(b)) {
        rate_control_hold(&b->control, now_us);
        return;
    }
    if (b->trend.queue_us > QUEUE_CALM_US &&
        foreign_queue_judge(&b->foreign, acked_bps, b->trend.rise_ms, is_losing(b), now_us))
        return;
    if (!rate_control_decrease(&b->control, acked_bps, b->trend.queue_us, now_us))
        return;
    is_far = FELL_FAR(b->control.bps, before_bps);
    loss_limit_abandon(&b->loss);
    restart_window(b, now_us);
    if (!has_fallen_lately(b, now_us))
        b->held_from_us = now_us;
    b->held_us = now_us;
    b->held_bps = acked_bps > carried_bps ? acked_bps : carried_bps;
    b->is_measured = true;
    b->again_until_us = is_long ? now_us : 0;
    if (is_far)
        b->drained_us = now_us + b->trend.queue_us * DRAIN_PERCENT / 100;
    prober_hold(&b->prober, is_far, now_us);
    delay_trend_restart(&b->trend, now_us);
}

/* The queue was found to be other senders' (foreign_queue.c), and it does not grow much. */
static bool is_kept_by_others(const struct bandwidth *b)
{
    return b->foreign.is_foreign && b->trend.rise_ms < FOREIGN_QUEUE_RISE_MAX_MS && !is_losing(b);
}

static void control(struct bandwidth *b, enum delay_state state, int64_t newest_us, int64_t now_us)
{
    int64_t acked_bps;

    if (state == DELAY_OVERUSE && !is_kept_by_others(b)) {
        decrease(b, now_us);
    } else if (newest_us <= b->again_until_us) {
        decrease_again(b, now_us);
    } else if (state == DELAY_UNDERUSE || b->loss.is_high || b->loss.is_testing ||
               newest_us <= b->control.decreased_us) {
        rate_control_hold(&b->control, now_us);
    } else {
        acked_bps = rate_window_bps(&b->acked, ACKED_US, b->acked.newest_us);
        if (b->trend.queue_us < QUEUE_CALM_US)
            rate_control_drained(&b->control);
        rate_control_increase(&b->control, acked_bps, b->response_us, trusted_bps(b, now_us),
                              now_us);
        if (b->control.bps < CALM_BPS && is_idle(b) &&
            now_us - b->control.decreased_us > IDLE_TRY_US)
            rate_control_set(&b->control, CALM_BPS);
        /* it came through, and nothing waited */
        if (acked_bps / 100 * 95 > b->control.bps && b->trend.queue_us < QUEUE_CALM_US &&
            now_us - b->control.decreased_us > LIFT_US)
            rate_control_set(&b->control, acked_bps / 100 * 95);
    }
}

/* Jitter may draw packets together that the line drew apart: what says that a known limit has gone
 * must do so twice. */
static bool is_confirmed(struct bandwidth *b, int64_t bps)
{
    bool is_doubtful = b->control.limit_bps && bps > b->control.limit_bps && !b->has_passed;

    b->has_passed = is_doubtful;
    return !is_doubtful;
}

/* What nobody made use of was perhaps never there: two probes in a row tell. */
static void lower(struct bandwidth *b, int64_t bps)
{
    int64_t acked_bps = rate_window_bps(&b->acked, ACKED_US, b->acked.newest_us);
    int64_t most_bps = bps > b->limited_bps ? bps : b->limited_bps;

    if (most_bps < acked_bps)
        most_bps = acked_bps;
    if (b->limited_bps && most_bps < b->control.bps)
        rate_control_set(&b->control, most_bps);
    b->limited_bps = bps;
}

static void raise(struct bandwidth *b, int64_t bps, int64_t now_us)
{
    if (bps > b->control.bps / 4 * 5)
        prober_raised(&b->prober, now_us);
    rate_control_set(&b->control, bps);
}

static void apply_probe(struct bandwidth *b, int64_t now_us)
{
    int64_t bps = 0;

    switch (prober_update(&b->prober, now_us, &bps)) {
    case PROBE_NONE:
        break;
    case PROBE_PASSED:
        b->limited_bps = 0;
        if (bps > b->control.bps && is_confirmed(b, bps))
            raise(b, bps, now_us);
        break;
    case PROBE_LIMITED:
        b->through_bps = bps / (100 - PROBE_SPARE_PERCENT) * 100;
        if (bps > b->control.bps)
            raise(b, bps, now_us);
        else if (!b->is_measured)
            /* a first look at the line counts downward, too */
            rate_control_set(&b->control, bps);
        else
            lower(b, bps);
        b->control.limit_bps = bps;
        b->is_measured = true;
        b->has_passed = false;
        break;
    }
}

void bandwidth_feedback(struct bandwidth *b, struct bandwidth_clock *clock,
                        const struct bandwidth_packet *packets, size_t n, int64_t now_us)
{
    enum delay_state state;

    if (n == 0)
        return;
    b->feedback_us = now_us;
    note_packets(b, clock, packets, n, now_us);
    if (b->n >= WINDOW_PACKETS_MIN && is_losing(b))
        b->losing_us = now_us;
    note_response(b, packets[n - 1].sent_us, now_us);
    state = delay_trend_update(&b->trend, now_us);
    foreign_queue_update(&b->foreign, b->trend.queue_us, now_us);
    control(b, state, packets[n - 1].sent_us, now_us);
    judge_loss(b, now_us);
    apply_probe(b, now_us);
    note_calm(b, now_us);
}

/* ---- other reports ---- */

void bandwidth_remb(struct bandwidth *b, struct bandwidth_remb *remb, int64_t bps, int64_t sent_bps,
                    int64_t now_us)
{
    remote_rate_remb(&b->remote, remb, bps, sent_bps, now_us);
}

void bandwidth_forget_remb(struct bandwidth *b, struct bandwidth_remb *remb)
{
    remote_rate_forget(&b->remote, remb);
}

void bandwidth_report(struct bandwidth *b, uint32_t lost, uint32_t expected, int64_t now_us)
{
    remote_rate_report(&b->remote, lost, expected, rate_window_bps(&b->sent, SENT_US, now_us),
                       now_us);
}

void bandwidth_sent(struct bandwidth *b, uint32_t bytes, int64_t now_us)
{
    rate_window_add(&b->sent, bytes, now_us);
    prober_sent(&b->prober, bytes, now_us);
}

/* ---- what is known ---- */

static bool has_feedback(const struct bandwidth *b, int64_t now_us, int64_t age_us)
{
    return b->feedback_us != 0 && now_us - b->feedback_us <= age_us;
}

int64_t bandwidth_bps(const struct bandwidth *b, int64_t now_us)
{
    int64_t bps = remote_rate_bps(&b->remote, now_us);

    if (has_feedback(b, now_us, BANDWIDTH_FEEDBACK_ENDED_US) ||
        (bps == REMOTE_RATE_UNKNOWN && has_feedback(b, now_us, FEEDBACK_AGE_US)))
        return b->control.bps;
    return bps == REMOTE_RATE_UNKNOWN ? RATE_CONTROL_START_BPS : bps;
}

/* May what flows stay though the rate fell? */
static bool is_held(const struct bandwidth *b, int64_t now_us)
{
    if (!has_fallen_lately(b, now_us) || !has_feedback(b, now_us, FEEDBACK_LIVE_US))
        return false;
    return now_us - b->held_from_us < HELD_LOSING_US ||
           b->losing_us < b->held_from_us + HELD_LOSING_US;
}

int64_t bandwidth_held_bps(const struct bandwidth *b, int64_t now_us)
{
    int64_t bps = bandwidth_bps(b, now_us), held_bps = b->held_bps / 100 * HELD_PERCENT;

    if (!is_held(b, now_us) || held_bps < bps)
        return bps;
    return held_bps;
}

bool bandwidth_is_known(const struct bandwidth *b, int64_t now_us)
{
    return has_feedback(b, now_us, FEEDBACK_AGE_US) ||
           remote_rate_bps(&b->remote, now_us) != REMOTE_RATE_UNKNOWN;
}

bool bandwidth_is_lossy(const struct bandwidth *b, int64_t now_us)
{
    return has_feedback(b, now_us, FEEDBACK_LIVE_US) && b->lossy_us &&
           now_us - b->lossy_us < LOSSY_US && !is_queued(b) &&
           !loss_limit_is_known(&b->loss, now_us);
}

static void note_wish(struct bandwidth *b, int64_t wish_bps, bool is_blind)
{
    b->wish_bps = wish_bps < RATE_CONTROL_MAX_BPS ? wish_bps : RATE_CONTROL_MAX_BPS;
    b->is_blind = is_blind;
}

void bandwidth_cannot_probe(struct bandwidth *b, int64_t wish_bps)
{
    note_wish(b, wish_bps, true);
}

/* Of a probe that is more than the line carries somewhat less counts than came of it. Where the
 * wish lies between, one that is no more than what came tells. */
static bool is_near_limit(const struct bandwidth *b, int64_t wish_bps)
{
    return (b->limited_bps || b->has_passed) && b->control.bps <= b->through_bps &&
           b->control.bps > b->through_bps / 10 * 9 && wish_bps < b->through_bps / 20 * 21;
}

bool bandwidth_wants_probe(struct bandwidth *b, int64_t wish_bps, int64_t now_us,
                           struct bandwidth_probe *out)
{
    int64_t bps = b->control.bps * 2;
    int64_t most_bps = wish_bps < RATE_CONTROL_MAX_BPS ? wish_bps / 5 * 6 : RATE_CONTROL_MAX_BPS;

    if (is_near_limit(b, wish_bps))
        most_bps = b->through_bps;

    note_wish(b, wish_bps, false);
    if (!has_feedback(b, now_us, FEEDBACK_LIVE_US) || wish_bps <= b->control.bps)
        return false;
    if (loss_limit_is_known(&b->loss, now_us)) {
        /* beyond it a short burst that passes says nothing */
        if (b->loss.limit_bps < b->control.bps / 4 * 5)
            return false;
        if (most_bps > b->loss.limit_bps)
            most_bps = b->loss.limit_bps;
    }
    if (b->is_measured && (b->calm_us == 0 || now_us - b->calm_us < CALM_US))
        return false;
    return prober_ask(&b->prober, bps < most_bps ? bps : most_bps, now_us, out);
}
