#include "common/now.h"
#include "mediad/rtc/down_connection.h"
#include "mediad/rtc/payload_vp8.h"
#include "mediad/rtc/router.h"
#include "mediad/rtc/rtp.h"

/* When no report tells how two rids' clocks relate, a switch counts as this many microseconds at
 * least, so that timestamps never stand still. */
#define SWITCH_STEP_MIN_US 10000
/* Timestamps that differ by more than this from the time that passed are of another time line. */
#define TIMELINE_JUMP_S 5

#define NEWEST_SEARCH_MAX 32

/* What one packet becomes for this receiver. */
struct outgoing {
    uint16_t seq;
    uint16_t picture_id_delta;
    bool marker;
};

/* Our extensions are left out where they could push a datagram past what an Ethernet carries
 * (spec/media.md 7.3). */
#define DATAGRAM_SENT_MAX 1472
#define PAYLOAD_WITH_EXTENSIONS_MAX                                                                \
    (DATAGRAM_SENT_MAX - RTP_HEADER_SIZE - RTP_EXT_MAX - RTP_RTX_OSN_SIZE - SECURE_RTP_TRAILER_MAX)

static void fill_header(const struct down_track *t, const struct packet *p,
                        const struct outgoing *out, struct rtp_out *h)
{
    const uint8_t *ids = t->target.route.ext_ids;

    *h = (struct rtp_out){
        .marker = out->marker,
        .pt = t->target.route.pt,
        .seq = out->seq,
        .rtp_ts = p->rtp_ts + t->ts_offset,
        .ssrc = t->target.ssrc,
    };
    if (p->payload_len > PAYLOAD_WITH_EXTENSIONS_MAX)
        return;
    h->abs_send_time_id = ids[HEADER_EXT_ABS_SEND_TIME];
    h->abs_send_time = t->pc->worker->abs_send_time;
    if (t->has_mid) {
        h->mid_id = ids[HEADER_EXT_MID];
        h->mid = span_str(t->target.mid);
    }
    if (p->has_audio_level) {
        h->audio_level_id = ids[HEADER_EXT_AUDIO_LEVEL];
        h->audio_level = p->audio_level;
    }
}

/* VP8's own numbers follow the outgoing stream: shifted where pictures were left out or the rid
 * changed. */
static void rewrite_payload(struct down_track *t, const struct packet *p,
                            const struct outgoing *out, uint8_t *payload)
{
    struct vp8_descriptor d;

    if (t->target.codec != CODEC_VP8 || (!out->picture_id_delta && !t->tl0_offset) ||
        vp8_descriptor_parse(&d, packet_payload(p)) < 0)
        return;
    if (d.picture_id_bits)
        vp8_set_picture_id(payload, &d, (uint16_t)(d.picture_id - out->picture_id_delta));
    if (d.has_tl0picidx)
        vp8_set_tl0picidx(payload, &d, (uint8_t)(d.tl0picidx + t->tl0_offset));
}

/* Build, protect and queue. @return length that left, 0: nothing did */
static size_t send_packet(struct down_track *t, const struct packet *p, const struct outgoing *out,
                          bool as_rtx)
{
    struct peer_connection *pc = t->pc;
    const struct udp_path *path = peer_connection_path(pc);
    struct rtp_out h;

    if (!path)
        return 0;
    uint8_t *slot = send_batch_slot(&pc->worker->batch);
    size_t size = SEND_SLOT_SIZE - SECURE_RTP_TRAILER_MAX;
    size_t len;

    fill_header(t, p, out, &h);
    if (as_rtx) {
        h.ssrc = t->target.rtx_ssrc;
        h.pt = t->target.route.rtx_pt;
        h.seq = t->rtx_seq++;
        len = rtp_write_rtx(slot, size, &h, out->seq, packet_payload(p));
    } else {
        len = rtp_write_packet(slot, size, &h, packet_payload(p));
    }
    if (!len)
        return 0;
    rewrite_payload(t, p, out, slot + len - p->payload_len);
    if (secure_rtp_protect(&pc->rtp, slot, &len, SEND_SLOT_SIZE) < 0)
        return 0;
    send_batch_add(&pc->worker->batch, path, len, t->is_video ? SEND_VIDEO : SEND_AUDIO);
    if (!as_rtx) { /* sender reports are about this SSRC */
        t->n_packets++;
        t->n_bytes += p->payload_len;
    }
    worker_count(pc->worker, COUNT_RTP_OUT, 1);
    worker_count(pc->worker, COUNT_RTP_OUT_BYTES, len);
    t->sent_bytes += len;
    rate_meter_add(&t->rate, len, pc->worker->now_us);
    return len;
}

