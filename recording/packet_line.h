/*
 * Packets that were read ahead and are not decoded yet, in order.
 */
#ifndef NEREID_RECORDING_PACKET_LINE_H
#define NEREID_RECORDING_PACKET_LINE_H

#include <libavcodec/avcodec.h>

#include "common/error.h"

#define PACKET_LINE_MAX 1024

/** Zeroed is valid. */
struct packet_line {
    AVPacket *packets[PACKET_LINE_MAX];
    size_t first, n;
};

void packet_line_release(struct packet_line *l);
/** Takes what `packet` refers to. @return 0, ERR_TOO_LARGE (it is full), ERR_NO_MEMORY */
int packet_line_put(struct packet_line *l, AVPacket *packet) MUST_USE;
/** Borrowed; NULL when empty. */
AVPacket *packet_line_peek(const struct packet_line *l);
/** Forget what packet_line_peek() gave. */
void packet_line_next(struct packet_line *l);

#endif
