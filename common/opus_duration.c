#include "common/opus_duration.h"

#define SAMPLES_MAX (120 * 48) /* 120 ms (RFC 6716, section 3.2.5) */

/* Samples of one frame by the configuration number (RFC 6716, section 3.1, table 2). */
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
    return samples <= SAMPLES_MAX ? samples : 0;
}
