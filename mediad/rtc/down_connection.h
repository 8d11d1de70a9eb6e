/*
 * A receiver's side of a peer connection: its tracks as its last answer left them, and what is said
 * of them as a whole.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_CONNECTION_H
#define NEREID_MEDIAD_RTC_DOWN_CONNECTION_H

#include "mediad/rtc/bandwidth.h"
#include "mediad/rtc/down_track.h"
#include "mediad/rtc/media_events.h"
#include "mediad/rtc/transport_feedback.h"

/** What its owner is told. */
struct down_connection_events {
    /** Its video is sent in another way: down_connection.allocation. */
    void (*allocated)(void *user);
};

struct down_connection {
    struct peer_transport *transport;
    const struct down_connection_events *events;
    void *user;
    struct allocate_wish wish;          /* of its video */
    struct down_allocation allocation;  /* as its owner was told */
    struct connection_stats *stats;     /* borrowed */
    struct connection_stats *published; /* of the publisher; one reference, NULL before an answer */
    struct downlink *downlink;          /* of its client (downlink.h) */
    struct list_node in_downlink;
    struct bandwidth_clock clock;
    struct bandwidth_remb remb;
    struct transport_feedback_clock feedback_clock;
    int64_t feedback_us; /* when transport-wide feedback came last; 0: it did not */
    size_t n_tracks;
    struct down_track *tracks[TRACKS_MAX]; /* owned; addresses stay */
    int64_t estimate_bps;                  /* of the client's line, for statistics; -1: none yet */
    bool is_flowing;
};

/** Control thread. @param stats borrowed until the end @return NULL when out of memory */
struct down_connection *down_connection_new(struct connection_stats *stats);
/** Worker's thread from here on; before any other call. @param transport borrowed until the end
 * @param user handed to the events */
void down_connection_start(struct down_connection *down, struct peer_transport *transport,
                           const struct down_connection_events *events, void *user);
void down_connection_free(struct down_connection *down);
/** Memory it takes, with its tracks. */
size_t down_connection_size(const struct down_connection *down);
/** Tracks of a new answer: kept by section, added, ended, or moved to another source.
 * @return 0; ERR_NO_MEMORY: some tracks do not flow */
int down_connection_update(struct down_connection *down, struct connection_update *u) MUST_USE;
/** How much the receiver wants its video. */
void down_connection_wish(struct down_connection *down, const struct allocate_wish *wish);
/** The connection is up: packets flow from now on. */
void down_connection_flow(struct down_connection *down);
/** Every 500 ms. */
void down_connection_tick(struct down_connection *down, bool is_whole_second);
/** The video that it is about, when there are several; NULL: none. */
struct down_track *down_connection_video(const struct down_connection *down);
/** By the SSRC that we send, the retransmission's too; NULL. */
struct down_track *down_connection_find(struct down_connection *down, uint32_t ssrc);

#endif
