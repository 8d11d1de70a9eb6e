/* A recording without a network: real encoders' frames in RTP packets, through the queue into a
 * file, in simulated time; and what is in the file then, read and decoded whole. */
#ifndef NEREID_TESTS_RECORD_RIG_H
#define NEREID_TESTS_RECORD_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

#include "common/atomic_file.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/writer.h"
#include "mediad/record/take.h"

enum {
    RIG_PACKET = 900, /* bytes of a frame in one packet */
    RIG_FPS = 25,
    RIG_STARTED_S = 1790000000,
};

/* One track as its publisher sends it. */
struct rig_track {
    enum codec codec;
    uint8_t number;
    AVCodecContext *encoder;
    int width, height;
    AVFrame *frame;
    AVPacket *packet;
    uint32_t first_rtp_ts;
    uint64_t seq;
    int64_t skew_us;  /* what is sent so much later than it was taken */
    double rate;      /* of its clock to the server's */
    int64_t stood_us; /* its RTP clock stood still for so long */
    uint8_t source;
    bool wants_keyframe;
    unsigned n_sent;
};

/* A lost packet that comes again. */
struct rig_repair {
    struct rig_repair *next;
    int64_t due_us;
    struct record record;
    bool is_video, is_key;
    uint8_t payload[1500];
};

struct rig {
    char directory[64];
    struct take *take;
    struct record_queue *queue;
    int64_t now_us, start_us;
    struct rig_track tracks[RECORD_TRACKS_MAX];
    size_t n_tracks;
    unsigned loss_percent; /* of packets */
    int64_t repair_us;     /* what is lost comes so much later; 0: never */
    struct rig_repair *repairs;
    unsigned seed;
    char files[4][256];
    unsigned n_files;
    char warning[256];
    unsigned n_wishes;
    unsigned n_lost, n_dropped;
    size_t padding;    /* bytes that follow each frame of VP8, which its decoders do not mind */
    bool is_deaf;      /* publishers make no keyframes on request */
    unsigned round_ms; /* between the writer's rounds; 0: none */
};

static inline void rig_warned(void *user, const char *text)
{
    struct rig *rig = user;

    (void)snprintf(rig->warning, sizeof rig->warning, "%s", text);
}

static inline void rig_finished(void *user, const char *name)
{
    struct rig *rig = user;

    assert_true(rig->n_files < LENGTH(rig->files));
    (void)snprintf(rig->files[rig->n_files++], sizeof rig->files[0], "%s", name);
}

static inline void rig_open(struct rig *rig, enum codec a, enum codec b)
{
    static const struct take_events events = {rig_warned, rig_finished};
    struct recording_spec spec = {
        .group = "city/watch", .username = "sam/vimes", .label = "camera"};
    const enum codec codecs[] = {a, b};
    struct error e = {0};

    memset(rig, 0, sizeof *rig);
    (void)snprintf(rig->directory, sizeof rig->directory, "/tmp/record.XXXXXX");
    assert_non_null(mkdtemp(rig->directory));
    rig->now_us = rig->start_us = 5000 * US_PER_S;
    rig->seed = 1;
    rig->round_ms = 60;
    for (size_t i = 0; i < LENGTH(codecs) && codecs[i] != CODEC_NONE; i++) {
        struct rig_track *t = &rig->tracks[rig->n_tracks];

        t->codec = codecs[i];
        t->number = (uint8_t)rig->n_tracks++;
        t->first_rtp_ts = UINT32_MAX - 90000; /* wraps soon */
        t->seq = 65500;
        t->rate = 1;
        t->width = 320;
        t->height = 192;
        spec.tracks[i] = (struct recording_track){codecs[i], ""};
    }
    spec.n_tracks = rig->n_tracks;
    assert_int_equal(0, take_new(&rig->take, rig->directory, &spec, &events, rig, &e));
    rig->queue = take_queue(rig->take);
}

/* ---- encoders ---- */

static inline const char *rig_encoder_name(enum codec codec)
{
    static const char *const names[CODEC_COUNT] = {
        [CODEC_VP8] = "libvpx",     [CODEC_VP9] = "libvpx-vp9", [CODEC_AV1] = "libaom-av1",
        [CODEC_H264] = "libx264",   [CODEC_OPUS] = "libopus",   [CODEC_G722] = "g722",
        [CODEC_PCMU] = "pcm_mulaw", [CODEC_PCMA] = "pcm_alaw",
    };

    return names[codec];
}

