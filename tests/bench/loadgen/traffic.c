#include "tests/bench/loadgen/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "common/writer.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/rtp.h"
#include "tests/bench/loadgen/peer_sdp.h"

#define LOOP_S 8
#define FIRST_SEQ 1000
#define PACKET_MAX 1600
#define BATCH 64
#define AUDIO_GAP_US 20000
#define AUDIO_BYTES 80
#define FEEDBACK_EVERY_US 10000
#define REPORT_EVERY_US US_PER_S
#define REMB_BPS 20000000

struct receive_batch {
    struct mmsghdr messages[BATCH];
    struct iovec iov[BATCH];
    uint8_t control[BATCH][64];
    uint8_t data[BATCH][PACKET_MAX];
};

int traffic_init(struct traffic *t, const struct vp8_shape *video, unsigned drop_percent,
                 struct error *e)
{
    int r;

    memset(t, 0, sizeof *t);
    t->drop_percent = drop_percent;
    t->random = 12345;
    r = vp8_source_make(&t->source, LOOP_S, video, e);
    if (r < 0)
        return r;
    t->batch = calloc(1, sizeof *t->batch);
    if (!t->batch) {
        traffic_release(t);
        return ERR_NO_MEMORY;
    }
    for (unsigned i = 0; i < BATCH; i++) {
        t->batch->iov[i] = (struct iovec){t->batch->data[i], PACKET_MAX};
        t->batch->messages[i].msg_hdr.msg_iov = &t->batch->iov[i];
        t->batch->messages[i].msg_hdr.msg_iovlen = 1;
        t->batch->messages[i].msg_hdr.msg_control = t->batch->control[i];
    }
    return 0;
}

void traffic_release(struct traffic *t)
{
    vp8_source_release(&t->source);
    free(t->batch);
    t->batch = NULL;
}

int traffic_start_sending(struct traffic *t, struct peer *p, int64_t now_us)
{
    p->sent_us = calloc(t->source.n_packets, sizeof *p->sent_us);
    if (!p->sent_us)
        return ERR_NO_MEMORY;
    p->send_video.due_us = now_us;
    p->send_audio.due_us = now_us;
    p->send_video.epoch_us = now_realtime_us();
    p->send_audio.epoch_us = p->send_video.epoch_us;
    p->send_video.sr_due_us = now_us + 200 * US_PER_MS;
    p->send_audio.sr_due_us = now_us + 200 * US_PER_MS;
    p->report_due_us = now_us;
    return 0;
}

static int64_t frame_us(const struct traffic *t)
{
    return US_PER_S / t->source.fps;
}

static size_t make_video(const struct traffic *t, const struct peer *p, uint16_t seq, uint8_t *out)
{
    const struct sent_packet *sent = &p->sent[seq % SENT_RING];
    const struct vp8_packet *v = &t->source.packets[sent->index];
    struct rtp_out h = {
        .marker = v->is_last,
        .pt = p->send_video.pt,
        .seq = seq,
        .rtp_ts = sent->rtp_ts,
        .ssrc = p->send_video.ssrc,
    };
    size_t len = rtp_write_header(out, PACKET_MAX, &h);

    memcpy(out + len, v->payload, v->len);
    return len + v->len;
}

static void send_rtp(struct traffic *t, struct peer *p, struct send_flow *f, uint8_t *packet,
                     size_t len)
{
    if (secure_rtp_protect(&p->srtp, &f->stream, packet, &len, PACKET_MAX) < 0)
        return;
    peer_send(p, packet, len);
    f->n_bytes += len;
    if (t->is_measuring)
        t->sent++;
}

