#include "mediad/rtc/up_report.h"

#include "common/now.h"
#include "mediad/rtc/longer_wait.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/up_health.h"

#define REPORTS_MAX 31 /* report blocks of one RR */
/* Lower rids get an eighth more than the most they were sent with, of which a hundredth is
 * forgotten each second: with much more browsers would send some pictures of a rid above them. */
#define LOWER_ROOM_SHARE 8
#define PEAK_SHARE 100
/* IPv4, UDP and SRTP's tag, in bits: browsers take them off what they are told. */
#define WRAP_BITS ((20 + 8 + 10) * 8)
/* For that no more than this part of what the videos may take is added: one that has just been told
 * to take less still sends as many packets as before. */
#define WRAPS_SHARE 16
/* After so many seconds a rid takes what its publisher wants. */
#define SETTLED 5
/* So long a rid that shall be smaller is thought to become so: by what comes with repeats, looked
 * at once in a second. (Its receivers look twice, at what they are sent of it: down_video.c.) */
#define OBEYED_US (2500 * US_PER_MS)
/* The publisher did as it was told at the last of these looks. */
#define LOOK_US (1200 * US_PER_MS)
/* One that has not for so long (Chromium takes four seconds when a higher rid stops first) is told
 * again after this time, which doubles so often: Firefox sends each size of picture with no less
 * than a rate of its own. */
#define STIFF_AFTER_US (6 * US_PER_S)
#define STIFF_US (30 * US_PER_S)
#define STIFF_DOUBLED_MAX 3
/* What a page is told rises in steps of such a part: each may cost a picture of another size. */
#define PAGE_STEP 4
#define PAGE_FALL 16
/* That of a rid, whose size stays, in smaller ones. */
#define PAGE_RID_STEP 8
/* So long a rid that has no receivers is not stopped for what is below it: while they find out what
 * their lines carry they may come back, and Firefox takes seconds to send it again. */
#define PAGE_PATIENCE_US (2 * US_PER_S)
/* A rid may begin with a keyframe and send nothing more for two seconds (Chromium 156): it counts
 * when it has lived so long. */
#define LIVES_US (500 * US_PER_MS)
/* A rate that fell is told at once, but no more often than this. */
#define TELL_INTERVAL_US (200 * US_PER_MS)

/* Is it told less than it takes when it is free? */
static bool is_tight(const struct track_stats *stats, const struct up_source *source)
{
    return source->obeyed_us && source->told.bps < stats_load(&stats->known_bps);
}

/* What a rid takes as it stops, or starts, or while it shall be smaller, is not what it takes. */
static void publish_known(struct track_stats *stats, struct up_source *source)
{
    int64_t bps = (int64_t)source->reception.rate.rate_bps;
    bool is_free = source->told.at_us != 0 && !is_tight(stats, source) && bps > 0;

    if (!is_free)
        source->n_free = 0;
    else if (source->n_free < SETTLED)
        source->n_free++;
    if (bps > 0 && (source->n_free == SETTLED || bps > stats_load(&stats->known_bps)))
        stats_store(&stats->known_bps, bps);
}

static void publish_stats(struct up_report *r, size_t i, const struct rtcp_report *report)
{
    struct up_source *source = r->sources[i];
    struct track_stats *stats = &r->stats->tracks[i];
    uint64_t lost = reception_lost(&source->reception);

    if (lost > source->lost_seen) {
        worker_count(r->transport->worker, COUNT_RTP_LOST_IN, lost - source->lost_seen);
        source->lost_seen = lost; /* what comes late is not counted a second time */
    }
    stats_store(&stats->bitrate_bps, (int64_t)source->reception.rate.rate_bps);
    publish_known(stats, source);
    stats_store(&stats->max_bitrate_bps, -1);
    stats_store(&stats->loss_ppm, report ? (int64_t)report->fraction_lost * 1000000 / 256 : 0);
    stats_store(&stats->rtt_us, -1);
    stats_store(&stats->kind, source->track->kind);
    stats_store(&stats->n_packets, (int64_t)source->reception.n_received);
    stats_store(&stats->n_lost, (int64_t)lost);
    stats_store(&stats->n_bytes, (int64_t)source->reception.rate.total_bytes);
    stats_store(&stats->jitter_us, report ? reception_jitter_us(&source->reception) : -1);
}

