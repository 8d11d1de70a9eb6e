#include "mediad/rtc/media_stream.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/now.h"
#include "mediad/rtc/candidate.h"
#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/ice_text.h"
#include "mediad/rtc/media_mail.h"
#include "mediad/rtc/media_state.h"
#include "mediad/rtc/peer_connection.h"
#include "mediad/rtc/published_video.h"

int media_stream_new_credentials(struct media_stream *s, struct ice_credentials *out)
{
    uint8_t random[DEMUX_UFRAG_RANDOM + ICE_PWD_LEN];

    if (gnutls_rnd(GNUTLS_RND_RANDOM, random, sizeof random) < 0)
        return ERR_CRYPTO;
    demux_make_ufrag(out->ufrag, s->placed.worker, random);
    ice_text_make(out->pwd, random + DEMUX_UFRAG_RANDOM, ICE_PWD_LEN);
    explicit_bzero(random, sizeof random);
    return 0;
}

static int fill_names(struct media_stream *s, const struct stream_names *names)
{
    s->group = strdup(names->group ? names->group : "");
    s->client = strdup(names->client ? names->client : "");
    s->stream = strdup(names->stream ? names->stream : "");
    s->stats = connection_stats_new();
    return s->group && s->client && s->stream && s->stats ? 0 : ERR_NO_MEMORY;
}

static void free_names(struct media_stream *s)
{
    connection_stats_unref(s->stats);
    free(s->group);
    free(s->client);
    free(s->stream);
}

static int choose_worker(struct media_stream *s)
{
    struct media *m = s->media;
    const struct placement_request request = {
        .group = s->group, .client_id = s->client_id, .is_up = s->is_up};
    unsigned busy_permille[WORKERS_MAX];

    for (unsigned i = 0; i < m->n_workers; i++)
        busy_permille[i] = atomic_load_explicit(&m->workers[i].busy_permille, memory_order_relaxed);
    return placement_add(&m->placement, &request, busy_permille, &s->placed);
}

int media_stream_init(struct media_stream *s, struct media *m, bool is_up,
                      const struct stream_names *names, void *user)
{
    *s = (struct media_stream){.media = m,
                               .is_up = is_up,
                               .user = user,
                               .id = ++m->last_id,
                               .client_id = names->client_id};
    int r = fill_names(s, names);

    if (r == 0)
        r = choose_worker(s);
    if (r == 0 && gnutls_rnd(GNUTLS_RND_NONCE, &s->session_id, sizeof s->session_id) < 0)
        r = ERR_CRYPTO;
    if (r == 0)
        r = fixed_table_set(&m->streams, &s->id, s);
    if (r < 0) {
        placement_remove(&m->placement, &s->placed);
        free_names(s);
        return r;
    }
    s->session_id &= INT64_MAX;
    s->session_version = (uint64_t)(now_realtime_us() / US_PER_S);
    return 0;
}

void media_stream_release(struct media_stream *s)
{
    struct media *m = s->media;

    fixed_table_remove(&m->streams, &s->id);
    steering_forget(&m->steering, s->id);
    if (s->is_added) {
        struct mail mail = {.kind = MAIL_CLOSE, .id = s->id};

        /* without memory to keep it waiting, the connection ends when its peer stops checking */
        (void)!media_mail_post(m, s->placed.worker, &mail);
    }
    placement_remove(&m->placement, &s->placed);
    free_names(s);
    explicit_bzero(&s->local, sizeof s->local);
}

static int add_connection(struct media_stream *s)
{
    struct connection_stats *stats = connection_stats_ref(s->stats);
    struct peer_connection *pc = peer_connection_new(s->id, s->client_id, s->is_up, stats);
    struct mail mail = {.kind = MAIL_ADD, .id = s->id, .pointer = pc};

    if (!pc) {
        connection_stats_unref(stats);
        return ERR_NO_MEMORY;
    }
    if (media_mail_post(s->media, s->placed.worker, &mail) < 0) {
        peer_connection_free(pc);
        return ERR_NO_MEMORY;
    }
    s->is_added = true;
    return 0;
}

