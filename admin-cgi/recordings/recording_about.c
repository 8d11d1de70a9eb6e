#include "admin-cgi/recordings/recording_about.h"

#include <string.h>

#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/now.h"

#define DURATION_MAX_S (1000 * 86400)
#define SIDE_MAX 65535 /* pixels */

const struct recording_about recording_about_nothing = {.duration_us = -1};

static const char *text_member(struct json_fields *f, struct arena *a, const char *name)
{
    const char *text = NULL;

    json_fields_string(f, name, &text);
    return text ? arena_str(a, text) : NULL;
}

static void read_seconds(struct json_fields *f, const char *name, int64_t *out_us)
{
    struct json_object *value = json_fields_get(f, name);
    double seconds;

    if (!value)
        return;
    seconds = json_object_get_double(value);
    if (!(json_object_is_type(value, json_type_double) ||
          json_object_is_type(value, json_type_int)) ||
        !(seconds >= 0 && seconds <= DURATION_MAX_S))
        json_fields_fail(f, ERR_INVALID, name, "is no number of seconds");
    else
        *out_us = (int64_t)(seconds * US_PER_S);
}

/* The sum of all "from" - "to". */
static void read_gaps(struct recording_about *out, struct json_fields *f)
{
    struct json_object *list = json_fields_get(f, "gaps");

    if (!list)
        return;
    if (!json_object_is_type(list, json_type_array) ||
        json_object_array_length(list) > RECORDING_GAPS_MAX) {
        json_fields_fail(f, ERR_INVALID, "gaps", "is no list of gaps");
        return;
    }
    for (size_t i = 0; i < json_object_array_length(list) && f->result == 0; i++) {
        struct json_fields gap = {
            .object = json_object_array_get_idx(list, i), .prefix = "gaps", .e = f->e};
        int64_t from_us = 0, to_us = 0;

        if (!json_object_is_type(gap.object, json_type_object)) {
            json_fields_fail(f, ERR_INVALID, "gaps", "a gap is no object");
            return;
        }
        read_seconds(&gap, "from", &from_us);
        read_seconds(&gap, "to", &to_us);
        f->result = gap.result;
        if (to_us > from_us)
            out->gap_us += to_us - from_us;
    }
}

static int read_track(struct recording_track *out, struct arena *a, struct json_object *object,
                      struct error *e)
{
    struct json_fields f = {.object = object, .prefix = "tracks", .e = e};
    const char *kind = NULL;
    const char *codec;

    if (!json_object_is_type(object, json_type_object))
        return error_set(e, ERR_INVALID, "tracks", "a track is no object");
    json_fields_string(&f, "kind", &kind);
    codec = text_member(&f, a, "codec");
    json_fields_int(&f, "width", 0, SIDE_MAX, &out->width);
    json_fields_int(&f, "height", 0, SIDE_MAX, &out->height);
    if (!kind || (strcmp(kind, "video") != 0 && strcmp(kind, "audio") != 0))
        json_fields_fail(&f, ERR_INVALID, "kind", "is neither video nor audio");
    if (f.result < 0)
        return f.result;
    out->is_video = strcmp(kind, "video") == 0;
    out->codec = codec ? codec : "";
    return 0;
}

static void read_tracks(struct recording_about *out, struct arena *a, struct json_fields *f)
{
    struct json_object *list = json_fields_get(f, "tracks");

    if (!list)
        return;
    if (!json_object_is_type(list, json_type_array) ||
        json_object_array_length(list) > RECORDING_TRACKS_MAX) {
        json_fields_fail(f, ERR_INVALID, "tracks", "is no list of at most %d tracks",
                         RECORDING_TRACKS_MAX);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(list) && f->result == 0; i++)
        f->result = read_track(&out->tracks[i], a, json_object_array_get_idx(list, i), f->e);
    out->n_tracks = json_object_array_length(list);
}

static int read_members(struct recording_about *out, struct arena *a, struct json_object *json,
                        struct error *e)
{
    struct json_fields f = {.object = json, .e = e};

    if (!json_object_is_type(json, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "what is said of a recording is no object");
    json_fields_time(&f, "started", &out->started_us);
    read_seconds(&f, "duration", &out->duration_us);
    out->username = text_member(&f, a, "username");
    out->label = text_member(&f, a, "label");
    json_fields_bool(&f, "repaired", &out->is_repaired);
    json_fields_bool(&f, "film", &out->is_film);
    read_tracks(out, a, &f);
    if (f.result == 0)
        read_gaps(out, &f);
    return a->bad ? ERR_NO_MEMORY : f.result;
}

int recording_about_parse(struct recording_about *out, struct arena *a, struct span text,
                          struct error *e)
{
    struct json_object *json = NULL;
    int r = text.len > RECORDING_ABOUT_MAX
                ? error_set(e, ERR_TOO_LARGE, NULL, "what is said of a recording is too long")
                : json_scan_parse(&json, text, &json_limits_file, e);

    *out = recording_about_nothing;
    if (r == 0)
        r = read_members(out, a, json, e);
    json_object_put(json);
    if (r < 0)
        *out = recording_about_nothing;
    return r;
}
