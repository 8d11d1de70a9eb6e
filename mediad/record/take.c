#include "mediad/record/take.h"

#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "mediad/record/frames_h264.h"
#include "mediad/record/opus_packet.h"
#include "mediad/record/record_output.h"
#include "mediad/record/record_track.h"
#include "mediad/record/recording_file.h"

#define QUEUE_BYTES (8u * 1024 * 1024)
#define PATIENCE_US (US_PER_S) /* how long one track waits for what the other may still send */
#define VIDEO_WAIT_US (3 * US_PER_S)     /* then a file begins with sound alone */
#define CLOCK_WAIT_US (3 * US_PER_S / 2) /* for both tracks' sender reports */
#define GROWTH_WAIT_US (US_PER_S)        /* for higher layers of VP9 */
#define WISH_US (US_PER_S / 2)           /* between two wishes for a keyframe */
#define KEYFRAME_US (10 * US_PER_S)      /* one is wished for so often, for those who seek */
#define STILL_US (5 * US_PER_S)          /* a picture that stands still so long is told of */
#define SYNC_US (5 * US_PER_S)
#define WARN_US (10 * US_PER_S)
#define SLOW_US (30 * US_PER_S) /* a disk too slow for so long ends the recording */
#define WAITING_MAX (16u * 1024 * 1024)

struct take {
    const char *directory;
    char *group, *username, *label;
    struct record_queue *queue;
    struct record_track tracks[RECORD_TRACKS_MAX];
    size_t n_tracks;
    struct record_track *video, *sound; /* of tracks; NULL: none */
    const struct take_events *events;
    void *user;
    struct take_time time;
    bool is_last;    /* nothing more comes: nobody waits */
    bool has_failed; /* nothing more can be written */
    /* the file */
    struct record_output *output; /* NULL: not begun */
    bool has_video;               /* the file has */
    int64_t origin_us;            /* timestamp 0 on the server's clock */
    int64_t last_video_ms;
    int64_t synced_us;
    /* keyframes */
    int64_t wished_us, keyframe_us;
    uint16_t width;         /* of the file's pictures at most */
    bool has_grown;         /* without a keyframe */
    int64_t still_since_ms; /* nothing decodable since; -1: not so */
    /* warnings */
    int64_t warned_us;
    int64_t slow_since_us, slow_us;
};

static bool is_video(const struct recording_track *track)
{
    return codec_info(track->codec)->kind == TRACK_VIDEO;
}

static int add_tracks(struct take *t, const struct recording_spec *spec)
{
    for (size_t i = 0; i < spec->n_tracks && i < RECORD_TRACKS_MAX; i++) {
        const struct recording_track *track = &spec->tracks[i];
        struct record_track **place;

        t->n_tracks = i + 1; /* numbers are the spec's */
        if (!codec_info(track->codec))
            continue;
        place = is_video(track) ? &t->video : &t->sound;
        if (!*place && record_track_init(&t->tracks[i], track->codec) == 0)
            *place = &t->tracks[i];
        if (*place == &t->tracks[i] && track->codec == CODEC_H264)
            frames_h264_sets(&t->tracks[i].frames, span_str(track->fmtp));
    }
    return t->video || t->sound ? 0 : ERR_UNSUPPORTED;
}

int take_new(struct take **out, const char *directory, const struct recording_spec *spec,
             const struct take_events *events, void *user, struct error *e)
{
    struct take *t = calloc(1, sizeof *t);
    int r;

    if (!t)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    t->directory = directory;
    t->events = events;
    t->user = user;
    t->still_since_ms = -1;
    t->group = strdup(spec->group);
    t->username = strdup(spec->username);
    t->label = strdup(spec->label);
    r = t->group && t->username && t->label ? record_queue_new(&t->queue, QUEUE_BYTES)
                                            : ERR_NO_MEMORY;
    if (r == 0)
        r = add_tracks(t, spec);
    if (r < 0) {
        take_free(t);
        return error_set(e, r, NULL,
                         r == ERR_NO_MEMORY ? "out of memory" : "no track that can be recorded");
    }
    *out = t;
    return 0;
}

