#include "common/now.h"
#include "mediad/rtc/up_connection.h"

#define REPORTS_MAX 31 /* report blocks of one RR */

void up_connection_ask_keyframe(struct peer_connection *pc, unsigned index)
{
    struct up_connection *up = pc->up;

    if (index >= up->n_sources || !up->sources[index]->ssrc || !peer_connection_path(pc))
        return;
    struct up_source *source = up->sources[index];
    uint8_t feedback = up->plan->sections[source->where.section].codecs[0].feedback;
    struct writer out = writer_init(send_batch_slot(&pc->worker->batch), DTLS_MTU);

    rtcp_write_rr(&out, up->ssrc, NULL, 0);
    if (feedback & FEEDBACK_PLI)
        rtcp_write_pli(&out, up->ssrc, source->ssrc);
    else if (feedback & FEEDBACK_FIR)
        rtcp_write_fir(&out, up->ssrc, source->ssrc, source->fir_number++);
    else
        return;
    worker_count(pc->worker, COUNT_KEYFRAME_ASKED, 1);
    if (!out.bad)
        peer_connection_send_rtcp(pc, out.data, out.len);
}

static void store(atomic_int_fast64_t *at, int64_t value)
{
    atomic_store_explicit(at, value, memory_order_relaxed);
}

static void publish_stats(struct peer_connection *pc, size_t i, const struct rtcp_report *report)
{
    struct up_source *source = pc->up->sources[i];
    struct track_stats *stats = &pc->stats->tracks[i];
    uint64_t lost = reception_lost(&source->reception);

    if (lost > source->lost_seen)
        worker_count(pc->worker, COUNT_RTP_LOST_IN, lost - source->lost_seen);
    source->lost_seen = lost;
    store(&stats->bitrate_bps, (int64_t)source->reception.rate.rate_bps);
    store(&stats->max_bitrate_bps, -1);
    store(&stats->loss_ppm, report ? (int64_t)report->fraction_lost * 1000000 / 256 : 0);
    store(&stats->rtt_us, -1);
    store(&stats->jitter_us, report ? reception_jitter_us(&source->reception) : -1);
}

/* What the publisher may send in all: until there is an estimate, a fixed limit for each video. */
static uint64_t rate_limit_bps(const struct up_connection *up)
{
    uint64_t sum_bps = 0;

    for (size_t i = 0; i < up->n_sources; i++) {
        /* the lower rids of a simulcast are small beside its first */
        if (up->sources[i]->track->kind == TRACK_VIDEO && up->sources[i]->where.rid <= 0)
            sum_bps += UP_VIDEO_BPS_MAX;
    }
    return sum_bps;
}

void up_connection_tick(struct peer_connection *pc)
{
    struct up_connection *up = pc->up;
    int64_t now_us = pc->worker->now_us;
    struct rtcp_report reports[REPORTS_MAX];
    uint32_t video_ssrcs[TRACKS_MAX];
    size_t n_reports = 0, n_video = 0;

    if (rate_guard_notice(&up->guard, now_us))
        peer_connection_event(pc, CONNECTION_OVER_RATE);
    if (pc->n_ticks % 2)
        return;
    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];
        struct rtcp_report report;

        rate_meter_tick(&source->reception.rate, now_us);
        bool has_report =
            source->ssrc && reception_report(&source->reception, source->ssrc, now_us, &report);

        publish_stats(pc, i, has_report ? &report : NULL);
        if (has_report && n_reports < REPORTS_MAX)
            reports[n_reports++] = report;
        if (source->ssrc &&
            (up->plan->sections[source->where.section].codecs[0].feedback & FEEDBACK_REMB))
            video_ssrcs[n_video++] = source->ssrc;
    }
    atomic_store_explicit(&pc->stats->n_tracks, (unsigned)up->n_sources, memory_order_relaxed);
    store(&pc->stats->max_bitrate_bps, n_video ? (int64_t)rate_limit_bps(up) : -1);
    if (!peer_connection_path(pc))
        return;
    struct writer out = writer_init(send_batch_slot(&pc->worker->batch), DTLS_MTU);

    rtcp_write_rr(&out, up->ssrc, reports, n_reports);
    if (n_video)
        rtcp_write_remb(&out, up->ssrc, rate_limit_bps(up), video_ssrcs, n_video);
    if (!out.bad)
        peer_connection_send_rtcp(pc, out.data, out.len);
}
