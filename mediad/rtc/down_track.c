#include "mediad/rtc/down_track.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/down_track_internal.h"
#include "mediad/rtc/payload_vp8.h"
#include "mediad/rtc/rtp.h"

/* A switch counts as this many microseconds at least, so that timestamps never stand still. */
#define SWITCH_STEP_MIN_US 10000
/* A longer pause counts as that: far longer ones would lead backwards. */
#define PASSED_MAX_US (3600 * US_PER_S)
/* Of a keyframe that is older the times of what follows could not be drawn together any more. */
#define REPLAY_AGE_MAX_US (10 * US_PER_S)
/* Timestamps that differ by more than this from the time that passed are of another time line: a
 * jump of seconds lets browsers stand still for as long. */
#define TIMELINE_JUMP_US (200 * US_PER_MS)

/* A picture group that began longer ago than this is caught up with; a younger one is sent at once.
 */
#define CATCH_UP_MIN_US (200 * US_PER_MS)

static const struct subscriber_ops receiver_ops;

/* ---- how packets leave ---- */

/* Sound that went out a packet ago, again: where a line loses by chance it is there a frame later,
 * and not a round trip. Nothing for receivers that have it in redundant audio. */
static void send_sound_again(struct down_track *t, uint16_t out_seq)
{
    struct resend_packet sent;
    const struct packet *p;

    if (!t->current->track || !resend_peek(&t->resend, out_seq, &sent))
        return;
    p = packet_cache_find(&t->current->track->cache, sent.source_seq);
    if (!p || down_sender_is_redundant(&t->sender, p))
        return;
    const struct outgoing out = down_track_again(t, out_seq, &sent);

    if (down_sender_send(&t->sender, p, &out, false))
        worker_count(t->sender.transport->worker, COUNT_RTP_REPEATED, 1);
}

/* For the first time. */
static void send_first(struct down_track *t, const struct packet *p, const struct outgoing *out)
{
    size_t len = down_sender_send(&t->sender, p, out, false);

    if (!len)
        return;
    pacer_spend(&t->pacer, len);
    resend_sent(&t->resend, out->seq,
                &(struct resend_packet){p->seq, out->picture_id_delta, out->marker}, len,
                down_track_now(t));
    if (!t->sender.is_video && t->is_lossy)
        send_sound_again(t, (uint16_t)(out->seq - 1));
}

void down_track_drop_paced(struct down_track *t)
{
    struct paced_packet paced;

    timer_cancel(&t->pace_timer);
    while (pacer_drop(&t->pacer, &paced))
        slab_unref(&t->sender.transport->worker->slab, paced.packet);
}

static void send_and_unref(struct down_track *t, const struct paced_packet *paced)
{
    send_first(t, paced->packet, &paced->out);
    slab_unref(&t->sender.transport->worker->slab, paced->packet);
}

/* All that waits, at once. */
static void send_waiting(struct down_track *t)
{
    struct paced_packet paced;

    timer_cancel(&t->pace_timer);
    while (pacer_drop(&t->pacer, &paced))
        send_and_unref(t, &paced);
}

static void send_paced(struct down_track *t, int64_t now_us)
{
    struct worker *w = t->sender.transport->worker;
    struct paced_packet paced;

    while (pacer_take(&t->pacer, now_us, &paced))
        send_and_unref(t, &paced);
    if (t->pacer.n)
        timer_wheel_set(&w->wheel, &t->pace_timer, pacer_next_us(&t->pacer));
}

static void pace_timer_fired(struct timer *timer, int64_t now_us)
{
    send_paced(CONTAINER_OF(timer, struct down_track, pace_timer), now_us);
}

/* What waits for too long, or too much, is given up to the next keyframe. */
static void send_later(struct down_track *t, struct packet *p, const struct outgoing *out)
{
    struct worker *w = t->sender.transport->worker;
    const struct paced_packet paced = {p, *out, w->now_us};

    if (pacer_put(&t->pacer, &paced) < 0) {
        down_track_drop_paced(t);
        layer_restart(&t->layer);
        worker_count(w, COUNT_DROP_PACED, 1);
        return;
    }
    slab_ref(p);
    if (!timer_is_running(&t->pace_timer))
        timer_wheel_set(&w->wheel, &t->pace_timer, pacer_next_us(&t->pacer));
}

void down_track_stop_catching_up(struct down_track *t)
{
    t->catch_up.is_running = false;
    timer_cancel(&t->catch_up_timer);
}

