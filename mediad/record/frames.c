#include "mediad/record/frames.h"

/* Sound: each packet is a frame. */
static int add_whole(struct frames *f, struct span payload, bool is_first)
{
    return is_first ? frames_add_bytes(f, payload) : ERR_SYNTAX;
}

static int finish_sound(struct frames *f, struct whole_frame *out)
{
    (void)f;
    out->is_key = true;
    return 0;
}

static const struct frame_format sound = {add_whole, finish_sound};

static const struct frame_format *format_of(enum codec codec)
{
    static const struct frame_format *const formats[CODEC_COUNT] = {
        [CODEC_VP8] = &frames_vp8,   [CODEC_VP9] = &frames_vp9, [CODEC_AV1] = &frames_av1,
        [CODEC_H264] = &frames_h264, [CODEC_OPUS] = &sound,     [CODEC_G722] = &sound,
        [CODEC_PCMU] = &sound,       [CODEC_PCMA] = &sound,
    };

    return formats[codec];
}

bool frames_can(enum codec codec)
{
    return format_of(codec);
}

int frames_init(struct frames *f, enum codec codec)
{
    if (!format_of(codec))
        return ERR_UNSUPPORTED;
    *f = (struct frames){.codec = codec, .format = format_of(codec), .needs_keyframe = true};
    return 0;
}

void frames_release(struct frames *f)
{
    buf_release(&f->bytes);
    buf_release(&f->extradata);
    buf_release(&f->scratch);
    buf_release(&f->sps);
    buf_release(&f->pps);
}

int frames_add_bytes(struct frames *f, struct span bytes)
{
    if (f->bytes.len + bytes.len > FRAME_MAX_BYTES)
        return ERR_TOO_LARGE;
    buf_add_span(&f->bytes, bytes);
    return buf_check(&f->bytes);
}

static bool is_sound(const struct frames *f)
{
    return codec_info(f->codec)->kind == TRACK_AUDIO;
}

static void complete(struct frames *f)
{
    int r = f->is_damaged || f->has_part ? ERR_TRUNCATED : f->format->finish(f, &f->open);

    f->is_open = false;
    if (r == FRAMES_NOTHING)
        return;
    if (r < 0) {
        f->needs_keyframe = true;
        return;
    }
    if (f->open.is_key)
        f->needs_keyframe = false;
    if (f->needs_keyframe)
        return;
    f->open.data = buf_span(&f->bytes);
    f->deliver(f->user, &f->open);
}

static void begin(struct frames *f, const struct record *packet)
{
    if (f->bytes.bad)
        buf_release(&f->bytes); /* memory may be there again */
    buf_clear(&f->bytes);
    f->is_open = true;
    f->is_damaged = false;
    f->has_part = f->has_frame = f->has_sequence = false;
    f->n_layers = 0;
    f->open = (struct whole_frame){
        .source = packet->source, .rtp_ts = packet->rtp_ts, .at_us = packet->at_us};
}

void frames_push(struct frames *f, const struct record *packet, bool is_after_gap)
{
    bool is_first;

    if (is_after_gap) {
        f->is_open = false;
        f->needs_keyframe = true;
    }
    if (packet->payload.len == 0)
        return;
    if (f->is_open && (packet->rtp_ts != f->open.rtp_ts || packet->source != f->open.source))
        complete(f); /* its marker was left out */
    is_first = !f->is_open;
    if (is_first)
        begin(f, packet);
    if (!f->is_damaged && f->format->add(f, packet->payload, is_first) < 0)
        f->is_damaged = true;
    if (packet->marker || is_sound(f))
        complete(f);
}
