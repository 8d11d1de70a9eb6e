/*
 * One WebM or Matroska file, by libavformat, on a descriptor: what is written is whole clusters, of
 * a second at most, so that a crash costs no more. There is always room on the disk to finish it:
 * what the open cluster and the end will take is reserved before a frame is accepted.
 */
#ifndef NEREID_MEDIAD_RECORD_CONTAINER_H
#define NEREID_MEDIAD_RECORD_CONTAINER_H

#include "common/error.h"
#include "common/span.h"
#include "mediad/record/record_queue.h"
#include "mediad/rtc/codec.h"

struct container;

struct container_track {
    enum codec codec;       /* of what is written: for sound always Opus */
    uint16_t width, height; /* video: at the start */
    struct span extradata;  /* H.264: avcC; AV1: the sequence header; Opus: OpusHead */
};

/** Borrowed for the call. */
struct container_spec {
    const char *title, *artist; /* "" for none */
    int64_t started_us;         /* since 1970: the moment of timestamp 0 */
    struct container_track tracks[RECORD_TRACKS_MAX];
    size_t n_tracks;
};

/** "webm", or "mkv" for what WebM does not have. */
const char *container_extension(enum codec video);

/** Writes the header. @param fd an empty file, open for reading and writing; stays the caller's
 * @return 0, ERR_NO_SPACE, ERR_IO, ERR_UNSUPPORTED, ERR_NO_MEMORY */
int container_open(struct container **out, int fd, const struct container_spec *spec,
                   struct error *e) MUST_USE;
/** Frames of a track come in order. @param ms since the file's start
 * @return 0; ERR_NO_SPACE, ERR_IO: it was not written, nothing more will be, and what is there can
 *         still be finished */
int container_write(struct container *c, unsigned track, int64_t ms, unsigned duration_ms,
                    bool is_key, struct span frame, struct error *e) MUST_USE;
/** What is complete goes to the disk. @return 0, ERR_NO_SPACE, ERR_IO */
int container_sync(struct container *c, struct error *e) MUST_USE;
/** Bytes in the file, and in the open cluster. */
int64_t container_size(const struct container *c);
/** Duration, cues in front, sync. Frees it. @return 0, ERR_NO_SPACE, ERR_IO: the file is complete
 * but for these */
int container_finish(struct container *c, struct error *e) MUST_USE;
/** Frees it; the file is left as it is after a crash. */
void container_abandon(struct container *c);

#endif