void take_free(struct take *t)
{
    if (t->queue)
        record_queue_close(t->queue);
    record_queue_unref(t->queue);
    record_output_abandon(t->output);
    if (t->video)
        record_track_release(t->video);
    if (t->sound)
        record_track_release(t->sound);
    free(t->group);
    free(t->username);
    free(t->label);
    free(t);
}

struct record_queue *take_queue(const struct take *t)
{
    return t->queue;
}

int64_t take_size(const struct take *t)
{
    return t->output ? record_output_size(t->output) : 0;
}

static void warn(struct take *t, const char *text)
{
    if (t->warned_us != 0 && t->time.now_us - t->warned_us < WARN_US)
        return;
    t->warned_us = t->time.now_us;
    t->events->warned(t->user, text);
}

/* ---- what comes ---- */

/* Nobody decodes what waits beyond this: frames that cannot be written soon are no use. */
static bool is_full(const struct take *t)
{
    return (t->video ? t->video->waiting_bytes : 0) + (t->sound ? t->sound->waiting_bytes : 0) >
           WAITING_MAX;
}

static void drain(struct take *t)
{
    struct record r;

    while (!is_full(t) && record_queue_peek(t->queue, &r)) {
        struct record_track *track = r.track < t->n_tracks ? &t->tracks[r.track] : NULL;

        if (track && (track == t->video || track == t->sound))
            record_track_take(track, &r);
        record_queue_next(t->queue);
    }
    for (size_t i = 0; i < RECORD_TRACKS_MAX; i++) {
        struct record_track *track = i == 0 ? t->video : t->sound;

        if (track && t->is_last)
            record_track_flush(track);
        else if (track)
            record_track_tick(track, t->time.now_us);
    }
}

static void want_keyframe(struct take *t)
{
    t->wished_us = t->time.now_us;
    record_queue_want_keyframe(t->queue);
}

static void look_after_keyframes(struct take *t)
{
    if (!t->video || t->video->has_ended)
        return;
    if (t->video->frames.needs_keyframe) {
        if (t->output && t->has_video && t->still_since_ms < 0)
            t->still_since_ms = t->last_video_ms;
        if (t->time.now_us - t->wished_us >= WISH_US)
            want_keyframe(t);
        if (t->video->packet_us - t->video->frame_us >= STILL_US)
            warn(t, "its picture stands still: no keyframe comes that is whole");
    } else if (t->time.now_us - t->keyframe_us >= KEYFRAME_US &&
               t->time.now_us - t->wished_us >= KEYFRAME_US) {
        want_keyframe(t);
    }
}

/* @return 0, or ERR_BUSY: the disk has been too slow for too long */
static int look_after_drops(struct take *t, struct error *e)
{
    if (record_queue_take_dropped(t->queue) == 0) {
        if (t->time.now_us - t->slow_us > WARN_US)
            t->slow_since_us = 0;
        return 0;
    }
    t->slow_us = t->time.now_us;
    if (t->slow_since_us == 0)
        t->slow_since_us = t->slow_us;
    if (t->slow_us - t->slow_since_us > SLOW_US)
        return error_set(e, ERR_BUSY, NULL, "the disk is too slow for the recording");
    warn(t, "the disk is too slow: pictures are missing in the recording");
    return 0;
}

/* ---- the file ---- */

static int close_output(struct take *t, struct error *e)
{
    char name[RECORDING_NAME_SIZE];
    struct record_output *o = t->output;
    int r;

    if (!o)
        return 0;
    if (t->still_since_ms >= 0)
        record_output_note_gap(o, t->still_since_ms, t->last_video_ms);
    t->output = NULL;
    r = record_output_finish(o, name, sizeof name, e);
    if (*name)
        t->events->finished(t->user, name);
    return r;
}

