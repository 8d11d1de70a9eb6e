#include "mediad/rtc/media_stream.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/now.h"
#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/media_internal.h"
#include "mediad/rtc/peer_connection.h"

/* ---- placement ---- */

#define BUSY_PERMILLE 600

static unsigned busy_permille(struct media *m, unsigned worker)
{
    return atomic_load_explicit(&m->workers[worker].busy_permille, memory_order_relaxed);
}

static unsigned least_loaded(struct media *m)
{
    unsigned best = 0;

    for (unsigned i = 1; i < m->n_workers; i++) {
        unsigned mine = busy_permille(m, i) / 100, its = busy_permille(m, best) / 100;

        if (mine < its || (mine == its && m->n_assigned[i] < m->n_assigned[best]))
            best = i;
    }
    return best;
}

static struct group_home *home_join(struct media *m, const char *group)
{
    struct group_home *home = m->homes;

    while (home && strcmp(home->name, group) != 0)
        home = home->next;
    if (!home) {
        home = calloc(1, sizeof *home);
        if (!home)
            return NULL;
        home->name = strdup(group);
        if (!home->name) {
            free(home);
            return NULL;
        }
        home->worker = least_loaded(m);
        home->next = m->homes;
        m->homes = home;
    }
    home->n_streams++;
    return home;
}

static void home_leave(struct media *m, struct group_home *home)
{
    struct group_home **at = &m->homes;

    if (!home || --home->n_streams)
        return;
    while (*at != home)
        at = &(*at)->next;
    *at = home->next;
    free(home->name);
    free(home);
}

/* ---- what up and down streams share ---- */

static int random_letters(char *out, size_t len)
{
    static const char letters[65] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t random[ICE_PWD_LEN];

    if (gnutls_rnd(GNUTLS_RND_RANDOM, random, len) < 0)
        return ERR_CRYPTO;
    for (size_t i = 0; i < len; i++)
        out[i] = letters[random[i] % 64];
    out[len] = '\0';
    return 0;
}

int media_stream_new_credentials(struct media_stream *s, struct ice_credentials *out)
{
    uint8_t random[DEMUX_UFRAG_RANDOM];

    if (gnutls_rnd(GNUTLS_RND_RANDOM, random, sizeof random) < 0)
        return ERR_CRYPTO;
    demux_make_ufrag(out->ufrag, s->worker, random);
    return random_letters(out->pwd, ICE_PWD_LEN);
}

static int fill_names(struct media_stream *s, const struct stream_names *names)
{
    s->group = strdup(names->group ? names->group : "");
    s->client = strdup(names->client ? names->client : "");
    s->stream = strdup(names->stream ? names->stream : "");
    s->stats = connection_stats_new();
    s->home = home_join(s->media, names->group ? names->group : "");
    return s->group && s->client && s->stream && s->stats && s->home ? 0 : ERR_NO_MEMORY;
}

static void free_names(struct media_stream *s)
{
    home_leave(s->media, s->home);
    connection_stats_unref(s->stats);
    free(s->group);
    free(s->client);
    free(s->stream);
}

int media_stream_init(struct media_stream *s, struct media *m, bool is_up,
                      const struct stream_names *names, void *user)
{
    *s = (struct media_stream){.media = m, .is_up = is_up, .user = user, .id = ++m->last_id};
    int r = fill_names(s, names);

    if (r == 0 && gnutls_rnd(GNUTLS_RND_NONCE, &s->session_id, sizeof s->session_id) < 0)
        r = ERR_CRYPTO;
    if (r == 0)
        r = fixed_table_set(&m->streams, &s->id, s);
    if (r < 0) {
        free_names(s);
        return r;
    }
    s->session_id &= INT64_MAX;
    s->session_version = (uint64_t)(now_realtime_us() / US_PER_S);
    /* publishers stay together; receivers of a busy group spread */
    s->worker = s->home->worker;
    if (!is_up && busy_permille(m, s->worker) >= BUSY_PERMILLE)
        s->worker = least_loaded(m);
    m->n_assigned[s->worker]++;
    return 0;
}

void media_stream_release(struct media_stream *s)
{
    struct media *m = s->media;

    fixed_table_remove(&m->streams, &s->id);
    m->n_assigned[s->worker]--;
    if (s->is_added) {
        struct mail mail = {.kind = MAIL_CLOSE, .id = s->id};

        /* without memory to keep it waiting, the connection ends when its peer stops checking */
        (void)!media_post(m, s->worker, &mail);
    }
    free_names(s);
    explicit_bzero(&s->local, sizeof s->local);
}

static int add_connection(struct media_stream *s)
{
    struct connection_stats *stats = connection_stats_ref(s->stats);
    struct peer_connection *pc = peer_connection_new(s->id, s->is_up, stats);
    struct mail mail = {.kind = MAIL_ADD, .id = s->id, .pointer = pc};

    if (!pc) {
        connection_stats_unref(stats);
        return ERR_NO_MEMORY;
    }
    if (media_post(s->media, s->worker, &mail) < 0) {
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
        r = media_post(s->media, s->worker, &mail);
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

/* ---- statistics ---- */

static int64_t load(const atomic_int_fast64_t *at)
{
    return atomic_load_explicit(at, memory_order_relaxed);
}

static struct json_object *track_json(const struct track_stats *t)
{
    struct json_object *out = json_object_new_object();
    int64_t max_bps = load(&t->max_bitrate_bps), rtt_us = load(&t->rtt_us),
            jitter_us = load(&t->jitter_us);

    if (!out)
        return NULL;
    json_object_object_add(out, "bitrate", json_object_new_int64(load(&t->bitrate_bps)));
    if (max_bps >= 0)
        json_object_object_add(out, "maxBitrate", json_object_new_int64(max_bps));
    json_object_object_add(out, "loss", json_object_new_double((double)load(&t->loss_ppm) / 1e6));
    if (rtt_us >= 0)
        json_object_object_add(out, "rtt", json_object_new_double((double)rtt_us / 1e3));
    if (jitter_us >= 0)
        json_object_object_add(out, "jitter", json_object_new_double((double)jitter_us / 1e3));
    return out;
}

struct json_object *media_stream_stats(const struct media_stream *s)
{
    struct json_object *out = json_object_new_object();
    struct json_object *tracks = json_object_new_array();
    unsigned n = atomic_load_explicit(&s->stats->n_tracks, memory_order_relaxed);
    int64_t max_bps = load(&s->stats->max_bitrate_bps);

    if (!out || !tracks) {
        json_object_put(out);
        json_object_put(tracks);
        return NULL;
    }
    if (max_bps >= 0)
        json_object_object_add(out, "maxBitrate", json_object_new_int64(max_bps));
    for (unsigned i = 0; i < n && i < TRACKS_MAX; i++)
        json_object_array_add(tracks, track_json(&s->stats->tracks[i]));
    json_object_object_add(out, "tracks", tracks);
    return out;
}
