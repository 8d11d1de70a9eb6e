#include "common/recording_note.h"

#include <json-c/json.h>
#include <stdio.h>

#include "common/json_build.h"
#include "common/now.h"

static struct json_object *seconds(int64_t us)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%.3f", (double)us / US_PER_S);
    return json_object_new_double_s((double)us / US_PER_S, text);
}

static struct json_object *make_track(const char *kind, const char *codec, int width, int height)
{
    struct json_object *track = json_object_new_object();
    bool is_good = track && json_build_set(track, "kind", json_object_new_string(kind)) &&
                   json_build_set(track, "codec", json_object_new_string(codec));

    if (is_good && width > 0 && height > 0)
        is_good = json_build_set(track, "width", json_object_new_int(width)) &&
                  json_build_set(track, "height", json_object_new_int(height));
    if (is_good)
        return track;
    json_object_put(track);
    return NULL;
}

static struct json_object *make_tracks(const struct recording_note *n)
{
    struct json_object *tracks = json_object_new_array();
    bool is_good = tracks;

    if (is_good && n->video)
        is_good = json_build_append(tracks, make_track("video", n->video, n->width, n->height));
    if (is_good && n->audio)
        is_good = json_build_append(tracks, make_track("audio", n->audio, 0, 0));
    if (is_good)
        return tracks;
    json_object_put(tracks);
    return NULL;
}

static struct json_object *make_gap(const struct recording_gap *gap)
{
    struct json_object *o = json_object_new_object();

    if (o && json_build_set(o, "from", seconds(gap->from_us)) &&
        json_build_set(o, "to", seconds(gap->to_us)))
        return o;
    json_object_put(o);
    return NULL;
}

static struct json_object *make_gaps(const struct recording_note *n)
{
    struct json_object *gaps = json_object_new_array();
    bool is_good = gaps;

    for (size_t i = 0; is_good && i < n->n_gaps; i++)
        is_good = json_build_append(gaps, make_gap(&n->gaps[i]));
    if (is_good)
        return gaps;
    json_object_put(gaps);
    return NULL;
}

static bool fill(struct json_object *o, const struct recording_note *n)
{
    char started[TIME_RFC3339_SIZE];
    bool is_good = json_build_set(o, "version", json_object_new_int(1));

    if (is_good && n->started_us > 0)
        is_good = json_build_set(
            o, "started", json_object_new_string(time_format_rfc3339(n->started_us, started)));
    is_good = is_good && json_build_set(o, "duration", seconds(n->duration_us)) &&
              json_build_set(o, "username", json_object_new_string(n->username)) &&
              json_build_set(o, "label", json_object_new_string(n->label)) &&
              json_build_set(o, "tracks", make_tracks(n));
    if (is_good && n->n_gaps > 0)
        is_good = json_build_set(o, "gaps", make_gaps(n));
    if (is_good && n->is_repaired)
        is_good = json_build_set(o, "repaired", json_object_new_boolean(true));
    if (is_good && n->is_film)
        is_good = json_build_set(o, "film", json_object_new_boolean(true));
    return is_good;
}

int recording_note_write(struct buf *out, const struct recording_note *note)
{
    struct json_object *o = json_object_new_object();
    bool is_good = o && fill(o, note);

    if (is_good) {
        buf_add_str(out, json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
        buf_add_char(out, '\n');
    }
    json_object_put(o);
    return is_good ? buf_check(out) : ERR_NO_MEMORY;
}