static void catch_up_timer_fired(struct timer *timer, int64_t now_us);

/* ---- life ---- */

struct down_track *down_track_new(struct peer_transport *transport,
                                  const struct down_target *target)
{
    struct down_track *t = calloc(1, sizeof *t);
    bool is_video = codec_info(target->codec)->kind == TRACK_VIDEO;
    uint16_t random[2];

    if (!t)
        return NULL;
    if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) < 0 ||
        resend_init(&t->resend, is_video ? RESEND_VIDEO : RESEND_AUDIO) < 0) {
        free(t);
        return NULL;
    }
    t->current = &t->subscriptions[0];
    t->next = &t->subscriptions[1];
    t->current->ops = &receiver_ops;
    t->next->ops = &receiver_ops;
    t->current->user = t;
    t->next->user = t;
    t->target = *target;
    down_sender_init(&t->sender, transport, target->codec, random[1] & 0x7fff);
    down_sender_describe(&t->sender, target);
    t->rtt_us = -1;
    t->jitter_us = -1;
    seq_map_init(&t->map, random[0] & 0x7fff);
    layer_init(&t->layer);
    layer_limit_lowest(&t->layer, target->is_lowest_only);
    t->pace_timer.fire = pace_timer_fired;
    t->catch_up_timer.fire = catch_up_timer_fired;
    t->choice = down_choice_everything(target);
    t->flowing = down_track_wanted(t);
    return t;
}

void down_track_free(struct down_track *t)
{
    if (!t)
        return;
    router_unsubscribe(t->next);
    router_unsubscribe(t->current);
    down_track_drop_paced(t);
    down_track_stop_catching_up(t);
    resend_release(&t->resend);
    free(t);
}

size_t down_track_size(const struct down_track *t)
{
    return sizeof *t + resend_size(&t->resend);
}

/* ---- packets ---- */

static void remember(struct down_track *t, const struct packet *p, const struct outgoing *out)
{
    t->has_sent = true;
    t->last_marker = out->marker;
    t->last_ts = sent_clock_ts(&t->sender.clock, p->rtp_ts);
    t->line_ts = sent_clock_line(&t->sender.clock, p->rtp_ts);
    t->line_us = p->arrival_us;
    sent_clock_passed(&t->sender.clock, p->rtp_ts);
    t->last_ext_seq = p->ext_seq;
}

/* The source's numbers start anew; the receiver's go on. */
static void restart_numbers(struct down_track *t)
{
    /* of sound each packet is whole */
    seq_map_switch(&t->map, t->last_marker || !t->sender.is_video);
    down_extensions_restart(&t->sender.extensions);
    resend_clear(&t->resend);
    t->has_filled = false;
}

static uint32_t ticks(int64_t us, uint32_t clock_rate)
{
    return (uint32_t)(us * clock_rate / US_PER_S);
}

/* What comes now is sent as that, if it follows the last packet by the time that passed. */
static uint32_t expected_ts(const struct down_track *t, uint32_t clock_rate)
{
    int64_t passed_us = down_track_now(t) - t->line_us;

    return t->line_ts + ticks(passed_us < PASSED_MAX_US ? passed_us : PASSED_MAX_US, clock_rate);
}

/* As expected_ts(), but later than what was sent. */
static uint32_t next_ts(const struct down_track *t, uint32_t clock_rate)
{
    uint32_t ts = expected_ts(t, clock_rate);
    uint32_t least = t->last_ts + ticks(SWITCH_STEP_MIN_US, clock_rate);

    return rtp_ts_diff(ts, least) > 0 ? ts : least;
}

/* How far ahead of that a timestamp lies, as sent, in microseconds; below 0: behind. */
static int64_t lies_ahead_us(const struct down_track *t, uint32_t sent_ts, uint32_t clock_rate)
{
    return rtp_ts_diff(sent_ts, expected_ts(t, clock_rate)) * US_PER_S / clock_rate;
}

/* A publisher that counts anew may measure its time anew, too. */
static void continue_timestamps(struct down_track *t, const struct packet *p)
{
    uint32_t clock_rate = t->current->track->clock_rate;
    uint32_t sent_ts = sent_clock_ts(&t->sender.clock, p->rtp_ts);
    int64_t ahead_us = lies_ahead_us(t, sent_ts, clock_rate);

    if (ahead_us > TIMELINE_JUMP_US || ahead_us < -TIMELINE_JUMP_US ||
        rtp_ts_diff(sent_ts, t->last_ts) <= 0)
        sent_clock_place(&t->sender.clock, next_ts(t, clock_rate) - p->rtp_ts);
}