static inline bool rig_is_video(const struct rig_track *t)
{
    return codec_info(t->codec)->kind == TRACK_VIDEO;
}

static inline void rig_close_encoder(struct rig_track *t)
{
    avcodec_free_context(&t->encoder);
    av_frame_free(&t->frame);
    av_packet_free(&t->packet);
}

static inline void rig_video_options(struct rig_track *t)
{
    AVCodecContext *c = t->encoder;

    c->width = t->width;
    c->height = t->height;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){1, RIG_FPS};
    c->framerate = (AVRational){RIG_FPS, 1};
    c->bit_rate = 800000;
    c->gop_size = 1000000;
    c->max_b_frames = 0;
    c->thread_count = 1;
    if (t->codec == CODEC_H264) {
        (void)av_opt_set(c->priv_data, "preset", "ultrafast", 0);
        (void)av_opt_set(c->priv_data, "tune", "zerolatency", 0);
        (void)av_opt_set(c->priv_data, "forced-idr", "1", 0);
    } else if (t->codec == CODEC_AV1) {
        (void)av_opt_set(c->priv_data, "usage", "realtime", 0);
        (void)av_opt_set_int(c->priv_data, "cpu-used", 10, 0);
        (void)av_opt_set_int(c->priv_data, "lag-in-frames", 0, 0);
    } else {
        (void)av_opt_set(c->priv_data, "deadline", "realtime", 0);
        (void)av_opt_set_int(c->priv_data, "cpu-used", 8, 0);
        (void)av_opt_set_int(c->priv_data, "lag-in-frames", 0, 0);
    }
}

static inline void rig_open_encoder(struct rig_track *t)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(rig_encoder_name(t->codec));

    if (t->encoder)
        return;
    assert_non_null(codec);
    t->encoder = avcodec_alloc_context3(codec);
    t->frame = av_frame_alloc();
    t->packet = av_packet_alloc();
    if (rig_is_video(t)) {
        rig_video_options(t);
    } else {
        unsigned rate = t->codec == CODEC_OPUS ? 48000 : t->codec == CODEC_G722 ? 16000 : 8000;

        t->encoder->sample_rate = (int)rate;
        t->encoder->sample_fmt = AV_SAMPLE_FMT_S16;
        t->encoder->bit_rate = t->codec == CODEC_OPUS ? 24000 : 64000;
        av_channel_layout_default(&t->encoder->ch_layout, 1);
    }
    assert_int_equal(0, avcodec_open2(t->encoder, codec, NULL));
}

/* The picture at a moment: it is white for the first tenth of each second, else grey with a bar. */
static inline void rig_paint(struct rig_track *t, int64_t us)
{
    AVFrame *f = t->frame;
    bool is_flash = us % US_PER_S < US_PER_S / 10;
    int bar = (int)(us / 10000 % t->width);

    f->format = AV_PIX_FMT_YUV420P;
    f->width = t->width;
    f->height = t->height;
    if (!f->data[0])
        assert_int_equal(0, av_frame_get_buffer(f, 0));
    assert_int_equal(0, av_frame_make_writable(f));
    for (int y = 0; y < t->height; y++) {
        memset(f->data[0] + y * f->linesize[0], is_flash ? 235 : 60 + y % 50, (size_t)t->width);
        if (!is_flash)
            memset(f->data[0] + y * f->linesize[0] + bar, 150, (size_t)(t->width - bar) / 8);
    }
    for (int p = 1; p < 3; p++)
        memset(f->data[p], 128, (size_t)f->linesize[p] * (size_t)((t->height + 1) / 2));
    f->pict_type = t->wants_keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    f->pts = us * RIG_FPS / US_PER_S;
    t->wants_keyframe = false;
}

/* 20 ms of a tone at the beginning of each second, and a soft one else. */
static inline void rig_sing(struct rig_track *t, int64_t us)
{
    AVFrame *f = t->frame;
    int rate = t->encoder->sample_rate, n = rate / 50;
    int16_t *samples;

    f->format = AV_SAMPLE_FMT_S16;
    f->nb_samples = n;
    f->sample_rate = rate;
    if (!f->data[0]) {
        assert_int_equal(0, av_channel_layout_copy(&f->ch_layout, &t->encoder->ch_layout));
        assert_int_equal(0, av_frame_get_buffer(f, 0));
    }
    assert_int_equal(0, av_frame_make_writable(f));
    samples = (int16_t *)(void *)f->data[0];
    for (int i = 0; i < n; i++) {
        int64_t at = us + (int64_t)i * US_PER_S / rate;
        double level = at % US_PER_S < US_PER_S / 10 ? 12000 : 300;

        samples[i] = (int16_t)(level * sin(2 * M_PI * 440 * (double)(at % US_PER_S) / 1e6));
    }
    f->pts = us * rate / US_PER_S;
}

