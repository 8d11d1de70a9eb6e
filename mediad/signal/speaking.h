/*
 * Hears who speaks in each group, tells those who asked for it, and lets the media plane know whose
 * videos matter: by rank, and of the last N alone where a group has such a limit.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SPEAKING_H
#define NEREID_MEDIAD_SIGNAL_SPEAKING_H

#include "mediad/signal/env.h"

/** Something is published in the group, or other tracks of it: before it is offered to anybody. */
void speaking_published(struct signal_env *env, struct live_group *g);
/** `speakers` for somebody who comes; a new frame, or NULL when nobody has spoken. */
struct frame *speaking_greeting(const struct live_group *g);

#endif
