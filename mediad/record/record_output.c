#include "mediad/record/record_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "common/recording_note.h"
#include "mediad/record/container.h"
#include "mediad/record/opus_packet.h"
#include "mediad/record/recording_file.h"
#include "mediad/record/sound.h"
#include "mediad/record/transcode.h"

enum { GAPS_MAX = 1000 };

static const struct log_ctx ctx = {.room = "record"};

struct record_output {
    struct recording_file file;
    struct container *container;
    char *username, *label;
    struct recording_note note; /* its strings are the two above */
    struct recording_gap *gaps; /* GAPS_MAX, or NULL */
    enum codec sound_codec;
    unsigned video_track, sound_track; /* numbers in the container */
    struct sound sound;
    struct transcode *transcode; /* NULL: the sound comes as Opus */
    int64_t encoded;             /* samples that came out of it */
    int64_t last_ms;             /* of the last picture */
};

static void release(struct record_output *o)
{
    recording_file_close(&o->file);
    transcode_free(o->transcode);
    free(o->username);
    free(o->label);
    free(o->gaps);
    free(o);
}

static int open_container(struct record_output *o, const struct record_output_spec *spec,
                          struct error *e)
{
    struct container_spec c = {
        .title = spec->label, .artist = spec->username, .started_us = spec->started_us};
    unsigned channels = 2, delay = OPUS_PRE_SKIP; /* stereo decodes mono, too */
    uint8_t head[OPUS_HEAD_SIZE];

    if (transcode_is_needed(spec->sound)) {
        int r = transcode_new(&o->transcode, spec->sound, e);

        if (r < 0)
            return r;
        channels = 1;
        delay = transcode_delay(o->transcode);
    }
    if (spec->video != CODEC_NONE) {
        o->video_track = (unsigned)c.n_tracks;
        c.tracks[c.n_tracks++] =
            (struct container_track){spec->video, spec->width, spec->height, spec->extradata};
    }
    if (spec->sound != CODEC_NONE) {
        opus_head(head, channels, delay);
        o->sound_track = (unsigned)c.n_tracks;
        c.tracks[c.n_tracks++] =
            (struct container_track){.codec = CODEC_OPUS, .extradata = span_of(head, sizeof head)};
    }
    return container_open(&o->container, o->file.fd, &c, e);
}

int record_output_open(struct record_output **out, const struct record_output_spec *spec,
                       struct error *e)
{
    struct record_output *o = calloc(1, sizeof *o);
    int r;

    if (!o)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    o->file.fd = o->file.folder = -1;
    o->sound_codec = spec->sound;
    o->username = strdup(spec->username);
    o->label = strdup(spec->label);
    o->note = (struct recording_note){
        .started_us = spec->started_us,
        .username = o->username,
        .label = o->label,
        .video = spec->video == CODEC_NONE ? NULL : codec_info(spec->video)->name,
        .audio = spec->sound == CODEC_NONE ? NULL : codec_info(CODEC_OPUS)->name,
        .width = spec->width,
        .height = spec->height,
    };
    if (o->username && o->label)
        r = recording_file_create(&o->file, spec->directory, spec->group, spec->started_us,
                                  spec->username, container_extension(spec->video), e);
    else
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r == 0) {
        r = open_container(o, spec, e);
        if (r < 0)
            recording_file_remove(&o->file);
    }
    if (r < 0) {
        release(o);
        return r;
    }
    *out = o;
    return 0;
}

int record_output_video(struct record_output *o, int64_t ms, const struct whole_frame *frame,
                        struct error *e)
{
    o->last_ms = ms;
    if (frame->width > o->note.width) { /* the largest says most */
        o->note.width = frame->width;
        o->note.height = frame->height;
    }
    return container_write(o->container, o->video_track, ms, 0, frame->is_key, frame->data, e);
}

int64_t record_output_sound_end(const struct record_output *o)
{
    return o->sound.end;
}

