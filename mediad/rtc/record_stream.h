/*
 * A published stream on its way into a recording, as the control thread knows it: has a tap on the
 * publisher's worker (record_tap.h) copy some of its tracks into the recording's queue. It does not
 * follow the stream's description: whoever records makes another one when the tracks change.
 * Control thread only.
 */
#ifndef NEREID_MEDIAD_RTC_RECORD_STREAM_H
#define NEREID_MEDIAD_RTC_RECORD_STREAM_H

#include <stddef.h>

#include "common/error.h"

struct media;
struct record_queue;
struct record_stream;
struct up_stream;

/**
 * @param queue a reference is taken
 * @param tracks indices into up_stream_tracks(), as the recording numbers them. One rid of a
 * simulcast stands for all: the best that lives is recorded
 * @param n_tracks 1 to RECORD_TRACKS_MAX
 * @return 0, ERR_NO_MEMORY, ERR_INVALID (no such track)
 */
int record_stream_new(struct record_stream **out, struct media *m, const struct up_stream *up,
                      struct record_queue *queue, const size_t *tracks, size_t n_tracks) MUST_USE;
/** No more comes into the queue. NULL is fine. */
void record_stream_free(struct record_stream *s);

#endif