int media_stream_post(struct media_stream *s, struct connection_update *u)
{
    struct mail mail = {.kind = MAIL_UPDATE, .id = s->id, .pointer = u};
    int r = s->is_added ? 0 : add_connection(s);

    if (r == 0)
        r = media_mail_post(s->media, s->placed.worker, &mail);
    if (r < 0)
        connection_update_free(u);
    return r;
}

struct local_transport media_stream_transport(const struct media_stream *s,
                                              const struct ice_credentials *local)
{
    return (struct local_transport){
        .session_id = s->session_id,
        .session_version = s->session_version,
        .ufrag = local->ufrag,
        .pwd = local->pwd,
        .fingerprint = dtls_identity_fingerprint(s->media->identity),
        .is_ice_lite = true,
        .candidates = s->media->candidates,
        .n_candidates = s->media->n_candidates,
        .has_end_of_candidates = true,
    };
}

int media_stream_candidate(struct media_stream *s, struct span candidate, struct error *e)
{
    struct candidate parsed;
    struct net_address relay;
    int r = candidate.len ? candidate_parse(&parsed, candidate, e) : 0;

    if (r < 0 || !candidate.len || parsed.type != CANDIDATE_RELAY ||
        !net_address_parse(&relay, parsed.address))
        return r;
    relay.port = parsed.port;
    s->relays[s->n_relays++ % MEDIA_STREAM_RELAYS] = net_address_fingerprint(&relay);
    return 0;
}

/* ---- statistics ---- */

/* @return NULL: there is no such track */
static const struct track_stats *track_of(const struct media_stream *s, unsigned track)
{
    return track < TRACKS_MAX &&
                   track < atomic_load_explicit(&s->stats->n_tracks, memory_order_relaxed)
               ? &s->stats->tracks[track]
               : NULL;
}

static bool read_allocation(const struct track_stats *t, struct down_allocation *out)
{
    int64_t layer = stats_load(&t->layer), reason = stats_load(&t->reason);

    *out = (struct down_allocation){.is_paused = layer < 0,
                                    .layer = layer < 0 ? 0 : (uint8_t)layer,
                                    .n_layers = (uint8_t)stats_load(&t->n_layers),
                                    .reason = (uint8_t)reason,
                                    .bps = stats_load(&t->target_bps)};
    return reason >= 0;
}

bool media_stream_allocation(const struct media_stream *s, unsigned track,
                             struct down_allocation *out)
{
    const struct track_stats *t = track_of(s, track);

    return t && read_allocation(t, out);
}

static void add_allocation(struct json_object *out, const struct track_stats *t)
{
    struct down_allocation a;

    if (!read_allocation(t, &a))
        return;
    json_object_object_add(out, "state", json_object_new_string(down_allocation_state(&a)));
    if (down_allocation_reason(&a))
        json_object_object_add(out, "reason", json_object_new_string(down_allocation_reason(&a)));
    if (!a.is_paused)
        json_object_object_add(out, "layer", json_object_new_int64(a.layer));
    json_object_object_add(out, "layers", json_object_new_int64(a.n_layers));
    if (a.bps >= 0)
        json_object_object_add(out, "target", json_object_new_int64(a.bps));
}

bool media_stream_published(const struct media_stream *s, unsigned track,
                            struct published_video *out)
{
    const struct track_stats *t = track_of(s, track);

    return t && published_video_read(t, out);
}

static void add_published(struct json_object *out, const struct track_stats *t)
{
    struct published_video v;

    if (!published_video_read(t, &v))
        return;
    json_object_object_add(out, "state", json_object_new_string(published_state_word(v.state)));
    if (v.told_bps >= 0)
        json_object_object_add(out, "target", json_object_new_int64(v.told_bps));
}

static struct json_object *track_json(const struct track_stats *t, bool is_up)
{
    struct json_object *out = json_object_new_object();
    int64_t max_bps = stats_load(&t->max_bitrate_bps), rtt_us = stats_load(&t->rtt_us),
            jitter_us = stats_load(&t->jitter_us);

