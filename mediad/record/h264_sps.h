/*
 * What a container says of H.264, from its sequence parameter set (ITU-T H.264 section 7.3.2.1.1):
 * the size of pictures, and the formats of samples.
 */
#ifndef NEREID_MEDIAD_RECORD_H264_SPS_H
#define NEREID_MEDIAD_RECORD_H264_SPS_H

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

struct h264_sps {
    uint8_t profile, constraints, level;
    uint8_t chroma_format, luma_depth, chroma_depth; /* depths are those above 8 bits */
    uint16_t width, height;                          /* as shown */
};

/** @param nal the whole unit with its first byte @return 0, ERR_TRUNCATED, ERR_SYNTAX */
int h264_sps_parse(struct h264_sps *out, struct span nal) MUST_USE;

/** Appends AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1) with lengths of four
 * bytes. @return 0, ERR_SYNTAX, ERR_NO_MEMORY */
int h264_avcc(struct buf *out, struct span sps, struct span pps) MUST_USE;

#endif
