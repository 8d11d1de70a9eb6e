#include "tests/bench/loadgen/sender.h"

#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "common/writer.h"
#include "mediad/rtc/rtp.h"
#include "tests/bench/loadgen/peer_sdp.h"

#define FIRST_SEQ 1000
#define AUDIO_GAP_US 20000
#define AUDIO_BYTES 80
#define EXTENSION_BYTES 8 /* of rids, with its head */

int sender_start(struct traffic *t, struct peer *p, int64_t now_us)
{
    int64_t epoch_us = now_realtime_us();

    for (unsigned i = 0; i < peer_n_videos(p); i++) {
        struct send_video *v = &p->send_videos[i];

        v->sent_us = calloc(t->sources[i].n_packets, sizeof *v->sent_us);
        if (!v->sent_us)
            return ERR_NO_MEMORY;
        v->flow.due_us = now_us;
        v->flow.epoch_us = epoch_us;
        v->flow.sr_due_us = now_us + 200 * US_PER_MS;
    }
    p->send_audio.due_us = now_us;
    p->send_audio.epoch_us = epoch_us;
    p->send_audio.sr_due_us = now_us + 200 * US_PER_MS;
    p->report_due_us = now_us;
    return 0;
}

void sender_stop(struct peer *p)
{
    for (unsigned i = 0; i < peer_n_videos(p); i++)
        p->send_videos[i].flow.due_us = INT64_MAX;
    p->send_audio.due_us = INT64_MAX;
}

/* mid and rid in one-byte form (RFC 8285 section 4.2), behind a header without extensions. */
static size_t add_extensions(uint8_t *out, size_t len, unsigned rid)
{
    const uint8_t extensions[EXTENSION_BYTES] = {0xBE,
                                                 0xDE,
                                                 0,
                                                 1,
                                                 LOADGEN_EXT_MID << 4,
                                                 '0',
                                                 LOADGEN_EXT_RID << 4,
                                                 (uint8_t)peer_sdp_rid(rid)};

    out[0] |= 0x10;
    memcpy(out + len, extensions, sizeof extensions);
    return len + sizeof extensions;
}

static size_t make_video(const struct traffic *t, const struct peer *p, unsigned index,
                         uint16_t seq, uint8_t *out)
{
    const struct send_video *video = &p->send_videos[index];
    const struct sent_packet *sent = &video->sent[seq % SENT_RING];
    const struct vp8_packet *v = &t->sources[index].packets[sent->index];
    struct rtp_out h = {
        .marker = v->is_last,
        .pt = video->flow.pt,
        .seq = seq,
        .rtp_ts = sent->rtp_ts,
        .ssrc = video->flow.ssrc,
    };
    size_t len = rtp_write_header(out, TRAFFIC_PACKET_MAX, &h);

    if (p->config->n_rids > 0)
        len = add_extensions(out, len, index);
    memcpy(out + len, v->payload, v->len);
    vp8_source_set_picture_id(out + len, sent->picture_id);
    return len + v->len;
}

static void send_rtp(struct traffic *t, struct peer *p, struct send_flow *f, uint8_t *packet,
                     size_t len)
{
    if (secure_rtp_protect(&p->srtp, &f->stream, packet, &len, TRAFFIC_PACKET_MAX) < 0)
        return;
    peer_send(p, packet, len);
    f->n_bytes += len;
    if (t->is_measuring)
        t->sent++;
}

static void send_next(struct traffic *t, struct peer *p, unsigned index)
{
    const struct vp8_source *source = &t->sources[index];
    struct send_video *video = &p->send_videos[index];
    struct send_flow *f = &video->flow;
    uint16_t seq = (uint16_t)(FIRST_SEQ + f->n_packets);
    uint8_t packet[TRAFFIC_PACKET_MAX];

    f->rtp_ts = (uint32_t)(f->frame * (90000 / source->fps));
    video->sent[seq % SENT_RING] =
        (struct sent_packet){(uint32_t)f->next_index, f->rtp_ts, (uint16_t)f->frame};
    video->sent_us[f->next_index] = now_realtime_us();
    send_rtp(t, p, f, packet, make_video(t, p, index, seq, packet));
    f->n_packets++;
}

/* The loop starts with its keyframe; a wish for one starts it again. */
static void send_video(struct traffic *t, struct peer *p, unsigned index, int64_t now_us)
{
    const struct vp8_source *source = &t->sources[index];
    struct send_video *video = &p->send_videos[index];
    struct send_flow *f = &video->flow;

    while (f->due_us <= now_us) {
        const struct vp8_packet *v = &source->packets[f->next_index];

        if (!video->is_off)
            send_next(t, p, index);
        f->due_us += US_PER_S / source->fps / v->n_in_frame;
        f->next_index = (f->next_index + 1) % source->n_packets;
        f->frame += v->is_last;
        if (v->is_last && f->wants_keyframe && !video->is_off) {
            f->next_index = 0;
            f->wants_keyframe = false;
        }
    }
}

