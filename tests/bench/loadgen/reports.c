#include "tests/bench/loadgen/reports.h"

#include "common/now.h"
#include "common/writer.h"
#include "mediad/rtc/rtcp.h"

#define REPORT_EVERY_US US_PER_S
#define STUCK_US                                                                                   \
    (500 * US_PER_MS) /* without a picture: time for a keyframe wish, again and again */
#define OWN_SSRC 1

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

static void send_receiver_report(struct peer *p, int64_t now_us)
{
    struct receive_flow *flows[] = {&p->receive_video, &p->receive_audio};
    struct rtcp_report reports[2];
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
    rtcp_write_rr(&w, OWN_SSRC, reports, n);
    rtcp_write_sdes(&w, OWN_SSRC, span_str("loadgen"));
    if (!w.bad)
        peer_send_rtcp(p, writer_done(&w));
}

static void send_estimate(const struct traffic *t, struct peer *p, int64_t now_us)
{
    uint32_t video = p->receive_video.ssrc;
    uint8_t room[1000];
    struct writer w = writer_init(room, sizeof room);

    if (p->estimate_due_us > now_us || p->config->feedback == REPORT_NONE)
        return;
    p->estimate_due_us = now_us + US_PER_S / t->reports;
    if (p->arrivals) {
        if (!feedback_recorder_write(p->arrivals, &w, OWN_SSRC,
                                     video ? video : p->receive_audio.ssrc))
            return;
    } else if (video) {
        rtcp_write_rr(&w, OWN_SSRC, NULL, 0);
        rtcp_write_remb(&w, OWN_SSRC, t->remb_bps, &video, 1);
    }
    if (!w.bad && w.len > 0)
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
    rtcp_write_rr(&w, OWN_SSRC, NULL, 0);
    rtcp_write_nack(&w, OWN_SSRC, f->ssrc, seqs, n);
    if (!w.bad)
        peer_send_rtcp(p, writer_done(&w));
}

void reports_send_pli(struct peer *p)
{
    uint8_t room[64];
    struct writer w = writer_init(room, sizeof room);

    rtcp_write_rr(&w, OWN_SSRC, NULL, 0);
    rtcp_write_pli(&w, OWN_SSRC, p->receive_video.ssrc);
    if (!w.bad && p->receive_video.ssrc)
        peer_send_rtcp(p, writer_done(&w));
}

static void wish_keyframe(struct peer *p, int64_t now_us)
{
    if (!p->pictures || p->pli_due_us > now_us || !pictures_is_stuck(p->pictures, now_us, STUCK_US))
        return;
    p->pli_due_us = now_us + STUCK_US;
    reports_send_pli(p);
}

void reports_send(const struct traffic *t, struct peer *p, int64_t now_us)
{
    send_nacks(p, &p->receive_video, now_us);
    send_nacks(p, &p->receive_audio, now_us);
    wish_keyframe(p, now_us);
    send_receiver_report(p, now_us);
    send_estimate(t, p, now_us);
}
