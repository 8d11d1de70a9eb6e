/* Frames of all codecs from packets: whatever comes, in whatever order, no byte is read or written
 * beyond its end, and what comes out is whole. The input is a codec, then packets: flags, length,
 * bytes. */
#include <string.h>

#include "check.h"
#include "common/reader.h"
#include "mediad/record/frames_h264.h"
#include "mediad/record/opus_packet.h"

static unsigned n_frames;

static void look(void *user, const struct whole_frame *frame)
{
    const struct frames *f = user;

    check(frame->data.len <= FRAME_MAX_BYTES + FRAMES_LAYERS_MAX * 8);
    check(n_frames > 0 || frame->is_key); /* the first is always a keyframe */
    check(!frame->is_key || codec_info(f->codec)->kind == TRACK_AUDIO || frame->width > 0);
    n_frames++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_init(span_of(data, size));
    enum codec codec = (enum codec)(reader_u8(&r) % (CODEC_COUNT - 1) + 1);
    struct record packet = {.kind = RECORD_PACKET};
    struct frames f;

    check(frames_init(&f, codec) == 0);
    f.deliver = look;
    f.user = &f;
    n_frames = 0;
    if (codec == CODEC_H264)
        frames_h264_sets(&f, reader_span(&r, reader_u8(&r)));
    while (reader_left(&r) > 2) {
        uint8_t flags = reader_u8(&r);
        size_t len = reader_u8(&r) * (flags & 0x10 ? 8u : 1u);

        packet.marker = flags & 0x01;
        packet.rtp_ts += flags & 0x02 ? 3000 : 0;
        packet.source = flags >> 2 & 0x01;
        packet.payload = reader_span(&r, len < reader_left(&r) ? len : reader_left(&r));
        (void)opus_packet_samples(packet.payload);
        frames_push(&f, &packet, flags & 0x08);
    }
    frames_release(&f);
    return 0;
}
