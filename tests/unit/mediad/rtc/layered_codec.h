/* Layered streams as libvpx encodes and decodes them, for tests of what receivers are sent. */
#ifndef NEREID_TESTS_LAYERED_CODEC_H
#define NEREID_TESTS_LAYERED_CODEC_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

#include "mediad/rtc/layer.h"
#include "mediad/rtc/seq_map.h"

enum {
    WIDTH = 320,
    HEIGHT = 192,
    SPATIAL = 3,
    FRAME_MAX = 1 << 17,
    DESCRIPTOR_MAX = 32,
    DESCRIPTOR_SIZE = 5, /* of those that are written here */
    PACKET_SIZE = 400,   /* of encoded bytes */
    PICTURES = 300,
    PACKETS_MAX = 8192,
};

/* A frame as it was encoded: one spatial layer of a picture. */
struct frame {
    uint8_t data[FRAME_MAX];
    size_t len;
    uint8_t sid, tid;
};

struct codec_pair {
    enum codec codec;
    vpx_codec_ctx_t encoder;
    unsigned n_sid;
    bool is_key_svc; /* layers need the lower ones at keyframes only */
    vpx_image_t *image;
    struct frame frames[SPATIAL]; /* of the last picture */
    unsigned n_frames;
    bool is_key;
    unsigned since_key;
};

/* ---- pictures ---- */

/* A ball that moves, in whatever size. */
static inline void paint(vpx_image_t *image, unsigned t)
{
    unsigned scale = WIDTH / image->d_w;

    for (unsigned y = 0; y < HEIGHT; y += scale) {
        for (unsigned x = 0; x < WIDTH; x += scale) {
            unsigned dx = x - (40 + t * 3 % 240), dy = y - (40 + t * 2 % 110);
            bool is_inside = dx * dx + dy * dy < 900;

            image->planes[0][y / scale * (unsigned)image->stride[0] + x / scale] =
                (uint8_t)(is_inside ? 200 + (x * y) % 50 : 40 + (x * 3 + y * 5) % 60);
        }
    }
    for (unsigned p = 1; p < 3; p++)
        memset(image->planes[p], 120 + (int)p, (size_t)image->stride[p] * image->d_h / 2);
}

static inline uint64_t hash(const vpx_image_t *image)
{
    uint64_t h = 1469598103934665603u;

    for (unsigned p = 0; p < 3; p++) {
        unsigned w = p ? (image->d_w + 1) / 2 : image->d_w;
        unsigned rows = p ? (image->d_h + 1) / 2 : image->d_h;

        for (unsigned y = 0; y < rows; y++) {
            for (unsigned x = 0; x < w; x++)
                h = (h ^ image->planes[p][y * (unsigned)image->stride[p] + x]) * 1099511628211u;
        }
    }
    return h;
}

/* ---- encoders ---- */

static inline void keep_layer(struct vpx_codec_cx_pkt *packet, void *user)
{
    struct codec_pair *c = user;
    vpx_svc_layer_id_t id = {0};
    struct frame *f;

    assert_int_equal(vpx_codec_control(&c->encoder, VP9E_GET_SVC_LAYER_ID, &id), 0);
    f = &c->frames[c->n_frames++];
    assert_true(c->n_frames <= SPATIAL && packet->data.frame.sz <= FRAME_MAX);
    memcpy(f->data, packet->data.frame.buf, packet->data.frame.sz);
    f->len = packet->data.frame.sz;
    f->sid = (uint8_t)id.spatial_layer_id;
    f->tid = (uint8_t)id.temporal_layer_id;
}