/* One that its receivers can do without. */
static bool is_upper_rid(const struct up_source *source)
{
    return source->where.rid >= 0 && !source->is_last_rid;
}

static bool is_above(const struct up_source *a, const struct up_source *b)
{
    return a->where.section == b->where.section && a->where.rid < b->where.rid;
}

/* Is there something else to receive? */
static bool has_living_below(const struct up_report *r, const struct up_source *source)
{
    for (size_t i = 0; i < *r->n_sources; i++) {
        const struct up_source *other = r->sources[i];

        if (is_above(source, other) && other->reception.rate.rate_bps > 0 &&
            !up_source_is_broken(other))
            return true;
    }
    return false;
}

static bool is_lower_rid(const struct up_source *source)
{
    return source->where.rid > 0;
}

/* A rid takes more than those below it: one of which less came begins yet, or begins anew, as peaks
 * are forgotten. */
static bool has_begun(const struct up_report *r, const struct up_source *source)
{
    for (size_t i = 0; i < *r->n_sources; i++) {
        if (is_above(source, r->sources[i]) && source->peak_bps < r->sources[i]->peak_bps)
            return false;
    }
    return source->peak_bps > 0;
}

/* A client bounds the lower rids of a simulcast by itself, and serves them before the first, which
 * therefore gets what is told beyond them. One that somebody waits for must have room to begin. */
static int64_t max_bps_of(const struct up_report *r, const struct up_source *source)
{
    int64_t room_bps = source->peak_bps + source->peak_bps / LOWER_ROOM_SHARE;

    if (!is_lower_rid(source) || (track_is_received(source->track) && !has_begun(r, source)))
        return TOLD_RATE_MAX_BPS;
    return room_bps > UP_LOW_BPS ? room_bps : UP_LOW_BPS;
}

static void note_peak(struct up_source *source)
{
    int64_t bps = (int64_t)source->reception.rate.rate_bps;

    source->peak_bps -= source->peak_bps / PEAK_SHARE;
    if (bps > source->peak_bps)
        source->peak_bps = bps;
}

/* Of a simulcast's layers the first would not start at so little. */
static int64_t least_bps_of(const struct up_source *source)
{
    const struct track *t = source->track;
    bool is_new = source->told.at_us == 0 || !track_is_received(t);
    bool is_blind = !(source->feedback & FEEDBACK_TRANSPORT_CC); /* to its own line */
    int64_t least_bps = track_limits(t).least_bps;

    return source->where.rid < 0 && is_blind && is_new && least_bps > UP_START_BPS ? UP_START_BPS
                                                                                   : least_bps;
}

/* ---- rids that shrink ---- */

/* A client serves lower rids first: one of them gets less only when nothing is sent above it. */
static bool can_shrink(const struct up_report *r, const struct up_source *source)
{
    if (!is_upper_rid(source) || !(source->feedback & FEEDBACK_REMB) ||
        r->transport->worker->now_us < source->stiff_us)
        return false;
    for (size_t i = 0; i < *r->n_sources; i++) {
        if (is_above(r->sources[i], source) && track_is_received(r->sources[i]->track))
            return false;
    }
    return true;
}

/* What all who receive a rid can take at most: those who can take less have a lower one.
 * @return TOLD_RATE_UNKNOWN: it need not shrink */
static int64_t shrunk_bps(const struct up_report *r, const struct up_source *source)
{
    int64_t most_bps = TOLD_RATE_UNKNOWN;

    if (track_is_received(source->track) && can_shrink(r, source) && !up_source_is_broken(source))
        most_bps = track_limits(source->track).most_bps;
    return most_bps < max_bps_of(r, source) ? most_bps : TOLD_RATE_UNKNOWN;
}

/* What each source shrinks to, looked up once for a report. */
struct shrinking {
    int64_t bps[TRACKS_MAX]; /* TOLD_RATE_UNKNOWN: it need not */
    bool is_any;
};

static void find_shrinking(const struct up_report *r, struct shrinking *out)
{
    out->is_any = false;
    for (size_t i = 0; i < *r->n_sources; i++) {
        out->bps[i] = shrunk_bps(r, r->sources[i]);
        out->is_any = out->is_any || out->bps[i] != TOLD_RATE_UNKNOWN;
    }
}

