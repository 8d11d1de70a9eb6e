/*
 * What one client receives on a worker, over all its connections there: one estimate of its line,
 * and its division among the videos. Stands above down_connection.h: reports of the receiver come
 * in here, choices and probes go down. Made with the first connection that receives, freed with the
 * last; the worker's thread only.
 */
#ifndef NEREID_MEDIAD_RTC_DOWNLINK_H
#define NEREID_MEDIAD_RTC_DOWNLINK_H

#include "mediad/rtc/client.h"
#include "mediad/rtc/down_connection.h"

/** @param c the connection's place at its client @return 0, ERR_NO_MEMORY */
int downlink_join(struct down_connection *down, struct client_connection *c) MUST_USE;
/** Before the connection leaves its client. Never joined: nothing happens. */
void downlink_leave(struct down_connection *down);

/** Its tracks, its wish or its path are others now: divide anew, at once. */
void downlink_update(struct down_connection *down);

/** Transport-wide feedback came on this connection. */
void downlink_feedback(struct down_connection *down, const struct rtcp_packet *p);
/** The receiver's own estimate (REMB). */
void downlink_estimated(struct down_connection *down, int64_t bps);
/** A receiver report about one of its videos. */
void downlink_reported(struct down_connection *down, struct down_track *t,
                       const struct rtcp_report *report);

/** What videos may take of a line's rate, in bit/s, beside sound: a part stays free, for reports,
 * repeats and bursts. */
int64_t downlink_room_bps(int64_t line_bps, int64_t sound_bps);
/** The rate of a line, in bit/s, on which videos may take so much. */
int64_t downlink_line_bps(int64_t room_bps, int64_t sound_bps);

#endif
