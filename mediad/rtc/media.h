/*
 * The media plane as the control thread sees it: one object with its workers, and the events of its
 * streams. Streams from publishers are in up_stream.h, streams to receivers in down_stream.h,
 * to players in player_stream.h, totals in media_stats.h; signalling includes these headers of
 * mediad/rtc and no other. Behind them are N workers that own the peer connections
 * (docs/ARCHITECTURE.md). All functions are for the control thread alone and never block; SDP is
 * answered at once, because the control thread negotiates (pure) and posts the result to the
 * worker.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_H
#define NEREID_MEDIAD_RTC_MEDIA_H

#include "common/error.h"
#include "mediad/rtc/media_config.h"
#include "mediad/rtc/media_events.h"

struct media; /* workers, sockets, certificate: one per process */

/** Start workers and sockets. @return 0, or ERR_IO with "UDP port N is in use", ... */
int media_new(struct media **out, const struct media_config *config,
              const struct media_events *events, struct error *e) MUST_USE;
/** Ends all workers; every stream must have been freed before. */
void media_free(struct media *m);
/** Readable when media_dispatch() has something to do; for the control thread's event loop. */
int media_event_fd(const struct media *m);
/** Calls the events' functions for what the workers have reported. */
void media_dispatch(struct media *m);

#endif