/* Does one above or below it shrink? Below: there is no room for it. Above: the lower ones get no
 * more than they take. */
static bool is_beside_shrunk(const struct up_report *r, const struct shrinking *all,
                             const struct up_source *source, bool is_below)
{
    for (size_t i = 0; all->is_any && i < *r->n_sources; i++) {
        const struct up_source *other = r->sources[i];

        if (all->bps[i] != TOLD_RATE_UNKNOWN &&
            (is_below ? is_above(source, other) : is_above(other, source)))
            return true;
    }
    return false;
}

/* One that sends nothing does not obey, either: it sends no picture so large for so little.
 * @param bps what it was told to take, or TOLD_RATE_UNKNOWN */
static void note_obedience(struct up_source *source, int64_t bps, int64_t now_us)
{
    int64_t rate_bps = (int64_t)source->reception.rate.rate_bps;
    bool is_kept = rate_bps > 0 && told_rate_is_kept(source->told.bps, rate_bps);

    if (bps == TOLD_RATE_UNKNOWN) {
        source->obeyed_us = 0;
    } else if (source->obeyed_us == 0 || is_kept) {
        source->obeyed_us = now_us;
    } else if (now_us - source->obeyed_us >= STIFF_AFTER_US) {
        source->stiff_us = now_us + longer_wait_us(STIFF_US, &source->n_stiff, STIFF_DOUBLED_MAX,
                                                   source->stiff_us, now_us);
    }
}

/* Did it, when it was last looked at? */
static bool obeys(const struct up_source *source, int64_t now_us)
{
    return source->obeyed_us && now_us - source->obeyed_us <= LOOK_US;
}

/* Receivers count on it for a while, and as long as the publisher does it. */
static void publish_expected(struct up_report *r, size_t i, int64_t bps, int64_t now_us)
{
    struct up_source *source = r->sources[i];
    struct track_stats *stats = &r->stats->tracks[i];

    note_obedience(source, bps, now_us);
    /* one that was found not to obey has not long to show that it does */
    bool is_trusted =
        source->obeyed_us && now_us - source->obeyed_us < OBEYED_US / (1 + source->n_stiff);

    stats_store(
        &stats->rid_state,
        (can_shrink(r, source) ? RID_CAN_SHRINK : 0) |
            (is_tight(stats, source) ? RID_IS_SHRUNK : 0) |
            (source->told.at_us == 0 && (source->feedback & FEEDBACK_REMB) ? RID_IS_IDLE : 0) |
            (up_source_is_broken(source) ? RID_IS_BROKEN : 0));
    stats_store(&stats->expected_bps, is_trusted ? source->told.bps : 0);
}

/* What is below a rid that shrinks is served before it: no more than it takes, and as long as it
 * is sent no less, whether anybody receives it or not. @param bps what it may take otherwise */
static int64_t before_shrunk_bps(const struct up_source *source, int64_t bps)
{
    bool is_sent = source->reception.rate.rate_bps > 0;

    if (bps == 0)
        return is_sent ? source->peak_bps : 0;
    return source->peak_bps && source->peak_bps < bps ? source->peak_bps : bps;
}

/* What one source may be sent with. */
static int64_t source_limit_bps(struct up_report *r, const struct shrinking *all, size_t i,
                                int64_t now_us)
{
    struct up_source *source = r->sources[i];
    int64_t shrunk = all->bps[i], before_bps = source->told.bps, bps;

    if ((!demand_has(r->demand, (unsigned)i) && is_upper_rid(source)) ||
        up_source_is_broken(source) ||
        (!track_is_received(source->track) && is_beside_shrunk(r, all, source, true))) {
        /* nobody receives this rid, or could: there is no room for it, and it need not climb later;
         * the last one is what receivers start with */
        source->told = (struct told_rate){0};
        bps = 0;
    } else if (shrunk != TOLD_RATE_UNKNOWN) {
        bps = told_rate_update(&source->told, shrunk, max_bps_of(r, source), now_us);
        if (bps < before_bps - before_bps / 8 && obeys(source, now_us))
            source->obeyed_us = now_us; /* it has heard of it only now */
    } else {
        bps = told_rate_update(&source->told,
                               is_upper_rid(source) ? TOLD_RATE_UNKNOWN : least_bps_of(source),
                               max_bps_of(r, source), now_us);
    }
    publish_expected(r, i, shrunk, now_us);
    return bps;
}

