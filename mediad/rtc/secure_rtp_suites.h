/*
 * The ciphers that SRTP may use, as a table. A further cipher is one more row.
 */
#ifndef NEREID_MEDIAD_RTC_SECURE_RTP_SUITES_H
#define NEREID_MEDIAD_RTC_SECURE_RTP_SUITES_H

#include "mediad/rtc/secure_rtp_suite.h"

/** In the order in which we like them best; NULL behind the last. */
const struct secure_rtp_suite *secure_rtp_suite_at(unsigned i);
/** By its name; NULL: not ours. */
const struct secure_rtp_suite *secure_rtp_suite_find(const char *name);

#endif
