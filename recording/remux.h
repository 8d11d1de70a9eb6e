/*
 * A copy of a recording that has what players want: its length, Cues in front of the pictures, and
 * zero as its first timestamp. Packets are copied, not decoded.
 */
#ifndef NEREID_RECORDING_REMUX_H
#define NEREID_RECORDING_REMUX_H

#include <stdint.h>

#include "common/error.h"

struct remux_result {
    uint64_t n_packets;
    int64_t duration_us;
};

/**
 * @param in_fd  the recording; may end anywhere
 * @param out_fd an empty file, open for writing, that belongs to nobody else
 * @param format name of the muxer: "webm", "matroska"
 * @return 0, also when nothing was in it (n_packets 0: nothing was written); ERR_INVALID (it ends
 *         within its header, or is something else), ERR_NO_SPACE, ERR_IO, ERR_NO_MEMORY
 */
int remux(struct remux_result *out, int in_fd, int out_fd, const char *format,
          struct error *e) MUST_USE;

#endif