static void send_audio(struct traffic *t, struct peer *p, int64_t now_us)
{
    struct send_flow *f = &p->send_audio;
    uint8_t packet[TRAFFIC_PACKET_MAX];

    while (f->due_us <= now_us) {
        struct rtp_out h = {
            .pt = f->pt,
            .seq = (uint16_t)(2000 + f->n_packets),
            .rtp_ts = (uint32_t)(f->n_packets * 960),
            .ssrc = f->ssrc,
        };
        size_t len = rtp_write_header(packet, sizeof packet, &h);

        f->rtp_ts = h.rtp_ts;
        /* A stereo frame of 20 ms (RFC 6716 section 3.1); what follows is never decoded. */
        memset(packet + len, 0xFC, AUDIO_BYTES);
        send_rtp(t, p, f, packet, len + AUDIO_BYTES);
        f->n_packets++;
        f->due_us += AUDIO_GAP_US;
    }
}

void sender_send(struct traffic *t, struct peer *p, int64_t now_us)
{
    for (unsigned i = 0; i < peer_n_videos(p); i++)
        send_video(t, p, i, now_us);
    if (p->config->has_audio)
        send_audio(t, p, now_us);
}

static void report(struct peer *p, struct send_flow *f, int64_t now_us)
{
    uint8_t room[256];
    struct writer w = writer_init(room, sizeof room);
    int64_t since_us;

    if (f->sr_due_us > now_us || f->n_packets == 0)
        return;
    f->sr_due_us = now_us + US_PER_S;
    /* All clocks started together when the first packets were due. */
    since_us = (int64_t)f->rtp_ts * 1000 / (f->clock_hz / 1000);
    rtcp_write_sr(&w, f->ssrc, rtcp_ntp(f->epoch_us + since_us), f->rtp_ts, (uint32_t)f->n_packets,
                  (uint32_t)f->n_bytes);
    rtcp_write_sdes(&w, f->ssrc, span_str(p->id));
    if (!w.bad)
        peer_send_rtcp(p, writer_done(&w));
}

void sender_report(struct peer *p, int64_t now_us)
{
    for (unsigned i = 0; i < peer_n_videos(p); i++)
        report(p, &p->send_videos[i].flow, now_us);
    if (p->config->has_audio)
        report(p, &p->send_audio, now_us);
}

static int video_of(const struct peer *p, uint32_t ssrc)
{
    for (unsigned i = 0; i < peer_n_videos(p); i++) {
        if (p->send_videos[i].flow.ssrc == ssrc)
            return (int)i;
    }
    return -1;
}

static void send_again(struct traffic *t, struct peer *p, unsigned index, uint16_t wanted)
{
    struct send_flow *f = &p->send_videos[index].flow;
    uint16_t back = (uint16_t)(FIRST_SEQ + f->n_packets - wanted);
    uint8_t packet[TRAFFIC_PACKET_MAX];
    size_t len;

    if (back == 0 || back > SENT_RING || back > f->n_packets)
        return;
    len = make_video(t, p, index, wanted, packet);
    t->nacks_received++;
    if (secure_rtp_protect(&p->srtp, &f->stream, packet, &len, sizeof packet) == 0)
        peer_send(p, packet, len);
}

static void hear_nack(struct traffic *t, struct peer *p, const struct rtcp_packet *r)
{
    int index = video_of(p, r->media_ssrc);
    uint16_t seq;
    uint16_t mask;

    for (unsigned i = 0; index >= 0 && rtcp_nack_at(r, i, &seq, &mask); i++) {
        for (int bit = -1; bit < 16; bit++) {
            if (bit < 0 || mask >> bit & 1)
                send_again(t, p, (unsigned)index, (uint16_t)(seq + bit + 1));
        }
    }
}

static void wish_keyframe(struct peer *p, uint32_t ssrc)
{
    int index = video_of(p, ssrc);

    if (index >= 0)
        p->send_videos[index].flow.wants_keyframe = true;
}

static void hear_keyframe_wish(struct peer *p, const struct rtcp_packet *r)
{
    uint32_t ssrc;
    uint8_t number;

    if (r->kind == RTCP_PLI)
        wish_keyframe(p, r->media_ssrc);
    for (unsigned i = 0; r->kind == RTCP_FIR && rtcp_fir_at(r, i, &ssrc, &number); i++)
        wish_keyframe(p, ssrc);
}

/* A rid flows while half of it fits beside the lower ones; the lowest always. It begins again with
 * its keyframe. */
static void hear_estimate(struct peer *p, uint64_t bps)
{
    uint64_t below_bps = 0;

    for (unsigned i = p->config->n_rids; i-- > 0;) {
        struct send_video *v = &p->send_videos[i];
        unsigned rate_bps = p->config->rids_bps[i];
        bool fits = below_bps == 0 || below_bps + rate_bps / 2 <= bps;

        v->flow.wants_keyframe |= fits && v->is_off;
        v->is_off = !fits;
        below_bps += rate_bps;
    }
}

void sender_hear(struct traffic *t, struct peer *p, const struct rtcp_packet *r)
{
    if (r->kind == RTCP_PLI || r->kind == RTCP_FIR) {
        t->keyframe_requests++;
        hear_keyframe_wish(p, r);
    } else if (r->kind == RTCP_NACK) {
        hear_nack(t, p, r);
    } else if (r->kind == RTCP_REMB) {
        hear_estimate(p, r->remb_bps);
    }
}
