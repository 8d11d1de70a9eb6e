#include "mediad/rtc/up_connection.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/macros.h"
#include "mediad/rtc/payload_dependency.h"
#include "mediad/rtc/router.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/up_redundancy.h"

struct up_connection *up_connection_new(struct connection_stats *stats)
{
    struct up_connection *up = calloc(1, sizeof *up);

    if (!up)
        return NULL;
    if (gnutls_rnd(GNUTLS_RND_NONCE, &up->report.ssrc, sizeof up->report.ssrc) < 0) {
        free(up);
        return NULL;
    }
    rate_guard_init(&up->guard, 0, 0);
    up->report.stats = stats;
    up->report.sources = up->sources;
    up->report.n_sources = &up->n_sources;
    up->report.demand = &up->demand;
    return up;
}

void up_connection_free(struct up_connection *up)
{
    if (!up)
        return;
    for (size_t i = 0; i < up->n_sources; i++)
        up_source_free(up->sources[i]);
    up_feedback_release(&up->feedback);
    negotiated_free(up->plan);
    free(up);
}

size_t up_connection_size(const struct up_connection *up)
{
    size_t size = sizeof *up;

    if (up->plan)
        size += sizeof *up->plan + up->plan->n_sections * sizeof up->plan->sections[0];
    for (size_t i = 0; i < up->n_sources; i++)
        size += sizeof *up->sources[i] + track_size(up->sources[i]->track);
    return size;
}

static const struct up_section *section_of(const struct up_connection *up,
                                           const struct up_source *source)
{
    return &up->plan->sections[source->where.section];
}

struct up_source *up_connection_find(struct up_connection *up, uint32_t ssrc)
{
    for (size_t i = 0; ssrc && i < up->n_sources; i++) {
        if (up->sources[i]->ssrc == ssrc || up->sources[i]->rtx_ssrc == ssrc)
            return up->sources[i];
    }
    return NULL;
}

void up_connection_start(struct up_connection *up, struct peer_transport *transport,
                         const struct up_connection_events *events, void *user)
{
    up->transport = transport;
    up->events = events;
    up->user = user;
    up->report.transport = transport;
    up->report.limit_changed = events->limit_changed;
    up->report.user = user;
    up_feedback_start(&up->feedback, transport, up->report.ssrc);
}

/* ---- what tracks ask of their publisher ---- */

static void ask_keyframe(struct track *t)
{
    up_source_ask_keyframe(t->source_user);
}

static void limit_fell(struct track *t, int64_t bps)
{
    struct up_source *source = t->source_user;
    struct up_connection *up = source->owner;

    up_report_limit_fell(&up->report, source, bps);
}

/* Its place, which its statistics and demand have, too; n_sources when it is not listed. */
static size_t index_of(const struct up_connection *up, const struct up_source *source)
{
    size_t i = 0;

    while (i < up->n_sources && up->sources[i] != source)
        i++;
    return i;
}

/* The last rid of a simulcast counts as received with any of its video: when a receiver's line gets
 * narrow, it must be there, and would take seconds to come. */
static bool is_received(const struct up_connection *up, size_t i)
{
    if (!up->sources[i]->is_last_rid)
        return track_is_received(up->sources[i]->track);
    for (size_t k = 0; k < up->n_sources; k++) {
        if (up->sources[k]->where.section == up->sources[i]->where.section &&
            track_is_received(up->sources[k]->track))
            return true;
    }
    return false;
}

static void note_demand(struct up_connection *up, size_t source)
{
    int64_t now_us = up->transport->worker->now_us;

    if (up_source_is_broken(up->sources[source]))
        demand_hurry(&up->demand, (unsigned)source);
    if (demand_note(&up->demand, (unsigned)source, is_received(up, source), now_us)) {
        up_report_demand(&up->report);
        up->events->demand_changed(up->user);
    }
    stats_store(&up->report.stats->tracks[source].is_received,
                demand_has(&up->demand, (unsigned)source));
}

static void received(struct track *t)
{
    struct up_source *source = t->source_user;
    size_t i = index_of(source->owner, source);

    if (i < source->owner->n_sources)
        note_demand(source->owner, i);
}

static const struct track_source_ops publisher_ops = {
    .want_keyframe = ask_keyframe,
    .cross = router_cross,
    .limit_fell = limit_fell,
    .received = received,
};

/* ---- descriptions ---- */

