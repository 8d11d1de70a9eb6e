#include "mediad/rtc/down_track.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/now.h"
#include "mediad/rtc/payload_vp8.h"
#include "mediad/rtc/rtp.h"

/* When no report tells how two rids' clocks relate, a switch counts as this many microseconds at
 * least, so that timestamps never stand still. */
#define SWITCH_STEP_MIN_US 10000
/* Timestamps that differ by more than this from the time that passed are of another time line. */
#define TIMELINE_JUMP_S 5

#define NEWEST_SEARCH_MAX 32

/* A video track that sends nothing for this long is silent. */
#define SILENCE_US US_PER_S
/* A keyframe waits for room on a receiver's line, but not for ever. */
#define KEYFRAME_OWED_MAX_US (3 * US_PER_S)

static const struct subscriber_ops receiver_ops;

/* ---- life ---- */

struct down_track *down_track_new(struct peer_transport *transport,
                                  const struct down_target *target)
{
    struct down_track *t = calloc(1, sizeof *t);
    bool is_video = codec_info(target->from.codec)->kind == TRACK_VIDEO;
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
    down_sender_init(&t->sender, transport, target->from.codec, random[1] & 0x7fff);
    down_sender_describe(&t->sender, target);
    t->rtt_us = -1;
    t->jitter_us = -1;
    seq_map_init(&t->map, random[0] & 0x7fff);
    layer_init(&t->layer);
    layer_limit_lowest(&t->layer, target->is_lowest_only);
    return t;
}

void down_track_free(struct down_track *t)
{
    if (!t)
        return;
    router_unsubscribe(t->next);
    router_unsubscribe(t->current);
    resend_release(&t->resend);
    free(t);
}

size_t down_track_size(const struct down_track *t)
{
    return sizeof *t + resend_size(&t->resend);
}

static int64_t now_of(const struct down_track *t)
{
    return t->sender.transport->worker->now_us;
}

/* ---- which source flows ---- */

void down_track_subscribe(struct down_track *t)
{
    if (t->current->track)
        return;
    router_subscribe(t->sender.transport->worker, t->current, &t->target.from);
    t->opened_us = now_of(t);
    receive_rate_start(&t->receive_rate, t->sender.sent_bytes, t->opened_us);
}

static void subscribe_next(struct down_track *t, const struct track_address *from)
{
    t->next_address = *from;
    t->next_since_us = now_of(t);
    router_subscribe(t->sender.transport->worker, t->next, &t->next_address);
}

/* Another rid of the same picture takes the place of one that is silent, until that one flows
 * again. */
static void look_for_stand_in(struct down_track *t)
{
    int64_t flowed_us = t->last_us > t->opened_us ? t->last_us : t->opened_us;
    bool is_silent = now_of(t) - flowed_us > SILENCE_US;

    switch (t->stand_in) {
    case STAND_IN_NONE:
        if (!is_silent || !t->target.stand_in_id || !t->current->track || t->next->track)
            return;
        t->stand_in = STAND_IN_SOUGHT;
        subscribe_next(t, &(struct track_address){t->target.stand_in_id, t->target.from.owner,
                                                  t->target.from.codec});
        return;
    case STAND_IN_SOUGHT:
        if (is_silent)
            return;
        t->stand_in = STAND_IN_NONE;
        router_unsubscribe(t->next);
        return;
    case STAND_IN_ACTIVE:
        if (!t->next->track)
            subscribe_next(t, &(struct track_address){t->next_address.id, t->target.from.owner,
                                                      t->target.from.codec});
        return;
    }
}

