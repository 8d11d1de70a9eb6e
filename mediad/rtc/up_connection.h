/*
 * A publisher's side of a peer connection: finds the track of each packet (SSRC, or mid and rid),
 * measures, asks for what is missing, hands packets to track.h; reports and keyframe requests back.
 */
#ifndef NEREID_MEDIAD_RTC_UP_CONNECTION_H
#define NEREID_MEDIAD_RTC_UP_CONNECTION_H

#include "mediad/rtc/demand.h"
#include "mediad/rtc/rate_guard.h"
#include "mediad/rtc/up_feedback.h"
#include "mediad/rtc/up_memory.h"
#include "mediad/rtc/up_report.h"

/** What its owner is told. */
struct up_connection_events {
    /** Other tracks have receivers now: up_connection.demand. */
    void (*demand_changed)(void *user);
    /** Its videos may take another rate in all: up_connection.report.page_bps. */
    void (*limit_changed)(void *user);
};

struct up_connection {
    struct peer_transport *transport;
    const struct up_connection_events *events;
    void *user;
    struct negotiated *plan; /* owned */
    bool is_muted;           /* its sound goes nowhere */
    size_t n_sources;
    struct up_source *sources[TRACKS_MAX]; /* owned; addresses stay */
    struct up_memory memory;               /* of sources that are not there now */
    struct rate_guard guard;
    struct timeline timeline;
    struct demand demand; /* tracks are the sources, in their order */
    struct up_report report;
    struct up_feedback feedback;
};

/** Control thread. @param stats borrowed until the end @return NULL when out of memory */
struct up_connection *up_connection_new(struct connection_stats *stats);
/** Worker's thread from here on; before any other call. @param transport borrowed until the end
 * @param user handed to the events */
void up_connection_start(struct up_connection *up, struct peer_transport *transport,
                         const struct up_connection_events *events, void *user);
void up_connection_free(struct up_connection *up);
/** Memory it takes, with its tracks. */
size_t up_connection_size(const struct up_connection *up);
/** Tracks of a new description: kept by id, added, ended. Takes u->up over.
 * @return 0; ERR_NO_MEMORY: some tracks do not flow */
int up_connection_update(struct up_connection *up, struct connection_update *u) MUST_USE;
/** An unprotected RTP packet; whoever keeps the slot sets *slot to NULL. */
void up_connection_rtp(struct up_connection *up, struct packet_slot **slot);
/** Every 500 ms. @return true: the publisher was cut at its rate; said once in a while */
bool up_connection_tick(struct up_connection *up, bool is_whole_second);
/** By SSRC, the retransmission's too; NULL when not bound. */
struct up_source *up_connection_find(struct up_connection *up, uint32_t ssrc);

#endif