/* @param first the picture that it begins with; NULL: sound alone */
static int open_output(struct take *t, const struct whole_frame *first, int64_t origin_us,
                       struct error *e)
{
    struct record_output_spec spec = {
        .directory = t->directory,
        .group = t->group,
        .username = t->username,
        .label = t->label,
        .started_us = t->time.realtime_us - (t->time.now_us - origin_us),
        .sound = t->sound ? t->sound->codec : CODEC_NONE,
    };

    if (first) {
        spec.video = t->video->codec;
        spec.width = first->width;
        spec.height = first->height;
        spec.extradata = buf_span(&t->video->frames.extradata);
    }
    t->origin_us = origin_us;
    t->has_video = first;
    t->width = first ? first->width : 0;
    t->has_grown = false;
    t->last_video_ms = 0;
    t->still_since_ms = -1;
    t->synced_us = t->time.now_us;
    return record_output_open(&t->output, &spec, e);
}

/* Sender reports lay picture and sound side by side better than arrival does. */
static bool waits_for_clocks(const struct take *t, int64_t video_since_us)
{
    return t->sound && !t->is_last && t->time.now_us - video_since_us < CLOCK_WAIT_US &&
           !(record_track_has_clock(t->video) && record_track_has_clock(t->sound));
}

/* VP9 may begin with its lowest spatial layer and grow without a keyframe, and Firefox shows all of
 * a file as large as its keyframes say: it begins with one of the whole picture. */
static bool waits_for_growth(struct take *t, int64_t video_since_us)
{
    int64_t waited_us = t->time.now_us - video_since_us;

    if (t->video->codec != CODEC_VP9 || t->is_last || waited_us >= VIDEO_WAIT_US)
        return false;
    if (!record_track_outgrows(t->video))
        return waited_us < GROWTH_WAIT_US;
    if (t->time.now_us - t->wished_us >= WISH_US)
        want_keyframe(t);
    return true;
}

/* Begins the file when there is something to begin it with. @return 0, or what failed */
static int begin(struct take *t, struct error *e)
{
    int64_t video_since_us = 0, sound_since_us = 0, origin_us;
    const struct whole_frame *first;
    bool has_picture = t->video && record_track_waits_since(t->video, &video_since_us);
    bool has_sound = t->sound && record_track_waits_since(t->sound, &sound_since_us);

    if (has_picture) {
        if (waits_for_growth(t, video_since_us) || waits_for_clocks(t, video_since_us))
            return 0;
        first = record_track_next(t->video, &origin_us);
        return open_output(t, first, origin_us, e);
    }
    if (!has_sound || (t->video && !t->is_last && !t->video->has_ended &&
                       t->time.now_us - sound_since_us < VIDEO_WAIT_US))
        return 0;
    (void)record_track_next(t->sound, &origin_us);
    return open_output(t, NULL, origin_us, e);
}

static int write_picture(struct take *t, const struct whole_frame *frame, int64_t us,
                         struct error *e)
{
    int64_t ms = (us - t->origin_us) / US_PER_MS;
    int r;

    if (t->still_since_ms >= 0 && frame->is_key) {
        record_output_note_gap(t->output, t->still_since_ms, ms);
        t->still_since_ms = -1;
    }
    if (frame->is_key)
        t->keyframe_us = t->time.now_us;
    if (frame->width > t->width) {
        t->width = frame->width;
        t->has_grown = !frame->is_key;
        if (t->has_grown)
            want_keyframe(t);
    }
    r = record_output_video(t->output, ms, frame, e);
    t->last_video_ms = ms;
    record_track_pop(t->video);
    return r;
}

static int write_sound(struct take *t, const struct whole_frame *frame, int64_t us, struct error *e)
{
    int64_t at = (us - t->origin_us) * OPUS_MS / US_PER_MS;
    bool is_done;
    int r = record_output_sound(t->output, at, frame->data, &is_done, e);

    if (is_done)
        record_track_pop(t->sound);
    return r;
}

