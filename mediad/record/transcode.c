#include "mediad/record/transcode.h"

#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>

#include "common/buf.h"
#include "mediad/record/opus_packet.h"

enum { BIT_RATE = 40000, SAMPLE_SIZE = sizeof(int16_t) };

struct transcode {
    AVCodecContext *decoder, *encoder;
    SwrContext *resampler;
    struct buf pcm; /* 16 bits at 48 kHz: what is not a whole frame yet */
    AVFrame *decoded, *chunk;
    AVPacket *in, *out;
    int64_t pts;
};

static const struct source {
    enum AVCodecID id;
    int rate;                /* that it decodes to */
    unsigned samples_a_byte; /* at 48 kHz */
} * source_of(enum codec codec)
{
    static const struct source g722 = {AV_CODEC_ID_ADPCM_G722, 16000, 6};
    static const struct source pcmu = {AV_CODEC_ID_PCM_MULAW, 8000, 6};
    static const struct source pcma = {AV_CODEC_ID_PCM_ALAW, 8000, 6};

    switch (codec) {
    case CODEC_G722:
        return &g722;
    case CODEC_PCMU:
        return &pcmu;
    case CODEC_PCMA:
        return &pcma;
    default:
        return NULL;
    }
}

bool transcode_is_needed(enum codec codec)
{
    return source_of(codec);
}

unsigned transcode_samples(enum codec codec, struct span packet)
{
    const struct source *source = source_of(codec);

    return packet.len < 65536 ? (unsigned)packet.len * source->samples_a_byte : 0;
}

static int open_decoder(struct transcode *t, const struct source *source)
{
    const AVCodec *codec = avcodec_find_decoder(source->id);

    if (!codec)
        return AVERROR_DECODER_NOT_FOUND;
    t->decoder = avcodec_alloc_context3(codec);
    if (!t->decoder)
        return AVERROR(ENOMEM);
    t->decoder->sample_rate = source->rate;
    t->decoder->thread_count = 1;
    av_channel_layout_default(&t->decoder->ch_layout, 1);
    return avcodec_open2(t->decoder, codec, NULL);
}

static int open_encoder(struct transcode *t)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libopus");
    AVCodecContext *c;

    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    c = t->encoder = avcodec_alloc_context3(codec);
    if (!c)
        return AVERROR(ENOMEM);
    c->sample_rate = OPUS_RATE;
    c->sample_fmt = AV_SAMPLE_FMT_S16;
    c->bit_rate = BIT_RATE;
    c->time_base = (AVRational){1, OPUS_RATE};
    c->thread_count = 1;
    av_channel_layout_default(&c->ch_layout, 1);
    return avcodec_open2(c, codec, NULL);
}

static int open_resampler(struct transcode *t)
{
    int r = swr_alloc_set_opts2(&t->resampler, &t->encoder->ch_layout, t->encoder->sample_fmt,
                                OPUS_RATE, &t->decoder->ch_layout, t->decoder->sample_fmt,
                                t->decoder->sample_rate, 0, NULL);

    return r < 0 ? r : swr_init(t->resampler);
}

/* The frame that is handed to the encoder. */
static int make_chunk(struct transcode *t)
{
    AVFrame *f = t->chunk;

    f->format = t->encoder->sample_fmt;
    f->nb_samples = OPUS_FRAME;
    f->sample_rate = OPUS_RATE;
    return av_channel_layout_copy(&f->ch_layout, &t->encoder->ch_layout) < 0
               ? AVERROR(ENOMEM)
               : av_frame_get_buffer(f, 0);
}

static int open_all(struct transcode *t, const struct source *source)
{
    int r = open_decoder(t, source);

    if (r >= 0)
        r = open_encoder(t);
    if (r >= 0)
        r = open_resampler(t);
    if (r >= 0)
        r = make_chunk(t);
    return r;
}