/* ---- packets ---- */

static inline bool rig_is_lost(struct rig *rig)
{
    rig->seed = rig->seed * 1103515245u + 12345u;
    return rig->loss_percent > 0 && rig->seed / 65536 % 100 < rig->loss_percent;
}

static inline uint32_t rig_rtp_ts(const struct rig *rig, const struct rig_track *t,
                                  int64_t taken_us)
{
    double media = (double)(taken_us - rig->start_us - t->stood_us) * t->rate;

    return t->first_rtp_ts +
           (uint32_t)(int64_t)(media * codec_info(t->codec)->clock_rate / US_PER_S);
}

static inline void rig_repair_later(struct rig *rig, const struct record *r, bool is_video,
                                    bool is_key)
{
    struct rig_repair *repair = calloc(1, sizeof *repair), **end = &rig->repairs;

    assert_non_null(repair);
    repair->due_us = rig->now_us + rig->repair_us;
    repair->record = *r;
    repair->is_video = is_video;
    repair->is_key = is_key;
    memcpy(repair->payload, r->payload.data, r->payload.len);
    repair->record.payload.data = repair->payload;
    while (*end)
        end = &(*end)->next;
    *end = repair;
}

static inline void rig_put_repairs(struct rig *rig)
{
    while (rig->repairs && rig->repairs->due_us <= rig->now_us) {
        struct rig_repair *repair = rig->repairs;

        repair->record.at_us = rig->now_us;
        assert_true(
            record_queue_put(rig->queue, &repair->record, repair->is_video, repair->is_key));
        rig->repairs = repair->next;
        free(repair);
    }
}

static inline void rig_put(struct rig *rig, struct rig_track *t, int64_t taken_us, bool marker,
                           bool is_key, struct span payload)
{
    struct record r = {
        .kind = RECORD_PACKET,
        .track = t->number,
        .source = t->source,
        .marker = marker,
        .rtp_ts = rig_rtp_ts(rig, t, taken_us),
        .ext_seq = t->seq++,
        .at_us = rig->now_us,
        .payload = payload,
    };

    if (rig_is_lost(rig)) {
        rig->n_lost++;
        if (rig->repair_us > 0)
            rig_repair_later(rig, &r, rig_is_video(t), is_key);
        return;
    }
    if (!record_queue_put(rig->queue, &r, rig_is_video(t), is_key))
        rig->n_dropped++;
}

/* A frame in packets: `head` is what each begins with; bits of its first byte say which is first
 * and last. */
static inline void rig_split(struct rig *rig, struct rig_track *t, int64_t us, struct span frame,
                             bool is_key, uint8_t head, uint8_t first_bit, uint8_t last_bit,
                             uint8_t inner_bit)
{
    uint8_t packet[RIG_PACKET + 1];

    for (size_t at = 0; at < frame.len; at += RIG_PACKET) {
        struct span part = span_sub(frame, at, RIG_PACKET);
        bool is_first = at == 0, is_last = at + part.len == frame.len;

        packet[0] = (uint8_t)(head | (is_first ? first_bit : inner_bit) | (is_last ? last_bit : 0));
        memcpy(packet + 1, part.data, part.len);
        rig_put(rig, t, us, is_last, is_key && is_first, span_of(packet, part.len + 1));
    }
}

static inline void rig_send_vp8(struct rig *rig, struct rig_track *t, int64_t us, struct span frame,
                                bool is_key)
{
    uint8_t *padded = calloc(1, frame.len + rig->padding);

    assert_non_null(padded);
    memcpy(padded, frame.data, frame.len);
    rig_split(rig, t, us, span_of(padded, frame.len + rig->padding), is_key, 0, 0x10, 0, 0);
    free(padded);
}

#include "rig_codecs.h"

static inline void rig_send_frame(struct rig *rig, struct rig_track *t, int64_t us)
{
    struct span frame = span_of(t->packet->data, (size_t)t->packet->size);
    bool is_key = t->packet->flags & AV_PKT_FLAG_KEY;

    t->n_sent++;
    switch (t->codec) {
    case CODEC_VP8:
        rig_send_vp8(rig, t, us, frame, is_key);
        break;
    case CODEC_VP9:
        rig_split(rig, t, us, frame, is_key, is_key ? 0 : 0x40, 0x08, 0x04, 0);
        break;
    case CODEC_AV1:
        rig_send_av1(rig, t, us, frame, is_key);
        break;
    case CODEC_H264:
        rig_send_h264(rig, t, us, frame, is_key);
        break;
    default:
        rig_put(rig, t, us, false, true, frame);
        break;
    }
}

