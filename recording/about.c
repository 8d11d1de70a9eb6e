#include "recording/about.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/recording_name.h"
#include "common/recording_note.h"
#include "recording/folder.h"
#include "recording/media_input.h"

#define SIZE_MAX_BYTES 65536
#define DURATION_MAX_S (1000 * 86400)
#define PIXELS_MAX 65535
#define FILE_MODE 0640

/* ---- from the recording ---- */

static const char *codec_name(enum AVCodecID id)
{
    static const struct {
        enum AVCodecID id;
        const char *name;
    } names[] = {
        {AV_CODEC_ID_VP8, "vp8"},         {AV_CODEC_ID_VP9, "vp9"},
        {AV_CODEC_ID_AV1, "av1"},         {AV_CODEC_ID_H264, "h264"},
        {AV_CODEC_ID_OPUS, "opus"},       {AV_CODEC_ID_VORBIS, "vorbis"},
        {AV_CODEC_ID_PCM_ALAW, "pcma"},   {AV_CODEC_ID_PCM_MULAW, "pcmu"},
        {AV_CODEC_ID_ADPCM_G722, "g722"},
    };

    for (size_t i = 0; i < LENGTH(names); i++) {
        if (names[i].id == id)
            return names[i].name;
    }
    return "unknown";
}

/* A name for a codec that was read, in static memory. */
static const char *known_codec(const char *name)
{
    static const char *const names[] = {"vp8",    "vp9",  "av1",  "h264", "opus",
                                        "vorbis", "pcma", "pcmu", "g722"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        if (strcmp(names[i], name) == 0)
            return names[i];
    }
    return "unknown";
}

/* As much as fits of what is text. */
static void copy_text(char *out, size_t size, const char *from)
{
    struct span text = span_str(from);

    *out = 0;
    if (text.len >= size)
        text = span_sub(text, 0, span_whole_len(span_sub(text, 0, size - 1)));
    if (span_is_utf8(text))
        (void)span_copy(text, out, size);
}

static void copy_tag(const struct media_input *in, const char *key, char *out, size_t size)
{
    const AVDictionaryEntry *entry = av_dict_get(in->format->metadata, key, NULL, 0);

    copy_text(out, size, entry ? entry->value : "");
}

