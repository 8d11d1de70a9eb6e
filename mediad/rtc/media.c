#include "mediad/rtc/media.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct media {
    int event_fd;
};

struct up_stream {
    void *user;
};

struct down_stream {
    void *user;
};

int media_new(struct media **out, const struct media_config *config,
              const struct media_events *events, struct error *e)
{
    struct media *m = calloc(1, sizeof *m);

    (void)config;
    (void)events;
    if (!m)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    m->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    *out = m;
    return 0;
}

void media_free(struct media *m)
{
    if (!m)
        return;
    close(m->event_fd);
    free(m);
}

int media_event_fd(const struct media *m)
{
    return m->event_fd;
}

void media_dispatch(struct media *m)
{
    (void)m;
}

struct json_object *media_stats(struct media *m)
{
    (void)m;
    return json_object_new_object();
}

int up_stream_new(struct up_stream **out, struct media *m, const struct stream_names *names,
                  const char *const *codecs, void *user)
{
    (void)out;
    (void)m;
    (void)names;
    (void)codecs;
    (void)user;
    return ERR_UNAVAILABLE;
}

void up_stream_free(struct up_stream *s)
{
    (void)s;
}

int up_stream_offer(struct up_stream *s, struct span sdp, struct buf *answer, struct error *e)
{
    (void)s;
    (void)sdp;
    (void)answer;
    return error_set(e, ERR_UNAVAILABLE, NULL, "media is not available");
}

size_t up_stream_tracks(const struct up_stream *s, const struct track_info **out)
{
    (void)s;
    *out = NULL;
    return 0;
}

int up_stream_candidate(struct up_stream *s, struct span candidate, struct span mid,
                        struct error *e)
{
    (void)s;
    (void)candidate;
    (void)mid;
    return error_set(e, ERR_UNAVAILABLE, NULL, "media is not available");
}

int down_stream_new(struct down_stream **out, struct media *m, struct up_stream *up,
                    const struct stream_names *names, const char *label, void *user)
{
    (void)out;
    (void)m;
    (void)up;
    (void)names;
    (void)label;
    (void)user;
    return ERR_UNAVAILABLE;
}

void down_stream_free(struct down_stream *s)
{
    (void)s;
}

int down_stream_offer(struct down_stream *s, const struct track_selection *tracks, size_t n_tracks,
                      bool ice_restart, struct buf *sdp, struct error *e)
{
    (void)s;
    (void)tracks;
    (void)n_tracks;
    (void)ice_restart;
    (void)sdp;
    return error_set(e, ERR_UNAVAILABLE, NULL, "media is not available");
}

int down_stream_answer(struct down_stream *s, struct span sdp, struct error *e)
{
    (void)s;
    (void)sdp;
    return error_set(e, ERR_UNAVAILABLE, NULL, "media is not available");
}

int down_stream_candidate(struct down_stream *s, struct span candidate, struct span mid,
                          struct error *e)
{
    (void)s;
    (void)candidate;
    (void)mid;
    return error_set(e, ERR_UNAVAILABLE, NULL, "media is not available");
}

struct json_object *up_stream_stats(struct up_stream *s)
{
    (void)s;
    return json_object_new_object();
}

struct json_object *down_stream_stats(struct down_stream *s)
{
    (void)s;
    return json_object_new_object();
}
