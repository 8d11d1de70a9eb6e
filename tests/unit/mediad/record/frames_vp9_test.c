/* Spatial layers of VP9: whatever decoder reads the file gets one picture of the full size, and it
 * is the one that a browser would show. */
#include "../rtc/layered_codec.h"

#include <libavcodec/avcodec.h>

#include "mediad/record/frames.h"

struct whole {
    uint8_t *data;
    size_t len;
    bool is_key;
    unsigned width, height, n;
};

static void keep_whole(void *user, const struct whole_frame *f)
{
    struct whole *w = user;

    free(w->data);
    w->data = malloc(f->data.len + AV_INPUT_BUFFER_PADDING_SIZE);
    assert_non_null(w->data);
    memcpy(w->data, f->data.data, f->data.len);
    memset(w->data + f->data.len, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    w->len = f->data.len;
    w->is_key = f->is_key;
    if (f->width > 0) {
        w->width = f->width;
        w->height = f->height;
    }
    w->n++;
}

static void push_picture(struct frames *f, struct codec_pair *c, unsigned picture)
{
    uint8_t packet[PACKET_SIZE + DESCRIPTOR_MAX];

    for (unsigned i = 0; i < c->n_frames; i++) {
        const struct frame *layer = &c->frames[i];

        for (size_t at = 0; at < layer->len; at += PACKET_SIZE) {
            struct span part = span_sub(span_of(layer->data, layer->len), at, PACKET_SIZE);
            bool is_last = at + part.len == layer->len;
            size_t head = write_vp9_descriptor(c, layer, picture, at == 0, is_last, packet);
            struct record r = {.rtp_ts = picture * 3000,
                               .marker = is_last && i + 1 == c->n_frames,
                               .payload = span_of(packet, head + part.len)};

            memcpy(packet + head, part.data, part.len);
            frames_push(f, &r, false);
        }
    }
}

/* The layers as they were encoded, one after the other: libvpx shows the last one only. */
static uint64_t decode_layers(vpx_codec_ctx_t *decoder, const struct codec_pair *c)
{
    uint64_t shown = 0;

    for (unsigned i = 0; i < c->n_frames; i++)
        shown = decode(decoder, c->frames[i].data, c->frames[i].len);
    return shown;
}

static uint64_t hash_of_frame(const AVFrame *f)
{
    vpx_image_t image = {.d_w = (unsigned)f->width, .d_h = (unsigned)f->height};

    for (unsigned p = 0; p < 3; p++) {
        image.planes[p] = f->data[p];
        image.stride[p] = f->linesize[p];
    }
    return hash(&image);
}

/* @return the hash of the only picture that comes out */
static uint64_t decode_by_ffmpeg(AVCodecContext *decoder, const struct whole *w)
{
    AVPacket *p = av_packet_alloc();
    AVFrame *f = av_frame_alloc();
    uint64_t shown;

    p->data = w->data;
    p->size = (int)w->len;
    assert_int_equal(0, avcodec_send_packet(decoder, p));
    assert_int_equal(0, avcodec_receive_frame(decoder, f));
    assert_int_equal(WIDTH, f->width);
    assert_int_equal(HEIGHT, f->height);
    shown = hash_of_frame(f);
    assert_int_equal(AVERROR(EAGAIN), avcodec_receive_frame(decoder, f));
    av_frame_free(&f);
    av_packet_free(&p);
    return shown;
}

static AVCodecContext *open_ffmpeg(void)
{
    const AVCodec *codec = avcodec_find_decoder_by_name("vp9");
    AVCodecContext *c = avcodec_alloc_context3(codec);

    c->thread_count = 1;
    assert_int_equal(0, avcodec_open2(c, codec, NULL));
    return c;
}

static void check_layers(bool is_key_svc)
{
    static struct codec_pair c;
    vpx_codec_ctx_t reference, rewritten;
    AVCodecContext *ffmpeg = open_ffmpeg();
    struct whole w = {0};
    struct frames f;

    pair_open(&c, CODEC_VP9, is_key_svc);
    decoder_open(&reference, CODEC_VP9);
    decoder_open(&rewritten, CODEC_VP9);
    assert_int_equal(0, frames_init(&f, CODEC_VP9));
    f.deliver = keep_whole;
    f.user = &w;
    for (unsigned i = 0; i < 60; i++) {
        uint64_t shown;

        encode(&c, i, i == 40);
        push_picture(&f, &c, i);
        assert_int_equal(i + 1, w.n);
        assert_int_equal(c.is_key, w.is_key);
        assert_int_equal(WIDTH, w.width);
        assert_int_equal(HEIGHT, w.height);
        shown = decode_layers(&reference, &c);
        assert_int_equal(shown, decode(&rewritten, w.data, w.len));
        assert_int_equal(shown, decode_by_ffmpeg(ffmpeg, &w));
    }
    free(w.data);
    frames_release(&f);
    pair_close(&c);
    avcodec_free_context(&ffmpeg);
    assert_int_equal(0, vpx_codec_destroy(&reference));
    assert_int_equal(0, vpx_codec_destroy(&rewritten));
}

static void test_layers_that_need_lower_ones(void **state)
{
    (void)state;
    check_layers(false);
}

static void test_layers_that_stand_alone_between_keyframes(void **state)
{
    (void)state;
    check_layers(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers_that_need_lower_ones),
        cmocka_unit_test(test_layers_that_stand_alone_between_keyframes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