static int measure(int64_t *duration_us, struct media_input *in, struct error *e)
{
    AVPacket *packet = av_packet_alloc();
    int64_t first_us = INT64_MAX, end_us = 0;
    int r;

    if (!packet)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    while ((r = media_input_read(in, packet)) > 0) {
        int64_t us = media_input_pts_us(in, packet);

        if (us < first_us)
            first_us = us;
        us += media_input_duration_us(in, packet);
        if (us > end_us)
            end_us = us;
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    *duration_us = first_us < end_us ? end_us : 0;
    return r < 0 ? error_set(e, r, NULL, "the recording cannot be read") : 0;
}

int about_look(struct about *out, int fd, const char *name, struct error *e)
{
    struct about a = {0};
    struct media_input in;
    int r = media_input_open(&in, fd, e);

    if (r < 0)
        return r;
    a.started_us = media_input_started_us(&in);
    if (a.started_us == 0)
        recording_name_time(name, &a.started_us);
    copy_tag(&in, "artist", a.username, sizeof a.username);
    copy_tag(&in, "title", a.label, sizeof a.label);
    if (!*a.username)
        recording_name_user(name, a.username, sizeof a.username);
    if (in.video >= 0) {
        const AVCodecParameters *par = in.format->streams[in.video]->codecpar;

        a.video = codec_name(par->codec_id);
        a.width = par->width;
        a.height = par->height;
    }
    if (in.audio >= 0)
        a.audio = codec_name(in.format->streams[in.audio]->codecpar->codec_id);
    if (in.format->duration > 0)
        a.duration_us = in.format->duration;
    else
        r = measure(&a.duration_us, &in, e);
    media_input_close(&in);
    if (r == 0)
        *out = a;
    return r;
}

/* ---- kept beside it ---- */

/* The path of a recording's description below .about/, opened as `about`. Owned. */
static char *about_path(int about, const char *name)
{
    struct buf file = {0};
    char *path = NULL;

    buf_printf(&file, "%s.json", name);
    if (buf_check(&file) == 0)
        path = folder_path(about, buf_str(&file));
    buf_release(&file);
    return path;
}

int about_write(int folder, const char *name, const struct about *about, struct error *e)
{
    const struct recording_note note = {
        .started_us = about->started_us,
        .duration_us = about->duration_us,
        .username = about->username,
        .label = about->label,
        .video = about->video,
        .audio = about->audio,
        .width = about->width,
        .height = about->height,
        .is_repaired = about->is_repaired,
        .is_film = about->is_film,
    };
    struct buf json = {0};
    int dir = -1, r = recording_note_write(&json, &note);
    char *path = NULL;

    if (r < 0) {
        (void)error_set(e, r, NULL, "out of memory");
    } else if ((dir = folder_make(folder, ABOUT_FOLDER)) < 0) {
        r = error_set_errno(e, NULL, "the folder " ABOUT_FOLDER " cannot be made");
    } else {
        path = about_path(dir, name);
        r = path ? file_replace(path, buf_span(&json), FILE_MODE, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        free(path);
        close(dir);
    }
    buf_release(&json);
    return r;
}

static void read_tracks(struct about *a, struct json_object *tracks)
{
    for (size_t i = 0; tracks && i < json_object_array_length(tracks); i++) {
        struct json_fields f = {.object = json_object_array_get_idx(tracks, i)};
        const char *kind = "", *codec = "";
        int64_t width = 0, height = 0;

        if (!json_object_is_type(f.object, json_type_object))
            continue;
        json_fields_string(&f, "kind", &kind);
        json_fields_string(&f, "codec", &codec);
        json_fields_int(&f, "width", 0, PIXELS_MAX, &width);
        json_fields_int(&f, "height", 0, PIXELS_MAX, &height);
        if (strcmp(kind, "video") == 0) {
            a->video = known_codec(codec);
            a->width = (int)width;
            a->height = (int)height;
        } else if (strcmp(kind, "audio") == 0) {
            a->audio = known_codec(codec);
        }
    }
}

static int from_json(struct about *out, struct json_object *json, struct error *e)
{
    struct json_fields f = {.object = json, .e = e};
    struct about a = {0};
    const char *username = "", *label = "";
    struct json_object *tracks = NULL, *duration = NULL;

    if (!json_object_is_type(json, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "not an object");
    json_fields_time(&f, "started", &a.started_us);
    json_fields_string(&f, "username", &username);
    json_fields_string(&f, "label", &label);
    json_fields_bool(&f, "repaired", &a.is_repaired);
    json_fields_bool(&f, "film", &a.is_film);
    duration = json_fields_get(&f, "duration");
    tracks = json_fields_get(&f, "tracks");
    if (f.result == 0 && tracks && !json_object_is_type(tracks, json_type_array))
        json_fields_fail(&f, ERR_INVALID, "tracks", "not an array");
    if (f.result == 0 && duration) {
        double s = json_object_get_double(duration);

        if (s >= 0 && s <= DURATION_MAX_S)
            a.duration_us = (int64_t)(s * US_PER_S);
    }
    if (f.result < 0)
        return f.result;
    copy_text(a.username, sizeof a.username, username);
    copy_text(a.label, sizeof a.label, label);
    read_tracks(&a, tracks);
    *out = a;
    return 0;
}

int about_parse(struct about *out, struct span text, struct error *e)
{
    struct json_object *json = NULL;
    int r = json_scan_parse(&json, text, &json_limits_file, e);

    if (r == 0)
        r = from_json(out, json, e);
    json_object_put(json);
    return r;
}

int about_read(struct about *out, int folder, const char *name, struct error *e)
{
    int dir = folder_open(folder, ABOUT_FOLDER);
    struct buf text = {0};
    char *path = NULL;
    int r = 0;

    if (dir < 0)
        return error_set_errno(e, NULL, "nothing is kept");
    path = about_path(dir, name);
    if (!path)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    else
        r = file_read(&text, path, SIZE_MAX_BYTES, NULL, e);
    if (r == 0)
        r = about_parse(out, buf_span(&text), e);
    buf_release(&text);
    free(path);
    close(dir);
    return r;
}
