#include "mediad/rtc/down_connection.h"

#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/down_source.h"

struct down_connection *down_connection_new(struct connection_stats *stats)
{
    struct down_connection *down = calloc(1, sizeof *down);

    if (!down)
        return NULL;
    down->estimate_bps = -1;
    down->stats = stats;
    return down;
}

void down_connection_free(struct down_connection *down)
{
    if (!down)
        return;
    for (size_t i = 0; i < down->n_tracks; i++)
        down_track_free(down->tracks[i]);
    connection_stats_unref(down->published);
    free(down);
}

size_t down_connection_size(const struct down_connection *down)
{
    size_t size = sizeof *down;

    for (size_t i = 0; i < down->n_tracks; i++)
        size += down_track_size(down->tracks[i]);
    return size;
}

struct down_track *down_connection_video(const struct down_connection *down)
{
    for (size_t i = 0; i < down->n_tracks; i++) {
        if (down->tracks[i]->sender.is_video)
            return down->tracks[i];
    }
    return NULL;
}

struct down_track *down_connection_find(struct down_connection *down, uint32_t ssrc)
{
    for (size_t i = 0; ssrc && i < down->n_tracks; i++) {
        if (down->tracks[i]->sender.ssrc == ssrc || down->tracks[i]->sender.rtx_ssrc == ssrc)
            return down->tracks[i];
    }
    return NULL;
}

void down_connection_start(struct down_connection *down, struct peer_transport *transport,
                           const struct down_connection_events *events, void *user)
{
    down->transport = transport;
    down->events = events;
    down->user = user;
}

void down_connection_wish(struct down_connection *down, const struct allocate_wish *wish)
{
    down->wish = *wish;
}

/* ---- descriptions ---- */

static struct down_track *unlink_track(struct down_connection *down, unsigned section)
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

int down_connection_update(struct down_connection *down, struct connection_update *u)
{
    struct down_track *tracks[TRACKS_MAX];
    size_t n = 0;

    down->wish = u->wish;
    if (u->published) { /* a player's may be another's than before */
        connection_stats_unref(down->published);
        down->published = u->published;
        u->published = NULL;
    }
    for (size_t i = 0; i < u->n_down; i++) {
        const struct down_target *target = &u->down_targets[i];
        struct down_track *t = unlink_track(down, target->section);

        if (t && t->target.codec != target->codec) {
            down_track_free(t);
            t = NULL;
        }
        if (t)
            down_source_retarget(t, target);
        else
            t = down_track_new(down->transport, target);
        if (t)
            tracks[n++] = t;
    }
    for (size_t i = 0; i < down->n_tracks; i++)
        down_track_free(down->tracks[i]);
    memcpy(down->tracks, tracks, n * sizeof *tracks);
    down->n_tracks = n;
    if (down->is_flowing)
        down_connection_flow(down);
    return n == u->n_down ? 0 : ERR_NO_MEMORY;
}

void down_connection_flow(struct down_connection *down)
{
    down->is_flowing = true;
    for (size_t i = 0; i < down->n_tracks; i++) {
        struct down_track *t = down->tracks[i];

        /* until the line is divided everything flows, from the last keyframe on */
        if (down->wish.is_unwanted && t->sender.is_video && !t->has_sent)
            t->choice.is_paused = true;
        down_source_subscribe(t);
    }
}

/* ---- reports ---- */

static void publish_allocation(const struct down_track *t, struct track_stats *stats)
{
    const struct allocate_video *v = &t->video;

    stats_store(&stats->layer, v->layer);
    stats_store(&stats->n_layers, v->n_layers);
    stats_store(&stats->target_bps, v->bps == INT64_MAX ? -1 : v->bps);
    stats_store(&stats->reason, t->sender.is_video && v->state.has_state ? v->reason : -1);
}

static void publish_stats(struct down_connection *down)
{
    int64_t now_us = down->transport->worker->now_us;

    for (size_t i = 0; i < down->n_tracks; i++) {
        struct down_track *t = down->tracks[i];
        struct track_stats *stats = &down->stats->tracks[i];

        rate_meter_tick(&t->sender.rate, now_us);
        resend_fit(&t->resend, t->sender.rate.packets_per_s);
        stats_store(&stats->bitrate_bps, (int64_t)t->sender.rate.rate_bps);
        stats_store(&stats->max_bitrate_bps, t->sender.is_video ? down->estimate_bps : -1);
        stats_store(&stats->loss_ppm, t->loss_ppm);
        stats_store(&stats->rtt_us, t->rtt_us);
        stats_store(&stats->jitter_us, t->jitter_us);
        stats_store(&stats->kind, t->sender.is_video ? TRACK_VIDEO : TRACK_AUDIO);
        publish_allocation(t, stats);
    }
    sent_history_fit(&down->transport->sent);
    atomic_store_explicit(&down->stats->n_tracks, (unsigned)down->n_tracks, memory_order_relaxed);
    stats_store(&down->stats->max_bitrate_bps, down->estimate_bps);
}

void down_connection_tick(struct down_connection *down, bool is_whole_second)
{
    if (is_whole_second)
        publish_stats(down);
    for (size_t i = 0; i < down->n_tracks; i++) {
        down_track_report(down->tracks[i]);
        if (down->is_flowing)
            down_source_subscribe(down->tracks[i]);
    }
}
