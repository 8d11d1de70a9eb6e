#include "mediad/rtc/rtcp_feedback.h"

#include <string.h>

#include "mediad/rtc/down_connection.h"
#include "mediad/rtc/router.h"
#include "mediad/rtc/up_connection.h"

/** What a receiver may claim (S58). */
#define REMB_MAX_BPS INT64_C(1073741824)
/** Numbers that one datagram may ask for again; more are a storm. */
#define NACK_NUMBERS_MAX 256

/* ---- from a publisher ---- */

static void report_to_all(struct up_connection *up)
{
    for (size_t i = 0; i < up->n_sources; i++) {
        struct subscription *s = up->sources[i]->track->subscribers;

        for (; s; s = s->next)
            down_connection_report(s->receiver->pc);
    }
}

/* Each report may move the stream's offset, and with it the time of every track. */
static void place_on_timeline(struct peer_connection *pc)
{
    struct up_connection *up = pc->up;

    for (size_t i = 0; i < up->n_sources; i++) {
        struct track *t = up->sources[i]->track;
        uint32_t rtp_ts;

        if (!timeline_rtp_ts(&up->timeline, &up->sources[i]->timeline, pc->worker->now_us, &rtp_ts))
            continue;
        t->time =
            (struct track_time){.is_known = true, .rtp_ts = rtp_ts, .at_us = pc->worker->now_us};
        router_share_time(t);
    }
}

static void take_sender_report(struct peer_connection *pc, const struct rtcp_packet *p)
{
    struct up_source *source = up_connection_find(pc->up, p->ssrc);
    int64_t now_us = pc->worker->now_us;

    if (!source || source->ssrc != p->ssrc)
        return;
    reception_sr(&source->reception, p->ntp, now_us);
    bool is_first = timeline_sr(&pc->up->timeline, &source->timeline, p->ntp, p->rtp_ts, now_us);

    place_on_timeline(pc);
    if (is_first)
        report_to_all(pc->up);
}

static void take_cname(struct peer_connection *pc, const struct rtcp_packet *p)
{
    struct up_connection *up = pc->up;

    for (size_t i = 0; i < up->n_sources; i++) {
        struct track *t = up->sources[i]->track;
        struct span cname;

        if (!up->sources[i]->ssrc || !rtcp_sdes_cname(p, up->sources[i]->ssrc, &cname) ||
            cname.len > sizeof t->cname_bytes || span_eq(cname, t->cname))
            continue;
        memcpy(t->cname_bytes, cname.data, cname.len);
        t->cname = span_of(t->cname_bytes, cname.len);
        for (uint64_t left = t->mirrors; left; left &= left - 1)
            router_share_cname(t, (unsigned)__builtin_ctzll(left));
    }
}

void rtcp_feedback_up(struct peer_connection *pc, struct span datagram)
{
    struct rtcp_packet p;

    if (rtcp_check(datagram) < 0) {
        worker_count(pc->worker, COUNT_DROP_SYNTAX, 1);
        return;
    }
    for (struct span rest = datagram; rtcp_next(&rest, &p) == 1;) {
        if (p.kind == RTCP_SR)
            take_sender_report(pc, &p);
        else if (p.kind == RTCP_SDES)
            take_cname(pc, &p);
    }
}

/* ---- from a receiver ---- */

static void smooth_rtt(struct down_track *t, int64_t rtt_us)
{
    if (rtt_us >= 0)
        t->rtt_us = t->rtt_us < 0 ? rtt_us : (3 * t->rtt_us + rtt_us) / 4;
}

static void rate_changed(struct down_track *t)
{
    int64_t bps = receive_rate_bps(&t->receive_rate, t->pc->worker->now_us);

    resend_set_rate(&t->resend, bps);
    if (bps != RECEIVE_RATE_UNKNOWN && t->current.track)
        router_rate_fell(t->current.track, bps);
}

