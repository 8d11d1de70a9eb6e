/*
 * Recordings for tests: real pictures (VP8, by libvpx) and real sound (Opus) in WebM, and a reader
 * of Matroska's blocks that knows nothing of libavformat.
 */
#ifndef NEREID_TESTS_RECORDING_TEST_MEDIA_H
#define NEREID_TESTS_RECORDING_TEST_MEDIA_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <math.h>
#include <stdbool.h>

#include "common/buf.h"

#define TEST_FPS 25
#define TEST_RATE 48000
#define TEST_FRAME 960 /* 20 ms */

/** Zero members mean: nothing of it. */
struct test_recording {
    const char *path;
    const char *started; /* creation_time, or NULL */
    const char *title, *artist;
    double duration_s;
    int width, height; /* 0: no pictures */
    bool has_sound;
    bool is_live;   /* clusters of unknown size, as they are written without seeking */
    double flash_s; /* one white second from here, black else; 0: a moving pattern */
    double beep_s;  /* one second of 1 kHz from here, silence else; 0: 440 Hz all along */
};

struct test_track {
    AVCodecContext *encoder;
    AVStream *stream;
    int64_t n; /* frames or samples so far */
};

static inline void test_write(AVFormatContext *out, struct test_track *t, const AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();

    assert_non_null(packet);
    assert_int_equal(avcodec_send_frame(t->encoder, frame), 0);
    while (avcodec_receive_packet(t->encoder, packet) >= 0) {
        packet->stream_index = t->stream->index;
        av_packet_rescale_ts(packet, t->encoder->time_base, t->stream->time_base);
        assert_int_equal(av_interleaved_write_frame(out, packet), 0);
    }
    av_packet_free(&packet);
}

static inline void test_add_track(AVFormatContext *out, struct test_track *t, const char *encoder,
                                  const struct test_recording *r)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(encoder);
    AVDictionary *options = NULL;

    assert_non_null(codec);
    t->encoder = avcodec_alloc_context3(codec);
    assert_non_null(t->encoder);
    t->encoder->thread_count = 1;
    if (codec->type == AVMEDIA_TYPE_VIDEO) {
        t->encoder->width = r->width;
        t->encoder->height = r->height;
        t->encoder->pix_fmt = AV_PIX_FMT_YUV420P;
        t->encoder->time_base = (AVRational){1, TEST_FPS};
        t->encoder->gop_size = 2 * TEST_FPS;
        t->encoder->bit_rate = 300000;
        av_dict_set(&options, "deadline", "realtime", 0);
        av_dict_set(&options, "cpu-used", "8", 0);
        av_dict_set(&options, "lag-in-frames", "0", 0);
    } else {
        t->encoder->sample_rate = TEST_RATE;
        t->encoder->sample_fmt = AV_SAMPLE_FMT_FLT;
        t->encoder->time_base = (AVRational){1, TEST_RATE};
        t->encoder->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    }
    if (out->oformat->flags & AVFMT_GLOBALHEADER)
        t->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    assert_int_equal(avcodec_open2(t->encoder, codec, &options), 0);
    av_dict_free(&options);
    t->stream = avformat_new_stream(out, NULL);
    assert_non_null(t->stream);
    assert_true(avcodec_parameters_from_context(t->stream->codecpar, t->encoder) >= 0);
    t->stream->time_base = t->encoder->time_base;
}

static inline void test_picture(AVFormatContext *out, struct test_track *t,
                                const struct test_recording *r)
{
    AVFrame *f = av_frame_alloc();
    double at_s = (double)t->n / TEST_FPS;
    bool is_white = at_s >= r->flash_s - 0.001 && at_s < r->flash_s + 1;

    assert_non_null(f);
    f->width = r->width;
    f->height = r->height;
    f->format = AV_PIX_FMT_YUV420P;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int y = 0; y < r->height; y++) {
        for (int x = 0; x < r->width; x++)
            f->data[0][y * f->linesize[0] + x] =
                r->flash_s > 0 ? (is_white ? 235 : 60) : (uint8_t)(x + y + 3 * t->n);
    }
    for (int y = 0; y < (r->height + 1) / 2; y++) {
        memset(f->data[1] + y * f->linesize[1], 128, (size_t)(r->width + 1) / 2);
        memset(f->data[2] + y * f->linesize[2], 128, (size_t)(r->width + 1) / 2);
    }
    f->pts = t->n++;
    test_write(out, t, f);
    av_frame_free(&f);
}

