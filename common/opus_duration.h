/*
 * How long a packet of Opus sounds, from its first bytes (RFC 6716, section 3).
 */
#ifndef NEREID_COMMON_OPUS_DURATION_H
#define NEREID_COMMON_OPUS_DURATION_H

#include "common/span.h"

/** Samples at 48 kHz; 0 when it is no packet of Opus. */
unsigned opus_packet_samples(struct span packet);

#endif
