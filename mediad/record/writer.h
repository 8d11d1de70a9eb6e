/*
 * The thread that writes all recordings, and what it and the control thread say to each other. It
 * looks at the queues every 50 ms while anything is recorded, and sleeps otherwise. Neither thread
 * ever waits for the other: the lock guards pointers and flags only.
 */
#ifndef NEREID_MEDIAD_RECORD_WRITER_H
#define NEREID_MEDIAD_RECORD_WRITER_H

#include <pthread.h>

#include "common/list.h"
#include "mediad/record/recorder_limits.h"
#include "mediad/record/recording_file.h"
#include "mediad/record/take.h"

#define WRITER_TEXT_SIZE 320

/** What the writer says of a job; each once, the newest counts. */
struct writer_news {
    bool has_ended, has_warning, has_file;
    bool is_done; /* the last: the writer has let go of the job */
    char why[WRITER_TEXT_SIZE];
    char warning[WRITER_TEXT_SIZE];
    char file[RECORDING_NAME_SIZE];
};

struct writer;

/** One recording on the writer's thread. Embedded in the control thread's part of it. */
struct writer_job {
    struct take *take; /* the writer's while it runs */
    const char *group; /* borrowed for its life */
    struct writer *writer;
    struct list_node in_running;      /* the writer's thread's alone */
    struct list_node in_new, in_news; /* under the lock, as what follows */
    bool is_stopped;
    struct writer_news news;
};

/** @param directory recordings/; borrowed for its life @return 0, ERR_NO_MEMORY, ERR_IO */
int writer_new(struct writer **out, const char *directory, struct error *e) MUST_USE;
/** Completes all that runs, and ends the thread. */
void writer_free(struct writer *w);
void writer_set_limits(struct writer *w, const struct recorder_limits *limits);

/** The job's take is the writer's from here on. */
void writer_start(struct writer *w, struct writer_job *job);
/** What waits is still written. The job's news say when it is done. */
void writer_stop(struct writer *w, struct writer_job *job);

/** Readable when there are news. */
int writer_news_fd(const struct writer *w);
/** Before writer_take_news(): what comes from here on makes it readable again. */
void writer_clear_fd(struct writer *w);
/** @return a job with news, which are moved to `out`; NULL: none */
struct writer_job *writer_take_news(struct writer *w, struct writer_news *out);

/** The events of takes whose user is a job. */
extern const struct take_events writer_take_events;

#endif