static inline void open_vp9(struct codec_pair *c, vpx_codec_enc_cfg_t *cfg)
{
    vpx_svc_extra_cfg_t svc = {.speed_per_layer = {8, 8, 8}};
    vpx_codec_priv_output_cx_pkt_cb_pair_t callback = {keep_layer, c};

    cfg->ss_number_layers = SPATIAL;
    cfg->ts_number_layers = 3;
    cfg->temporal_layering_mode = VP9E_TEMPORAL_LAYERING_MODE_0212;
    cfg->ts_rate_decimator[0] = 4;
    cfg->ts_rate_decimator[1] = 2;
    cfg->ts_rate_decimator[2] = 1;
    for (unsigned s = 0; s < SPATIAL; s++) {
        for (unsigned t = 0; t < 3; t++)
            cfg->layer_target_bitrate[s * 3 + t] = 100 * (s + 1) * (t + 1);
        svc.max_quantizers[s] = 56;
        svc.min_quantizers[s] = 2;
        svc.scaling_factor_num[s] = 1 << s;
        svc.scaling_factor_den[s] = 4;
    }
    assert_int_equal(vpx_codec_enc_init(&c->encoder, vpx_codec_vp9_cx(), cfg, 0), 0);
    assert_int_equal(vpx_codec_control(&c->encoder, VP8E_SET_CPUUSED, 8), 0);
    assert_int_equal(vpx_codec_control(&c->encoder, VP9E_SET_SVC, 1), 0);
    assert_int_equal(vpx_codec_control(&c->encoder, VP9E_SET_SVC_PARAMETERS, &svc), 0);
    assert_int_equal(
        vpx_codec_control(&c->encoder, VP9E_SET_SVC_INTER_LAYER_PRED, c->is_key_svc ? 2 : 0), 0);
    assert_int_equal(vpx_codec_control(&c->encoder, VP9E_REGISTER_CX_CALLBACK, &callback), 0);
}

/* @param scale of its pictures: WIDTH and HEIGHT divided by it */
static inline void pair_open_scaled(struct codec_pair *c, enum codec codec, bool is_key_svc,
                                    unsigned scale)
{
    vpx_codec_enc_cfg_t cfg;
    vpx_codec_iface_t *iface = codec == CODEC_VP8 ? vpx_codec_vp8_cx() : vpx_codec_vp9_cx();

    memset(c, 0, sizeof *c);
    c->codec = codec;
    c->is_key_svc = is_key_svc;
    c->n_sid = codec == CODEC_VP8 ? 1 : SPATIAL;
    c->image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, WIDTH / scale, HEIGHT / scale, 1);
    assert_non_null(c->image);
    assert_int_equal(vpx_codec_enc_config_default(iface, &cfg, 0), 0);
    cfg.g_w = WIDTH / scale;
    cfg.g_h = HEIGHT / scale;
    cfg.g_lag_in_frames = 0;
    cfg.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    cfg.g_timebase = (vpx_rational_t){1, 30};
    cfg.rc_end_usage = VPX_CBR;
    cfg.rc_target_bitrate = 1800 / scale;
    cfg.kf_mode = VPX_KF_DISABLED;
    cfg.g_threads = 1;
    if (codec == CODEC_VP9) {
        open_vp9(c, &cfg);
        return;
    }
    assert_int_equal(vpx_codec_enc_init(&c->encoder, iface, &cfg, 0), 0);
    assert_int_equal(vpx_codec_control(&c->encoder, VP8E_SET_CPUUSED, -12), 0);
}

static inline void pair_open(struct codec_pair *c, enum codec codec, bool is_key_svc)
{
    pair_open_scaled(c, codec, is_key_svc, 1);
}

static inline void pair_close(struct codec_pair *c)
{
    assert_int_equal(vpx_codec_destroy(&c->encoder), 0);
    vpx_img_free(c->image);
}

/* T0 needs the last T0; T1 that one, and in every second round the last T1; T2 the T0, or the T1.
 */
static inline vpx_enc_frame_flags_t vp8_flags(unsigned since_key)
{
    const vpx_enc_frame_flags_t upper = VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_ARF |
                                        VP8_EFLAG_NO_UPD_ENTROPY | VP8_EFLAG_NO_REF_ARF;

    switch (since_key % 4) {
    case 0:
        return VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_GF |
               VP8_EFLAG_NO_UPD_ARF;
    case 2:
        return upper | (since_key % 8 == 2 ? VP8_EFLAG_NO_REF_GF : 0);
    default:
        return upper | VP8_EFLAG_NO_UPD_GF | (since_key % 4 == 1 ? VP8_EFLAG_NO_REF_GF : 0);
    }
}

static inline bool vp8_is_sync(unsigned since_key)
{
    return since_key % 4 == 1 || since_key % 8 == 2;
}

