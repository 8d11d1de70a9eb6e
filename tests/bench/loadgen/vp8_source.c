#include "tests/bench/loadgen/vp8_source.h"

#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#define USUAL_FPS 30
#define DESCRIPTOR_BYTES 4
#define RTP_HEADER_BYTES (VP8_PACKET_MAX - VP8_PAYLOAD_MAX)

/* How frames become packets. */
struct cutting {
    unsigned fps;
    unsigned pieces;  /* of a frame */
    size_t piece_len; /* 0: as it comes */
    uint32_t seed;    /* of what pieces are filled up with */
};

static uint64_t hash_bytes(const uint8_t *data, size_t len)
{
    uint64_t h = 0x9E3779B97F4A7C15u ^ len;

    while (len >= 8) {
        uint64_t word;

        memcpy(&word, data, 8);
        h = (h ^ word) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
        data += 8;
        len -= 8;
    }
    while (len-- > 0)
        h = (h ^ *data++) * 0x100000001B3u;
    return h ^ h >> 29;
}

/* Length of the VP8 payload descriptor (RFC 7741 section 4.2), 0 when the payload is too short. */
static size_t descriptor_len(struct span p)
{
    size_t len = 1;

    if (p.len < 1)
        return 0;
    if (p.data[0] & 0x80) {
        uint8_t x;

        if (p.len < 2)
            return 0;
        x = p.data[1];
        len = 2;
        if (x & 0x80) {
            if (p.len < 3)
                return 0;
            len += p.data[2] & 0x80 ? 2 : 1;
        }
        if (x & 0x40)
            len++;
        if (x & 0x30)
            len++;
    }
    return p.len > len ? len : 0;
}

/* Noise that moves keeps the encoder at its rate; a real camera's picture is as restless. */
static void draw(vpx_image_t *image, unsigned frame, uint32_t *seed)
{
    for (unsigned y = 0; y < image->d_h; y++) {
        uint8_t *row = image->planes[0] + (size_t)y * (size_t)image->stride[0];

        for (unsigned x = 0; x < image->d_w; x += 4) {
            *seed = *seed * 1664525u + 1013904223u;
            memset(row + x, (int)((((x + frame * 3) ^ (y + frame)) & 0x7f) + (*seed >> 28)), 4);
        }
    }
    for (int plane = 1; plane < 3; plane++) {
        for (unsigned y = 0; y < image->d_h / 2; y++)
            memset(image->planes[plane] + (size_t)y * (size_t)image->stride[plane],
                   (int)(96 + (frame * 2 + y / 8) % 64), image->d_w / 2);
    }
}

void vp8_source_set_picture_id(uint8_t *payload, uint16_t picture_id)
{
    payload[2] = (uint8_t)(0x80 | (picture_id >> 8 & 0x7f));
    payload[3] = (uint8_t)picture_id;
}

static void add_packet(struct vp8_source *s, struct span piece, unsigned frame, unsigned index,
                       unsigned count, bool keyframe)
{
    struct vp8_packet *p = &s->packets[s->n_packets++];

    p->payload[0] = (uint8_t)(0x80 | (index == 0 ? 0x10 : 0));
    p->payload[1] = 0x80;
    vp8_source_set_picture_id(p->payload, (uint16_t)frame);
    memcpy(p->payload + DESCRIPTOR_BYTES, piece.data, piece.len);
    p->len = DESCRIPTOR_BYTES + piece.len;
    p->hash = hash_bytes(piece.data, piece.len);
    p->frame = frame;
    p->is_keyframe = keyframe;
    p->index_in_frame = index;
    p->n_in_frame = count;
    p->is_last = index + 1 == count;
}

static size_t pieces_of(const struct cutting *c, size_t frame_len)
{
    size_t room = VP8_PAYLOAD_MAX - DESCRIPTOR_BYTES;

    if (c->piece_len > 0)
        return c->pieces;
    if (frame_len > c->pieces * room)
        return (frame_len + room - 1) / room;
    return frame_len < c->pieces * 16 ? 1 : c->pieces;
}

/* Noise behind the end of the frame, so that every piece has a hash of its own. */
static struct span fixed_piece(struct cutting *c, struct span data, size_t index,
                               uint8_t room[VP8_PAYLOAD_MAX])
{
    struct span have = span_sub(data, index * c->piece_len, c->piece_len);

    if (have.len > 0)
        memcpy(room, have.data, have.len);
    for (size_t i = have.len; i < c->piece_len; i++) {
        c->seed = c->seed * 1664525u + 1013904223u;
        room[i] = (uint8_t)(c->seed >> 24);
    }
    return span_of(room, c->piece_len);
}

static int cut_frame(struct vp8_source *s, struct cutting *c, struct span data, unsigned frame,
                     bool keyframe)
{
    size_t pieces = pieces_of(c, data.len);
    struct vp8_packet *grown = realloc(s->packets, (s->n_packets + pieces) * sizeof *grown);
    uint8_t room[VP8_PAYLOAD_MAX];

    if (!grown)
        return ERR_NO_MEMORY;
    s->packets = grown;
    for (size_t i = 0; i < pieces; i++) {
        size_t start = data.len * i / pieces;
        size_t end = data.len * (i + 1) / pieces;
        struct span piece =
            c->piece_len > 0 ? fixed_piece(c, data, i, room) : span_sub(data, start, end - start);

        add_packet(s, piece, frame, (unsigned)i, (unsigned)pieces, keyframe);
    }
    return 0;
}

