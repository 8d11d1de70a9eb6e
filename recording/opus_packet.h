/*
 * How long a packet of Opus plays, from its first bytes (RFC 6716, section 3).
 */
#ifndef NEREID_RECORDING_OPUS_PACKET_H
#define NEREID_RECORDING_OPUS_PACKET_H

#include <stdint.h>

#include "common/span.h"

/** Microseconds; 0 when it is not Opus. */
int64_t opus_packet_duration_us(struct span packet);

#endif
