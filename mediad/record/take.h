/*
 * One recording, from its queue to its file: takes what the media worker put there, begins a file
 * with the first keyframe (or sound alone, when no picture comes for 3 s), and writes the frames of
 * both tracks in the order of their times. The writer's thread only, which tells it the time.
 */
#ifndef NEREID_MEDIAD_RECORD_TAKE_H
#define NEREID_MEDIAD_RECORD_TAKE_H

#include "common/error.h"
#include "mediad/record/recording_spec.h"

struct take;

/** What a take tells; each may be called by take_pump() and take_finish(). */
struct take_events {
    /** At most one in 10 s. */
    void (*warned)(void *user, const char *text);
    /** A file is complete. @param name of the file in its group's directory */
    void (*finished)(void *user, const char *name);
};

/** What time it is, on both clocks. */
struct take_time {
    int64_t now_us;      /* the server's monotonic clock */
    int64_t realtime_us; /* since 1970 */
};

/** @param directory recordings/; borrowed for its life, as events are
 * @return 0, ERR_NO_MEMORY, ERR_UNSUPPORTED (no track that can be written) */
int take_new(struct take **out, const char *directory, const struct recording_spec *spec,
             const struct take_events *events, void *user, struct error *e) MUST_USE;
/** After take_finish(), or as a crash leaves it. */
void take_free(struct take *t);
/** Borrowed. */
struct record_queue *take_queue(const struct take *t);

/** Writes what has come. @return 0; else it has to end, for the reason in `e` */
int take_pump(struct take *t, const struct take_time *time, struct error *e) MUST_USE;
/** Writes what is left, completes the file, and closes the queue. @return 0, or what failed */
int take_finish(struct take *t, const struct take_time *time, struct error *e) MUST_USE;
/** Bytes of its file; 0: none yet. */
int64_t take_size(const struct take *t);

#endif
