#include "recording/opus_packet.h"

#include "common/now.h"

#define DURATION_MAX_US (120 * US_PER_MS) /* RFC 6716, section 3.2, R5 */

/* RFC 6716, section 3.1, table 2. */
static int64_t frame_us(uint8_t toc)
{
    static const int64_t silk[] = {10000, 20000, 40000, 60000};
    static const int64_t celt[] = {2500, 5000, 10000, 20000};
    unsigned config = toc >> 3;

    if (config < 12)
        return silk[config % 4];
    if (config < 16)
        return config % 2 ? 20000 : 10000;
    return celt[config % 4];
}

int64_t opus_packet_duration_us(struct span packet)
{
    int64_t n_frames, duration_us;

    if (packet.len == 0)
        return 0;
    switch (packet.data[0] & 3) {
    case 0:
        n_frames = 1;
        break;
    case 3:
        if (packet.len < 2)
            return 0;
        n_frames = packet.data[1] & 63;
        break;
    default:
        n_frames = 2;
        break;
    }
    duration_us = n_frames * frame_us(packet.data[0]);
    return duration_us <= DURATION_MAX_US ? duration_us : 0;
}
