/*
 * Decoders for what recordings contain.
 */
#ifndef NEREID_RECORDING_DECODER_H
#define NEREID_RECORDING_DECODER_H

#include <libavcodec/avcodec.h>

#include "common/error.h"

/** A decoder in one thread, which refuses what is broken rather than guess. VP8 and VP9 are
 * libvpx's where libavcodec has it: it refuses a keyframe of which a byte is missing.
 * @return 0, ERR_UNSUPPORTED (no decoder), ERR_NO_MEMORY */
int decoder_open(AVCodecContext **out, const AVCodecParameters *par, struct error *e) MUST_USE;

#endif
