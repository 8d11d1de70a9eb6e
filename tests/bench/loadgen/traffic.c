#include "tests/bench/loadgen/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/rtp.h"
#include "tests/bench/loadgen/peer_sdp.h"
#include "tests/bench/loadgen/reports.h"
#include "tests/bench/loadgen/sender.h"

#define LOOP_S 8
#define BATCH 64
#define FEEDBACK_EVERY_US 10000
#define IP_UDP_BYTES 28
#define RID_PACKET_BITS 8000 /* about, of which a rid's rate makes its packets a second */

struct receive_batch {
    struct mmsghdr messages[BATCH];
    struct iovec iov[BATCH];
    uint8_t control[BATCH][64];
    uint8_t data[BATCH][TRAFFIC_PACKET_MAX];
};

/* Each rid is half as wide and high as the one above. */
static int make_sources(struct traffic *t, const struct options *o, struct error *e)
{
    int r = 0;

    t->n_sources = o->n_rids > 0 ? o->n_rids : 1;
    for (unsigned i = 0; i < t->n_sources && r == 0; i++) {
        struct vp8_shape shape = o->video;

        if (o->n_rids > 0)
            shape = (struct vp8_shape){.width = 1280 >> i,
                                       .height = 720 >> i,
                                       .rate_bps = o->rids_bps[i],
                                       .pps = o->rids_bps[i] / RID_PACKET_BITS + 1};
        r = vp8_source_make(&t->sources[i], LOOP_S, &shape, e);
    }
    return r;
}

int traffic_init(struct traffic *t, const struct options *o, struct error *e)
{
    int r;

    memset(t, 0, sizeof *t);
    t->drop_percent = o->drop_percent;
    t->reports = o->reports;
    t->remb_bps = o->remb_bps;
    t->random = 12345;
    /* nobody here sends: what comes is not ours */
    t->is_foreign = o->publishers == 0;
    r = make_sources(t, o, e);
    if (r < 0) {
        traffic_release(t);
        return r;
    }
    t->batch = calloc(1, sizeof *t->batch);
    if (!t->batch) {
        traffic_release(t);
        return ERR_NO_MEMORY;
    }
    for (unsigned i = 0; i < BATCH; i++) {
        t->batch->iov[i] = (struct iovec){t->batch->data[i], TRAFFIC_PACKET_MAX};
        t->batch->messages[i].msg_hdr.msg_iov = &t->batch->iov[i];
        t->batch->messages[i].msg_hdr.msg_iovlen = 1;
        t->batch->messages[i].msg_hdr.msg_control = t->batch->control[i];
    }
    return 0;
}

void traffic_release(struct traffic *t)
{
    for (unsigned i = 0; i < t->n_sources; i++)
        vp8_source_release(&t->sources[i]);
    free(t->batch);
    t->batch = NULL;
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

/* @return false: its publisher is another program, or the server changed it */
static bool recognise(const struct traffic *t, struct span payload, unsigned *rid, long *index)
{
    *index = -1;
    for (*rid = 0; *rid < t->n_sources; ++*rid) {
        *index = vp8_source_recognise(&t->sources[*rid], payload);
        if (*index >= 0)
            return true;
    }
    return false;
}

static void got_video(struct traffic *t, struct peer *p, struct span payload, int64_t at_us,
                      bool is_repair)
{
    const struct send_video *from;
    unsigned rid;
    long index;

    if (payload.len == 0)
        return; /* a probe */
    if (t->is_measuring)
        t->received++;
    if (t->is_foreign)
        return;
    if (!recognise(t, payload, &rid, &index)) {
        t->received -= t->is_measuring;
        p->receive_video.corrupt++;
        return;
    }
    from = p->source ? &p->source->send_videos[rid] : NULL;
    if (from && from->sent_us && !is_repair && t->is_measuring && from->sent_us[index] > 0)
        histogram_add(&t->latency, at_us - from->sent_us[index]);
}

static void note_arrival(struct peer *p, const struct rtp_header *h, struct span packet,
                         int64_t at_us)
{
    struct span number;

    if (p->arrivals && rtp_extension(h, packet, p->arrivals_id, &number) && number.len == 2)
        feedback_recorder_note(p->arrivals, (uint16_t)(number.data[0] << 8 | number.data[1]),
                               at_us);
}

static void got_rtp(struct traffic *t, struct peer *p, uint8_t *data, size_t len, int64_t at_us,
                    int64_t now_us)
{
    struct receive_flow *f =
        (data[1] & 0x7f) == LOADGEN_PT_OPUS ? &p->receive_audio : &p->receive_video;
    struct rtp_header h;
    uint64_t repaired = f->repaired;
    struct span payload;
    bool is_right;

    /* Before SRTP sees it, or its repair would count as a replay. */
    if (dropped(t)) {
        f->dropped_by_us++;
        return;
    }
    if (!t->is_over)
        p->received_bytes += len + IP_UDP_BYTES;
    is_right = secure_rtp_unprotect(&p->srtp, data, &len) == 0;
    if (rtp_parse(&h, span_of(data, len)) < 0)
        return;
    note_arrival(p, &h, span_of(data, len), at_us);
    if (!is_right)
        return; /* most likely a packet that came twice */
    if (p->rtx_pt && h.pt == p->rtx_pt) {
        if (rtp_rtx_unwrap(&h, span_of(data, len), f->ssrc, f->pt) < 0)
            return; /* a probe of padding */
    } else {
        f->ssrc = h.ssrc;
        f->pt = h.pt;
    }
    if (!receive_flow_packet(f, h.seq, now_us))
        return;
    payload = span_of(data + h.payload_at, h.payload_len);
    if (f->is_video && p->pictures && !t->is_over)
        pictures_packet(p->pictures, rtp_seq_extend(f->highest_seq, h.seq), payload, h.marker,
                        now_us);
    if (f->is_video)
        got_video(t, p, payload, at_us, f->repaired != repaired);
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
        } else if (p->is_up) {
            sender_hear(t, p, &r);
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

void traffic_feedback(const struct traffic *t, struct peer *p, int64_t now_us)
{
    if (p->state != PEER_CONNECTED || p->feedback_due_us > now_us)
        return;
    p->feedback_due_us = now_us + FEEDBACK_EVERY_US;
    if (p->is_up)
        sender_report(p, now_us);
    else
        reports_send(t, p, now_us);
}

void traffic_start_measuring(struct traffic *t, struct peer *p, int64_t now_us)
{
    struct receive_flow *flows[] = {&p->receive_video, &p->receive_audio};

    t->is_measuring = true;
    p->received_bytes = 0;
    for (unsigned i = 0; i < 2; i++) {
        flows[i]->measured_expected = receive_flow_expected(flows[i]);
        flows[i]->measured_unique = flows[i]->unique;
    }
    if (p->pictures)
        pictures_start(p->pictures, now_us);
}