static void remember(struct down_track *t, const struct packet *p, const struct outgoing *out)
{
    t->has_sent = true;
    t->last_marker = out->marker;
    t->last_ts = p->rtp_ts + t->ts_offset;
    t->last_us = t->pc->worker->now_us;
    t->last_ext_seq = p->ext_seq;
}

/* The source's numbers start anew; the receiver's go on. */
static void restart_numbers(struct down_track *t)
{
    seq_map_switch(&t->map, t->last_marker);
    resend_clear(&t->resend);
}

/* Timestamps go on as if the packet had followed the last one by the time that passed. */
static void place_by_arrival(struct down_track *t, const struct packet *p, uint32_t clock_rate)
{
    int64_t step_us = t->pc->worker->now_us - t->last_us;

    if (step_us < SWITCH_STEP_MIN_US)
        step_us = SWITCH_STEP_MIN_US;
    t->ts_offset = t->last_ts + (uint32_t)(step_us * clock_rate / US_PER_S) - p->rtp_ts;
}

/* A publisher that counts anew may measure its time anew, too. */
static void continue_timestamps(struct down_track *t, const struct packet *p)
{
    uint32_t clock_rate = t->current.track->clock_rate;
    int64_t passed_us = t->pc->worker->now_us - t->last_us;
    uint32_t expected = t->last_ts + (uint32_t)(passed_us * clock_rate / US_PER_S);
    int64_t distance = rtp_ts_diff(p->rtp_ts + t->ts_offset, expected);

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
        (void)send_packet(t, p, &out, false);
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
    if (t->is_video) {
        decision = layer_decide(&t->layer, info, p->marker);
        if (decision.wants_keyframe)
            track_want_keyframe(t->current.track, false);
        if (!decision.is_sent &&
            (seq_map_drop(&t->map, p->seq, info->picture_id_bits, info->picture_id) ||
             !t->has_sent))
            return;
    }
    out.marker = decision.marker;
    if (!seq_map_send(&t->map, p->seq, info->picture_id_bits, info->picture_id, &out.seq,
                      &out.picture_id_delta))
        return;
    size_t len = send_packet(t, p, &out, false);

    if (!len)
        return;
    if (!t->has_sent || p->ext_seq > t->last_ext_seq)
        remember(t, p, &out);
    resend_sent(&t->resend, out.seq,
                &(struct resend_packet){p->seq, out.picture_id_delta, out.marker}, len,
                t->pc->worker->now_us);
}

/* ---- another source in the same stream (spec/media.md 3.4, simulcast switching) ---- */