static void take_reports(struct peer_connection *pc, const struct rtcp_packet *p)
{
    struct worker *w = pc->worker;
    uint32_t now_ntp = rtcp_ntp_middle(rtcp_ntp(w->now_us + w->realtime_offset_us));
    struct rtcp_report report;

    for (unsigned i = 0; rtcp_report_at(p, i, &report); i++) {
        struct down_track *t = down_connection_find(pc->down, report.ssrc);

        if (!t || report.ssrc != t->target.ssrc)
            continue;
        t->has_mid = false;
        t->loss_ppm = (int64_t)report.fraction_lost * 1000000 / 256;
        t->jitter_us = (int64_t)report.jitter * 1000000 / codec_info(t->target.codec)->clock_rate;
        smooth_rtt(t, rtcp_rtt_us(&report, now_ntp));
        if (t->is_video) {
            receive_rate_report(&t->receive_rate, &report, t->sent_bytes, w->now_us);
            rate_changed(t);
        }
    }
}

static void take_nack(struct peer_connection *pc, const struct rtcp_packet *p, unsigned *left)
{
    struct down_track *t = down_connection_find(pc->down, p->media_ssrc);
    uint16_t seq, mask;

    if (!t || p->media_ssrc != t->target.ssrc)
        return;
    if (down_track_is_congested(t)) {
        /* repeats would push out what is new, and sound; the gap ends with a keyframe */
        down_track_want_keyframe(t);
        return;
    }
    for (unsigned i = 0; *left && rtcp_nack_at(p, i, &seq, &mask); i++) {
        for (uint32_t bits = ((uint32_t)mask << 1) | 1, n = 0; bits && *left; bits >>= 1, n++) {
            if (!(bits & 1))
                continue;
            --*left;
            down_track_repeat(t, (uint16_t)(seq + n));
        }
    }
}

static void take_fir(struct peer_connection *pc, const struct rtcp_packet *p)
{
    uint32_t ssrc;
    uint8_t number;

    for (unsigned i = 0; rtcp_fir_at(p, i, &ssrc, &number); i++) {
        struct down_track *t = down_connection_find(pc->down, ssrc);

        if (t && fir_is_new(&t->fir, number))
            down_track_want_keyframe(t);
    }
}

/* The estimate is of the whole connection: of sound, too, where its packets say when they were
 * sent. Sound comes first; pictures share what is left. */
static void take_remb(struct peer_connection *pc, const struct rtcp_packet *p)
{
    struct down_connection *down = pc->down;
    int64_t left_bps, n_videos = 0;

    down->remb_bps = p->remb_bps < (uint64_t)REMB_MAX_BPS ? (int64_t)p->remb_bps : REMB_MAX_BPS;
    down->remb_us = pc->worker->now_us;
    left_bps = down->remb_bps;
    for (size_t i = 0; i < down->n_tracks; i++) {
        const struct down_track *t = down->tracks[i];

        if (t->is_video)
            n_videos++;
        else if (t->target.route.ext_ids[HEADER_EXT_ABS_SEND_TIME])
            left_bps -= (int64_t)t->rate.rate_bps;
    }
    for (size_t i = 0; i < down->n_tracks; i++) {
        struct down_track *t = down->tracks[i];

        if (!t->is_video)
            continue;
        receive_rate_remb(&t->receive_rate, left_bps / n_videos, pc->worker->now_us);
        rate_changed(t);
    }
}

void rtcp_feedback_down(struct peer_connection *pc, struct span datagram)
{
    struct rtcp_packet p;
    unsigned nacks_left = NACK_NUMBERS_MAX;

    if (rtcp_check(datagram) < 0) {
        worker_count(pc->worker, COUNT_DROP_SYNTAX, 1);
        return;
    }
    for (struct span rest = datagram; rtcp_next(&rest, &p) == 1;) {
        struct down_track *t = NULL;

        switch (p.kind) {
        case RTCP_SR:
        case RTCP_RR:
            take_reports(pc, &p);
            break;
        case RTCP_NACK:
            take_nack(pc, &p, &nacks_left);
            break;
        case RTCP_PLI:
            t = down_connection_find(pc->down, p.media_ssrc);
            if (t)
                down_track_want_keyframe(t);
            break;
        case RTCP_FIR:
            take_fir(pc, &p);
            break;
        case RTCP_REMB:
            take_remb(pc, &p);
            break;
        case RTCP_SDES:
        case RTCP_BYE:
        case RTCP_OTHER:
            break;
        }
    }
}