/* What of all a client has to be told for it. */
static int64_t source_share_bps(const struct up_report *r, const struct shrinking *all,
                                const struct up_source *source, int64_t limit_bps)
{
    return !up_source_is_broken(source) && is_beside_shrunk(r, all, source, false)
               ? before_shrunk_bps(source, limit_bps)
               : limit_bps;
}

/* What the publisher counts beside its videos' RTP: its sound, which was taken off where receivers
 * reported, and what each packet is wrapped into. Of videos that shrink at once no more than a
 * small part. */
static int64_t beside_bps(const struct up_report *r, int64_t videos_bps)
{
    int64_t sound_bps = 0, wraps_bps = 0;

    for (size_t i = 0; i < *r->n_sources; i++) {
        const struct rate_meter *rate = &r->sources[i]->reception.rate;
        int64_t wrap_bps = (int64_t)rate->packets_per_s * WRAP_BITS;

        if (r->sources[i]->track->kind == TRACK_AUDIO)
            sound_bps += (int64_t)rate->rate_bps + wrap_bps;
        else
            wraps_bps += wrap_bps;
    }
    if (wraps_bps > videos_bps / WRAPS_SHARE)
        wraps_bps = videos_bps / WRAPS_SHARE;
    return sound_bps + wraps_bps;
}

/* ---- what a page is told ---- */

/* A rid is not bounded by what it took itself: but for some seconds when that has grown, as what is
 * told rises slowly. */
static int64_t page_limit_bps(const struct up_report *r, size_t i, int64_t limit_bps,
                              int64_t now_us)
{
    const struct up_source *source = r->sources[i];

    if (limit_bps == 0 && demand_has(r->demand, (unsigned)i) && !up_source_is_broken(source) &&
        now_us - r->demand->heard_us[i] < PAGE_PATIENCE_US)
        return source->page_bps ? source->page_bps : TOLD_RATE_MAX_BPS;
    return limit_bps > 0 && source->told.bps >= max_bps_of(r, source) ? TOLD_RATE_MAX_BPS
                                                                      : limit_bps;
}

static bool is_news(int64_t bps, int64_t before_bps, int64_t step)
{
    return bps < before_bps - before_bps / PAGE_FALL || bps > before_bps + before_bps / step;
}

/* What the page of a publisher that asks for it shall know. */
struct page_limits {
    int64_t sum_bps;
    int64_t bps[TRACKS_MAX];
};

static void note_page_limits(struct up_report *r, const struct page_limits *limits)
{
    bool differs = is_news(limits->sum_bps, r->page_bps, PAGE_STEP);

    for (size_t i = 0; i < *r->n_sources; i++) {
        const struct up_source *source = r->sources[i];
        int64_t step = source->where.rid < 0 ? PAGE_STEP : PAGE_RID_STEP;

        differs = differs || is_news(limits->bps[i], source->page_bps, step);
    }
    if (!differs)
        return;
    r->page_bps = limits->sum_bps;
    for (size_t i = 0; i < *r->n_sources; i++) {
        r->sources[i]->page_bps = limits->bps[i];
        stats_store(&r->stats->tracks[i].page_bps,
                    limits->bps[i] < TOLD_RATE_MAX_BPS ? limits->bps[i] : -1);
    }
    r->limit_changed(r->user);
}

/* What the publisher may send in all: for each video what those who receive it can take. */
static uint64_t rate_limit_bps(struct up_report *r, int64_t now_us)
{
    struct page_limits page = {0};
    struct shrinking all;
    int64_t sum_bps = 0;

    find_shrinking(r, &all);
    for (size_t i = 0; i < *r->n_sources; i++) {
        struct up_source *source = r->sources[i];

        if (source->track->kind != TRACK_VIDEO)
            continue;
        int64_t limit_bps = source_limit_bps(r, &all, i, now_us);
        int64_t share_bps = source_share_bps(r, &all, source, limit_bps);
        int64_t carried_bps = up_health_carried_bps(source, share_bps, now_us);

        stats_store(&r->stats->tracks[i].told_bps,
                    source->feedback & FEEDBACK_REMB ? share_bps : -1);
        sum_bps += share_bps;
        page.sum_bps += carried_bps;
        page.bps[i] =
            carried_bps < share_bps ? carried_bps : page_limit_bps(r, i, limit_bps, now_us);
    }
    note_page_limits(r, &page);
    r->told_us = now_us;
    return (uint64_t)(sum_bps + beside_bps(r, sum_bps));
}

