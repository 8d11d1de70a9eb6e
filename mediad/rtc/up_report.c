#include "common/now.h"
#include "mediad/rtc/up_connection.h"

#define REPORTS_MAX 31 /* report blocks of one RR */
/* A rate that fell is told at once, but no more often than this. */
#define TELL_INTERVAL_US (200 * US_PER_MS)

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

static int64_t max_bps_of(const struct up_source *source)
{
    int64_t measured_bps = (int64_t)source->reception.rate.rate_bps;

    if (source->where.rid <= 0)
        return UP_VIDEO_BPS_MAX;
    /* A lower rid of a simulcast: the client bounds it by itself, and serves it before the first,
     * which therefore gets what is told beyond it. */
    return measured_bps > UP_LOW_BPS ? measured_bps : UP_LOW_BPS;
}

/* Of a simulcast's layers the first would not start at so little. */
static int64_t least_bps_of(const struct up_source *source)
{
    const struct track *t = source->track;
    bool is_new = source->told.at_us == 0 || (!t->subscribers && !t->mirrors);
    int64_t least_bps = track_least_bps(t);

    return source->where.rid < 0 && is_new && least_bps > UP_START_BPS ? UP_START_BPS : least_bps;
}

/* What the publisher may send in all: for each video what those who receive it can take. Sound does
 * not count: it was taken off where receivers reported. */
static uint64_t rate_limit_bps(struct up_connection *up, int64_t now_us)
{
    int64_t sum_bps = 0;

    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];

        if (source->track->kind == TRACK_VIDEO)
            sum_bps +=
                told_rate_update(&source->told, least_bps_of(source), max_bps_of(source), now_us);
    }
    up->told_us = now_us;
    return (uint64_t)sum_bps;
}

static size_t remb_ssrcs(const struct up_connection *up, uint32_t ssrcs[TRACKS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < up->n_sources; i++) {
        const struct up_source *source = up->sources[i];

        if (source->ssrc &&
            (up->plan->sections[source->where.section].codecs[0].feedback & FEEDBACK_REMB))
            ssrcs[n++] = source->ssrc;
    }
    return n;
}

static void send_rate(struct peer_connection *pc, const struct rtcp_report *reports,
                      size_t n_reports)
{
    struct up_connection *up = pc->up;
    uint64_t bps = rate_limit_bps(up, pc->worker->now_us);
    uint32_t ssrcs[TRACKS_MAX];
    size_t n_ssrcs = remb_ssrcs(up, ssrcs);

    store(&pc->stats->max_bitrate_bps, n_ssrcs ? (int64_t)bps : -1);
    if (!peer_connection_path(pc))
        return;
    struct writer out = writer_init(send_batch_slot(&pc->worker->batch), DTLS_MTU);

    rtcp_write_rr(&out, up->ssrc, reports, n_reports);
    if (n_ssrcs)
        rtcp_write_remb(&out, up->ssrc, bps, ssrcs, n_ssrcs);
    if (!out.bad)
        peer_connection_send_rtcp(pc, out.data, out.len);
}

void up_connection_rate_fell(struct peer_connection *pc, unsigned index, int64_t bps)
{
    struct up_connection *up = pc->up;

    if (index < up->n_sources && told_rate_is_over(&up->sources[index]->told, bps) &&
        pc->worker->now_us - up->told_us >= TELL_INTERVAL_US)
        send_rate(pc, NULL, 0);
}

void up_connection_tick(struct peer_connection *pc)
{
    struct up_connection *up = pc->up;
    int64_t now_us = pc->worker->now_us;
    struct rtcp_report reports[REPORTS_MAX];
    size_t n_reports = 0;

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
    }
    atomic_store_explicit(&pc->stats->n_tracks, (unsigned)up->n_sources, memory_order_relaxed);
    send_rate(pc, reports, n_reports);
}
