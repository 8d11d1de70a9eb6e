/*
 * RTCP that came, taken to whom it concerns. Of publishers: sender reports, and the CNAME. Of
 * receivers: reports, NACK, PLI, FIR, REMB, transport-wide feedback, and reference times, which are
 * answered (RFC 3611 section 4.5).
 */
#ifndef NEREID_MEDIAD_RTC_RTCP_FEEDBACK_H
#define NEREID_MEDIAD_RTC_RTCP_FEEDBACK_H

#include "mediad/rtc/down_connection.h"
#include "mediad/rtc/up_connection.h"

/** A publisher's compound or reduced-size packet, unprotected. One that does not parse to its end
 * (rtcp_check()) is counted, and nothing of it is heard. */
void rtcp_feedback_up(struct up_connection *up, struct span datagram);
/** A receiver's, likewise. */
void rtcp_feedback_down(struct down_connection *down, struct span datagram);

#endif