/* The loop starts with its keyframe; a wish for one starts it again. */
static void send_video(struct traffic *t, struct peer *p, int64_t now_us)
{
    struct send_flow *f = &p->send_video;
    uint8_t packet[PACKET_MAX];

    while (f->due_us <= now_us) {
        const struct vp8_packet *v = &t->source.packets[f->next_index];
        uint16_t seq = (uint16_t)(FIRST_SEQ + f->n_packets);
        size_t len;

        f->rtp_ts = (uint32_t)(f->frame * (90000 / t->source.fps));
        p->sent[seq % SENT_RING] = (struct sent_packet){(uint32_t)f->next_index, f->rtp_ts};
        len = make_video(t, p, seq, packet);
        p->sent_us[f->next_index] = now_realtime_us();
        send_rtp(t, p, f, packet, len);
        f->n_packets++;
        f->due_us += frame_us(t) / v->n_in_frame;
        f->next_index = (f->next_index + 1) % t->source.n_packets;
        f->frame += v->is_last;
        if (v->is_last && f->wants_keyframe) {
            f->next_index = 0;
            f->wants_keyframe = false;
        }
    }
}

static void send_audio(struct traffic *t, struct peer *p, int64_t now_us)
{
    struct send_flow *f = &p->send_audio;
    uint8_t packet[PACKET_MAX];

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

int64_t traffic_send(struct traffic *t, struct peer *p, int64_t now_us)
{
    send_video(t, p, now_us);
    if (!p->config->has_audio)
        return p->send_video.due_us;
    send_audio(t, p, now_us);
    return p->send_video.due_us < p->send_audio.due_us ? p->send_video.due_us
                                                       : p->send_audio.due_us;
}

static int64_t arrival_us(const struct msghdr *m)
{
    struct timespec at;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR((struct msghdr *)m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            memcpy(&at, CMSG_DATA(c), sizeof at);
            return (int64_t)at.tv_sec * US_PER_S + at.tv_nsec / 1000;
        }
    }
    return now_realtime_us();
}

static bool dropped(struct traffic *t)
{
    t->random = t->random * 1664525u + 1013904223u;
    return t->drop_percent > 0 && t->random / 65536 % 100 < t->drop_percent;
}

static void got_video(struct traffic *t, struct peer *p, struct span payload, int64_t at_us,
                      bool is_repair)
{
    long index = vp8_source_recognise(&t->source, payload);

    if (index < 0) {
        p->receive_video.corrupt++;
        return;
    }
    if (t->is_measuring)
        t->received++;
    if (!p->source || !p->source->sent_us || is_repair)
        return;
    if (t->is_measuring && p->source->sent_us[index] > 0)
        histogram_add(&t->latency, at_us - p->source->sent_us[index]);
}

static void got_rtp(struct traffic *t, struct peer *p, uint8_t *data, size_t len, int64_t at_us,
                    int64_t now_us)
{
    struct receive_flow *f =
        (data[1] & 0x7f) == LOADGEN_PT_OPUS ? &p->receive_audio : &p->receive_video;
    struct rtp_header h;
    uint64_t repaired = f->repaired;

    /* Before SRTP sees it, or its repair would count as a replay. */
    if (dropped(t)) {
        f->dropped_by_us++;
        return;
    }
    if (secure_rtp_unprotect(&p->srtp, data, &len) < 0 || rtp_parse(&h, span_of(data, len)) < 0)
        return;
    f->ssrc = h.ssrc;
    f->pt = h.pt;
    if (!receive_flow_packet(f, h.seq, now_us))
        return;
    if (f->is_video)
        got_video(t, p, span_of(data + h.payload_at, h.payload_len), at_us,
                  f->repaired != repaired);
    else if (t->is_measuring)
        t->received++;
}

/* Both tracks' sender reports give the publisher's time for one moment; they must agree. */
static void compare_time_lines(struct traffic *t, struct peer *p)
{
    const struct receive_flow *v = &p->receive_video;
    const struct receive_flow *a = &p->receive_audio;
    int64_t video_us;
    int64_t audio_us;
    int64_t skew_us;

    if (!v->has_sr || !a->has_sr || !p->source)
        return;
    /* NTP time at which each track's own clock stood at zero. */
    video_us = rtcp_ntp_us(v->sr_ntp) - (int64_t)v->sr_rtp_ts * 1000 / 90;
    audio_us = rtcp_ntp_us(a->sr_ntp) - (int64_t)a->sr_rtp_ts * 1000 / 48;
    skew_us = llabs(video_us - audio_us);
    if (skew_us > t->skew_max_us)
        t->skew_max_us = skew_us;
    t->has_skew = true;
}