/* A packet without payload: its number is closed up, or, behind a gap, goes out empty, so that
 * nobody waits for it. */
static void pass_probe(struct down_track *t, const struct packet *p)
{
    struct outgoing out = {.marker = p->marker};

    if (t->has_sent && !seq_map_drop(&t->map, p->seq, 0, 0) &&
        seq_map_send(&t->map, p->seq, 0, 0, &out.seq, &out.picture_id_delta))
        (void)down_sender_send(&t->sender, p, &out, false);
}

void down_track_pace(struct down_track *t, int64_t rate_bps)
{
    pacer_set_rate(&t->pacer, rate_bps, t->is_congested, down_track_now(t));
    if (t->pacer.n)
        send_paced(t, down_track_now(t));
}

/* What is to be left out goes out all the same where its number cannot be closed up, behind a gap;
 * and with it the rest of its picture: of one that is sent in part no gap would tell.
 * @return whether it goes out */
static bool must_fill(struct down_track *t, const struct packet *p)
{
    const struct payload_info *info = &p->info;
    bool is_filled = t->has_filled && p->rtp_ts == t->filled_ts;

    if (!is_filled && seq_map_drop(&t->map, p->seq, info->picture_id_bits, info->picture_id))
        return false;
    if (rtp_ts_diff(sent_clock_ts(&t->sender.clock, p->rtp_ts), t->last_ts) >= 0) {
        t->has_filled = true;
        t->filled_ts = p->rtp_ts;
    }
    return true;
}

/* @return whether the receiver begins with it, or begins anew */
static bool forward(struct down_track *t, struct packet *p)
{
    const struct payload_info *info = &p->info;
    struct layer_decision decision = {.is_sent = true, .marker = p->marker};
    bool begins = t->sender.is_video && !t->layer.has_started;
    struct outgoing out = {0};

    if (t->has_sent && p->ext_seq > t->last_ext_seq + TRACK_RESTART_DISTANCE) {
        send_waiting(t); /* by the clock that it came with */
        restart_numbers(t);
        continue_timestamps(t, p);
    }
    if (p->payload_len == 0) {
        if (!begins)
            pass_probe(t, p);
        return false;
    }
    if (t->sender.is_video) {
        decision = layer_decide(&t->layer, info, p->marker);
        if (decision.wants_keyframe)
            track_want_keyframe(t->current->track, false);
        begins = begins && t->layer.has_started;
        /* of what came while it waited for a keyframe no number was kept */
        if (begins && t->has_sent)
            restart_numbers(t);
        if (!decision.is_sent && (!t->layer.has_started || !t->has_sent || !must_fill(t, p)))
            return false;
    }
    t->sender.extensions.target = layer_target(&t->layer);
    out.marker = decision.marker;
    if (!seq_map_send(&t->map, p->seq, info->picture_id_bits, info->picture_id, &out.seq,
                      &out.picture_id_delta))
        return false;
    if (!t->has_sent || p->ext_seq > t->last_ext_seq)
        remember(t, p, &out);
    if (pacer_is_open(&t->pacer, down_track_now(t)))
        send_first(t, p, &out);
    else
        send_later(t, p, &out);
    return begins;
}

/* ---- another source in the same stream ---- */

/* Where the receiver's time line is by sender reports: now, or when a pause began. */
static struct track_time line_told(const struct down_track *t)
{
    struct track_time line = {.at_us = down_track_now(t)};

    if (!t->current->track)
        return t->told;
    line.is_known = t->has_sent && track_rtp_at(t->current->track, line.at_us, &line.rtp_ts);
    line.rtp_ts = sent_clock_line(&t->sender.clock, line.rtp_ts);
    return line;
}

void down_track_keep_line(struct down_track *t)
{
    t->told = line_told(t);
}

/* What is added to the other rid's timestamps, so that what comes of it now goes on where the
 * present one is, or the last one would be: by sender reports where they tell, else by the time
 * that passed. */
