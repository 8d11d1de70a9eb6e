#include "mediad/rtc/up_connection.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/router.h"

#define NACK_BATCH 128
/* An SSRC that was left returns only after this much silence: packets of it that come late, or of
 * two senders at once, must not throw the numbering to and fro. */
#define LEFT_SILENCE_US (2 * US_PER_S)

struct up_connection *up_connection_new(void)
{
    struct up_connection *up = calloc(1, sizeof *up);

    if (!up)
        return NULL;
    if (gnutls_rnd(GNUTLS_RND_NONCE, &up->ssrc, sizeof up->ssrc) < 0) {
        free(up);
        return NULL;
    }
    rate_guard_init(&up->guard, 0, 0);
    return up;
}

static void source_free(struct up_source *source)
{
    if (!source)
        return;
    if (source->track) {
        worker_count(source->pc->worker, COUNT_TRACKS, (uint64_t)-1);
        track_free(source->track);
    }
    timer_cancel(&source->nack_timer);
    free(source);
}

void up_connection_free(struct up_connection *up)
{
    if (!up)
        return;
    for (size_t i = 0; i < up->n_sources; i++)
        source_free(up->sources[i]);
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

/* ---- descriptions ---- */

static void send_nacks(struct timer *timer, int64_t now_us)
{
    struct up_source *source = CONTAINER_OF(timer, struct up_source, nack_timer);
    struct peer_connection *pc = source->pc;
    uint16_t seqs[NACK_BATCH];
    size_t n = loss_due(&source->loss, -1, now_us, seqs, NACK_BATCH);

    if (n > 0) {
        struct writer out = writer_init(send_batch_slot(&pc->worker->batch), DTLS_MTU);

        rtcp_write_rr(&out, pc->up->ssrc, NULL, 0);
        rtcp_write_nack(&out, pc->up->ssrc, source->ssrc, seqs, n);
        if (!out.bad)
            peer_connection_send_rtcp(pc, out.data, out.len);
    }
    int64_t next_us = loss_next_us(&source->loss);

    if (next_us != INT64_MAX)
        timer_wheel_set(&pc->worker->wheel, timer, next_us);
}

static struct up_source *source_new(struct peer_connection *pc, const struct up_target *target,
                                    const struct negotiated *plan)
{
    const struct up_section *section = &plan->sections[target->where.section];
    const struct up_codec *codec = &section->codecs[0];
    struct up_source *source = calloc(1, sizeof *source);
    bool is_video = section->kind == TRACK_VIDEO;

    if (!source)
        return NULL;
    source->pc = pc;
    source->track = track_new(pc->worker, target->track_id, pc->worker->index, codec->codec);
    if (!source->track) {
        free(source);
        return NULL;
    }
    worker_count(pc->worker, COUNT_TRACKS, 1);
    source->track->publisher = pc;
    source->nack_timer.fire = send_nacks;
    reception_init(&source->reception, source->track->clock_rate);
    timeline_track_init(&source->timeline, source->track->clock_rate);
    loss_init(&source->loss, !(codec->feedback & FEEDBACK_NACK) ? 0
                             : is_video                         ? LOSS_TRIES_VIDEO
                                                                : LOSS_TRIES_AUDIO);
    return source;
}

/* The numbering starts anew with another SSRC: extended numbers jump ahead by more than any gap. */
static void rebind(struct up_source *source, uint32_t ssrc)
{
    if (source->ssrc) {
        source->left[source->n_left % UP_LEFT_SSRCS].ssrc = source->ssrc;
        source->left[source->n_left++ % UP_LEFT_SSRCS].heard_us = source->pc->worker->now_us;
        source->ext_offset += (source->reception.highest_seq | 0xffff) + 0x10001;
        reception_init(&source->reception, source->track->clock_rate);
        loss_reset(&source->loss);
        /* the clock too: no reports to receivers before one of the new SSRC has come */
        timeline_track_init(&source->timeline, source->track->clock_rate);
        source->track->time.is_known = false;
        router_share_time(source->track);
    }
    source->ssrc = ssrc;
}

static void apply_section(struct up_source *source, const struct up_target *target,
                          const struct negotiated *plan)
{
    const struct up_section *section = &plan->sections[target->where.section];

    source->where = target->where;
    if (target->where.rid >= 0 || !section->ssrc || section->ssrc == source->signalled_ssrc)
        return; /* nothing new: packets may have told of another SSRC since */
    source->signalled_ssrc = section->ssrc;
    if (source->ssrc != section->ssrc)
        rebind(source, section->ssrc);
    source->rtx_ssrc = section->rtx_ssrc;
}

static struct up_source *take_source(struct up_connection *up, uint64_t track_id)
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

int up_connection_update(struct peer_connection *pc, struct connection_update *u)
{
    struct up_connection *up = pc->up;
    struct up_source *sources[TRACKS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < u->n_up; i++) {
        struct up_source *source = take_source(up, u->up_targets[i].track_id);

        if (!source)
            source = source_new(pc, &u->up_targets[i], u->up);
        if (!source)
            continue; /* out of memory: this track does not flow, the others do */
        apply_section(source, &u->up_targets[i], u->up);
        source->track->publisher_index = (unsigned)n;
        sources[n++] = source;
    }
    for (size_t i = 0; i < up->n_sources; i++)
        source_free(up->sources[i]);
    memcpy(up->sources, sources, n * sizeof *sources);
    up->n_sources = n;
    negotiated_free(up->plan);
    up->plan = u->up;
    u->up = NULL;
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

static bool is_left(struct up_source *source, uint32_t ssrc, int64_t now_us)
{
    for (unsigned i = 0; i < UP_LEFT_SSRCS; i++) {
        if (source->left[i].ssrc != ssrc)
            continue;
        int64_t silent_us = now_us - source->left[i].heard_us;

        source->left[i].heard_us = now_us;
        return silent_us < LEFT_SILENCE_US;
    }
    return false;
}

/* A new SSRC: of a track without one, or of a publisher that began anew. Within a section the rid
 * tells tracks apart (RFC 8852). */
static struct up_source *bind_source(struct up_connection *up, const struct rtp_header *h,
                                     struct span packet)
{
    const struct up_section *section = section_of_packet(up, h, packet);
    bool is_rtx = false;

    if (!section || !up_section_by_pt(section, h->pt, &is_rtx))
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
        else if (is_left(source, h->ssrc, source->pc->worker->now_us))
            return NULL;
        else
            rebind(source, h->ssrc);
        return source;
    }
    return NULL;
}

/* The codec of a packet; a retransmission becomes its original. */
static bool open_packet(struct up_connection *up, struct up_source *source, struct rtp_header *h,
                        struct span packet, bool *is_rtx)
{
    const struct up_codec *codec = up_section_by_pt(section_of(up, source), h->pt, is_rtx);

    if (!codec || codec->codec != source->track->codec)
        return false;
    return !*is_rtx || rtp_rtx_unwrap(h, packet, source->ssrc, codec->pt) == 0;
}

static void fill_packet(struct up_connection *up, struct up_source *source, struct packet *p,
                        const struct rtp_header *h, struct span packet)
{
    uint8_t level_id = section_of(up, source)->ext_ids[HEADER_EXT_AUDIO_LEVEL];
    struct span level;

    p->len = (uint16_t)packet.len;
    p->seq = h->seq;
    p->rtp_ts = h->rtp_ts;
    p->ssrc = h->ssrc;
    p->pt = h->pt;
    p->marker = h->marker;
    p->payload_at = h->payload_at;
    p->payload_len = h->payload_len;
    p->has_audio_level = level_id && rtp_extension(h, packet, level_id, &level) && level.len == 1;
    p->audio_level = p->has_audio_level ? level.data[0] : 0;
    memset(&p->info, 0, sizeof p->info);
    if (source->track->kind == TRACK_VIDEO && p->payload_len > 0)
        /* a payload that does not fit its codec is passed on as one of which nothing is known */
        (void)!payload_parse(source->track->codec, packet_payload(p), p->marker, &p->info);
}

static void watch_losses(struct up_source *source, const struct packet *p, enum loss_event event)
{
    struct worker *w = source->pc->worker;

    if (event == LOSS_OVERFLOW)
        track_want_keyframe(source->track, false);
    if (p->info.keyframe == KEYFRAME_YES)
        loss_keyframe(&source->loss, p->seq);
    if (!source->loss.n_missing)
        return;
    int64_t next_us = loss_next_us(&source->loss);

    if (next_us != INT64_MAX &&
        (!timer_is_running(&source->nack_timer) || next_us < source->nack_timer.due_us))
        timer_wheel_set(&w->wheel, &source->nack_timer, next_us);
}

void up_connection_rtp(struct peer_connection *pc, struct slot **slot)
{
    struct up_connection *up = pc->up;
    struct worker *w = pc->worker;
    struct packet *p = &(*slot)->packet;
    struct span packet = span_of((*slot)->data, (*slot)->len);
    struct rtp_header h;
    bool is_rtx = false;
    uint64_t ext_seq = 0;

    if (!rate_guard_take(&up->guard, packet.len, w->now_us)) {
        worker_count(w, COUNT_DROP_RATE, 1);
        return;
    }
    if (rtp_parse(&h, packet) < 0) {
        worker_count(w, COUNT_DROP_SYNTAX, 1);
        return;
    }
    struct up_source *source = up_connection_find(up, h.ssrc);

    if (!source && up->plan)
        source = bind_source(up, &h, packet);
    if (!source) {
        worker_count(w, COUNT_DROP_SSRC, 1);
        return;
    }
    if (!open_packet(up, source, &h, packet, &is_rtx)) {
        worker_count(w, COUNT_DROP_SYNTAX, 1);
        return;
    }
    struct packet *known = packet_cache_find(&source->track->cache, h.seq);

    if ((known && known->rtp_ts == h.rtp_ts) || (is_rtx && h.payload_len == 0)) {
        worker_count(w, COUNT_DROP_DUPLICATE, 1);
        return;
    }
    fill_packet(up, source, p, &h, packet);
    p->is_repair = is_rtx || loss_was_asked(&source->loss, h.seq);
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
    watch_losses(source, p, loss_packet(&source->loss, h.seq, w->now_us));
    *slot = NULL;
    track_push(source->track, p);
}
