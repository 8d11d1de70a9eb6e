#include "mediad/signal/stream_stats.h"

#include <string.h>

#include "mediad/signal/features.h"
#include "mediad/signal/stream_links.h"

static void add_connection(struct json_object *array, const char *id, struct json_object *stats)
{
    if (!stats || !array) {
        json_object_put(stats);
        return;
    }
    json_object_object_add(stats, "id", json_object_new_string(id));
    json_object_array_add(array, stats);
}

static int compare_ids(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;

    return strcmp(json_object_get_string(json_object_object_get(*x, "id")),
                  json_object_get_string(json_object_object_get(*y, "id")));
}

static void add_connections(struct json_object *member, const char *name, struct json_object *array)
{
    if (!array || json_object_array_length(array) == 0) {
        json_object_put(array);
        return;
    }
    json_object_array_sort(array, compare_ids);
    json_object_object_add(member, name, array);
}

/* With what its publisher's page was told, if that asked for it. */
static struct json_object *up_stats(const struct up_link *up)
{
    struct json_object *stats = up_stream_stats(up->media);

    if (stats && up->limit_bps > 0 && up_link_owner(up)->features & FEATURE_RATE)
        json_object_object_add(stats, "rate", json_object_new_int64(up->limit_bps));
    return stats;
}

struct json_object *stream_stats(const struct member *m)
{
    struct json_object *member = json_object_new_object();
    struct json_object *ups, *downs;

    if (!member)
        return NULL;
    json_object_object_add(member, "id", json_object_new_string(m->id));
    ups = json_object_new_array();
    LIST_EACH (struct published, stream, &m->streams, in_member)
        add_connection(ups, stream->by_id.name, up_stats(up_link_of(stream)));
    add_connections(member, "up", ups);
    if (!m->receiver)
        return member;
    downs = json_object_new_array();
    LIST_EACH (const struct down_link, down, &m->receiver->downs, in_receiver)
        add_connection(downs, down->by_id.name, down_stream_stats(down->media));
    add_connections(member, "down", downs);
    return member;
}

/* ---- in a few words ---- */

static void add_int(struct json_object *to, const char *name, int64_t value)
{
    json_object_object_add(to, name, json_object_new_int64(value));
}

static void add_codec(struct json_object *to, const char *name, const char *codec)
{
    if (codec)
        json_object_object_add(to, name, json_object_new_string(codec));
}

/* What one published stream is made of. @return how many layers of its video are sent by rid */
static int64_t add_published(struct json_object *to, const struct up_link *up)
{
    const struct track_info *tracks = NULL;
    size_t n = up_stream_tracks(up->media, &tracks);
    int64_t n_videos = 0;

    for (size_t i = 0; i < n; i++) {
        bool is_video = tracks[i].kind == TRACK_VIDEO;

        n_videos += is_video;
        add_codec(to,
                  !is_video               ? "microphone"
                  : up_link_is_screen(up) ? "screen"
                                          : "camera",
                  tracks[i].codec);
    }
    return n_videos;
}

static void add_path(struct json_object *to, enum stream_path path)
{
    static const char *const words[] = {
        [STREAM_PATH_UDP] = "udp", [STREAM_PATH_TCP] = "tcp", [STREAM_PATH_RELAY] = "relay"};

    if (path != STREAM_PATH_NONE)
        json_object_object_add(to, "path", json_object_new_string(words[path]));
}

static void add_quality(struct json_object *to, const struct stream_quality *up,
                        const struct stream_quality *down)
{
    int64_t loss_ppm = up->loss_ppm > down->loss_ppm ? up->loss_ppm : down->loss_ppm;
    int64_t rtt_us = up->rtt_us > down->rtt_us ? up->rtt_us : down->rtt_us;
    int64_t jitter_us = up->jitter_us > down->jitter_us ? up->jitter_us : down->jitter_us;

    add_int(to, "up", up->bps);
    add_int(to, "down", down->bps);
    json_object_object_add(to, "loss", json_object_new_double((double)loss_ppm / 1e6));
    if (rtt_us > 0)
        json_object_object_add(to, "rtt", json_object_new_double((double)rtt_us / 1e3));
    if (jitter_us > 0)
        json_object_object_add(to, "jitter", json_object_new_double((double)jitter_us / 1e3));
    if (up->height > 0)
        add_int(to, "height", up->height);
    if (down->line_bps > 0)
        add_int(to, "line", down->line_bps);
    add_int(to, "reduced", down->n_reduced);
    add_int(to, "paused", down->n_paused);
    add_path(to, up->path > down->path ? up->path : down->path);
}

struct json_object *stream_summary(const struct member *m)
{
    bool receives = m->receiver && !list_is_empty(&m->receiver->downs);
    struct stream_quality up = {0}, down = {0};
    struct json_object *out;
    int64_t n_layers = 0, n_received = 0;

    if (m->n_streams == 0 && !receives)
        return NULL;
    out = json_object_new_object();
    if (!out)
        return NULL;
    LIST_EACH (struct published, stream, &m->streams, in_member) {
        int64_t n = add_published(out, up_link_of(stream));

        n_layers = n > n_layers ? n : n_layers;
        up_stream_quality(up_link_of(stream)->media, &up);
    }
    if (receives) {
        LIST_EACH (const struct down_link, link, &m->receiver->downs, in_receiver) {
            down_stream_quality(link->media, &down);
            n_received++;
        }
    }
    add_int(out, "streams", (int64_t)m->n_streams);
    add_int(out, "received", n_received);
    if (n_layers > 0)
        add_int(out, "layers", n_layers);
    add_quality(out, &up, &down);
    return out;
}