static inline void encode(struct codec_pair *c, unsigned picture, bool wants_keyframe)
{
    static const uint8_t tids[] = {0, 2, 1, 2};
    vpx_enc_frame_flags_t flags = 0;
    vpx_codec_iter_t iter = NULL;
    const vpx_codec_cx_pkt_t *packet;

    c->is_key = picture == 0 || wants_keyframe;
    c->since_key = c->is_key ? 0 : c->since_key + 1;
    if (c->codec == CODEC_VP8 && !c->is_key)
        flags = vp8_flags(c->since_key);
    if (c->is_key)
        flags = VPX_EFLAG_FORCE_KF;
    c->n_frames = 0;
    paint(c->image, picture);
    assert_int_equal(vpx_codec_encode(&c->encoder, c->image, picture, 1, flags, VPX_DL_REALTIME),
                     0);
    while ((packet = vpx_codec_get_cx_data(&c->encoder, &iter)) != NULL) {
        if (c->codec == CODEC_VP9 || packet->kind != VPX_CODEC_CX_FRAME_PKT)
            continue;
        memcpy(c->frames[0].data, packet->data.frame.buf, packet->data.frame.sz);
        c->frames[0].len = packet->data.frame.sz;
        c->frames[0].sid = 0;
        c->frames[0].tid = tids[c->since_key % 4];
        c->n_frames = 1;
    }
}

/* ---- packets ---- */

static inline size_t write_vp8_descriptor(const struct codec_pair *c, unsigned picture,
                                          bool is_first, uint8_t *out)
{
    uint8_t tid = c->frames[0].tid;

    out[0] = (uint8_t)(0x80 | (tid == 2 ? 0x20 : 0) | (is_first ? 0x10 : 0));
    out[1] = 0xa0; /* picture id and tid */
    out[2] = (uint8_t)(0x80 | picture >> 8);
    out[3] = (uint8_t)picture;
    out[4] = (uint8_t)(tid << 6 | (vp8_is_sync(c->since_key) ? 0x20 : 0));
    return DESCRIPTOR_SIZE;
}

/* Non-flexible mode. In the pattern of libvpx no picture reaches back over a base picture. */
static inline size_t write_vp9_descriptor(const struct codec_pair *c, const struct frame *f,
                                          unsigned picture, bool is_first, bool is_last,
                                          uint8_t *out)
{
    bool is_inter_layer = f->sid > 0 && (c->is_key || !c->is_key_svc);
    bool is_not_reference = f->sid + 1u == c->n_frames || (c->is_key_svc && !c->is_key);

    out[0] = (uint8_t)(0xa0 | (c->is_key ? 0 : 0x40) | (is_first ? 0x08 : 0) |
                       (is_last ? 0x04 : 0) | (is_not_reference ? 0x01 : 0));
    out[1] = (uint8_t)(0x80 | picture >> 8);
    out[2] = (uint8_t)picture;
    out[3] = (uint8_t)(f->tid << 5 | (f->tid == 0 ? 0x10 : 0) | f->sid << 1 | is_inter_layer);
    out[4] = 0; /* TL0PICIDX */
    return DESCRIPTOR_SIZE;
}

/* In front of a part of a frame. @param is_first,is_last part of it @return DESCRIPTOR_SIZE */
static inline size_t write_descriptor(const struct codec_pair *c, const struct frame *f,
                                      unsigned picture, bool is_first, bool is_last, uint8_t *out)
{
    return c->codec == CODEC_VP8 ? write_vp8_descriptor(c, picture, is_first, out)
                                 : write_vp9_descriptor(c, f, picture, is_first, is_last, out);
}

/* ---- decoders ---- */

static inline void decoder_open(vpx_codec_ctx_t *decoder, enum codec codec)
{
    assert_int_equal(
        vpx_codec_dec_init(decoder, codec == CODEC_VP8 ? vpx_codec_vp8_dx() : vpx_codec_vp9_dx(),
                           NULL, 0),
        0);
}

/* @return the hash of the picture that comes out */
static inline uint64_t decode(vpx_codec_ctx_t *decoder, const uint8_t *data, size_t len)
{
    vpx_codec_iter_t iter = NULL;
    vpx_image_t *image, *last = NULL;

    assert_int_equal(vpx_codec_decode(decoder, data, (unsigned)len, NULL, 0), 0);
    while ((image = vpx_codec_get_frame(decoder, &iter)) != NULL)
        last = image;
    assert_non_null(last);
    return hash(last);
}

/* The last picture as somebody sees it who is sent all layers up to each one, always.
 * @param ideal a decoder for each layer */
static inline void decode_ideal(const struct codec_pair *c, vpx_codec_ctx_t *ideal,
                                uint64_t *hashes)
{
    static uint8_t all[SPATIAL * FRAME_MAX];
    size_t len = 0;

    for (unsigned sid = 0; sid < c->n_frames; sid++) {
        memcpy(all + len, c->frames[sid].data, c->frames[sid].len);
        len += c->frames[sid].len;
        hashes[sid] = decode(&ideal[sid], all, len);
    }
}

#endif