void down_track_retarget(struct down_track *t, const struct down_target *target)
{
    bool is_same_source = t->target.from.id == target->from.id;
    bool is_same_wish = t->stand_in == STAND_IN_ACTIVE && t->next_address.id == target->from.id;
    struct track_address old = t->target.from;

    layer_limit_lowest(&t->layer, target->is_lowest_only);
    t->target = *target;
    down_sender_describe(&t->sender, target);
    if (is_same_wish) {
        t->target.from.id = old.id;
        return;
    }
    t->stand_in = STAND_IN_NONE;
    router_unsubscribe(t->next);
    if (is_same_source)
        return;
    if (!t->sender.is_video || !t->current->track) {
        router_unsubscribe(t->current);
        resend_clear(&t->resend);
        t->last_ext_seq = 0; /* whatever comes next restarts the numbers */
        return;
    }
    t->target.from = old;
    subscribe_next(t, &target->from);
}

/* ---- packets ---- */

static void remember(struct down_track *t, const struct packet *p, const struct outgoing *out)
{
    t->has_sent = true;
    t->last_marker = out->marker;
    t->last_ts = p->rtp_ts + t->sender.ts_offset;
    t->last_us = now_of(t);
    t->last_ext_seq = p->ext_seq;
}

/* The source's numbers start anew; the receiver's go on. */
static void restart_numbers(struct down_track *t)
{
    seq_map_switch(&t->map, t->last_marker);
    down_extensions_restart(&t->sender.extensions);
    resend_clear(&t->resend);
}

/* Timestamps go on as if the packet had followed the last one by the time that passed. */
static void place_by_arrival(struct down_track *t, const struct packet *p, uint32_t clock_rate)
{
    int64_t step_us = now_of(t) - t->last_us;

    if (step_us < SWITCH_STEP_MIN_US)
        step_us = SWITCH_STEP_MIN_US;
    t->sender.ts_offset = t->last_ts + (uint32_t)(step_us * clock_rate / US_PER_S) - p->rtp_ts;
}