static uint32_t offset_to(const struct down_track *t, const struct packet *first)
{
    const struct track *to = t->next->track;
    const struct track_time line = line_told(t);
    int64_t now_us = down_track_now(t);
    uint32_t live_ts = first->rtp_ts + ticks(now_us - first->arrival_us, to->clock_rate);
    int32_t jump = (int32_t)ticks(TIMELINE_JUMP_US, to->clock_rate);
    uint32_t to_ts, offset;

    if (line.is_known && track_rtp_at(to, now_us, &to_ts)) {
        offset = line.rtp_ts + ticks(now_us - line.at_us, to->clock_rate) - to_ts;
        if (lies_ahead_us(t, live_ts + offset, to->clock_rate) <= TIMELINE_JUMP_US &&
            rtp_ts_diff(live_ts + offset, t->last_ts) >= -jump)
            return offset;
    }
    return next_ts(t, to->clock_rate) - live_ts;
}

static void shift_timestamps(struct down_track *t, const struct packet *first)
{
    struct sent_clock *clock = &t->sender.clock;
    uint32_t offset = offset_to(t, first), rate = t->next->track->clock_rate;
    uint32_t step = ticks(SWITCH_STEP_MIN_US, rate);
    uint32_t waited = ticks(down_track_now(t) - first->arrival_us, rate);
    int32_t lacking = rtp_ts_diff(t->last_ts + 2 * step, first->rtp_ts + offset);

    if (rtp_ts_diff(first->rtp_ts + offset, t->last_ts) > 0)
        sent_clock_place(clock, offset);
    else /* it waited in the cache, with what follows it, or lies somewhat behind by its clock */
        sent_clock_draw_together(clock, offset, first->rtp_ts, t->last_ts + step,
                                 lacking > (int32_t)waited ? (uint32_t)lacking : waited);
}

/* Picture ids continue in seq_map.c; the temporal index of VP8 is shifted here. */
static void shift_tl0(struct down_track *t, const struct packet *first)
{
    const struct packet *last = t->current->track ? track_newest_picture(t->current->track) : NULL;
    struct vp8_descriptor old, new;

    if (t->target.codec != CODEC_VP8 || !last ||
        vp8_descriptor_parse(&old, packet_payload(last)) < 0 ||
        vp8_descriptor_parse(&new, packet_payload(first)) < 0)
        return;
    t->sender.tl0_offset = (uint8_t)(old.tl0picidx + t->sender.tl0_offset + 1 - new.tl0picidx);
}

static void switch_source(struct down_track *t, const struct packet *first)
{
    struct subscription *old = t->current;

    down_track_stop_catching_up(t);
    /* what waits has the old one's numbers and times; of one that was stopped nothing is needed */
    if (t->is_held) {
        down_track_drop_paced(t);
        pacer_rest(&t->pacer, t->drained_us, down_track_now(t));
    } else {
        send_waiting(t);
    }
    if (t->has_sent) {
        shift_timestamps(t, first);
        t->told.is_known = false;
        shift_tl0(t, first);
        restart_numbers(t);
        t->last_ext_seq = first->ext_seq - 1;
    }
    layer_restart(&t->layer);
    layer_want(&t->layer, t->choice.sid, t->choice.tid);
    t->current = t->next;
    t->next = old;
    t->flowing = t->waiting;
    t->waiting = 0;
    t->is_held = false;
    router_unsubscribe(old);
}

/* Another rid takes over where a keyframe of it starts. */
static bool takes_over(struct down_track *t, const struct packet *p)
{
    if (t->waiting != down_track_wanted(t) || p->payload_len == 0)
        return false;
    if (p->info.keyframe != KEYFRAME_NO)
        return true;
    (void)track_want_keyframe(t->next->track, false);
    return false;
}

/* ---- a joiner catches up ---- */

/* Of a publisher that sends keyframes as it likes, a joiner begins with the last one, whatever its
 * age. All at once that would be more than its line takes. */
static bool begins_late(const struct down_track *t, const struct packet *p)
{
    return !t->has_sent && t->sender.is_video && p->is_of_deaf &&
           p->info.keyframe == KEYFRAME_YES && down_track_now(t) - p->arrival_us > CATCH_UP_MIN_US;
}

static void start_catching_up(struct down_track *t, const struct packet *first)
{
    catch_up_start(&t->catch_up, &t->current->track->cache, first->seq);
    timer_wheel_set(&t->sender.transport->worker->wheel, &t->catch_up_timer, down_track_now(t));
}

