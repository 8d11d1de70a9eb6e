#include "mediad/rtc/down_repair.h"

#include "common/now.h"

/* A keyframe waits for room on a receiver's line, but not for ever. */
#define KEYFRAME_OWED_MAX_US (3 * US_PER_S)
/* Packets of one probe. */
#define PROBE_PACKETS_MAX 64
#define PADDING_MAX 255
/* A slow line is tried with smaller packets than those of videos, or the probe itself is a queue.
 */
#define SMALL_PACKET_MAX 500

/* @return 0, or as resend_want(); ERR_TOO_LARGE too when it is not there any more, or repeats have
 * used up their share; ERR_BUSY when nothing could leave now */
static int repeat(struct down_track *t, uint16_t out_seq)
{
    int64_t now_us = down_track_now(t);
    struct resend_packet sent;

    if (!t->current->track)
        return ERR_BUSY;
    int r = resend_want(&t->resend, out_seq, t->rtt_us, now_us, &sent);

    if (r < 0)
        return r;
    const struct packet *p = packet_cache_find(&t->current->track->cache, sent.source_seq);
    const struct outgoing out = down_track_again(t, out_seq, &sent);

    if (!p)
        return ERR_TOO_LARGE;
    size_t size = down_sender_payload(&t->sender, p).len;

    if (!resend_repeated(&t->resend, out_seq, size, now_us))
        return ERR_TOO_LARGE;
    if (!down_sender_send(&t->sender, p, &out, down_sender_has_rtx(&t->sender)))
        return ERR_BUSY;
    worker_count(t->sender.transport->worker, COUNT_RTP_REPEATED, 1);
    /* A receiver that misses the repeat, too, asks again a round trip later or, where it does not
     * know the round trip, as late as after 100 ms: its picture would stand still. */
    if (t->is_lossy && down_sender_has_rtx(&t->sender) && resend_may_copy(&t->resend, size) &&
        down_sender_send(&t->sender, p, &out, true))
        worker_count(t->sender.transport->worker, COUNT_RTP_REPEATED, 1);
    return 0;
}

bool down_repair_packet(struct down_track *t, uint16_t out_seq)
{
    int r = repeat(t, out_seq);

    if (r == ERR_TOO_LARGE)
        down_repair_keyframe(t);
    return r == 0;
}

/* ---- keyframes ---- */

/* The last keyframe again, under the numbers it went out by: the receiver may have lost parts. */
static void repeat_keyframe(struct down_track *t)
{
    struct track *track = t->current->track;
    struct packet_replay replay;
    const struct packet *p;
    uint16_t out_seq;

    if (!packet_replay_init(&replay, &track->cache))
        return;
    uint32_t rtp_ts = track->cache.keyframe_ts;

    worker_count(t->sender.transport->worker, COUNT_KEYFRAME_REPLAYED, 1);
    while ((p = packet_replay_next(&replay, &track->cache)) != NULL && p->rtp_ts == rtp_ts) {
        if (seq_map_out(&t->map, p->seq, &out_seq))
            (void)!repeat(t, out_seq);
    }
}

void down_repair_keyframe(struct down_track *t)
{
    int64_t now_us = down_track_now(t);

    if (t->is_congested) {
        if (!t->keyframe_owed_us)
            t->keyframe_owed_us = now_us;
        if (now_us - t->keyframe_owed_us < KEYFRAME_OWED_MAX_US)
            return;
    }
    t->keyframe_owed_us = 0;
    if (!t->current->track || !t->sender.is_video)
        return;
    if (keyframe_would_ask(&t->current->track->keyframes, now_us) &&
        !keyframe_allow(&t->allowance, now_us)) {
        worker_count(t->sender.transport->worker, COUNT_KEYFRAME_REFUSED, 1);
        if (!t->waiting) {
            t->refused_us = now_us;
            t->refused_rid = t->choice.rid;
        }
        repeat_keyframe(t);
        return;
    }
    if (track_want_keyframe(t->current->track, true))
        repeat_keyframe(t);
}

void down_repair_relax(struct down_track *t)
{
    if (t->keyframe_owed_us)
        down_repair_keyframe(t);
}

/* ---- probes ---- */

/* The packet before `seq` of the source, as it went out, as a retransmission. @return its length */
static size_t probe_packet(struct down_track *t, uint16_t seq)
{
    const struct packet *p = packet_cache_find(&t->current->track->cache, seq);
    struct resend_packet sent;
    uint16_t out_seq;

    if (!p || !p->payload_len || !seq_map_out(&t->map, seq, &out_seq) ||
        !resend_peek(&t->resend, out_seq, &sent) || sent.source_seq != seq)
        return 0;
    const struct outgoing out = down_track_again(t, out_seq, &sent);

    return down_sender_send(&t->sender, p, &out, true);
}

void down_repair_probe(struct down_track *t, uint32_t bytes, unsigned n)
{
    bool is_small = bytes < n * SMALL_PACKET_MAX;
    uint32_t sent = 0;
    unsigned n_sent = 0;

    for (unsigned back = 0; !is_small && t->current->track && back < PROBE_PACKETS_MAX; back++) {
        if (sent >= bytes && n_sent >= n)
            return;
        size_t len = probe_packet(t, (uint16_t)(t->current->track->cache.newest_seq - back));

        sent += (uint32_t)len;
        n_sent += len > 0;
    }
    while ((sent < bytes || n_sent < n) && n_sent < PROBE_PACKETS_MAX) {
        size_t len = down_sender_pad(&t->sender, PADDING_MAX);

        if (!len)
            return;
        sent += (uint32_t)len;
        n_sent++;
    }
}
