/*
 * Received RTCP, from publishers (sender reports, CNAME) and receivers (reports, NACK, PLI, FIR,
 * REMB), taken to whom it concerns. spec/media.md 3.3, 3.6.
 */
#ifndef NEREID_MEDIAD_RTC_RTCP_FEEDBACK_H
#define NEREID_MEDIAD_RTC_RTCP_FEEDBACK_H

#include "mediad/rtc/peer_connection.h"

/** An unprotected compound or reduced-size packet. */
void rtcp_feedback_up(struct peer_connection *pc, struct span datagram);
void rtcp_feedback_down(struct peer_connection *pc, struct span datagram);

#endif