int transcode_new(struct transcode **out, enum codec codec, struct error *e)
{
    struct transcode *t = calloc(1, sizeof *t);
    int r = AVERROR(ENOMEM);

    if (!t)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    t->decoded = av_frame_alloc();
    t->chunk = av_frame_alloc();
    t->in = av_packet_alloc();
    t->out = av_packet_alloc();
    if (t->decoded && t->chunk && t->in && t->out)
        r = open_all(t, source_of(codec));
    if (r >= 0) {
        *out = t;
        return 0;
    }
    transcode_free(t);
    if (r == AVERROR(ENOMEM))
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    return error_set(e, ERR_UNSUPPORTED, NULL, "cannot encode Opus: %s", av_err2str(r));
}

void transcode_free(struct transcode *t)
{
    if (!t)
        return;
    avcodec_free_context(&t->decoder);
    avcodec_free_context(&t->encoder);
    swr_free(&t->resampler);
    buf_release(&t->pcm);
    av_frame_free(&t->decoded);
    av_frame_free(&t->chunk);
    av_packet_free(&t->in);
    av_packet_free(&t->out);
    free(t);
}

unsigned transcode_delay(const struct transcode *t)
{
    return (unsigned)t->encoder->initial_padding;
}

/* libavcodec's errors in our words. */
static int result_of(int code)
{
    if (code >= 0)
        return 0;
    return code == AVERROR(ENOMEM) ? ERR_NO_MEMORY : ERR_SYNTAX;
}

static int resample(struct transcode *t, const uint8_t *const *data, int n)
{
    int room = swr_get_out_samples(t->resampler, n), written;
    uint8_t *end;

    if (room < 0)
        return ERR_SYNTAX;
    end = (uint8_t *)buf_reserve(&t->pcm, (size_t)room * SAMPLE_SIZE);
    if (!end) {
        buf_release(&t->pcm);
        return ERR_NO_MEMORY;
    }
    written = swr_convert(t->resampler, &end, room, (const uint8_t **)(uintptr_t)data, n);
    if (written > 0)
        t->pcm.len += (size_t)written * SAMPLE_SIZE;
    return result_of(written);
}

int transcode_push(struct transcode *t, struct span packet)
{
    int r = av_new_packet(t->in, (int)packet.len), result = 0;

    if (r < 0)
        return ERR_NO_MEMORY;
    memcpy(t->in->data, packet.data, packet.len);
    r = avcodec_send_packet(t->decoder, t->in);
    av_packet_unref(t->in);
    while (r >= 0 && result == 0) {
        r = avcodec_receive_frame(t->decoder, t->decoded);
        if (r < 0)
            break;
        result =
            resample(t, (const uint8_t *const *)t->decoded->extended_data, t->decoded->nb_samples);
        av_frame_unref(t->decoded);
    }
    return result < 0 || r == AVERROR(EAGAIN) ? result : result_of(r);
}

int transcode_push_silence(struct transcode *t, unsigned samples)
{
    static const int16_t zeros[OPUS_FRAME];
    const uint8_t *const data[] = {(const uint8_t *)zeros};

    while (samples > 0) {
        unsigned n = samples > OPUS_FRAME ? OPUS_FRAME : samples;
        int r = resample(t, data, (int)(n * (unsigned)t->decoder->sample_rate / OPUS_RATE));

        if (r < 0)
            return r;
        samples -= n;
    }
    return 0;
}

/* 20 ms for the encoder, when there are as many. */
static bool feed(struct transcode *t)
{
    const size_t size = OPUS_FRAME * SAMPLE_SIZE;

    if (t->pcm.len < size || av_frame_make_writable(t->chunk) < 0)
        return false;
    memcpy(t->chunk->data[0], t->pcm.data, size);
    memmove(t->pcm.data, t->pcm.data + size, t->pcm.len - size);
    t->pcm.len -= size;
    t->chunk->pts = t->pts;
    t->pts += OPUS_FRAME;
    return avcodec_send_frame(t->encoder, t->chunk) >= 0;
}

bool transcode_pull(struct transcode *t, struct span *out)
{
    av_packet_unref(t->out);
    while (avcodec_receive_packet(t->encoder, t->out) < 0) {
        if (!feed(t))
            return false;
    }
    *out = span_of(t->out->data, (size_t)t->out->size);
    return true;
}
