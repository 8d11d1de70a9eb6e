/*
 * A connection by which a browser finds out whether its media reaches this server: ICE, DTLS and
 * SRTP as in a meeting, but in no group. What comes in it is counted and given to nobody. It ends
 * by itself. Only the control socket begins one. Control thread only.
 */
#ifndef NEREID_MEDIAD_SIGNAL_MEDIA_TRIAL_H
#define NEREID_MEDIAD_SIGNAL_MEDIA_TRIAL_H

#include "common/buf.h"
#include "common/error.h"
#include "common/now.h"
#include "common/span.h"
#include "mediad/rtc/stream_quality.h"

struct signal_env;

#define MEDIA_TRIALS_MAX 16
#define MEDIA_TRIAL_US (30 * US_PER_S)          /* after which one ends */
#define MEDIA_TRIAL_BYTES_MAX (4 * 1024 * 1024) /* same; seen within a second or two */

/** What came, as of the last second. */
struct media_trial_result {
    struct up_received audio, video;
};

/**
 * Begin one, with the offer of a browser that sends sound or pictures.
 * @param id     by which its result is asked for
 * @param answer appended: the whole description, candidates included
 * @return 0; ERR_BUSY: there are MEDIA_TRIALS_MAX, or mediad ends; ERR_INVALID: nothing is sent;
 *         what up_stream_offer() says. Nothing is left then
 */
int media_trial_begin(struct signal_env *env, struct span offer, uint64_t *id, struct buf *answer,
                      struct error *e) MUST_USE;
/** What came in one, which ends with it. @return 0; ERR_NOT_FOUND: it has ended */
int media_trial_end(struct signal_env *env, uint64_t id, struct media_trial_result *out) MUST_USE;
/** End them all. */
void media_trials_end_all(struct signal_env *env);

#endif