static int index_packets(struct vp8_source *s)
{
    size_t size = 16;

    while (size < s->n_packets * 4)
        size *= 2;
    s->by_hash = calloc(size, sizeof *s->by_hash);
    if (!s->by_hash)
        return ERR_NO_MEMORY;
    s->hash_mask = size - 1;
    for (size_t i = 0; i < s->n_packets; i++) {
        size_t at = s->packets[i].hash & s->hash_mask;

        while (s->by_hash[at])
            at = (at + 1) & s->hash_mask;
        s->by_hash[at] = i + 1;
    }
    return 0;
}

static int encode_all(struct vp8_source *s, vpx_codec_ctx_t *codec, vpx_image_t *image,
                      unsigned seconds, struct cutting *c)
{
    uint32_t seed = 1;
    int r = 0;

    for (unsigned frame = 0; r == 0 && frame < seconds * c->fps; frame++) {
        vpx_codec_iter_t iter = NULL;
        const vpx_codec_cx_pkt_t *packet;

        draw(image, frame, &seed);
        if (vpx_codec_encode(codec, image, frame, 1, frame == 0 ? VPX_EFLAG_FORCE_KF : 0,
                             VPX_DL_REALTIME) != VPX_CODEC_OK)
            return ERR_IO;
        while (r == 0 && (packet = vpx_codec_get_cx_data(codec, &iter))) {
            if (packet->kind == VPX_CODEC_CX_FRAME_PKT)
                r = cut_frame(s, c, span_of(packet->data.frame.buf, packet->data.frame.sz), frame,
                              packet->data.frame.flags & VPX_FRAME_IS_KEY);
        }
    }
    s->n_frames = seconds * c->fps;
    return r;
}

/* With packets of one size, frames come at a rate that gives each of them as many packets. */
static struct cutting cutting_of(const struct vp8_shape *shape)
{
    unsigned pieces = shape->pps / USUAL_FPS > 0 ? shape->pps / USUAL_FPS : 1;

    if (shape->packet_bytes == 0)
        return (struct cutting){.fps = USUAL_FPS, .pieces = pieces};
    while (shape->pps % pieces != 0)
        pieces--;
    return (struct cutting){
        .fps = shape->pps / pieces,
        .pieces = pieces,
        .piece_len = shape->packet_bytes - RTP_HEADER_BYTES - DESCRIPTOR_BYTES,
        .seed = 1,
    };
}

int vp8_source_make(struct vp8_source *out, unsigned seconds, const struct vp8_shape *shape,
                    struct error *e)
{
    struct cutting cutting = cutting_of(shape);
    struct vp8_source s = {.fps = cutting.fps};
    vpx_codec_enc_cfg_t cfg;
    vpx_codec_ctx_t codec;
    vpx_image_t image;
    unsigned rate_bps =
        shape->packet_bytes > 0 ? shape->packet_bytes * 8 * shape->pps : shape->rate_bps;
    int r;

    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &cfg, 0) != VPX_CODEC_OK)
        return error_set(e, ERR_UNSUPPORTED, NULL, "libvpx has no VP8 encoder");
    cfg.g_w = shape->width;
    cfg.g_h = shape->height;
    cfg.g_timebase.num = 1;
    cfg.g_timebase.den = (int)cutting.fps;
    cfg.rc_target_bitrate = rate_bps / 1000;
    cfg.rc_end_usage = VPX_CBR;
    cfg.rc_min_quantizer = 2;
    cfg.rc_max_quantizer = 63;
    cfg.kf_mode = VPX_KF_DISABLED;
    if (vpx_codec_enc_init(&codec, vpx_codec_vp8_cx(), &cfg, 0) != VPX_CODEC_OK)
        return error_set(e, ERR_UNSUPPORTED, NULL, "libvpx refused the encoder's settings");
    vpx_codec_control(&codec, VP8E_SET_CPUUSED, 12);
    if (!vpx_img_alloc(&image, VPX_IMG_FMT_I420, shape->width, shape->height, 16)) {
        vpx_codec_destroy(&codec);
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a picture");
    }
    r = encode_all(&s, &codec, &image, seconds, &cutting);
    vpx_img_free(&image);
    vpx_codec_destroy(&codec);
    if (r == 0)
        r = index_packets(&s);
    if (r < 0) {
        vp8_source_release(&s);
        return error_set(e, r, NULL, "the VP8 loop could not be made");
    }
    *out = s;
    return 0;
}

void vp8_source_release(struct vp8_source *s)
{
    free(s->packets);
    free(s->by_hash);
    *s = (struct vp8_source){0};
}

long vp8_source_recognise(const struct vp8_source *s, struct span payload)
{
    size_t skip = descriptor_len(payload);
    struct span data = span_sub(payload, skip, payload.len);
    uint64_t hash;
    size_t at;

    if (skip == 0)
        return -1;
    hash = hash_bytes(data.data, data.len);
    for (at = hash & s->hash_mask; s->by_hash[at]; at = (at + 1) & s->hash_mask) {
        const struct vp8_packet *p = &s->packets[s->by_hash[at] - 1];

        if (p->hash == hash && p->len - DESCRIPTOR_BYTES == data.len)
            return (long)(s->by_hash[at] - 1);
    }
    return -1;
}
