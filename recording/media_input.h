/*
 * Recordings as libavformat reads them: Matroska alone, from a descriptor, packets as they are in
 * the file.
 */
#ifndef NEREID_RECORDING_MEDIA_INPUT_H
#define NEREID_RECORDING_MEDIA_INPUT_H

#include <libavformat/avformat.h>

#include "common/error.h"
#include "common/span.h"

struct media_input {
    AVFormatContext *format;
    int video, audio; /* index of the stream, -1 for none; of several the first one counts */
};

/** @param fd stays the caller's
 * @return 0, ERR_INVALID (no Matroska, or it ends within its header), ERR_NO_MEMORY, ERR_IO */
int media_input_open(struct media_input *out, int fd, struct error *e) MUST_USE;
void media_input_close(struct media_input *in);
/** The next packet of sound or video. @return 1; 0 at the end, also where the file is torn;
 * ERR_NO_MEMORY, ERR_IO */
int media_input_read(struct media_input *in, AVPacket *packet) MUST_USE;
/** Microseconds of a packet's beginning, from the file's zero. */
int64_t media_input_pts_us(const struct media_input *in, const AVPacket *packet);
/** How long it plays, as far as the packet itself says: sound in Opus only. Microseconds, or 0. */
int64_t media_input_duration_us(const struct media_input *in, const AVPacket *packet);
/** The wall clock at the file's zero, as its header says. Microseconds since 1970, or 0. */
int64_t media_input_started_us(const struct media_input *in);

/** An error of libav's as ours, with its words behind ours. */
int media_error(struct error *e, int averror, const char *place, const char *what);

#endif
