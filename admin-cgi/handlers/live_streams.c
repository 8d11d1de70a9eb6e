#include "admin-cgi/handlers/live_streams.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/live_view.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"

#define STATS_AGE_US INT64_C(1000000)

static const char *text_of(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    return text ? text : "";
}

static size_t length(struct json_object *array)
{
    return array ? json_object_array_length(array) : 0;
}

static struct json_object *find(struct json_object *array, const char *id)
{
    for (size_t i = 0; i < length(array); i++) {
        struct json_object *o = json_object_array_get_idx(array, i);

        if (strcmp(text_of(o, "id"), id) == 0)
            return o;
    }
    return NULL;
}

static int by_id(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;

    return strcmp(text_of(*x, "id"), text_of(*y, "id"));
}

/* mediad sorts them. */
static struct json_object *find_client(struct arena *a, struct json_object *stats, const char *id)
{
    struct json_object *clients = json_object_object_get(stats, "clients");
    struct json_object *key = arena_json(a, json_object_new_object());

    page_text(key, "id", id);
    return key && clients ? json_object_array_bsearch(key, clients, by_id) : NULL;
}

struct json_object *live_streams(struct request *req, struct app *app, const char *group)
{
    const char *path =
        arena_printf(req->arena, "/v0/stats?group=%s", page_encode(req->arena, group, false));
    struct json_object *groups = NULL;

    if (!path || control_get(app->control, path, STATS_AGE_US, req->now_us, &groups, NULL) < 0)
        return NULL;
    groups = arena_json(req->arena, groups);
    return json_object_is_type(groups, json_type_array) ? live_sample_group(groups, group) : NULL;
}

/* ---- words ---- */

static const char *state_text(struct json_object *track)
{
    static const struct {
        const char *state, *reason, *text;
    } rows[] = {
        {"full", "", TEXT("Full")},
        {"reduced", "bandwidth", TEXT("Reduced: bandwidth")},
        {"reduced", "silent", TEXT("Reduced: no better one is sent")},
        {"paused", "bandwidth", TEXT("Paused: bandwidth")},
        {"paused", "unwanted", TEXT("Paused: not shown")},
        {"paused", "silent", TEXT("Paused: nothing is sent")},
        {"sent", "", TEXT("In use")},
        {"shrunk", "", TEXT("Reduced: for its receivers")},
        {"unwanted", "", TEXT("Unused: nobody receives it")},
        {"broken", "", TEXT("Unused: lost on the way")},
        {"silent", "", TEXT("Nothing is sent")},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (strcmp(rows[i].state, text_of(track, "state")) == 0 &&
            strcmp(rows[i].reason, text_of(track, "reason")) == 0)
            return rows[i].text;
    }
    return text_of(track, "state");
}

/* ---- one member's streams ---- */

/* Who publishes the stream that somebody receives. */
static const char *publisher_of(struct json_object *stats, struct json_object *clients,
                                const char *stream)
{
    struct json_object *members = json_object_object_get(stats, "clients");

    for (size_t i = 0; i < length(members); i++) {
        struct json_object *m = json_object_array_get_idx(members, i);

        if (find(json_object_object_get(m, "up"), stream))
            return text_of(find(clients, text_of(m, "id")), "username");
    }
    return "";
}

/* "high of 3": which of the layers that are sent, from 0. */
static const char *layer_text(struct arena *a, int layer, int n)
{
    static const char *const words[][3] = {{TEXT("low"), TEXT("high")},
                                           {TEXT("low"), TEXT("middle"), TEXT("high")}};

    if (n == 1)
        return say(a, "the only one");
    if (n <= 3 && layer >= 0 && layer < n)
        return say_with(a, "{layer} of {all}", "layer", say(a, words[n - 2][layer]), "all",
                        arena_printf(a, "%d", n), NULL);
    return say_with(a, "{layer} of {all}", "layer", arena_printf(a, "%d", layer + 1), "all",
                    arena_printf(a, "%d", n), NULL);
}

static struct json_object *add_track(struct arena *a, struct json_object *list, const char *stream,
                                     struct json_object *track)
{
    struct json_object *row = page_row(list);
    struct json_object *layer, *value;

    page_text(row, "stream", stream);
    page_text(row, "kind",
              say(a, strcmp(text_of(track, "kind"), "video") == 0 ? "Video" : "Sound"));
    page_text(row, "rate",
              live_view_rate(a, json_object_get_int64(json_object_object_get(track, "bitrate"))));
    if (json_object_object_get_ex(track, "target", &value))
        page_text(row, "target", live_view_rate(a, json_object_get_int64(value)));
    if (json_object_object_get_ex(track, "layers", &value) && json_object_get_int(value) > 0 &&
        json_object_object_get_ex(track, "layer", &layer))
        page_text(row, "layer",
                  layer_text(a, json_object_get_int(layer), json_object_get_int(value)));
    if (json_object_object_get_ex(track, "rid", &value))
        page_text(row, "layer", json_object_get_string(value));
    page_text(row, "state", say(a, state_text(track)));
    page_text(
        row, "loss",
        local_percent(a, json_object_get_double(json_object_object_get(track, "loss")) * 100, 1));
    if (json_object_object_get_ex(track, "jitter", &value))
        page_text(row, "jitter", arena_printf(a, "%.0f ms", json_object_get_double(value)));
    if (json_object_object_get_ex(track, "rtt", &value))
        page_text(row, "rtt", arena_printf(a, "%.0f ms", json_object_get_double(value)));
    return row;
}

static void add_connection(struct arena *a, struct json_object *list, const char *stream,
                           struct json_object *connection)
{
    struct json_object *tracks = json_object_object_get(connection, "tracks"), *rate;

    for (size_t i = 0; i < length(tracks); i++) {
        struct json_object *row = add_track(a, list, stream, json_object_array_get_idx(tracks, i));

        if (i == 0 && json_object_object_get_ex(connection, "rate", &rate))
            page_text(row, "told",
                      say_with(a, "its page was told {rate}", "rate",
                               live_view_rate(a, json_object_get_int64(rate)), NULL));
    }
}

void live_streams_list(struct arena *a, struct json_object *page, struct json_object *stats,
                       struct json_object *clients, const char *id)
{
    struct json_object *client = find_client(a, stats, id);
    struct json_object *ups = json_object_object_get(client, "up");
    struct json_object *downs = json_object_object_get(client, "down");
    struct json_object *list = page_list(page, "streams");

    for (size_t i = 0; i < length(ups); i++)
        add_connection(a, list, say(a, "Sent"), json_object_array_get_idx(ups, i));
    for (size_t i = 0; i < length(downs); i++) {
        struct json_object *down = json_object_array_get_idx(downs, i);
        const char *name = publisher_of(stats, clients, text_of(down, "id"));

        add_connection(a, list,
                       *name ? say_with(a, "From {name}", "name", name, NULL) : say(a, "Received"),
                       down);
    }
    page_flag(page, "has_tracks", length(list) > 0);
}