static int write_opus(struct record_output *o, int64_t at, struct span packet, unsigned samples,
                      struct error *e)
{
    return container_write(o->container, o->sound_track, at / OPUS_MS, samples / OPUS_MS, true,
                           packet, e);
}

/* What the encoder has made. */
static int write_encoded(struct record_output *o, struct error *e)
{
    struct span packet;
    int r = 0;

    while (r == 0 && transcode_pull(o->transcode, &packet)) {
        r = write_opus(o, o->encoded, packet, OPUS_FRAME, e);
        o->encoded += OPUS_FRAME;
    }
    return r;
}

static int write_silence(struct record_output *o, int64_t samples, struct error *e)
{
    uint8_t silence[OPUS_SILENCE_SIZE];
    unsigned written =
        opus_packet_silence(samples > OPUS_FRAME ? OPUS_FRAME : (unsigned)samples, silence);
    int64_t at = o->sound.end;

    o->sound.end += written;
    if (!o->transcode)
        return write_opus(o, at, span_of(silence, sizeof silence), written, e);
    if (transcode_push_silence(o->transcode, written) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    return write_encoded(o, e);
}

int record_output_silence(struct record_output *o, struct error *e)
{
    return write_silence(o, OPUS_FRAME, e);
}

static int write_packet(struct record_output *o, struct span packet, unsigned samples,
                        struct error *e)
{
    int64_t at = o->sound.end;
    int r;

    o->sound.end += samples;
    if (!o->transcode)
        return write_opus(o, at, packet, samples, e);
    r = transcode_push(o->transcode, packet);
    if (r == ERR_SYNTAX)
        r = transcode_push_silence(o->transcode, samples);
    if (r < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    return write_encoded(o, e);
}

int record_output_sound(struct record_output *o, int64_t at, struct span packet, bool *is_done,
                        struct error *e)
{
    unsigned samples =
        o->transcode ? transcode_samples(o->sound_codec, packet) : opus_packet_samples(packet);
    int64_t fill;

    *is_done = true;
    if (samples == 0 || !sound_place(&o->sound, at, samples, &fill))
        return 0;
    if (fill > 0) {
        *is_done = false;
        return write_silence(o, fill, e);
    }
    return write_packet(o, packet, samples, e);
}

void record_output_note_gap(struct record_output *o, int64_t from_ms, int64_t to_ms)
{
    if (!o->gaps)
        o->gaps = malloc(GAPS_MAX * sizeof *o->gaps);
    if (o->gaps && o->note.n_gaps < GAPS_MAX)
        o->gaps[o->note.n_gaps++] = (struct recording_gap){from_ms * US_PER_MS, to_ms * US_PER_MS};
    o->note.gaps = o->gaps;
}

int record_output_sync(struct record_output *o, struct error *e)
{
    return container_sync(o->container, e);
}

int64_t record_output_size(const struct record_output *o)
{
    return container_size(o->container);
}

/* Readers can do without it. */
static void write_about(struct record_output *o)
{
    int64_t sound_ms = o->sound.end / OPUS_MS;
    struct buf json = {0};
    struct error e = {0};
    char text[256];

    o->note.duration_us = (sound_ms > o->last_ms ? sound_ms : o->last_ms) * US_PER_MS;
    if (recording_note_write(&json, &o->note) == 0 &&
        recording_file_about(&o->file, buf_span(&json), &e) < 0)
        log_warn(&ctx, "what is said of a recording was not written: %s",
                 error_describe(&e, text, sizeof text));
    buf_release(&json);
}

int record_output_finish(struct record_output *o, char *name, size_t size, struct error *e)
{
    struct error of_rename = {0};
    int r = container_finish(o->container, e);

    *name = '\0';
    if (r == 0) {
        r = recording_file_publish(&o->file, &of_rename);
        if (r < 0 && e)
            *e = of_rename;
    }
    if (r == 0) {
        write_about(o);
        (void)snprintf(name, size, "%s", o->file.name);
    }
    release(o);
    return r;
}

void record_output_abandon(struct record_output *o)
{
    if (!o)
        return;
    container_abandon(o->container);
    release(o);
}
