/*
 * Received RTCP, from publishers (sender reports, CNAME) and receivers (reports, NACK, PLI, FIR,
 * REMB), taken to whom it concerns.
 */
#ifndef NEREID_MEDIAD_RTC_RTCP_FEEDBACK_H
#define NEREID_MEDIAD_RTC_RTCP_FEEDBACK_H

#include "mediad/rtc/down_connection.h"
#include "mediad/rtc/up_connection.h"

/** An unprotected compound or reduced-size packet. */
void rtcp_feedback_up(struct up_connection *up, struct span datagram);
void rtcp_feedback_down(struct down_connection *down, struct span datagram);

#endif