static inline void test_sound(AVFormatContext *out, struct test_track *t,
                              const struct test_recording *r)
{
    AVFrame *f = av_frame_alloc();

    assert_non_null(f);
    f->nb_samples = TEST_FRAME;
    f->format = AV_SAMPLE_FMT_FLT;
    f->sample_rate = TEST_RATE;
    f->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int i = 0; i < TEST_FRAME; i++) {
        double s = (double)(t->n + i) / TEST_RATE;
        bool is_heard = r->beep_s <= 0 || (s >= r->beep_s && s < r->beep_s + 1);
        double tone = sin(2 * 3.14159265358979 * (r->beep_s > 0 ? 1000 : 440) * s);

        ((float *)(void *)f->data[0])[i] = is_heard ? (float)(0.5 * tone) : 0.0f;
    }
    f->pts = t->n;
    t->n += TEST_FRAME;
    test_write(out, t, f);
    av_frame_free(&f);
}

static inline void test_make_recording(const struct test_recording *r)
{
    struct test_track video = {0}, sound = {0};
    AVFormatContext *out = NULL;
    AVDictionary *options = NULL;

    assert_true(avformat_alloc_output_context2(&out, NULL, "webm", r->path) >= 0);
    if (r->started)
        av_dict_set(&out->metadata, "creation_time", r->started, 0);
    if (r->title)
        av_dict_set(&out->metadata, "title", r->title, 0);
    if (r->artist)
        av_dict_set(&out->metadata, "artist", r->artist, 0);
    if (r->width)
        test_add_track(out, &video, "libvpx", r);
    if (r->has_sound)
        test_add_track(out, &sound, "libopus", r);
    av_dict_set(&options, "cluster_time_limit", "2000", 0);
    if (r->is_live)
        av_dict_set(&options, "live", "1", 0);
    assert_true(avio_open(&out->pb, r->path, AVIO_FLAG_WRITE) >= 0);
    if (r->is_live)
        out->pb->seekable = 0;
    assert_true(avformat_write_header(out, &options) >= 0);
    av_dict_free(&options);
    for (double now = 0; now < r->duration_s; now += 0.02) {
        while (video.encoder && (double)video.n / TEST_FPS <= now)
            test_picture(out, &video, r);
        if (sound.encoder)
            test_sound(out, &sound, r);
    }
    if (video.encoder)
        test_write(out, &video, NULL);
    if (sound.encoder)
        test_write(out, &sound, NULL);
    assert_int_equal(av_write_trailer(out), 0);
    avio_closep(&out->pb);
    avcodec_free_context(&video.encoder);
    avcodec_free_context(&sound.encoder);
    avformat_free_context(out);
}

/* ---- blocks (RFC 9559) ---- */

#define EBML_SEGMENT 0x18538067u
#define EBML_CLUSTER 0x1f43b675u
#define EBML_CUES 0x1c53bb6bu
#define EBML_TIMESTAMP 0xe7u
#define EBML_BLOCK_GROUP 0xa0u
#define EBML_BLOCK 0xa1u
#define EBML_SIMPLE_BLOCK 0xa3u

struct test_block {
    unsigned track;
    int64_t ts;
    struct span payload;
    size_t end; /* in the file */
};

struct test_blocks {
    struct test_block list[20000];
    size_t n;
    size_t first_cluster, cues; /* where they begin; 0: there are none */
    int64_t cluster_ts;
};

