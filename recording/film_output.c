#include "recording/film_output.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "recording/folder.h"
#include "recording/media_input.h"
#include "recording/media_output.h"

#define VIDEO_BITS 1500000
#define SOUND_BITS 96000
#define SOUND_RATE 48000
#define PACKET_SAMPLES (SOUND_RATE / 50)
#define KEYFRAME_S 4

struct track {
    AVCodecContext *encoder;
    AVStream *stream;
    int64_t pts;   /* of what comes next */
    int64_t shift; /* added to the encoder's timestamps */
};

struct film_output {
    AVFormatContext *format;
    struct track video, sound;
    AVFrame *block; /* of sound */
    AVPacket *packet;
};

static AVCodecContext *new_encoder(const char *name, const AVCodec **codec)
{
    *codec = avcodec_find_encoder_by_name(name);
    return *codec ? avcodec_alloc_context3(*codec) : NULL;
}

static int add_track(struct film_output *o, struct track *t, const AVCodec *codec,
                     AVDictionary **options)
{
    int r = avcodec_open2(t->encoder, codec, options);

    if (r < 0)
        return r;
    t->stream = avformat_new_stream(o->format, NULL);
    if (!t->stream)
        return AVERROR(ENOMEM);
    t->stream->time_base = t->encoder->time_base;
    return avcodec_parameters_from_context(t->stream->codecpar, t->encoder);
}

static int add_video(struct film_output *o)
{
    const AVCodec *codec;
    AVCodecContext *c = o->video.encoder = new_encoder("libvpx-vp9", &codec);
    AVDictionary *options = NULL;
    int r = 0;

    if (!c)
        return codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;
    c->width = FILM_WIDTH;
    c->height = FILM_HEIGHT;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){1, FILM_FPS};
    c->framerate = (AVRational){FILM_FPS, 1};
    c->bit_rate = VIDEO_BITS;
    c->gop_size = KEYFRAME_S * FILM_FPS;
    /* With several its threads wait for each other by turning, which costs six times as much where
     * the machine has other things to do. */
    c->thread_count = 1;
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (av_dict_set(&options, "deadline", "realtime", 0) < 0 ||
        av_dict_set(&options, "cpu-used", "8", 0) < 0 ||
        av_dict_set(&options, "lag-in-frames", "0", 0) < 0 ||
        av_dict_set(&options, "auto-alt-ref", "0", 0) < 0)
        r = AVERROR(ENOMEM);
    if (r == 0)
        r = add_track(o, &o->video, codec, &options);
    av_dict_free(&options);
    return r;
}

static int add_sound(struct film_output *o)
{
    const AVCodec *codec;
    AVCodecContext *c = o->sound.encoder = new_encoder("libopus", &codec);
    int r;

    if (!c)
        return codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;
    c->sample_rate = SOUND_RATE;
    c->sample_fmt = AV_SAMPLE_FMT_FLT;
    c->time_base = (AVRational){1, SOUND_RATE};
    c->bit_rate = SOUND_BITS;
    c->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    r = add_track(o, &o->sound, codec, NULL);
    /* In a file timestamps are those of what the decoder gives, the encoder's delay included. */
    o->sound.shift = c->initial_padding;
    return r;
}

static int make_block(AVFrame *block)
{
    block->nb_samples = PACKET_SAMPLES;
    block->format = AV_SAMPLE_FMT_FLT;
    block->sample_rate = SOUND_RATE;
    block->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
    return av_frame_get_buffer(block, 0);
}

static int open_file(struct film_output *o, int fd, int64_t started_us)
{
    char when[TIME_RFC3339_SIZE], *path = folder_path(fd, NULL);
    int r = path ? avformat_alloc_output_context2(&o->format, NULL, "webm", path) : AVERROR(ENOMEM);

    if (r >= 0)
        r = av_dict_set(&o->format->metadata, "creation_time",
                        time_format_rfc3339(started_us, when), 0);
    if (r >= 0)
        r = add_video(o);
    if (r >= 0)
        r = add_sound(o);
    if (r >= 0)
        r = make_block(o->block);
    if (r >= 0)
        r = media_output_start(o->format, path);
    free(path);
    return r;
}

int film_output_open(struct film_output **out, int fd, int64_t started_us, struct error *e)
{
    struct film_output *o = calloc(1, sizeof *o);
    int r;

    if (!o)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    o->packet = av_packet_alloc();
    o->block = av_frame_alloc();
    r = o->packet && o->block ? open_file(o, fd, started_us) : AVERROR(ENOMEM);
    if (r < 0) {
        film_output_free(o);
        return media_error(e, r, NULL, "the film cannot be begun");
    }
    *out = o;
    return 0;
}

void film_output_free(struct film_output *o)
{
    if (!o)
        return;
    avcodec_free_context(&o->video.encoder);
    avcodec_free_context(&o->sound.encoder);
    if (o->format)
        avio_closep(&o->format->pb);
    avformat_free_context(o->format);
    av_packet_free(&o->packet);
    av_frame_free(&o->block);
    free(o);
}

/* @param frame NULL: what is still in the encoder */
static int encode(struct film_output *o, struct track *t, const AVFrame *frame)
{
    int r = avcodec_send_frame(t->encoder, frame);

    while (r >= 0 && (r = avcodec_receive_packet(t->encoder, o->packet)) >= 0) {
        o->packet->pts += t->shift;
        o->packet->dts = o->packet->pts;
        o->packet->stream_index = t->stream->index;
        av_packet_rescale_ts(o->packet, t->encoder->time_base, t->stream->time_base);
        r = av_interleaved_write_frame(o->format, o->packet);
    }
    return r == AVERROR(EAGAIN) || r == AVERROR_EOF ? 0 : r;
}

int film_output_add(struct film_output *o, AVFrame *picture, const float *sound, struct error *e)
{
    int r = 0;

    picture->pts = o->video.pts++;
    picture->pict_type = AV_PICTURE_TYPE_NONE;
    r = encode(o, &o->video, picture);
    for (int i = 0; i < FILM_SAMPLES && r >= 0; i += PACKET_SAMPLES) {
        r = av_frame_make_writable(o->block);
        if (r < 0)
            break;
        memcpy(o->block->data[0], sound + (size_t)i * 2, PACKET_SAMPLES * 2 * sizeof *sound);
        o->block->pts = o->sound.pts;
        o->sound.pts += PACKET_SAMPLES;
        r = encode(o, &o->sound, o->block);
    }
    if (r >= 0)
        r = o->format->pb->error;
    return r < 0 ? media_error(e, r, NULL, "the film cannot be written") : 0;
}

int film_output_finish(struct film_output *o, struct error *e)
{
    int r = encode(o, &o->video, NULL);

    if (r >= 0)
        r = encode(o, &o->sound, NULL);
    if (r >= 0)
        r = av_write_trailer(o->format);
    avio_flush(o->format->pb);
    if (r >= 0)
        r = o->format->pb->error;
    return r < 0 ? media_error(e, r, NULL, "the film cannot be written") : 0;
}
