#include "mediad/rtc/payload.h"

#include "mediad/rtc/payload_av1.h"
#include "mediad/rtc/payload_h264.h"
#include "mediad/rtc/payload_vp8.h"
#include "mediad/rtc/payload_vp9.h"

static int parse_vp8(struct span payload, struct payload_info *out)
{
    struct vp8_descriptor d;
    int r = vp8_descriptor_parse(&d, payload);

    if (r < 0)
        return r;
    out->keyframe = vp8_keyframe(payload);
    if (out->keyframe == KEYFRAME_YES)
        out->height = vp8_height(payload, &d);
    out->is_picture_start = d.is_start && d.partition == 0;
    out->is_frame_start = out->is_picture_start;
    out->has_tid = d.has_tid;
    out->tid = d.tid;
    out->is_switch_point = d.is_layer_sync;
    out->is_inter = out->keyframe != KEYFRAME_YES;
    out->picture_id_bits = d.picture_id_bits;
    out->picture_id = d.picture_id;
    return 0;
}

static int parse_vp9(struct span payload, struct payload_info *out)
{
    struct vp9_descriptor d;
    int r = vp9_descriptor_parse(&d, payload);

    if (r < 0)
        return r;
    out->keyframe = vp9_keyframe(payload);
    out->height = d.height;
    if (out->keyframe == KEYFRAME_YES && !d.height)
        out->height = vp9_height(payload, &d);
    out->is_picture_start = d.is_start && d.sid == 0;
    out->is_frame_start = d.is_start;
    out->is_frame_end = d.is_end;
    out->has_tid = d.has_layers;
    out->tid = d.tid;
    out->sid = d.sid;
    out->is_up_point = d.is_switch_point;
    out->is_not_reference = d.is_not_reference;
    out->is_inter = d.is_inter;
    out->picture_id_bits = d.picture_id_bits;
    out->picture_id = d.picture_id;
    return 0;
}

/* Codecs whose frames we see only by their keyframes. */
static int parse_opaque(enum keyframe_test keyframe, struct payload_info *out)
{
    out->keyframe = keyframe;
    out->is_picture_start = keyframe == KEYFRAME_YES;
    out->is_frame_start = out->is_picture_start;
    out->is_inter = keyframe != KEYFRAME_YES;
    return 0;
}

int payload_parse(enum codec codec, struct span payload, bool marker, struct payload_info *out)
{
    struct payload_info info = {.is_frame_end = marker};
    int r = 0;

    *out = (struct payload_info){0};
    if (payload.len == 0)
        return ERR_TRUNCATED;
    switch (codec) {
    case CODEC_VP8:
        r = parse_vp8(payload, &info);
        break;
    case CODEC_VP9:
        r = parse_vp9(payload, &info);
        break;
    case CODEC_AV1:
        r = parse_opaque(av1_keyframe(payload), &info);
        break;
    case CODEC_H264:
        r = parse_opaque(h264_keyframe(payload), &info);
        break;
    default: /* audio: every packet is a frame */
        info.is_picture_start = true;
        info.is_frame_start = true;
        info.is_frame_end = true;
        break;
    }
    if (r == 0)
        *out = info;
    return r;
}