/* @return false at the end of what there is */
static inline bool test_vint(struct span file, size_t *at, bool keep_marker, uint64_t *out,
                             bool *is_unknown)
{
    size_t len = 1;
    uint64_t n;

    if (*at >= file.len || file.data[*at] == 0)
        return false;
    while (!(file.data[*at] & (0x80 >> (len - 1))))
        len++;
    if (len > file.len - *at)
        return false;
    n = keep_marker ? file.data[*at] : file.data[*at] & (0xff >> len);
    for (size_t i = 1; i < len; i++)
        n = n << 8 | file.data[*at + i];
    *is_unknown = !keep_marker && n == (UINT64_C(1) << (7 * len)) - 1;
    *at += len;
    *out = n;
    return true;
}

static inline void test_add_block(struct test_blocks *out, struct span file, size_t at, size_t size)
{
    size_t start = at;
    uint64_t track = 0;
    bool is_unknown;
    struct test_block *b = &out->list[out->n];

    assert_true(out->n < sizeof out->list / sizeof out->list[0]);
    assert_true(test_vint(file, &at, false, &track, &is_unknown));
    b->track = (unsigned)track;
    b->ts = out->cluster_ts + (int16_t)(file.data[at] << 8 | file.data[at + 1]);
    b->payload = span_sub(file, at + 3, size - (at + 3 - start));
    b->end = start + size;
    out->n++;
}

/** Every block that is whole in a file, which may end anywhere. */
static inline void test_read_blocks(struct test_blocks *out, struct span file)
{
    size_t at = 0;

    out->n = 0;
    out->first_cluster = out->cues = 0;
    for (;;) {
        size_t start = at;
        uint64_t id, size;
        bool is_unknown;

        if (!test_vint(file, &at, true, &id, &is_unknown) ||
            !test_vint(file, &at, false, &size, &is_unknown))
            break;
        if (id == EBML_CLUSTER && out->first_cluster == 0)
            out->first_cluster = start;
        if (id == EBML_CUES)
            out->cues = start;
        if (id == EBML_SEGMENT || id == EBML_CLUSTER || id == EBML_BLOCK_GROUP)
            continue; /* into it */
        if (size > file.len - at)
            break;
        if (id == EBML_TIMESTAMP) {
            out->cluster_ts = 0;
            for (size_t i = 0; i < size; i++)
                out->cluster_ts = out->cluster_ts << 8 | file.data[at + i];
        } else if (id == EBML_SIMPLE_BLOCK || id == EBML_BLOCK) {
            test_add_block(out, file, at, size);
        }
        at += size;
    }
}

/* ---- decoding ---- */

/** Decode all of one kind. @param each called with each frame and its time in seconds
 * @return how many frames came */
static inline unsigned test_decode(const char *path, enum AVMediaType type,
                                   void (*each)(const AVFrame *frame, double at_s, void *arg),
                                   void *arg)
{
    AVFormatContext *in = NULL;
    AVCodecContext *decoder;
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    const AVCodec *codec;
    unsigned n = 0;
    int index;
    bool more = true;

    assert_int_equal(avformat_open_input(&in, path, NULL, NULL), 0);
    index = av_find_best_stream(in, type, -1, -1, &codec, 0);
    assert_true(index >= 0);
    decoder = avcodec_alloc_context3(codec);
    assert_true(avcodec_parameters_to_context(decoder, in->streams[index]->codecpar) >= 0);
    decoder->err_recognition = AV_EF_EXPLODE;
    assert_int_equal(avcodec_open2(decoder, codec, NULL), 0);
    while (more) {
        more = av_read_frame(in, packet) >= 0;
        if (more && packet->stream_index != index) {
            av_packet_unref(packet);
            continue;
        }
        assert_int_equal(avcodec_send_packet(decoder, more ? packet : NULL), 0);
        av_packet_unref(packet);
        while (avcodec_receive_frame(decoder, frame) >= 0) {
            assert_int_equal(frame->decode_error_flags, 0);
            if (each)
                each(frame, (double)frame->pts * av_q2d(in->streams[index]->time_base), arg);
            n++;
            av_frame_unref(frame);
        }
    }
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&decoder);
    avformat_close_input(&in);
    return n;
}

#endif
