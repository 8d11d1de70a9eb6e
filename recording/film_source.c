#include "recording/film_source.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "recording/decoder.h"
#include "recording/folder.h"
#include "recording/media_input.h"
#include "recording/packet_line.h"
#include "recording/sound_line.h"

/* Sound and pictures of one moment are no further apart in a file. */
#define AHEAD_US US_PER_S
/* Decoders of sound need some packets before the moment. */
#define SOUND_AHEAD_US (100 * US_PER_MS)
/* A camera that sends nothing for so long is off. A screen that does not change stays. */
#define OFF_US (4 * US_PER_S)

static const struct log_ctx ctx = {.room = "recording"};

struct film_source {
    const struct meeting_file *file;
    struct media_input in;
    int fd;
    int64_t offset_us, at_us;
    AVCodecContext *video, *audio; /* NULL: not in it, or not for us */
    struct packet_line video_ahead, audio_ahead;
    bool is_at_end, is_screen;
    AVPacket *packet;
    AVFrame *shown, *scratch;
    int64_t shown_us; /* film time of the picture that is shown */
    unsigned picture_number;
    SwrContext *resampler; /* for what follows */
    int sound_rate, sound_format, sound_channels;
    float *converted;
    int converted_size;
    struct sound_line sound;
};

/* What cannot be decoded here is left out of the film, and said. */
static void open_decoder(AVCodecContext **out, const struct film_source *s, int stream)
{
    struct error e = {0};

    if (stream >= 0 && decoder_open(out, s->in.format->streams[stream]->codecpar, &e) < 0)
        log_warn(&ctx, "%s: %s", s->file->name, e.text);
}

int film_source_open(struct film_source **out, int folder, const struct meeting_file *file,
                     int64_t offset_us, struct error *e)
{
    struct film_source *s = calloc(1, sizeof *s);
    struct error why = {0};
    int r = 0;

    if (!s)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    s->file = file;
    s->offset_us = offset_us;
    s->sound.taken = offset_us * SOUND_RATE / US_PER_S;
    s->is_screen = meeting_file_is_screen(file);
    s->packet = av_packet_alloc();
    s->shown = av_frame_alloc();
    s->scratch = av_frame_alloc();
    s->fd = folder_open_file(folder, file->name, O_RDONLY, 0);
    if (!s->packet || !s->shown || !s->scratch)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    else if (s->fd < 0)
        r = error_set_errno(e, file->name, "cannot be opened");
    else if ((r = media_input_open(&s->in, s->fd, &why)) < 0)
        r = error_set(e, r, file->name, "%s", why.text);
    if (r < 0) {
        film_source_close(s);
        return r;
    }
    open_decoder(&s->video, s, s->in.video);
    open_decoder(&s->audio, s, s->in.audio);
    *out = s;
    return 0;
}

