#include "mediad/rtc/down_connection.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/now.h"
#include "mediad/rtc/router.h"

#define REMB_AGE_MAX_US INT64_C(30000000)
/* A video track that sends nothing for this long is silent. */
#define SILENCE_US US_PER_S
/* A keyframe waits for room on a receiver's line, but not for ever. */
#define KEYFRAME_OWED_MAX_US (3 * US_PER_S)

struct down_connection *down_connection_new(void)
{
    struct down_connection *down = calloc(1, sizeof *down);

    if (down)
        down->remb_bps = -1;
    return down;
}

static void down_track_free(struct down_track *t)
{
    if (!t)
        return;
    router_unsubscribe(&t->next);
    router_unsubscribe(&t->current);
    resend_release(&t->resend);
    free(t);
}

void down_connection_free(struct down_connection *down)
{
    if (!down)
        return;
    for (size_t i = 0; i < down->n_tracks; i++)
        down_track_free(down->tracks[i]);
    free(down);
}

size_t down_connection_size(const struct down_connection *down)
{
    size_t size = sizeof *down;

    for (size_t i = 0; i < down->n_tracks; i++)
        size += sizeof *down->tracks[i] + resend_size(&down->tracks[i]->resend);
    return size;
}

struct down_track *down_connection_find(struct down_connection *down, uint32_t ssrc)
{
    for (size_t i = 0; ssrc && i < down->n_tracks; i++) {
        if (down->tracks[i]->target.ssrc == ssrc || down->tracks[i]->target.rtx_ssrc == ssrc)
            return down->tracks[i];
    }
    return NULL;
}

/* ---- descriptions ---- */

static struct down_track *down_track_new(struct peer_connection *pc,
                                         const struct down_target *target)
{
    struct down_track *t = calloc(1, sizeof *t);
    uint16_t random[2];

    if (!t)
        return NULL;
    t->is_video = codec_info(target->codec)->kind == TRACK_VIDEO;
    if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) < 0 ||
        resend_init(&t->resend, t->is_video ? RESEND_VIDEO : RESEND_AUDIO) < 0) {
        free(t);
        return NULL;
    }
    t->pc = pc;
    t->target = *target;
    t->current.receiver = t;
    t->next.receiver = t;
    t->has_mid = true;
    t->rtt_us = -1;
    t->jitter_us = -1;
    seq_map_init(&t->map, random[0] & 0x7fff);
    t->rtx_seq = random[1] & 0x7fff;
    layer_init(&t->layer, target->is_lowest_only);
    return t;
}

static struct down_track *take_track(struct down_connection *down, unsigned section)
{
    for (size_t i = 0; i < down->n_tracks; i++) {
        struct down_track *t = down->tracks[i];

        if (t && t->target.section == section) {
            down->tracks[i] = NULL;
            return t;
        }
    }
    return NULL;
}

static void subscribe(struct down_track *t)
{
    if (t->current.track)
        return;
    router_subscribe(t->pc->worker, &t->current, &t->target);
    t->opened_us = t->pc->worker->now_us;
    receive_rate_start(&t->receive_rate, t->sent_bytes, t->opened_us);
}

static void subscribe_next(struct down_track *t, const struct down_target *target,
                           uint64_t track_id)
{
    t->next_target = *target;
    t->next_target.track_id = track_id;
    t->next_since_us = t->pc->worker->now_us;
    router_subscribe(t->pc->worker, &t->next, &t->next_target);
}

/* Another rid of the same picture takes the place of one that is silent, until that one flows
 * again. */
static void look_for_stand_in(struct down_track *t)
{
    int64_t flowed_us = t->last_us > t->opened_us ? t->last_us : t->opened_us;
    bool is_silent = t->pc->worker->now_us - flowed_us > SILENCE_US;

    switch (t->stand_in) {
    case STAND_IN_NONE:
        if (!is_silent || !t->target.stand_in_id || !t->current.track || t->next.track)
            return;
        t->stand_in = STAND_IN_SOUGHT;
        subscribe_next(t, &t->target, t->target.stand_in_id);
        return;
    case STAND_IN_SOUGHT:
        if (is_silent)
            return;
        t->stand_in = STAND_IN_NONE;
        router_unsubscribe(&t->next);
        return;
    case STAND_IN_ACTIVE:
        if (!t->next.track)
            subscribe_next(t, &t->target, t->next_target.track_id);
        return;
    }
}

/* Same section, perhaps another source: the old one flows until the new one has a keyframe. */
static void retarget(struct down_track *t, const struct down_target *target)
{
    bool is_same_source = t->target.track_id == target->track_id;
    bool is_same_wish =
        t->stand_in == STAND_IN_ACTIVE && t->next_target.track_id == target->track_id;
    struct down_target old = t->target;

    layer_want(&t->layer, target->is_lowest_only);
    t->target = *target;
    if (is_same_wish) {
        t->target.track_id = old.track_id;
        return;
    }
    t->stand_in = STAND_IN_NONE;
    router_unsubscribe(&t->next);
    if (is_same_source)
        return;
    if (!t->is_video || !t->current.track) {
        router_unsubscribe(&t->current);
        resend_clear(&t->resend);
        t->last_ext_seq = 0; /* whatever comes next restarts the numbers */
        return;
    }
    t->target.track_id = old.track_id;
    t->target.owner = old.owner;
    subscribe_next(t, target, target->track_id);
}

