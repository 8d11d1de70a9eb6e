/*
 * What is done with files of recordings after they were written, by nereid-recording in processes
 * of the lowest priority: one pass over all of them at a time (tend), and one film of a meeting at
 * a time. Control thread; nothing here waits.
 */
#ifndef NEREID_MEDIAD_RECORD_JOBS_H
#define NEREID_MEDIAD_RECORD_JOBS_H

#include "common/error.h"

struct jobs;

enum film_state { FILM_WAITING, FILM_RUNNING, FILM_DONE, FILM_FAILED, FILM_STOPPED };

/** One film that was asked for. Borrowed until the next call. */
struct film_job {
    const char *group;
    const char *start; /* the time in the name of one of its recordings */
    enum film_state state;
    double progress;  /* 0 to 1 */
    const char *file; /* its name in the group's folder, when FILM_DONE */
    const char *why;  /* a sentence, when FILM_FAILED */
    int64_t asked_us; /* wall clock */
};

/** A first pass begins at once if there is any recording.
 * @param directory recordings/; copied @return 0, ERR_IO, ERR_NO_MEMORY */
int jobs_new(struct jobs **out, const char *directory, struct error *e) MUST_USE;
/** What runs is killed: the next pass clears up after it. NULL is fine. */
void jobs_free(struct jobs *j);
/** Readable when jobs_dispatch() has something to do; for the control thread's event loop. */
int jobs_event_fd(const struct jobs *j);
void jobs_dispatch(struct jobs *j);

/** Recordings have ended: a pass soon, one for all who ask until then. NULL is fine. */
void jobs_tend(struct jobs *j);

/** Waiting films; who asks for more is refused. */
#define FILMS_WAITING_MAX 16
/**
 * Make a film of a meeting.
 * @param group a valid name @param start as in `struct film_job`
 * @return 0; ERR_EXISTS: this one waits or runs already; ERR_BUSY: too many wait; ERR_UNAVAILABLE:
 * there is no nereid-recording here; ERR_NO_MEMORY
 */
int jobs_film(struct jobs *j, const char *group, const char *start, int64_t wall_us,
              struct error *e) MUST_USE;
/** Stop one that waits or is made: its process ends within a second or two, and nothing is left.
 * @return 0; ERR_NOT_FOUND: it neither waits nor is made */
int jobs_stop_film(struct jobs *j, const char *group, const char *start) MUST_USE;
/** Films that wait, run, or have ended lately, in the order asked for.
 * @param group only its films; NULL: all */
void jobs_each_film(const struct jobs *j, const char *group,
                    void (*each)(void *arg, const struct film_job *film), void *arg);

#endif