static void publisher_asked(struct traffic *t, struct peer *p, const struct rtcp_packet *r)
{
    uint16_t seq;
    uint16_t mask;

    for (unsigned i = 0; rtcp_nack_at(r, i, &seq, &mask); i++) {
        for (int bit = -1; bit < 16; bit++) {
            uint16_t wanted = (uint16_t)(seq + bit + 1);
            uint16_t back = (uint16_t)(FIRST_SEQ + p->send_video.n_packets - wanted);
            uint8_t packet[PACKET_MAX];
            size_t len;

            if ((bit >= 0 && !(mask >> bit & 1)) || r->media_ssrc != p->send_video.ssrc ||
                back == 0 || back > SENT_RING || back > p->send_video.n_packets)
                continue;
            len = make_video(t, p, wanted, packet);
            t->nacks_received++;
            if (secure_rtp_protect(&p->srtp, &p->send_video.stream, packet, &len, sizeof packet) ==
                0)
                peer_send(p, packet, len);
        }
    }
}

static void got_rtcp(struct traffic *t, struct peer *p, uint8_t *data, size_t len, int64_t now_us)
{
    struct rtcp_packet r;
    struct span rest;

    if (secure_rtp_unprotect_rtcp(&p->srtp, data, &len) < 0)
        return;
    rest = span_of(data, len);
    while (rtcp_next(&rest, &r) == 1) {
        if (r.kind == RTCP_SR && !p->is_up) {
            struct receive_flow *f =
                r.ssrc == p->receive_audio.ssrc ? &p->receive_audio : &p->receive_video;

            if (r.ssrc != f->ssrc)
                continue;
            f->has_sr = true;
            f->sr_ntp = r.ntp;
            f->sr_rtp_ts = r.rtp_ts;
            f->sr_at_us = now_us;
            compare_time_lines(t, p);
        } else if (p->is_up && (r.kind == RTCP_PLI || r.kind == RTCP_FIR)) {
            t->keyframe_requests++;
            p->send_video.wants_keyframe = true;
        } else if (p->is_up && r.kind == RTCP_NACK) {
            publisher_asked(t, p, &r);
        }
    }
}

static void got_datagram(struct traffic *t, struct peer *p, uint8_t *data, size_t len,
                         int64_t at_us, int64_t now_us)
{
    if (len < 12 || data[0] < 128 || data[0] > 191)
        peer_receive(p, span_of(data, len), now_us);
    else if (p->state != PEER_CONNECTED)
        return;
    else if (rtp_is_rtcp(span_of(data, len)))
        got_rtcp(t, p, data, len, now_us);
    else
        got_rtp(t, p, data, len, at_us, now_us);
}

void traffic_receive(struct traffic *t, struct peer *p, int64_t now_us)
{
    struct receive_batch *b = t->batch;
    int n;

    do {
        for (unsigned i = 0; i < BATCH; i++)
            b->messages[i].msg_hdr.msg_controllen = sizeof b->control[i];
        n = recvmmsg(p->fd, b->messages, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++)
            got_datagram(t, p, b->data[i], b->messages[i].msg_len,
                         arrival_us(&b->messages[i].msg_hdr), now_us);
    } while (n == BATCH);
}

