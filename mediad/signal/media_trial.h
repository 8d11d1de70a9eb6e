/*
 * A connection by which a browser finds out whether its datagrams reach this server: ICE and DTLS
 * as in a meeting, but in no group, and nothing flows in it. It ends by itself. Only the control
 * socket begins one. Control thread only.
 */
#ifndef NEREID_MEDIAD_SIGNAL_MEDIA_TRIAL_H
#define NEREID_MEDIAD_SIGNAL_MEDIA_TRIAL_H

#include "common/buf.h"
#include "common/error.h"
#include "common/now.h"
#include "common/span.h"

struct signal_env;

#define MEDIA_TRIALS_MAX 16
#define MEDIA_TRIAL_US (30 * US_PER_S) /* after which one ends */

/**
 * Begin one, with the offer of a browser that would receive sound.
 * @param answer appended: the whole description, candidates included
 * @return 0; ERR_BUSY: there are MEDIA_TRIALS_MAX, or mediad ends; what player_stream_offer() says
 */
int media_trial_begin(struct signal_env *env, struct span offer, struct buf *answer,
                      struct error *e) MUST_USE;
/** End them all. */
void media_trials_end_all(struct signal_env *env);

#endif
