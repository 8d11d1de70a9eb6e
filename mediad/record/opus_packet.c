#include "mediad/record/opus_packet.h"

#include <string.h>

/* Samples of one frame by the configuration number of RFC 6716 table 2. */
static unsigned frame_samples(unsigned config)
{
    static const unsigned silk[] = {480, 960, 1920, 2880};
    static const unsigned hybrid[] = {480, 960};
    static const unsigned celt[] = {120, 240, 480, 960};

    if (config < 12)
        return silk[config % 4];
    return config < 16 ? hybrid[config % 2] : celt[config % 4];
}

unsigned opus_packet_samples(struct span packet)
{
    unsigned frames, samples;

    if (packet.len == 0)
        return 0;
    switch (packet.data[0] & 0x03) {
    case 0:
        frames = 1;
        break;
    case 3:
        frames = packet.len > 1 ? packet.data[1] & 0x3f : 0;
        break;
    default:
        frames = 2;
        break;
    }
    samples = frames * frame_samples(packet.data[0] >> 3);
    return samples <= 120 * OPUS_MS ? samples : 0;
}

unsigned opus_packet_silence(unsigned samples, uint8_t out[OPUS_SILENCE_SIZE])
{
    unsigned config = 31, len = OPUS_FRAME; /* CELT, full band */

    while (len > samples && len > OPUS_SMALLEST) {
        len /= 2;
        config--;
    }
    if (len > samples)
        return 0;
    out[0] = (uint8_t)(config << 3);
    out[1] = 0xff;
    out[2] = 0xfe;
    return len;
}

void opus_head(uint8_t out[OPUS_HEAD_SIZE], unsigned channels, unsigned pre_skip)
{
    memcpy(out, "OpusHead\1", 9);
    out[9] = (uint8_t)channels;
    out[10] = (uint8_t)pre_skip;
    out[11] = (uint8_t)(pre_skip >> 8);
    out[12] = OPUS_RATE & 0xff;
    out[13] = OPUS_RATE >> 8 & 0xff;
    out[14] = OPUS_RATE >> 16 & 0xff;
    out[15] = out[16] = out[17] = out[18] = 0; /* gain, mapping family 0 */
}