static void send_reports(struct peer *p, int64_t now_us)
{
    struct send_flow *flows[] = {&p->send_video, &p->send_audio};

    for (unsigned i = 0; i < (p->config->has_audio ? 2u : 1u); i++) {
        struct send_flow *f = flows[i];
        uint8_t room[256];
        struct writer w = writer_init(room, sizeof room);
        int64_t since_us;

        if (f->sr_due_us > now_us || f->n_packets == 0)
            continue;
        f->sr_due_us = now_us + US_PER_S;
        /* Both clocks started together when the first packets were due. */
        since_us = i == 0 ? (int64_t)f->rtp_ts * 1000 / 90 : (int64_t)f->rtp_ts * 1000 / 48;
        rtcp_write_sr(&w, f->ssrc, rtcp_ntp(f->epoch_us + since_us), f->rtp_ts,
                      (uint32_t)f->n_packets, (uint32_t)f->n_bytes);
        rtcp_write_sdes(&w, f->ssrc, span_str(p->id));
        if (!w.bad)
            peer_send_rtcp(p, writer_done(&w));
    }
}

static struct rtcp_report report_of(struct receive_flow *f, int64_t now_us)
{
    uint64_t expected = receive_flow_expected(f);
    uint64_t expected_now = expected - f->reported_expected;
    uint64_t lost_now = expected_now > f->unique - f->reported_unique
                            ? expected_now - (f->unique - f->reported_unique)
                            : 0;
    struct rtcp_report r = {
        .ssrc = f->ssrc,
        .fraction_lost = expected_now ? (uint8_t)(lost_now * 255 / expected_now) : 0,
        .lost = (int32_t)receive_flow_lost(f),
        .highest_seq = (uint32_t)f->highest_seq,
        .lsr = f->has_sr ? rtcp_ntp_middle(f->sr_ntp) : 0,
        .dlsr = f->has_sr ? (uint32_t)((now_us - f->sr_at_us) * 65536 / US_PER_S) : 0,
    };

    f->reported_expected = expected;
    f->reported_unique = f->unique;
    return r;
}

static void receive_reports(struct peer *p, int64_t now_us)
{
    struct receive_flow *flows[] = {&p->receive_video, &p->receive_audio};
    struct rtcp_report reports[2];
    uint32_t video = p->receive_video.ssrc;
    uint8_t room[512];
    struct writer w = writer_init(room, sizeof room);
    size_t n = 0;

    if (p->report_due_us > now_us)
        return;
    p->report_due_us = now_us + REPORT_EVERY_US;
    for (unsigned i = 0; i < 2; i++) {
        if (flows[i]->unique > 0)
            reports[n++] = report_of(flows[i], now_us);
    }
    if (n == 0)
        return;
    rtcp_write_rr(&w, 1, reports, n);
    rtcp_write_sdes(&w, 1, span_str("loadgen"));
    if (video)
        rtcp_write_remb(&w, 1, REMB_BPS, &video, 1);
    if (!w.bad)
        peer_send_rtcp(p, writer_done(&w));
}

static void send_nacks(struct peer *p, struct receive_flow *f, int64_t now_us)
{
    uint16_t seqs[64];
    uint8_t room[512];
    struct writer w = writer_init(room, sizeof room);
    size_t n = receive_flow_nacks(f, now_us, seqs, 64);

    if (n == 0)
        return;
    rtcp_write_rr(&w, 1, NULL, 0);
    rtcp_write_nack(&w, 1, f->ssrc, seqs, n);
    if (!w.bad)
        peer_send_rtcp(p, writer_done(&w));
}

void traffic_feedback(struct traffic *t, struct peer *p, int64_t now_us)
{
    (void)t;
    if (p->state != PEER_CONNECTED || p->feedback_due_us > now_us)
        return;
    p->feedback_due_us = now_us + FEEDBACK_EVERY_US;
    if (p->is_up) {
        send_reports(p, now_us);
        return;
    }
    send_nacks(p, &p->receive_video, now_us);
    send_nacks(p, &p->receive_audio, now_us);
    receive_reports(p, now_us);
}

void traffic_send_pli(struct peer *p)
{
    uint8_t room[64];
    struct writer w = writer_init(room, sizeof room);

    rtcp_write_rr(&w, 1, NULL, 0);
    rtcp_write_pli(&w, 1, p->receive_video.ssrc);
    if (!w.bad && p->receive_video.ssrc)
        peer_send_rtcp(p, writer_done(&w));
}
