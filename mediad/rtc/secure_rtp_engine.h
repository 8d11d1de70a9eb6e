/*
 * Protects a batch of packets by whatever is quickest on this machine for its size: libipsec-mb,
 * or nettle for few packets, for other machines, and where libipsec-mb was not built in. The choice
 * is measured once at start; each worker has an engine of its own.
 */
#ifndef NEREID_MEDIAD_RTC_SECURE_RTP_ENGINE_H
#define NEREID_MEDIAD_RTC_SECURE_RTP_ENGINE_H

#include "mediad/rtc/secure_rtp_multi.h"
#include "mediad/rtc/secure_rtp_send.h"

/** Zeroed: nettle alone. */
struct secure_rtp_engine {
    struct secure_rtp_multi *multi; /* owned */
    unsigned n_min;                 /* smaller batches go to nettle */
};

/** Measure and choose, a few milliseconds; before any engine is made. A variant of libipsec-mb that
 * computes anything else than nettle is not chosen. Once or more, any thread. */
void secure_rtp_engine_choose(void);
/** What was chosen, for the log: "libipsec-mb (SSE)", "nettle". Static. */
const char *secure_rtp_engine_choice(void);

/** @return 0, ERR_NO_MEMORY */
int secure_rtp_engine_init(struct secure_rtp_engine *e) MUST_USE;
void secure_rtp_engine_release(struct secure_rtp_engine *e);

/** Protect in place. @return 0; ERR_CRYPTO: none of the packets may be sent */
int secure_rtp_engine_run(struct secure_rtp_engine *e, const struct secure_rtp_job *jobs,
                          unsigned n) MUST_USE;

#endif
