#include "mediad/record/record_about.h"

#include <json-c/json.h>

#include "common/json_build.h"
#include "common/now.h"

static struct json_object *seconds(int64_t ms)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
    return json_object_new_double_s((double)ms / 1000, text);
}

static bool add_track(struct json_object *tracks, enum codec codec, uint16_t width, uint16_t height)
{
    const struct codec_info *info = codec_info(codec);
    struct json_object *track = json_object_new_object();
    bool is_video = info->kind == TRACK_VIDEO;
    bool is_good = track != NULL;

    is_good = is_good &&
              json_build_set(track, "kind", json_object_new_string(is_video ? "video" : "audio"));
    is_good = is_good && json_build_set(track, "codec", json_object_new_string(info->name));
    if (is_video) {
        is_good = is_good && json_build_set(track, "width", json_object_new_int(width));
        is_good = is_good && json_build_set(track, "height", json_object_new_int(height));
    }
    if (is_good)
        return json_build_append(tracks, track);
    json_object_put(track);
    return false;
}

static bool add_gap(struct json_object *gaps, const struct record_gap *gap)
{
    struct json_object *o = json_object_new_object();

    if (o && json_build_set(o, "from", seconds(gap->from_ms)) &&
        json_build_set(o, "to", seconds(gap->to_ms)))
        return json_build_append(gaps, o);
    json_object_put(o);
    return false;
}

static struct json_object *make_tracks(const struct record_about *a)
{
    struct json_object *tracks = json_object_new_array();

    if (tracks && (a->video == CODEC_NONE || add_track(tracks, a->video, a->width, a->height)) &&
        (!a->has_sound || add_track(tracks, CODEC_OPUS, 0, 0)))
        return tracks;
    json_object_put(tracks);
    return NULL;
}

static struct json_object *make_gaps(const struct record_about *a)
{
    struct json_object *gaps = json_object_new_array();

    for (size_t i = 0; gaps && i < a->n_gaps; i++) {
        if (!add_gap(gaps, &a->gaps[i])) {
            json_object_put(gaps);
            return NULL;
        }
    }
    return gaps;
}

int record_about_write(struct buf *out, const struct record_about *a)
{
    char started[TIME_RFC3339_SIZE];
    struct json_object *o = json_object_new_object();
    bool is_good =
        o && json_build_set(o, "version", json_object_new_int(1)) &&
        json_build_set(o, "started",
                       json_object_new_string(time_format_rfc3339(a->started_us, started))) &&
        json_build_set(o, "duration", seconds(a->duration_ms)) &&
        json_build_set(o, "username", json_object_new_string(a->username)) &&
        json_build_set(o, "label", json_object_new_string(a->label)) &&
        json_build_set(o, "tracks", make_tracks(a)) &&
        (a->n_gaps == 0 || json_build_set(o, "gaps", make_gaps(a)));

    if (is_good) {
        buf_add_str(out, json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
        buf_add_char(out, '\n');
    }
    json_object_put(o);
    return is_good ? buf_check(out) : ERR_NO_MEMORY;
}
