#include "mediad/rtc/rtcp_feedback.h"

#include "mediad/rtc/down_repair.h"
#include "mediad/rtc/downlink.h"
#include "mediad/rtc/router.h"

/** What a receiver may claim to take. */
#define REMB_MAX_BPS UINT64_C(1073741824)
/** Numbers that one datagram may ask for again; more are a storm. */
#define NACK_NUMBERS_MAX 256

/** So many of one video were lost by an interruption: a keyframe is there sooner. */
#define NACK_OUTAGE 48

/* ---- from a publisher ---- */

/* Each report may move the stream's offset, and with it the time of every track. */
static void place_on_timeline(struct up_connection *up)
{
    int64_t now_us = up->transport->worker->now_us;

    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];
        struct track_time time = {.is_known = true, .at_us = now_us};

        if (timeline_rtp_ts(&up->timeline, &source->timeline, now_us, &time.rtp_ts))
            router_set_time(source->track, &time);
    }
}

static void read_sender_report(struct up_connection *up, const struct rtcp_packet *p)
{
    struct up_source *source = up_connection_find(up, p->ssrc);
    int64_t now_us = up->transport->worker->now_us;

    if (!source || source->ssrc != p->ssrc)
        return;
    reception_sr(&source->reception, p->ntp, now_us);
    (void)timeline_sr(&up->timeline, &source->timeline, p->ntp, p->rtp_ts, now_us);
    place_on_timeline(up);
}

static void read_cname(struct up_connection *up, const struct rtcp_packet *p)
{
    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];
        struct span cname;

        if (source->ssrc && rtcp_sdes_cname(p, source->ssrc, &cname))
            router_set_cname(source->track, cname);
    }
}

void rtcp_feedback_up(struct up_connection *up, struct span datagram)
{
    struct rtcp_packet p;

    if (rtcp_check(datagram) < 0) {
        worker_count(up->transport->worker, COUNT_DROP_SYNTAX, 1);
        return;
    }
    for (struct span rest = datagram; rtcp_next(&rest, &p) == 1;) {
        if (p.kind == RTCP_SR)
            read_sender_report(up, &p);
        else if (p.kind == RTCP_SDES)
            read_cname(up, &p);
    }
}

/* ---- from a receiver ---- */

static void read_reports(struct down_connection *down, const struct rtcp_packet *p)
{
    struct worker *w = down->transport->worker;
    uint32_t now_ntp = rtcp_ntp_middle(rtcp_ntp(w->now_us + w->realtime_offset_us));
    struct rtcp_report report;

    for (unsigned i = 0; rtcp_report_at(p, i, &report); i++) {
        struct down_track *t = down_connection_find(down, report.ssrc);

        if (!t || report.ssrc != t->sender.ssrc)
            continue;
        down_track_reported(t, &report, now_ntp);
        downlink_reported(down, t, &report);
    }
}

static unsigned nack_numbers(const struct rtcp_packet *p)
{
    unsigned n = 0;
    uint16_t seq, mask;

    for (unsigned i = 0; rtcp_nack_at(p, i, &seq, &mask); i++)
        n += 1 + (unsigned)__builtin_popcount(mask);
    return n;
}

static void read_nack(struct down_connection *down, const struct rtcp_packet *p, unsigned *left)
{
    struct down_track *t = down_connection_find(down, p->media_ssrc);
    uint16_t seq, mask;

    if (!t || p->media_ssrc != t->sender.ssrc)
        return;
    if (t->sender.is_video &&
        ((t->is_congested && !down_track_is_least(t)) || nack_numbers(p) > NACK_OUTAGE)) {
        /* repeats would push out what is new, and sound, or come too late; a keyframe ends the gap.
         * Of the least that can be sent it would take more room than they do */
        down_repair_keyframe(t);
        return;
    }
    for (unsigned i = 0; *left && rtcp_nack_at(p, i, &seq, &mask); i++) {
        for (uint32_t bits = ((uint32_t)mask << 1) | 1, n = 0; bits && *left; bits >>= 1, n++) {
            if (!(bits & 1))
                continue;
            --*left;
            down_repair_packet(t, (uint16_t)(seq + n));
        }
    }
}

static void read_fir(struct down_connection *down, const struct rtcp_packet *p)
{
    uint32_t ssrc;
    uint8_t number;

    for (unsigned i = 0; rtcp_fir_at(p, i, &ssrc, &number); i++) {
        struct down_track *t = down_connection_find(down, ssrc);

        if (t && fir_is_new(&t->fir, number))
            down_repair_keyframe(t);
    }
}

static void answer_time(struct down_connection *down, const struct rtcp_packet *p)
{
    struct peer_transport *transport = down->transport;

    if (down->n_tracks == 0 || !peer_transport_path(transport))
        return;
    struct writer out = writer_init(send_batch_slot(&transport->worker->batch), DTLS_MTU);
    uint32_t ssrc = down->tracks[0]->sender.ssrc;

    rtcp_write_rr(&out, ssrc, NULL, 0);
    rtcp_write_dlrr(&out, ssrc, p->ssrc, rtcp_ntp_middle(p->ntp));
    if (!out.bad)
        peer_transport_send_rtcp(transport, out.data, out.len);
}

void rtcp_feedback_down(struct down_connection *down, struct span datagram)
{
    struct rtcp_packet p, time = {.kind = RTCP_OTHER};
    unsigned nacks_left = NACK_NUMBERS_MAX;

    if (rtcp_check(datagram) < 0) {
        worker_count(down->transport->worker, COUNT_DROP_SYNTAX, 1);
        return;
    }
    for (struct span rest = datagram; rtcp_next(&rest, &p) == 1;) {
        struct down_track *t = NULL;

        switch (p.kind) {
        case RTCP_SR:
        case RTCP_RR:
            read_reports(down, &p);
            break;
        case RTCP_NACK:
            read_nack(down, &p, &nacks_left);
            break;
        case RTCP_PLI:
            t = down_connection_find(down, p.media_ssrc);
            if (t)
                down_repair_keyframe(t);
            break;
        case RTCP_FIR:
            read_fir(down, &p);
            break;
        case RTCP_REMB:
            downlink_estimated(down, p.remb_bps < REMB_MAX_BPS ? (int64_t)p.remb_bps
                                                               : (int64_t)REMB_MAX_BPS);
            break;
        case RTCP_TRANSPORT_CC:
            downlink_feedback(down, &p);
            break;
        case RTCP_RRTR:
            time = p;
            break;
        case RTCP_SDES:
        case RTCP_BYE:
        case RTCP_OTHER:
            break;
        }
    }
    if (time.kind == RTCP_RRTR)
        answer_time(down, &time);
}