int down_connection_update(struct peer_connection *pc, struct connection_update *u)
{
    struct down_connection *down = pc->down;
    struct down_track *tracks[TRACKS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < u->n_down; i++) {
        const struct down_target *target = &u->down_targets[i];
        struct down_track *t = take_track(down, target->section);

        if (t && t->target.codec != target->codec) {
            down_track_free(t);
            t = NULL;
        }
        if (t)
            retarget(t, target);
        else
            t = down_track_new(pc, target);
        if (t)
            tracks[n++] = t;
    }
    for (size_t i = 0; i < down->n_tracks; i++)
        down_track_free(down->tracks[i]);
    memcpy(down->tracks, tracks, n * sizeof *tracks);
    down->n_tracks = n;
    if (down->is_flowing)
        down_connection_start(pc);
    return n == u->n_down ? 0 : ERR_NO_MEMORY;
}

void down_connection_start(struct peer_connection *pc)
{
    pc->down->is_flowing = true;
    for (size_t i = 0; i < pc->down->n_tracks; i++)
        subscribe(pc->down->tracks[i]);
}

/* ---- reports ---- */

static void store(atomic_int_fast64_t *at, int64_t value)
{
    atomic_store_explicit(at, value, memory_order_relaxed);
}

static void publish_stats(struct peer_connection *pc)
{
    struct down_connection *down = pc->down;

    if (pc->worker->now_us - down->remb_us > REMB_AGE_MAX_US)
        down->remb_bps = -1;
    for (size_t i = 0; i < down->n_tracks; i++) {
        struct down_track *t = down->tracks[i];
        struct track_stats *stats = &pc->stats->tracks[i];

        rate_meter_tick(&t->rate, pc->worker->now_us);
        store(&stats->bitrate_bps, (int64_t)t->rate.rate_bps);
        store(&stats->max_bitrate_bps, t->is_video ? down->remb_bps : -1);
        store(&stats->loss_ppm, t->loss_ppm);
        store(&stats->rtt_us, t->rtt_us);
        store(&stats->jitter_us, t->jitter_us);
    }
    atomic_store_explicit(&pc->stats->n_tracks, (unsigned)down->n_tracks, memory_order_relaxed);
    store(&pc->stats->max_bitrate_bps, down->remb_bps);
}

static struct span cname_of(const struct down_track *t)
{
    const struct track *track = t->current.track;

    return track && track->cname.len ? track->cname : span_str(t->target.cname);
}

void down_connection_report(struct peer_connection *pc)
{
    struct worker *w = pc->worker;
    uint64_t ntp = rtcp_ntp(w->now_us + w->realtime_offset_us);

    if (!peer_connection_path(pc))
        return;
    for (size_t i = 0; i < pc->down->n_tracks; i++) {
        struct down_track *t = pc->down->tracks[i];
        uint32_t rtp_ts;

        if (!t->has_sent || !t->current.track ||
            !track_rtp_at(t->current.track, w->now_us, &rtp_ts))
            continue;
        struct writer out = writer_init(send_batch_slot(&w->batch), DTLS_MTU);

        rtcp_write_sr(&out, t->target.ssrc, ntp, rtp_ts + t->ts_offset, t->n_packets, t->n_bytes);
        rtcp_write_sdes(&out, t->target.ssrc, cname_of(t));
        if (!out.bad)
            peer_connection_send_rtcp(pc, out.data, out.len);
    }
}

bool down_track_is_congested(const struct down_track *t)
{
    return t->is_video && receive_rate_is_exceeded(&t->receive_rate, (int64_t)t->rate.rate_bps,
                                                   t->pc->worker->now_us);
}

void down_track_want_keyframe(struct down_track *t)
{
    int64_t now_us = t->pc->worker->now_us;

    if (down_track_is_congested(t)) {
        if (!t->keyframe_owed_us)
            t->keyframe_owed_us = now_us;
        if (now_us - t->keyframe_owed_us < KEYFRAME_OWED_MAX_US)
            return;
    }
    t->keyframe_owed_us = 0;
    if (t->current.track && track_want_keyframe(t->current.track, true))
        down_track_repeat_keyframe(t);
}

void down_connection_tick(struct peer_connection *pc)
{
    if (pc->n_ticks % 2 == 0)
        publish_stats(pc);
    down_connection_report(pc);
    if (!pc->down->is_flowing)
        return;
    /* a track whose publisher was not there yet, or came back */
    for (size_t i = 0; i < pc->down->n_tracks; i++) {
        struct down_track *t = pc->down->tracks[i];

        subscribe(t);
        if (t->is_video)
            look_for_stand_in(t);
        if (t->keyframe_owed_us)
            down_track_want_keyframe(t);
    }
}
