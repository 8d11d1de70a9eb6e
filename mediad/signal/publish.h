/*
 * How a member comes to publish a stream, or changes one: may it, the description that it offers,
 * and who gets it then.
 */
#ifndef NEREID_MEDIAD_SIGNAL_PUBLISH_H
#define NEREID_MEDIAD_SIGNAL_PUBLISH_H

#include "mediad/group/member.h"
#include "mediad/signal/env.h"

/** What a member offers. Borrowed. */
struct publication {
    const char *id; /* not empty; of a stream that it publishes already: other tracks */
    const char *label;
    const char *replaces; /* id of a stream of its own that ends for it; "": of none */
    struct span sdp;
};

/** Answered at once, by the member's `answer` or `aborted`. */
void stream_publish(struct signal_env *env, struct member *m, const struct publication *p);

#endif