static size_t remb_ssrcs(const struct up_report *r, uint32_t ssrcs[TRACKS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < *r->n_sources; i++) {
        const struct up_source *source = r->sources[i];

        if (source->ssrc && (source->feedback & FEEDBACK_REMB))
            ssrcs[n++] = source->ssrc;
    }
    return n;
}

static void send_rate(struct up_report *r, const struct rtcp_report *reports, size_t n_reports)
{
    struct worker *w = r->transport->worker;
    uint64_t bps = rate_limit_bps(r, w->now_us);
    uint32_t ssrcs[TRACKS_MAX];
    size_t n_ssrcs = remb_ssrcs(r, ssrcs);

    stats_store(&r->stats->max_bitrate_bps, n_ssrcs ? (int64_t)bps : -1);
    if (!peer_transport_path(r->transport))
        return;
    struct writer out = writer_init(send_batch_slot(&w->batch), DTLS_MTU);

    rtcp_write_rr(&out, r->ssrc, reports, n_reports);
    if (n_ssrcs)
        rtcp_write_remb(&out, r->ssrc, bps, ssrcs, n_ssrcs);
    if (!out.bad)
        peer_transport_send_rtcp(r->transport, out.data, out.len);
}

void up_report_demand(struct up_report *r)
{
    send_rate(r, NULL, 0);
}

void up_report_limit_fell(struct up_report *r, struct up_source *source, int64_t bps)
{
    int64_t now_us = r->transport->worker->now_us;

    if (!told_rate_is_over(&source->told, bps) || now_us - r->told_us < TELL_INTERVAL_US ||
        now_us - source->looked_us < TELL_INTERVAL_US)
        return;
    source->looked_us = now_us;
    /* of an upper rid one receiver has less than the others: it is for those who have most */
    if (is_upper_rid(source) && !told_rate_is_over(&source->told, shrunk_bps(r, source)))
        return;
    send_rate(r, NULL, 0);
}

void up_report_layers(struct up_report *r)
{
    for (size_t i = 0; i < *r->n_sources; i++) {
        struct up_source *source = r->sources[i];

        layer_meter_publish(&source->layers, &r->stats->tracks[i],
                            source->where.rid >= 0 ? LIVES_US : 0, r->transport->worker->now_us);
    }
}

/* What of a rid is not sent, although it is wanted, may be what fills the line. */
static void break_silent_above(struct up_report *r, const struct up_source *source, int64_t now_us)
{
    for (size_t i = 0; i < *r->n_sources; i++) {
        struct up_source *other = r->sources[i];

        if (is_above(other, source) && track_is_received(other->track) &&
            other->reception.rate.rate_bps < source->reception.rate.rate_bps)
            up_health_break(other, now_us);
    }
}

void up_report_send(struct up_report *r)
{
    int64_t now_us = r->transport->worker->now_us;
    struct rtcp_report reports[REPORTS_MAX];
    size_t n_reports = 0;

    for (size_t i = 0; i < *r->n_sources; i++) {
        struct up_source *source = r->sources[i];
        struct rtcp_report report;

        rate_meter_tick(&source->reception.rate, now_us);
        track_tick(source->track);
        note_peak(source);
        bool has_report =
            source->ssrc && reception_report(&source->reception, source->ssrc, now_us, &report);

        publish_stats(r, i, has_report ? &report : NULL);
        up_health_note(source, is_upper_rid(source) && has_living_below(r, source), now_us);
        if (source->is_last_rid && up_health_is_crowded(source))
            break_silent_above(r, source, now_us);
        if (has_report && n_reports < REPORTS_MAX)
            reports[n_reports++] = report;
    }
    atomic_store_explicit(&r->stats->n_tracks, (unsigned)*r->n_sources, memory_order_relaxed);
    send_rate(r, reports, n_reports);
}