void film_source_close(struct film_source *s)
{
    if (!s)
        return;
    packet_line_release(&s->video_ahead);
    packet_line_release(&s->audio_ahead);
    avcodec_free_context(&s->video);
    avcodec_free_context(&s->audio);
    swr_free(&s->resampler);
    av_frame_free(&s->shown);
    av_frame_free(&s->scratch);
    av_packet_free(&s->packet);
    sound_line_release(&s->sound);
    free(s->converted);
    if (s->in.format)
        media_input_close(&s->in);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

static int64_t film_us(const struct film_source *s, const AVPacket *packet)
{
    return s->offset_us + media_input_pts_us(&s->in, packet);
}

/* ---- reading ---- */

static int read_ahead(struct film_source *s, struct error *e)
{
    int64_t read_us = INT64_MIN;
    int r = 0;

    while (r == 0 && !s->is_at_end && read_us < s->at_us + AHEAD_US) {
        struct packet_line *line;
        int more = media_input_read(&s->in, s->packet);

        if (more < 0)
            return error_set(e, more, s->file->name, "cannot be read");
        s->is_at_end = more == 0;
        if (s->is_at_end)
            break;
        read_us = film_us(s, s->packet);
        line = s->packet->stream_index == s->in.video ? &s->video_ahead : &s->audio_ahead;
        if (line == &s->video_ahead ? !s->video : !s->audio)
            av_packet_unref(s->packet);
        else
            r = packet_line_put(line, s->packet);
        if (r == ERR_TOO_LARGE) { /* so many within a second are no recording of a call */
            av_packet_unref(s->packet);
            r = 0;
        }
    }
    return r < 0 ? error_set(e, r, NULL, "out of memory") : 0;
}

/* ---- pictures ---- */

static void show_decoded(struct film_source *s)
{
    while (avcodec_receive_frame(s->video, s->scratch) >= 0) {
        av_frame_unref(s->shown);
        av_frame_move_ref(s->shown, s->scratch);
        s->picture_number++;
    }
}

/* What is broken shows nothing: the picture before it stays. */
static void decode_pictures(struct film_source *s)
{
    AVPacket *packet;

    while ((packet = packet_line_peek(&s->video_ahead)) != NULL && film_us(s, packet) <= s->at_us) {
        unsigned before = s->picture_number;

        if (avcodec_send_packet(s->video, packet) >= 0)
            show_decoded(s);
        if (s->picture_number != before)
            s->shown_us = film_us(s, packet);
        packet_line_next(&s->video_ahead);
    }
}

const AVFrame *film_source_picture(const struct film_source *s)
{
    bool is_over = s->at_us >= s->offset_us + s->file->about.duration_us;

    if (!s->shown->data[0] || is_over || (!s->is_screen && s->at_us - s->shown_us > OFF_US))
        return NULL;
    return s->shown;
}

unsigned film_source_picture_number(const struct film_source *s)
{
    return s->picture_number;
}

/* ---- sound ---- */

/* As what comes now wants it: a decoder of Opus may change between mono and stereo. */
static int prepare_resampler(struct film_source *s, AVFrame *frame)
{
    AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
    int r;

    if (s->resampler && s->sound_rate == frame->sample_rate && s->sound_format == frame->format &&
        s->sound_channels == frame->ch_layout.nb_channels)
        return 0;
    swr_free(&s->resampler);
    r = swr_alloc_set_opts2(&s->resampler, &stereo, AV_SAMPLE_FMT_FLT, SOUND_RATE,
                            &frame->ch_layout, frame->format, frame->sample_rate, 0, NULL);
    if (r >= 0)
        r = swr_init(s->resampler);
    s->sound_rate = frame->sample_rate;
    s->sound_format = frame->format;
    s->sound_channels = frame->ch_layout.nb_channels;
    return r;
}

static int put_sound(struct film_source *s, int64_t at_us)
{
    AVFrame *frame = s->scratch;
    uint8_t *to;
    int n, r;

    if (prepare_resampler(s, frame) < 0)
        return 0; /* nothing we know how to hear */
    n = swr_get_out_samples(s->resampler, frame->nb_samples);
    if (n > s->converted_size) {
        float *bigger = realloc(s->converted, (size_t)n * SOUND_CHANNELS * sizeof *bigger);

        if (!bigger)
            return ERR_NO_MEMORY;
        s->converted = bigger;
        s->converted_size = n;
    }
    to = (uint8_t *)s->converted;
    r = swr_convert(s->resampler, &to, n, (const uint8_t **)frame->extended_data,
                    frame->nb_samples);
    if (r <= 0)
        return 0;
    return sound_line_put(&s->sound, at_us * SOUND_RATE / US_PER_S, s->converted, (size_t)r);
}

static int decode_sound(struct film_source *s, struct error *e)
{
    AVPacket *packet;
    int r = 0;

    while (r == 0 && (packet = packet_line_peek(&s->audio_ahead)) != NULL &&
           film_us(s, packet) <= s->at_us + SOUND_AHEAD_US) {
        int64_t at_us = film_us(s, packet);

        if (avcodec_send_packet(s->audio, packet) >= 0) {
            while (r == 0 && avcodec_receive_frame(s->audio, s->scratch) >= 0) {
                r = put_sound(s, at_us);
                at_us += s->scratch->nb_samples * US_PER_S / s->scratch->sample_rate;
                av_frame_unref(s->scratch);
            }
        }
        packet_line_next(&s->audio_ahead);
    }
    return r < 0 ? error_set(e, r, NULL, "out of memory") : 0;
}

double film_source_sound(struct film_source *s, int64_t at, float *mix, size_t n)
{
    return sound_line_take(&s->sound, at, mix, n);
}

int film_source_go(struct film_source *s, int64_t at_us, struct error *e)
{
    int r;

    s->at_us = at_us;
    r = read_ahead(s, e);
    if (r == 0 && s->video)
        decode_pictures(s);
    if (r == 0 && s->audio)
        r = decode_sound(s, e);
    return r;
}