static struct up_source *source_new(struct up_connection *up, const struct up_target *target,
                                    const struct negotiated *plan)
{
    struct up_source *source =
        up_source_new(up->transport, target, plan, up->report.ssrc, &publisher_ops);

    if (source)
        source->owner = up;
    return source;
}

static struct up_source *unlink_source(struct up_connection *up, uint64_t track_id)
{
    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];

        if (source && source->track->id == track_id) {
            up->sources[i] = NULL;
            return source;
        }
    }
    return NULL;
}

static const char *rid_of(const struct negotiated *plan, const struct up_source *source)
{
    return source->where.rid < 0 ? ""
                                 : plan->sections[source->where.section].rids[source->where.rid].id;
}

static bool section_goes_on(const struct negotiated *before, const struct negotiated *now,
                            unsigned section)
{
    const struct up_section *s = section < now->n_sections ? &now->sections[section] : NULL;

    return s && s->is_accepted && strcmp(s->mid, before->sections[section].mid) == 0;
}

/* Sources that the new description leaves out end; should it name them again, they are known. */
static void end_sources(struct up_connection *up, const struct negotiated *now)
{
    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];

        if (!source)
            continue;
        up_memory_keep(&up->memory, source->where.section, rid_of(up->plan, source), source->ssrc,
                       source->rtx_ssrc);
        up_source_free(source);
    }
    for (unsigned i = 0; up->plan && i < up->plan->n_sections; i++) {
        if (!section_goes_on(up->plan, now, i))
            up_memory_forget(&up->memory, i);
    }
}

/* Sources of which the description does not say by which SSRC they come, and which were there
 * before: their packets need not tell it once more. */
static void recall_sources(struct up_connection *up)
{
    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];
        struct up_memory_entry known;

        if (!up_memory_take(&up->memory, source->where.section, rid_of(up->plan, source), &known) ||
            source->ssrc || up_connection_find(up, known.ssrc))
            continue;
        up_source_bind(source, known.ssrc);
        if (!up_connection_find(up, known.rtx_ssrc))
            source->rtx_ssrc = known.rtx_ssrc;
    }
}

int up_connection_update(struct up_connection *up, struct connection_update *u)
{
    struct up_source *sources[TRACKS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < u->n_up; i++) {
        struct up_source *source = unlink_source(up, u->up_targets[i].track_id);

        if (!source)
            source = source_new(up, &u->up_targets[i], u->up);
        if (!source)
            continue; /* out of memory: this track does not flow, the others do */
        up_source_describe(source, &u->up_targets[i], u->up);
        sources[n++] = source;
    }
    end_sources(up, u->up);
    memcpy(up->sources, sources, n * sizeof *sources);
    up->n_sources = n;
    demand_set_tracks(&up->demand, (unsigned)n, up->transport->worker->now_us);
    negotiated_free(up->plan);
    up->plan = u->up;
    u->up = NULL;
    recall_sources(up);
    up_feedback_describe(&up->feedback, up->plan);
    return n == u->n_up ? 0 : ERR_NO_MEMORY;
}

/* ---- packets ---- */

static bool extension_is(const struct rtp_header *h, struct span packet, uint8_t id,
                         const char *text)
{
    struct span value;

    return id && rtp_extension(h, packet, id, &value) && span_eq_str(value, text);
}

/* Tells whether the packet says which section it belongs to. */
static bool has_mid(const struct up_connection *up, const struct rtp_header *h, struct span packet)
{
    struct span value;

    for (size_t i = 0; i < up->n_sources; i++) {
        uint8_t id = section_of(up, up->sources[i])->ext_ids[HEADER_EXT_MID];

        if (id && rtp_extension(h, packet, id, &value))
            return true;
    }
    return false;
}

/* The one section that receives this payload type. @return NULL: none, or several */
static const struct up_section *section_by_pt(const struct up_connection *up, uint8_t pt)
{
    const struct up_section *found = NULL;
    bool is_rtx;

    for (size_t i = 0; i < up->n_sources; i++) {
        const struct up_section *section = section_of(up, up->sources[i]);

        if (section == found || !up_section_by_pt(section, pt, &is_rtx))
            continue;
        if (found)
            return NULL;
        found = section;
    }
    return found;
}

/* The section of an SSRC that was not signalled: by mid, and without one by payload type where that
 * is unique (RFC 9143 section 9.2). */
static const struct up_section *section_of_packet(const struct up_connection *up,
                                                  const struct rtp_header *h, struct span packet)
{
    if (!has_mid(up, h, packet))
        return section_by_pt(up, h->pt);
    for (size_t i = 0; i < up->n_sources; i++) {
        const struct up_section *section = section_of(up, up->sources[i]);

        if (extension_is(h, packet, section->ext_ids[HEADER_EXT_MID], section->mid))
            return section;
    }
    return NULL;
}