/* A publisher that counts anew may measure its time anew, too. */
static void continue_timestamps(struct down_track *t, const struct packet *p)
{
    uint32_t clock_rate = t->current->track->clock_rate;
    int64_t passed_us = now_of(t) - t->last_us;
    uint32_t expected = t->last_ts + (uint32_t)(passed_us * clock_rate / US_PER_S);
    int64_t distance = rtp_ts_diff(p->rtp_ts + t->sender.ts_offset, expected);

    if (distance > (int64_t)clock_rate * TIMELINE_JUMP_S ||
        distance < -(int64_t)clock_rate * TIMELINE_JUMP_S)
        place_by_arrival(t, p, clock_rate);
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

static void forward(struct down_track *t, struct packet *p)
{
    const struct payload_info *info = &p->info;
    struct layer_decision decision = {.is_sent = true, .marker = p->marker};
    struct outgoing out;

    if (t->has_sent && p->ext_seq > t->last_ext_seq + TRACK_RESTART_DISTANCE) {
        restart_numbers(t);
        continue_timestamps(t, p);
    }
    if (p->payload_len == 0) {
        pass_probe(t, p);
        return;
    }
    if (t->sender.is_video) {
        decision = layer_decide(&t->layer, info, p->marker);
        if (decision.wants_keyframe)
            track_want_keyframe(t->current->track, false);
        if (!decision.is_sent &&
            (seq_map_drop(&t->map, p->seq, info->picture_id_bits, info->picture_id) ||
             !t->has_sent))
            return;
    }
    t->sender.extensions.target = layer_target(&t->layer);
    out.marker = decision.marker;
    if (!seq_map_send(&t->map, p->seq, info->picture_id_bits, info->picture_id, &out.seq,
                      &out.picture_id_delta))
        return;
    size_t len = down_sender_send(&t->sender, p, &out, false);

    if (!len)
        return;
    if (!t->has_sent || p->ext_seq > t->last_ext_seq)
        remember(t, p, &out);
    resend_sent(&t->resend, out.seq,
                &(struct resend_packet){p->seq, out.picture_id_delta, out.marker}, len, now_of(t));
}

/* ---- another source in the same stream ---- */

static void shift_timestamps(struct down_track *t, const struct packet *first)
{
    int64_t now_us = now_of(t);
    const struct track *from = t->current->track;
    const struct track *to = t->next->track;
    uint32_t from_ts, to_ts, sent_ts;

    if (from && track_rtp_at(from, now_us, &from_ts) && track_rtp_at(to, now_us, &to_ts)) {
        t->sender.ts_offset += from_ts - to_ts;
        sent_ts = first->rtp_ts + t->sender.ts_offset;
        if (rtp_ts_diff(sent_ts, t->last_ts) > 0)
            return;
    }
    /* no reports, or they would lead backwards */
    place_by_arrival(t, first, to->clock_rate);
}

/* The newest packet with a payload: behind it are at most a few probes. */
static const struct packet *newest_picture(const struct track *track)
{
    for (unsigned back = 0; back < NEWEST_SEARCH_MAX; back++) {
        const struct packet *p =
            packet_cache_find(&track->cache, (uint16_t)(track->cache.newest_seq - back));

        if (p && p->payload_len)
            return p;
    }
    return NULL;
}

/* Picture ids continue in seq_map.c; the temporal index of VP8 is shifted here. */
static void shift_tl0(struct down_track *t, const struct packet *first)
{
    const struct packet *last = t->current->track ? newest_picture(t->current->track) : NULL;
    struct vp8_descriptor old, new;

    if (t->target.from.codec != CODEC_VP8 || !last ||
        vp8_descriptor_parse(&old, packet_payload(last)) < 0 ||
        vp8_descriptor_parse(&new, packet_payload(first)) < 0)
        return;
    t->sender.tl0_offset = (uint8_t)(old.tl0picidx + t->sender.tl0_offset + 1 - new.tl0picidx);
}

static void switch_source(struct down_track *t, const struct packet *first)
{
    struct subscription *old = t->current;
    struct track_address left = t->target.from;

    if (t->has_sent) {
        shift_timestamps(t, first);
        shift_tl0(t, first);
        restart_numbers(t);
        t->last_ext_seq = first->ext_seq;
    }
    layer_restart(&t->layer);
    t->target.from = t->next_address;
    t->next_address = left;
    t->current = t->next;
    t->next = old;
    router_unsubscribe(old);
    t->stand_in = t->stand_in == STAND_IN_SOUGHT ? STAND_IN_ACTIVE : STAND_IN_NONE;
}

/* A cached keyframe does not say that a rid flows. */
static bool is_of_the_past(const struct down_track *t, const struct packet *p)
{
    return t->stand_in != STAND_IN_NONE && p->arrival_us < t->next_since_us;
}

/* ---- as a subscriber ---- */

static void forward_all(struct subscription *s, struct packet *const *packets, unsigned n)
{
    struct down_track *t = s->user;

    for (unsigned i = 0; i < n; i++) {
        if (s == t->next) {
            if (packets[i]->payload_len == 0 || is_of_the_past(t, packets[i]))
                continue;
            if (packets[i]->info.keyframe == KEYFRAME_NO) {
                (void)track_want_keyframe(s->track, false);
                continue;
            }
            switch_source(t, packets[i]);
        }
        forward(t, packets[i]);
    }
}

static void replay(struct subscription *s)
{
    struct track *track = s->track;
    struct packet_replay replay;
    struct packet *p;

    if (!packet_replay_init(&replay, &track->cache))
        return;
    worker_count(track->worker, COUNT_KEYFRAME_REPLAYED, 1);
    while ((p = packet_replay_next(&replay, &track->cache)) != NULL)
        forward_all(s, &p, 1);
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

/* ---- repeats and keyframes ---- */

bool down_track_repeat(struct down_track *t, uint16_t out_seq)
{
    int64_t now_us = now_of(t);
    struct resend_packet sent;

    if (!t->current->track || resend_want(&t->resend, out_seq, t->rtt_us, now_us, &sent) < 0)
        return false;
    const struct packet *p = packet_cache_find(&t->current->track->cache, sent.source_seq);
    struct outgoing out = {
        .seq = out_seq, .picture_id_delta = sent.pid_delta, .marker = sent.marker};

    if (!p || !resend_repeated(&t->resend, out_seq, p->payload_len, now_us))
        return false;
    if (!down_sender_send(&t->sender, p, &out, down_sender_has_rtx(&t->sender)))
        return false;
    worker_count(t->sender.transport->worker, COUNT_RTP_REPEATED, 1);
    return true;
}

/* The last keyframe again, under the numbers it went out by: the receiver may have lost parts. */
static void repeat_keyframe(struct down_track *t)
{
    struct track *track = t->current->track;
    struct packet_replay replay;
    const struct packet *p;
    uint16_t out_seq;

    if (!track || !packet_replay_init(&replay, &track->cache))
        return;
    uint32_t rtp_ts = track->cache.keyframe_ts;

    worker_count(t->sender.transport->worker, COUNT_KEYFRAME_REPLAYED, 1);
    while ((p = packet_replay_next(&replay, &track->cache)) != NULL && p->rtp_ts == rtp_ts) {
        if (seq_map_out(&t->map, p->seq, &out_seq))
            (void)down_track_repeat(t, out_seq);
    }
}

bool down_track_is_congested(const struct down_track *t)
{
    return t->sender.is_video &&
           receive_rate_is_exceeded(&t->receive_rate, (int64_t)t->sender.rate.rate_bps, now_of(t));
}

void down_track_want_keyframe(struct down_track *t)
{
    int64_t now_us = now_of(t);

    if (down_track_is_congested(t)) {
        if (!t->keyframe_owed_us)
            t->keyframe_owed_us = now_us;
        if (now_us - t->keyframe_owed_us < KEYFRAME_OWED_MAX_US)
            return;
    }
    t->keyframe_owed_us = 0;
    if (t->current->track && track_want_keyframe(t->current->track, true))
        repeat_keyframe(t);
}

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
                  rtp_ts + t->sender.ts_offset, t->sender.n_packets, t->sender.n_bytes);
    rtcp_write_sdes(&out, t->sender.ssrc, cname_of(t));
    if (!out.bad)
        peer_transport_send_rtcp(transport, out.data, out.len);
}

