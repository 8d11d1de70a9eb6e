#include "mediad/record/recording.h"

#include <stdlib.h>
#include <string.h>

#include "common/list.h"
#include "common/macros.h"
#include "mediad/record/frames.h"
#include "mediad/record/writer.h"

struct recorder {
    struct writer *writer;
    char *directory;
    struct recorder_events events;
    void *events_user;
    struct list recordings;
};

struct recording {
    struct recorder *recorder;
    struct list_node in_recorder;
    struct writer_job job;
    struct record_queue *queue; /* one reference is ours: the take may be gone before */
    char *group;
    void *user;
    bool is_stopped; /* its user knows it no more */
    bool is_done;    /* nor does the writer */
    bool has_file;
};

static void free_recording(struct recording *r)
{
    list_remove(&r->in_recorder);
    record_queue_unref(r->queue);
    free(r->group);
    free(r);
}

int recorder_new(struct recorder **out, const char *directory, const struct recorder_events *events,
                 void *events_user, struct error *e)
{
    struct recorder *r = calloc(1, sizeof *r);
    int code;

    if (!r)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    r->events = *events;
    r->events_user = events_user;
    r->directory = strdup(directory);
    code = r->directory ? writer_new(&r->writer, r->directory, e)
                        : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (code < 0) {
        free(r->directory);
        free(r);
        return code;
    }
    *out = r;
    return 0;
}

void recorder_free(struct recorder *r)
{
    struct list_node *node;

    writer_free(r->writer);
    while ((node = list_first(&r->recordings)) != NULL)
        free_recording(CONTAINER_OF(node, struct recording, in_recorder));
    free(r->directory);
    free(r);
}

void recorder_set_limits(struct recorder *r, const struct recorder_limits *limits)
{
    writer_set_limits(r->writer, limits);
}

int recorder_event_fd(const struct recorder *r)
{
    return writer_news_fd(r->writer);
}

static void hand_out(struct recorder *r, struct recording *recording,
                     const struct writer_news *news)
{
    const struct recorder_events *events = &r->events;

    /* a handler may stop it */
    if (news->has_warning && !recording->is_stopped)
        events->warned(recording->user, news->warning);
    if (news->has_ended && !recording->is_stopped)
        events->ended(recording->user, news->why);
    recording->has_file = recording->has_file || news->has_file;
    if (news->has_file)
        events->finished(r->events_user, recording->group, news->file);
    else if (news->is_done && !recording->has_file)
        events->finished(r->events_user, recording->group, NULL);
    recording->is_done = news->is_done;
    if (recording->is_done && recording->is_stopped)
        free_recording(recording);
}

void recorder_dispatch(struct recorder *r)
{
    struct writer_job *job;
    struct writer_news news;

    writer_clear_fd(r->writer);
    while ((job = writer_take_news(r->writer, &news)) != NULL)
        hand_out(r, CONTAINER_OF(job, struct recording, job), &news);
}

bool recording_can(enum codec codec)
{
    return frames_can(codec);
}

int recording_start(struct recording **out, struct recorder *r, const struct recording_spec *spec,
                    void *user, struct error *e)
{
    struct recording *recording = calloc(1, sizeof *recording);
    int code;

    if (!recording)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    recording->recorder = r;
    recording->user = user;
    recording->group = strdup(spec->group);
    code = recording->group ? take_new(&recording->job.take, r->directory, spec,
                                       &writer_take_events, &recording->job, e)
                            : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (code < 0) {
        free(recording->group);
        free(recording);
        return code;
    }
    recording->job.group = recording->group;
    recording->queue = take_queue(recording->job.take);
    record_queue_ref(recording->queue);
    list_append(&r->recordings, &recording->in_recorder);
    writer_start(r->writer, &recording->job);
    *out = recording;
    return 0;
}

struct record_queue *recording_queue(const struct recording *r)
{
    return r->queue;
}

void recording_stop(struct recording *r)
{
    r->is_stopped = true;
    if (r->is_done)
        free_recording(r);
    else
        writer_stop(r->recorder->writer, &r->job);
}