/* A new SSRC: of a track without one, or of a publisher that began anew. Within a section the rid
 * tells tracks apart (RFC 8852). */
static struct up_source *bind_source(struct up_connection *up, const struct rtp_header *h,
                                     struct span packet)
{
    const struct up_section *section = section_of_packet(up, h, packet);
    bool is_rtx = false;

    /* 0 is "none" here; of senders it is a probe's */
    if (!h->ssrc || !section || !up_section_by_pt(section, h->pt, &is_rtx))
        return NULL;
    for (size_t i = 0; i < up->n_sources; i++) {
        struct up_source *source = up->sources[i];
        const uint8_t *ids = section->ext_ids;

        if (section_of(up, source) != section)
            continue;
        if (source->where.rid >= 0) {
            const char *rid = section->rids[source->where.rid].id;
            bool is_repaired = extension_is(h, packet, ids[HEADER_EXT_RRID], rid);

            if (!is_repaired && !extension_is(h, packet, ids[HEADER_EXT_RID], rid))
                continue;
            is_rtx = is_rtx || is_repaired;
        }
        if (is_rtx)
            source->rtx_ssrc = h->ssrc;
        else if (up_source_has_left(source, h->ssrc))
            return NULL;
        else
            up_source_bind(source, h->ssrc);
        return source;
    }
    return NULL;
}

/* In what a packet came. */
struct wrapping {
    bool is_rtx;
    bool is_red;
    struct red red; /* set for redundant audio only */
};

/* The codec of a packet; a retransmission becomes its original, and of redundant audio is known
 * where its frames are. */
static bool open_packet(struct up_connection *up, struct up_source *source, struct rtp_header *h,
                        struct span packet, struct wrapping *in)
{
    const struct up_codec *codec = up_section_by_pt(section_of(up, source), h->pt, &in->is_rtx);

    if (!codec || codec->codec != source->track->codec)
        return false;
    if (in->is_rtx)
        return rtp_rtx_unwrap(h, packet, source->ssrc, codec->pt) == 0;
    in->is_red = codec->red_pt && h->pt == codec->red_pt && h->payload_len > 0;
    return !in->is_red || red_parse(&in->red, span_of(packet.data + h->payload_at, h->payload_len),
                                    codec->pt) == 0;
}

/* Where its payload is: of redundant audio the newest frame, so that nobody needs to know, and all
 * that came beside it, for receivers that take that. */
static void fill_payload(struct packet *p, const struct rtp_header *h, const struct wrapping *in)
{
    p->payload_at = h->payload_at;
    p->payload_len = h->payload_len;
    p->red_len = 0;
    if (!in->is_red)
        return;
    p->red_at = h->payload_at;
    p->red_len = h->payload_len;
    p->payload_at += in->red.primary_at;
    p->payload_len = in->red.primary_len;
}

static void fill_packet(struct up_connection *up, struct up_source *source, struct packet *p,
                        const struct rtp_header *h, struct span packet, const struct wrapping *in)
{
    uint8_t level_id = section_of(up, source)->ext_ids[HEADER_EXT_AUDIO_LEVEL];
    uint8_t dependency_id = section_of(up, source)->ext_ids[HEADER_EXT_DEPENDENCY];
    struct span level, dependency;

    p->len = (uint16_t)packet.len;
    p->seq = h->seq;
    p->rtp_ts = h->rtp_ts;
    p->ssrc = h->ssrc;
    p->marker = h->marker;
    fill_payload(p, h, in);
    /* numbers go on, and receivers close them up */
    if (up->is_muted && source->track->kind == TRACK_AUDIO)
        p->payload_len = p->red_len = 0;
    p->has_audio_level = p->payload_len > 0 && level_id &&
                         rtp_extension(h, packet, level_id, &level) && level.len == 1;
    p->audio_level = p->has_audio_level ? level.data[0] : 0;
    memset(&p->info, 0, sizeof p->info);
    p->descriptor.len = 0;
    if (source->track->kind == TRACK_VIDEO && p->payload_len > 0)
        /* a payload that does not fit its codec is passed on as one of which nothing is known */
        (void)!payload_parse(source->track->codec, packet_payload(p), p->marker, &p->info);
    if (source->dependency && p->payload_len > 0 &&
        rtp_extension(h, packet, dependency_id, &dependency))
        payload_dependency(p, source->dependency, dependency);
}

