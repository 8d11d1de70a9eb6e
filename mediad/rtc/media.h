/*
 * The media plane as the control thread sees it: one object with its workers, and the events of its
 * streams. Streams from publishers are in up_stream.h, streams to receivers in down_stream.h,
 * totals in media_stats.h; signalling includes these headers of mediad/rtc and no other. Behind
 * them are N workers that own the peer connections (docs/ARCHITECTURE.md). All functions are for
 * the control thread alone and never block; SDP is answered at once, because the control thread
 * negotiates (pure) and posts the result to the worker.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_H
#define NEREID_MEDIAD_RTC_MEDIA_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct media; /* workers, sockets, certificate: one per process */

struct media_config {
    unsigned n_workers; /* 0: one per core */
    const char *listen; /* address; NULL: every address of the machine */
    uint16_t udp_port;
    const char *const *announce; /* addresses offered instead of those listened on */
    size_t n_announce;
};

/** Called by media_dispatch(). `user` is what the stream was made with. A handler may free any
 * stream, also the one it is called for. */
struct media_events {
    void (*up_connected)(void *user);
    /** ICE or DTLS failed, or consent was lost for 30 s. It comes once for each description of the
     * client, which has to renegotiate before anything more happens. `why` is static. */
    void (*up_failed)(void *user, const char *why);
    void (*down_connected)(void *user);
    void (*down_failed)(void *user, const char *why);
    /** Something an operator or the publisher should know, e.g. a stream over its rate. */
    void (*up_notice)(void *user, const char *text);
};

/** Start workers and sockets. @return 0, or ERR_IO with "UDP port N is in use", ... */
int media_new(struct media **out, const struct media_config *config,
              const struct media_events *events, struct error *e) MUST_USE;
/** Ends all workers; every stream must have been freed before. */
void media_free(struct media *m);
/** Readable when media_dispatch() has something to do; for the control thread's event loop. */
int media_event_fd(const struct media *m);
void media_dispatch(struct media *m);

/** Whose stream it is. Borrowed for the call that takes it. */
struct stream_names {
    const char *group;
    const char *client; /* for logs */
    const char *stream;
    uint64_t client_id; /* one client's streams have the same, others' another: they share a worker
                           where they can (placement.h), and what is learnt of the path */
};

#endif
