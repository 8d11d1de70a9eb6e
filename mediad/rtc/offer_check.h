/*
 * Whether a publisher's offer can be taken whole, and a sentence where it cannot. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_OFFER_CHECK_H
#define NEREID_MEDIAD_RTC_OFFER_CHECK_H

#include "mediad/rtc/sdp.h"

/** Every section that sends audio or video offers one of these codecs (NULL-terminated names of
 * group files). @return 0, ERR_UNSUPPORTED */
int offer_check_codecs(const struct sdp_session *offer, const char *const *codecs,
                       struct error *e) MUST_USE;

#endif