static void catch_up_timer_fired(struct timer *timer, int64_t now_us)
{
    struct down_track *t = CONTAINER_OF(timer, struct down_track, catch_up_timer);
    struct track *track = t->current->track;
    struct packet *p;

    if (!track) {
        down_track_stop_catching_up(t);
        return;
    }
    /* what is pending lies in the cache, too, and must not come twice */
    track_flush(track);
    if (catch_up_step(&t->catch_up, &track->cache) && t->has_sent)
        restart_numbers(t);
    while (pacer_is_open(&t->pacer, now_us) &&
           (p = catch_up_next(&t->catch_up, &track->cache)) != NULL)
        (void)forward(t, p);
    if (t->catch_up.is_running)
        timer_wheel_set(&t->sender.transport->worker->wheel, timer, now_us + CATCH_UP_STEP_US);
}

/* ---- as a subscriber ---- */

/* @return whether the receiver begins with it, or begins anew */
static bool take(struct subscription *s, struct packet *p)
{
    struct down_track *t = s->user;

    if (s == t->next) {
        if (!takes_over(t, p))
            return false;
        switch_source(t, p);
    }
    if (!t->catch_up.is_running && begins_late(t, p))
        start_catching_up(t, p);
    if (t->catch_up.is_running || t->is_held)
        return false;
    return forward(t, p);
}

/* What is behind the keyframe's first packet and came before it, which the network held up or lost
 * at first: nothing could be made of it then, and the receiver would ask for it in vain. */
static void send_rest(struct down_track *t, uint16_t first_seq)
{
    const struct packet_cache *cache = &t->current->track->cache;

    for (int i = 1; i <= rtp_seq_diff(cache->newest_seq, first_seq); i++) {
        struct packet *p = packet_cache_find(cache, (uint16_t)(first_seq + i));

        if (p)
            (void)forward(t, p);
    }
}

static void forward_all(struct subscription *s, struct packet *const *packets, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (!take(s, packets[i]))
            continue;
        /* what follows here lies in the cache, too */
        send_rest(s->user, packets[i]->seq);
        return;
    }
}

static void replay(struct subscription *s)
{
    struct down_track *t = s->user;
    struct track *track = s->track;
    struct packet_replay replay;
    struct packet *p;

    if (!packet_replay_init(&replay, &track->cache))
        return;
    /* there is no room for the times of a long group to who has seen something before it */
    if (t->has_sent && (replay.left >= PACKET_CACHE_REPLAY_MAX ||
                        down_track_now(t) - track->cache.keyframe_us > REPLAY_AGE_MAX_US)) {
        track_want_keyframe(track, false);
        return;
    }
    worker_count(track->worker, COUNT_KEYFRAME_REPLAYED, 1);
    while (!t->catch_up.is_running && (p = packet_replay_next(&replay, &track->cache)) != NULL)
        (void)take(s, p);
}

static void clock_known(struct subscription *s)
{
    struct down_track *t = s->user;

    if (s == t->current)
        down_track_report(t);
}

static const struct subscriber_ops receiver_ops = {
    .packets = forward_all,
    .replay = replay,
    .clock_known = clock_known,
};

/* ---- reports ---- */

static struct span cname_of(const struct down_track *t)
{
    const struct track *track = t->current->track;

    return track->cname.len ? track->cname : span_str(t->target.cname);
}

void down_track_report(struct down_track *t)
{
    struct peer_transport *transport = t->sender.transport;
    struct worker *w = transport->worker;
    uint32_t rtp_ts;

    if (!t->has_sent || !t->current->track || !peer_transport_path(transport) ||
        !track_rtp_at(t->current->track, w->now_us, &rtp_ts))
        return;
    struct writer out = writer_init(send_batch_slot(&w->batch), DTLS_MTU);

    rtcp_write_sr(&out, t->sender.ssrc, rtcp_ntp(w->now_us + w->realtime_offset_us),
                  sent_clock_line(&t->sender.clock, rtp_ts), t->sender.n_packets,
                  t->sender.n_bytes);
    rtcp_write_sdes(&out, t->sender.ssrc, cname_of(t));
    if (!out.bad)
        peer_transport_send_rtcp(transport, out.data, out.len);
}

void down_track_reported(struct down_track *t, const struct rtcp_report *report, uint32_t now_ntp)
{
    int64_t rtt_us = rtcp_rtt_us(report, now_ntp);

    t->sender.has_mid = false;
    t->loss_ppm = (int64_t)report->fraction_lost * 1000000 / 256;
    t->jitter_us = (int64_t)report->jitter * 1000000 / codec_info(t->target.codec)->clock_rate;
    if (rtt_us >= 0)
        t->rtt_us = t->rtt_us < 0 ? rtt_us : (3 * t->rtt_us + rtt_us) / 4;
}
