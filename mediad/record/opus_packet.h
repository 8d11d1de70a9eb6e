/*
 * What a file's writer must know of Opus packets besides how long they sound: the silent ones, and
 * the header.
 */
#ifndef NEREID_MEDIAD_RECORD_OPUS_PACKET_H
#define NEREID_MEDIAD_RECORD_OPUS_PACKET_H

#include <stdint.h>

#include "common/opus_duration.h"

enum {
    OPUS_RATE = 48000,
    OPUS_MS = OPUS_RATE / 1000,
    OPUS_FRAME = 20 * OPUS_MS,       /* samples of the silence that is written */
    OPUS_SMALLEST = OPUS_RATE / 400, /* 2.5 ms */
    OPUS_PRE_SKIP = 312,             /* samples that libopus looks ahead at 48 kHz */
    OPUS_HEAD_SIZE = 19,
    OPUS_SILENCE_SIZE = 3,
};

/** A silent packet. @param samples 20, 10, 5 or 2.5 ms of them: the longest that is not more than
 * these is written @return its samples, 0 when there are fewer than the smallest has */
unsigned opus_packet_silence(unsigned samples, uint8_t out[OPUS_SILENCE_SIZE]);

/** RFC 7845 section 5.1: the header of a stereo stream, which decodes mono, too. */
void opus_head(uint8_t out[OPUS_HEAD_SIZE], unsigned channels, unsigned pre_skip);

#endif