static int64_t sound_end_us(const struct take *t)
{
    return t->origin_us + record_output_sound_end(t->output) * US_PER_MS / OPUS_MS;
}

enum turn { TURN_NOBODY, TURN_PICTURE, TURN_SOUND, TURN_SILENCE };

/* Whose turn is it? The earlier one's; a track that sends nothing holds up the other for
 * PATIENCE_US only, and sound goes on as silence then. */
static enum turn whose_turn(const struct take *t, bool has_picture, int64_t picture_us,
                            bool has_sound)
{
    int64_t until_us = t->time.now_us - PATIENCE_US; /* nothing more is expected before */
    int64_t sound_us = t->sound ? sound_end_us(t) : INT64_MAX;
    bool is_sound_next = !has_picture || sound_us <= picture_us;

    if (t->is_last)
        until_us = has_picture ? picture_us : INT64_MIN;
    if (t->sound && is_sound_next) {
        bool waits_for_picture = t->has_video && !has_picture && !t->is_last &&
                                 !t->video->has_ended && sound_us > until_us;

        if (has_sound && !waits_for_picture)
            return TURN_SOUND;
        if (!has_sound && sound_us + OPUS_FRAME / OPUS_MS * US_PER_MS <= until_us)
            return TURN_SILENCE;
        if (!has_sound && t->is_last && has_picture)
            return TURN_PICTURE;
        return TURN_NOBODY;
    }
    return has_picture ? TURN_PICTURE : TURN_NOBODY;
}

/* Writes one block. @return 1; 0: nothing is due; or what failed */
static int write_next(struct take *t, struct error *e)
{
    int64_t picture_us = 0, sound_us = 0;
    const struct whole_frame *picture = t->video ? record_track_next(t->video, &picture_us) : NULL;
    const struct whole_frame *sound = t->sound ? record_track_next(t->sound, &sound_us) : NULL;
    int r = 0;

    switch (whose_turn(t, picture, picture_us, sound)) {
    case TURN_PICTURE:
        /* a file of sound alone ends where the pictures begin, one of lower layers where all are */
        if (!t->has_video || (t->has_grown && picture->is_key && picture->width >= t->width)) {
            r = close_output(t, e);
            return r < 0 ? r : 0;
        }
        r = write_picture(t, picture, picture_us, e);
        break;
    case TURN_SOUND:
        r = write_sound(t, sound, sound_us, e);
        break;
    case TURN_SILENCE:
        r = record_output_silence(t->output, e);
        break;
    case TURN_NOBODY:
        return 0;
    }
    return r < 0 ? r : 1;
}

static int write_all(struct take *t, struct error *e)
{
    for (;;) {
        int r = 0;

        if (!t->output) {
            r = begin(t, e);
            if (r < 0 || !t->output)
                return r;
        }
        while ((r = write_next(t, e)) > 0)
            ;
        if (r < 0 || t->output)
            return r;
    }
}

int take_pump(struct take *t, const struct take_time *time, struct error *e)
{
    int r;

    t->time = *time;
    drain(t);
    look_after_keyframes(t);
    r = look_after_drops(t, e);
    if (r == 0)
        r = write_all(t, e);
    if (r == 0 && t->output && t->time.now_us - t->synced_us >= SYNC_US) {
        t->synced_us = t->time.now_us;
        r = record_output_sync(t->output, e);
    }
    t->has_failed = r < 0;
    return r;
}

int take_finish(struct take *t, const struct take_time *time, struct error *e)
{
    struct error of_closing = {0};
    struct record left;
    int r = 0, closed;

    t->is_last = true;
    t->time = *time;
    record_queue_close(t->queue);
    while (!t->has_failed && r == 0) {
        drain(t);
        r = write_all(t, e);
        if (!record_queue_peek(t->queue, &left))
            break;
    }
    closed = close_output(t, &of_closing);
    if (r == 0 && closed < 0) {
        r = closed;
        if (e)
            *e = of_closing;
    }
    return r;
}