/* What a track's publisher sends of this moment. */
static inline void rig_send(struct rig *rig, unsigned track)
{
    struct rig_track *t = &rig->tracks[track];
    int64_t us = rig->now_us - t->skew_us;

    rig_open_encoder(t);
    if (rig_is_video(t))
        rig_paint(t, us);
    else
        rig_sing(t, us);
    assert_int_equal(0, avcodec_send_frame(t->encoder, t->frame));
    while (avcodec_receive_packet(t->encoder, t->packet) == 0) {
        rig_send_frame(rig, t, us);
        av_packet_unref(t->packet);
    }
}

/* A sender report: what is taken now has this RTP timestamp. */
static inline void rig_report(struct rig *rig, unsigned track)
{
    struct rig_track *t = &rig->tracks[track];
    struct record r = {
        .kind = RECORD_CLOCK,
        .track = t->number,
        .source = t->source,
        .rtp_ts = rig_rtp_ts(rig, t, rig->now_us),
        .at_us = rig->now_us,
    };

    assert_true(record_queue_put(rig->queue, &r, false, false));
}

static inline struct take_time rig_time(const struct rig *rig)
{
    return (struct take_time){rig->now_us, RIG_STARTED_S * US_PER_S + rig->now_us - rig->start_us};
}

/* The writer's round. @return what take_pump() says */
static inline int rig_pump(struct rig *rig)
{
    struct take_time time = rig_time(rig);
    struct error e = {0};
    int r = take_pump(rig->take, &time, &e);

    if (r < 0)
        (void)snprintf(rig->warning, sizeof rig->warning, "%s", e.text);
    if (record_queue_take_keyframe_wish(rig->queue) && !rig->is_deaf) {
        rig->n_wishes++;
        for (size_t i = 0; i < rig->n_tracks; i++)
            rig->tracks[i].wants_keyframe = true;
    }
    return r;
}

/* Time goes by; of the tracks in `mask` (a bit each) something is sent, and reports once a second.
 */
static inline void rig_run(struct rig *rig, int64_t ms, unsigned mask, bool has_reports)
{
    for (int64_t i = 0; i < ms; i += 20) {
        for (unsigned k = 0; k < rig->n_tracks; k++) {
            bool is_due = !rig_is_video(&rig->tracks[k]) ||
                          (rig->now_us - rig->start_us) / US_PER_MS % 40 == 0;

            if ((mask & 1u << k) && is_due)
                rig_send(rig, k);
            if (has_reports && (rig->now_us - rig->start_us) / US_PER_MS % 1000 == 0)
                rig_report(rig, k);
        }
        rig->now_us += 20 * US_PER_MS;
        rig_put_repairs(rig);
        if (rig->round_ms > 0 && i % rig->round_ms == 0)
            assert_int_equal(0, rig_pump(rig));
    }
}

static inline void rig_finish(struct rig *rig)
{
    struct take_time time = rig_time(rig);
    struct error e = {0};

    assert_int_equal(0, take_finish(rig->take, &time, &e));
}

static inline void rig_path(const struct rig *rig, unsigned file, char out[512])
{
    (void)snprintf(out, 512, "%s/city/watch/%s", rig->directory, rig->files[file]);
}

/* .about/NAME.json of a file; the caller frees it. */
static inline char *rig_about(const struct rig *rig, unsigned file)
{
    char path[512];
    struct buf text = {0};

    (void)snprintf(path, sizeof path, "%s/city/watch/.about/%s.json", rig->directory,
                   rig->files[file]);
    assert_int_equal(0, file_read(&text, path, 1 << 20, NULL, NULL));
    return text.data;
}

static inline void rig_close(struct rig *rig)
{
    char command[128];

    while (rig->repairs) {
        struct rig_repair *next = rig->repairs->next;

        free(rig->repairs);
        rig->repairs = next;
    }

    take_free(rig->take);
    for (size_t i = 0; i < rig->n_tracks; i++)
        rig_close_encoder(&rig->tracks[i]);
    (void)snprintf(command, sizeof command, "rm -rf %s", rig->directory);
    assert_int_equal(0, system(command));
}

#endif
