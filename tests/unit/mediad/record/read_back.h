/* A finished file, read with libavformat and decoded whole. */
#ifndef NEREID_TESTS_READ_BACK_H
#define NEREID_TESTS_READ_BACK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "common/macros.h"

struct read_stream {
    enum AVCodecID codec;
    AVCodecContext *decoder;
    unsigned n_packets, n_frames, n_sizes;
    int64_t first_ms, last_ms; /* of packets */
    int64_t longest_ms;        /* between two packets */
    int64_t samples;           /* decoded */
    int64_t event_ms[256];     /* of its flashes, or tones */
    unsigned n_events;
    bool is_bright;
    int width, height; /* of the last picture */
    bool starts_with_key;
};

struct read_back {
    struct read_stream streams[2];
    unsigned n_streams;
    double duration_s;
    char created[64], title[64], artist[64];
    unsigned n_cues;
    bool has_cues_in_front;
};

/* ---- EBML: where the cues are ---- */

static inline uint64_t read_number(FILE *f, bool keeps_marker)
{
    int first = fgetc(f), len = 1;
    uint64_t value;

    if (first == EOF)
        return UINT64_MAX;
    while (len <= 8 && !(first & 0x80 >> (len - 1)))
        len++;
    value = (uint64_t)(keeps_marker ? first : first & (0xff >> len));
    for (int i = 1; i < len; i++)
        value = value << 8 | (uint64_t)fgetc(f);
    return value;
}

static inline void read_cues(struct read_back *b, FILE *f, long end)
{
    while (ftell(f) < end) {
        uint64_t id = read_number(f, true), len = read_number(f, false);

        b->n_cues += id == 0xbb;
        fseek(f, (long)len, SEEK_CUR);
    }
}

static inline void read_elements(struct read_back *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    uint64_t id, len;
    bool has_cluster = false;

    assert_non_null(f);
    while ((id = read_number(f, true)) != UINT64_MAX) {
        len = read_number(f, false);
        if (id == 0x18538067) /* the segment: go in */
            continue;
        has_cluster = has_cluster || id == 0x1f43b675;
        if (id == 0x1c53bb6b) {
            b->has_cues_in_front = !has_cluster;
            read_cues(b, f, ftell(f) + (long)len);
            continue;
        }
        if (fseek(f, (long)len, SEEK_CUR) < 0)
            break;
    }
    fclose(f);
}

/* ---- frames ---- */

static inline void note_event(struct read_stream *s, bool is_bright, int64_t ms)
{
    if (is_bright && !s->is_bright && s->n_events < LENGTH(s->event_ms))
        s->event_ms[s->n_events++] = ms;
    s->is_bright = is_bright;
}

static inline void look_at_picture(struct read_stream *s, const AVFrame *f)
{
    int middle = f->data[0][f->height / 2 * f->linesize[0] + f->width / 2];

    if (f->width != s->width || f->height != s->height)
        s->n_sizes++;
    s->width = f->width;
    s->height = f->height;
    note_event(s, middle > 200, f->pts);
}

static inline double sample_at(const AVFrame *f, int i)
{
    if (f->format == AV_SAMPLE_FMT_FLTP)
        return (double)((const float *)(const void *)f->data[0])[i];
    if (f->format == AV_SAMPLE_FMT_FLT)
        return (double)((const float *)(const void *)f->data[0])[i * f->ch_layout.nb_channels];
    if (f->format == AV_SAMPLE_FMT_S16P)
        return ((const int16_t *)(const void *)f->data[0])[i] / 32768.0;
    return ((const int16_t *)(const void *)f->data[0])[i * f->ch_layout.nb_channels] / 32768.0;
}

/* Loud for a millisecond, after 500 ms that were not. */
static inline void look_at_sound(struct read_stream *s, const AVFrame *f)
{
    for (int i = 0; i < f->nb_samples; i++) {
        int64_t ms = s->samples * 1000 / f->sample_rate;
        double v = sample_at(f, i);

        s->samples++;
        if ((v > 0.1 || v < -0.1) &&
            (s->n_events == 0 || ms > s->event_ms[s->n_events - 1] + 500) &&
            s->n_events < LENGTH(s->event_ms))
            s->event_ms[s->n_events++] = ms;
    }
}

static inline void read_frames(struct read_stream *s, AVFrame *f)
{
    while (avcodec_receive_frame(s->decoder, f) == 0) {
        s->n_frames++;
        if (s->decoder->codec_type == AVMEDIA_TYPE_VIDEO)
            look_at_picture(s, f);
        else
            look_at_sound(s, f);
        av_frame_unref(f);
    }
}

static inline void read_packet(struct read_stream *s, AVPacket *p, AVFrame *f)
{
    if (s->n_packets++ == 0) {
        s->first_ms = p->pts;
        s->starts_with_key = p->flags & AV_PKT_FLAG_KEY;
    } else {
        assert_true(p->pts >= s->last_ms);
        if (p->pts - s->last_ms > s->longest_ms)
            s->longest_ms = p->pts - s->last_ms;
    }
    s->last_ms = p->pts;
    assert_int_equal(0, avcodec_send_packet(s->decoder, p));
    read_frames(s, f);
}

static inline void open_decoder(struct read_stream *s, const AVStream *stream)
{
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);

    assert_non_null(codec);
    s->codec = stream->codecpar->codec_id;
    s->decoder = avcodec_alloc_context3(codec);
    assert_int_equal(0, avcodec_parameters_to_context(s->decoder, stream->codecpar));
    s->decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK | AV_EF_BITSTREAM;
    s->decoder->thread_count = 1;
    s->decoder->pkt_timebase = stream->time_base;
    assert_int_equal(0, avcodec_open2(s->decoder, codec, NULL));
}

static inline void copy_tag(const AVFormatContext *c, const char *name, char out[64])
{
    const AVDictionaryEntry *e = av_dict_get(c->metadata, name, NULL, 0);

    (void)snprintf(out, 64, "%s", e ? e->value : "");
}

static inline void read_file(struct read_back *b, const char *path)
{
    AVFormatContext *c = NULL;
    AVPacket *p = av_packet_alloc();
    AVFrame *f = av_frame_alloc();

    memset(b, 0, sizeof *b);
    assert_int_equal(0, avformat_open_input(&c, path, NULL, NULL));
    assert_true(c->nb_streams <= LENGTH(b->streams));
    b->n_streams = c->nb_streams;
    b->duration_s = (double)c->duration / AV_TIME_BASE;
    copy_tag(c, "creation_time", b->created);
    copy_tag(c, "title", b->title);
    copy_tag(c, "artist", b->artist);
    for (unsigned i = 0; i < c->nb_streams; i++)
        open_decoder(&b->streams[i], c->streams[i]);
    while (av_read_frame(c, p) == 0) {
        read_packet(&b->streams[p->stream_index], p, f);
        av_packet_unref(p);
    }
    for (unsigned i = 0; i < b->n_streams; i++) {
        assert_int_equal(0, avcodec_send_packet(b->streams[i].decoder, NULL));
        read_frames(&b->streams[i], f);
        avcodec_free_context(&b->streams[i].decoder);
    }
    avformat_close_input(&c);
    av_packet_free(&p);
    av_frame_free(&f);
    read_elements(b, path);
}

#endif