static void shift_timestamps(struct down_track *t, const struct packet *first)
{
    int64_t now_us = t->pc->worker->now_us;
    const struct track *from = t->current.track;
    const struct track *to = t->next.track;
    uint32_t from_ts, to_ts, sent_ts;

    if (from && track_rtp_at(from, now_us, &from_ts) && track_rtp_at(to, now_us, &to_ts)) {
        t->ts_offset += from_ts - to_ts;
        sent_ts = first->rtp_ts + t->ts_offset;
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
    const struct packet *last = t->current.track ? newest_picture(t->current.track) : NULL;
    struct vp8_descriptor old, new;

    if (t->target.codec != CODEC_VP8 || !last ||
        vp8_descriptor_parse(&old, packet_payload(last)) < 0 ||
        vp8_descriptor_parse(&new, packet_payload(first)) < 0)
        return;
    t->tl0_offset = (uint8_t)(old.tl0picidx + t->tl0_offset + 1 - new.tl0picidx);
}

static void switch_source(struct down_track *t, const struct packet *first)
{
    struct subscription old = t->current;
    uint64_t left_id = t->target.track_id;

    if (t->has_sent) {
        shift_timestamps(t, first);
        shift_tl0(t, first);
        restart_numbers(t);
        t->last_ext_seq = first->ext_seq;
    }
    layer_restart(&t->layer);
    t->target.track_id = t->next_target.track_id;
    t->target.owner = t->next_target.owner;
    /* The list of the new track is being walked: its entry stays, the old one's goes. They change
     * places, so that `current` is what flows. */
    t->current = t->next;
    if (t->current.next)
        t->current.next->link = &t->current.next;
    *t->current.link = &t->current;
    t->next = old;
    if (old.track) {
        if (t->next.next)
            t->next.next->link = &t->next.next;
        *t->next.link = &t->next;
    }
    router_unsubscribe(&t->next);
    t->next_target.track_id = left_id;
    t->stand_in = t->stand_in == STAND_IN_SOUGHT ? STAND_IN_ACTIVE : STAND_IN_NONE;
}

/* A cached keyframe does not say that a rid flows. */
static bool is_of_the_past(const struct down_track *t, const struct packet *p)
{
    return t->stand_in != STAND_IN_NONE && p->arrival_us < t->next_since_us;
}

void down_track_forward(struct subscription *s, struct packet *const *packets, unsigned n)
{
    struct down_track *t = s->receiver;

    for (unsigned i = 0; i < n; i++) {
        if (s == &t->next && t->next.track) {
            if (packets[i]->payload_len == 0 || is_of_the_past(t, packets[i]))
                continue;
            if (packets[i]->info.keyframe == KEYFRAME_NO) {
                (void)track_want_keyframe(t->next.track, false);
                continue;
            }
            switch_source(t, packets[i]);
            s = &t->current;
        }
        forward(t, packets[i]);
    }
}

void down_track_replay(struct down_track *t)
{
    struct subscription *s = t->next.track ? &t->next : &t->current;
    struct track *track = s->track;
    struct packet_replay replay;
    struct packet *p;

    if (!track || !packet_replay_init(&replay, &track->cache))
        return;
    worker_count(t->pc->worker, COUNT_KEYFRAME_REPLAYED, 1);
    while ((p = packet_replay_next(&replay, &track->cache)) != NULL)
        down_track_forward(s->track == track ? s : &t->current, &p, 1);
}

bool down_track_repeat(struct down_track *t, uint16_t out_seq)
{
    int64_t now_us = t->pc->worker->now_us;
    struct resend_packet sent;

    if (!t->current.track || resend_want(&t->resend, out_seq, t->rtt_us, now_us, &sent) < 0)
        return false;
    const struct packet *p = packet_cache_find(&t->current.track->cache, sent.source_seq);
    struct outgoing out = {
        .seq = out_seq, .picture_id_delta = sent.pid_delta, .marker = sent.marker};

    if (!p || !resend_repeated(&t->resend, out_seq, p->payload_len, now_us))
        return false;
    if (!send_packet(t, p, &out, t->target.route.rtx_pt && t->target.rtx_ssrc))
        return false;
    worker_count(t->pc->worker, COUNT_RTP_REPEATED, 1);
    return true;
}

void down_track_repeat_keyframe(struct down_track *t)
{
    struct track *track = t->current.track;
    struct packet_replay replay;
    const struct packet *p;
    uint16_t out_seq;

    if (!track || !packet_replay_init(&replay, &track->cache))
        return;
    uint32_t rtp_ts = track->cache.keyframe_ts;

    worker_count(t->pc->worker, COUNT_KEYFRAME_REPLAYED, 1);
    while ((p = packet_replay_next(&replay, &track->cache)) != NULL && p->rtp_ts == rtp_ts) {
        if (seq_map_out(&t->map, p->seq, &out_seq))
            (void)down_track_repeat(t, out_seq);
    }
}
