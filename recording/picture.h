/*
 * A decoded picture as a file.
 */
#ifndef NEREID_RECORDING_PICTURE_H
#define NEREID_RECORDING_PICTURE_H

#include <libavcodec/avcodec.h>

#include "common/error.h"

/** PNG, scaled down to `width_max` when it is wider. @param out owned (av_packet_free())
 * @return 0, ERR_INVALID, ERR_UNSUPPORTED, ERR_NO_MEMORY */
int picture_to_png(AVPacket **out, const AVFrame *picture, int width_max, struct error *e) MUST_USE;

#endif
