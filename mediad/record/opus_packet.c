#include "mediad/record/opus_packet.h"

#include <string.h>

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