    if (!out)
        return NULL;
    json_object_object_add(
        out, "kind",
        json_object_new_string(stats_load(&t->kind) == TRACK_VIDEO ? "video" : "audio"));
    json_object_object_add(out, "bitrate", json_object_new_int64(stats_load(&t->bitrate_bps)));
    if (max_bps >= 0)
        json_object_object_add(out, "maxBitrate", json_object_new_int64(max_bps));
    json_object_object_add(out, "loss",
                           json_object_new_double((double)stats_load(&t->loss_ppm) / 1e6));
    if (rtt_us >= 0)
        json_object_object_add(out, "rtt", json_object_new_double((double)rtt_us / 1e3));
    if (jitter_us >= 0)
        json_object_object_add(out, "jitter", json_object_new_double((double)jitter_us / 1e3));
    if (is_up)
        add_published(out, t);
    else
        add_allocation(out, t);
    return out;
}

static enum stream_path path_of(const struct media_stream *s)
{
    uint64_t remote = atomic_load_explicit(&s->stats->remote, memory_order_relaxed);

    for (unsigned i = 0; remote && i < MEDIA_STREAM_RELAYS; i++) {
        if (s->relays[i] == remote)
            return STREAM_PATH_RELAY;
    }
    return !remote ? STREAM_PATH_NONE : remote & 1 ? STREAM_PATH_TCP : STREAM_PATH_UDP;
}

static void add_track_quality(const struct track_stats *t, struct stream_quality *sum)
{
    int64_t loss_ppm = stats_load(&t->loss_ppm), rtt_us = stats_load(&t->rtt_us),
            height = stats_load(&t->height);
    int64_t jitter_us = stats_load(&t->jitter_us);
    struct down_allocation a;

    sum->bps += stats_load(&t->bitrate_bps);
    if (loss_ppm > sum->loss_ppm)
        sum->loss_ppm = loss_ppm;
    if (rtt_us > sum->rtt_us)
        sum->rtt_us = rtt_us;
    if (jitter_us > sum->jitter_us)
        sum->jitter_us = jitter_us;
    if (height > sum->height)
        sum->height = (unsigned)height;
    if (!read_allocation(t, &a) || a.reason != ALLOCATE_BANDWIDTH)
        return;
    sum->n_paused += a.is_paused;
    sum->n_reduced += !a.is_paused;
}

struct up_received media_stream_received(const struct media_stream *s, enum track_kind kind)
{
    unsigned n = atomic_load_explicit(&s->stats->n_tracks, memory_order_relaxed);
    struct up_received sum = {0};

    for (unsigned i = 0; i < n && i < TRACKS_MAX; i++) {
        const struct track_stats *t = &s->stats->tracks[i];

        if (stats_load(&t->kind) != (int64_t)kind)
            continue;
        sum.packets += stats_load(&t->n_packets);
        sum.lost += stats_load(&t->n_lost);
        sum.bytes += stats_load(&t->n_bytes);
        sum.bps += stats_load(&t->bitrate_bps);
    }
    return sum;
}

void media_stream_quality(const struct media_stream *s, struct stream_quality *sum)
{
    unsigned n = atomic_load_explicit(&s->stats->n_tracks, memory_order_relaxed);
    int64_t line_bps = stats_load(&s->stats->max_bitrate_bps);
    enum stream_path path = path_of(s);

    for (unsigned i = 0; i < n && i < TRACKS_MAX; i++)
        add_track_quality(&s->stats->tracks[i], sum);
    if (line_bps > sum->line_bps)
        sum->line_bps = line_bps;
    if (path > sum->path)
        sum->path = path;
}

struct json_object *media_stream_stats(const struct media_stream *s)
{
    struct json_object *out = json_object_new_object();
    struct json_object *tracks = json_object_new_array();
    unsigned n = atomic_load_explicit(&s->stats->n_tracks, memory_order_relaxed);
    int64_t max_bps = stats_load(&s->stats->max_bitrate_bps);

    if (!out || !tracks) {
        json_object_put(out);
        json_object_put(tracks);
        return NULL;
    }
    if (max_bps >= 0)
        json_object_object_add(out, "maxBitrate", json_object_new_int64(max_bps));
    for (unsigned i = 0; i < n && i < TRACKS_MAX; i++)
        json_object_array_add(tracks, track_json(&s->stats->tracks[i], s->is_up));
    json_object_object_add(out, "tracks", tracks);
    return out;
}