static void publish_level(struct up_connection *up, size_t i)
{
    stats_store(&up->report.stats->tracks[i].speech, audio_level_score(&up->sources[i]->level));
}

static void note_level(struct up_connection *up, struct up_source *source, uint8_t level)
{
    int32_t before = audio_level_score(&source->level);

    audio_level_packet(&source->level, level, up->transport->worker->now_us);
    if (audio_level_score(&source->level) != before)
        publish_level(up, index_of(up, source));
}

static void look_for_silence(struct up_connection *up, size_t i)
{
    audio_level_tick(&up->sources[i]->level, up->transport->worker->now_us);
    publish_level(up, i);
}

/* What publishers send besides media: repeats, and what finds out about their line. */
static void count_extra(struct worker *w, const struct rtp_header *h, bool is_rtx,
                        bool is_duplicate)
{
    if (h->payload_len == 0)
        worker_count(w, COUNT_EXTRA_PADDING, 1);
    else if (is_rtx)
        worker_count(w, is_duplicate ? COUNT_EXTRA_KNOWN : COUNT_EXTRA_REPAIR, 1);
}

void up_connection_rtp(struct up_connection *up, struct packet_slot **slot)
{
    struct worker *w = up->transport->worker;
    struct packet *p = &(*slot)->packet;
    struct span packet = span_of((*slot)->data, (*slot)->len);
    struct rtp_header h;
    struct wrapping in;
    uint64_t ext_seq = 0;

    if (!rate_guard_take(&up->guard, packet.len, w->now_us)) {
        worker_count(w, COUNT_DROP_RATE, 1);
        return;
    }
    if (rtp_parse(&h, packet) < 0) {
        worker_count(w, COUNT_DROP_SYNTAX, 1);
        return;
    }
    up_feedback_packet(&up->feedback, &h, packet);
    struct up_source *source = up_connection_find(up, h.ssrc);

    if (!source && up->plan)
        source = bind_source(up, &h, packet);
    if (!source) {
        worker_count(w, COUNT_DROP_SSRC, 1);
        return;
    }
    in.is_rtx = in.is_red = false;
    if (!open_packet(up, source, &h, packet, &in)) {
        worker_count(w, COUNT_DROP_SYNTAX, 1);
        return;
    }
    struct packet *known = packet_cache_find(&source->track->cache, h.seq);
    bool is_duplicate = known && known->rtp_ts == h.rtp_ts;

    count_extra(w, &h, in.is_rtx, is_duplicate);
    if (is_duplicate || (in.is_rtx && h.payload_len == 0)) {
        if (is_duplicate && !in.is_rtx && up_redundancy_came_late(source, known))
            reception_late(&source->reception, h.rtp_ts, packet.len, w->now_us);
        worker_count(w, COUNT_DROP_DUPLICATE, 1);
        return;
    }
    fill_packet(up, source, p, &h, packet, &in);
    p->is_repair = in.is_rtx || loss_was_asked(&source->loss, h.seq);
    p->arrival_us = w->now_us;
    enum reception_event event = reception_packet(&source->reception, h.seq, h.rtp_ts, packet.len,
                                                  p->is_repair, w->now_us, &ext_seq);

    if (event == RECEPTION_STRAY) {
        worker_count(w, COUNT_DROP_STRAY, 1);
        return;
    }
    if (event == RECEPTION_RESTART)
        loss_reset(&source->loss);
    p->ext_seq = source->ext_offset + ext_seq;
    up_source_watch_losses(source, p);
    if (p->has_audio_level && !p->is_repair)
        note_level(up, source, p->audio_level);
    if (p->payload_len > 0)
        layer_meter_add(&source->layers, &p->info, packet.len, w->now_us);
    if (source->track->kind == TRACK_AUDIO)
        up_redundancy_watch_mute(source, p, &in.red, up->is_muted);
    if (p->red_len && event == RECEPTION_NEWEST)
        up_redundancy_rebuild(source, p, &in.red);
    *slot = NULL;
    track_push(source->track, p);
}

bool up_connection_tick(struct up_connection *up, bool is_whole_second)
{
    for (size_t i = 0; i < up->n_sources; i++) {
        note_demand(up, i);
        look_for_silence(up, i);
    }
    up_report_layers(&up->report);
    if (is_whole_second)
        up_report_send(&up->report);
    return rate_guard_notice(&up->guard, up->transport->worker->now_us);
}
