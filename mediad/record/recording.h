/*
 * Recordings, as the control thread sees them: one file for each published stream that is recorded,
 * written by the recorder's own thread. What is to be written comes through the recording's queue
 * (record_queue.h), which a media worker fills. All functions are for the control thread alone and
 * never wait for a disk.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORDING_H
#define NEREID_MEDIAD_RECORD_RECORDING_H

#include "common/error.h"
#include "mediad/record/record_queue.h"
#include "mediad/record/recorder_limits.h"
#include "mediad/record/recording_spec.h"

struct recorder;  /* the writer's thread: one per process */
struct recording; /* one file */

/** Called by recorder_dispatch(). `user` is what the recording was started with. A handler may stop
 * any recording, also the one it is called for. */
struct recorder_events {
    /** It ended by itself (disk full, quota, a file that cannot be written): no more of it is
     * written; it still wants recording_stop(). @param why a sentence for operators */
    void (*ended)(void *user, const char *why);
    /** Something is wrong with a recording that goes on; at most one in 10 s for each. */
    void (*warned)(void *user, const char *text);
    /** Its file is complete, after recording_stop() or `ended`; or there is none, as nothing came
     * that could be written. @param name of the file below its group's directory, or NULL */
    void (*finished)(void *user_data, const char *group, const char *name);
};

/** @param directory recordings/, which may not exist yet; copied
 * @param events_user for `finished`, which may come after the recording's own user has gone
 * @return 0, ERR_NO_MEMORY, ERR_IO */
int recorder_new(struct recorder **out, const char *directory, const struct recorder_events *events,
                 void *events_user, struct error *e) MUST_USE;
/** Ends its recordings first: waits until their files are complete. */
void recorder_free(struct recorder *r);
/** For recordings from now on, and those that run. */
void recorder_set_limits(struct recorder *r, const struct recorder_limits *limits);
/** Readable when recorder_dispatch() has something to do; for the control thread's event loop. */
int recorder_event_fd(const struct recorder *r);
void recorder_dispatch(struct recorder *r);

/** May a stream with such a track be recorded, as to its codec? */
bool recording_can(enum codec codec);
/**
 * The file is made when the first frame comes.
 * @return 0; ERR_UNSUPPORTED (no track that can be written), ERR_NO_MEMORY
 */
int recording_start(struct recording **out, struct recorder *r, const struct recording_spec *spec,
                    void *user, struct error *e) MUST_USE;
/** Where its packets go; borrowed: take a reference for another thread. */
struct record_queue *recording_queue(const struct recording *r);
/** What is in its queue is still written, then the file is completed; `r` is gone for the caller.
 */
void recording_stop(struct recording *r);

#endif