/* One that stands in for another rid: that one must come back no faster than the receiver can
 * take. */
static void update_limit(struct down_track *t)
{
    int64_t bps = receive_rate_bps(&t->receive_rate, now_of(t));

    resend_set_rate(&t->resend, bps);
    subscription_limit(t->current, bps);
    if (t->stand_in == STAND_IN_ACTIVE)
        subscription_limit(t->next, bps);
}

void down_track_reported(struct down_track *t, const struct rtcp_report *report, uint32_t now_ntp)
{
    int64_t rtt_us = rtcp_rtt_us(report, now_ntp);

    t->sender.has_mid = false;
    t->loss_ppm = (int64_t)report->fraction_lost * 1000000 / 256;
    t->jitter_us = (int64_t)report->jitter * 1000000 / codec_info(t->target.from.codec)->clock_rate;
    if (rtt_us >= 0)
        t->rtt_us = t->rtt_us < 0 ? rtt_us : (3 * t->rtt_us + rtt_us) / 4;
    if (!t->sender.is_video)
        return;
    receive_rate_report(&t->receive_rate, report, t->sender.sent_bytes, now_of(t));
    update_limit(t);
}

void down_track_estimated(struct down_track *t, int64_t bps)
{
    receive_rate_remb(&t->receive_rate, bps, now_of(t));
    update_limit(t);
}

void down_track_tick(struct down_track *t)
{
    down_track_subscribe(t);
    if (t->sender.is_video) {
        look_for_stand_in(t);
        update_limit(t);
    }
    if (t->keyframe_owed_us)
        down_track_want_keyframe(t);
}
