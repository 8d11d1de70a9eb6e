/*
 * Many packets at once through libipsec-mb, which hashes several of them side by side in one core's
 * vector registers. Built without it (configure --without-ipsec-mb, or another machine than
 * x86-64) there is no variant. One thread at a time.
 */
#ifndef NEREID_MEDIAD_RTC_SECURE_RTP_MULTI_H
#define NEREID_MEDIAD_RTC_SECURE_RTP_MULTI_H

#include "common/error.h"
#include "mediad/rtc/secure_rtp_suite.h"

/** Packets of one call, at most. */
#define SECURE_RTP_MULTI_MAX 64

struct secure_rtp_multi;

/** The instruction sets that it may be told to use: "sse", …; NULL behind the last. */
const char *secure_rtp_multi_variant(unsigned i);
/** @return 0; ERR_UNSUPPORTED: not on this CPU; ERR_NO_MEMORY */
int secure_rtp_multi_new(struct secure_rtp_multi **out, unsigned variant) MUST_USE;
void secure_rtp_multi_free(struct secure_rtp_multi *m);

/** For the row of AES in counter mode with HMAC-SHA1. @param n at most SECURE_RTP_MULTI_MAX
 * @return 0; ERR_CRYPTO: the packets are in no state to be sent */
int secure_rtp_multi_aes_cm(struct secure_rtp_multi *m, const struct secure_rtp_job *jobs,
                            unsigned n) MUST_USE;

#endif
