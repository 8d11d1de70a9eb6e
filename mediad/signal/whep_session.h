/*
 * A viewer (WHEP): it receives one stream of a group after another, described once over HTTP. It is
 * in no list of members, but let in and counted as one. Knows no HTTP: mediad/http/whep.c does.
 */
#ifndef NEREID_MEDIAD_SIGNAL_WHEP_SESSION_H
#define NEREID_MEDIAD_SIGNAL_WHEP_SESSION_H

#include "mediad/signal/visitor.h"

/** What it wants to see. Borrowed. */
struct whep_wish {
    const char *stream; /* id of a stream, which must be there; NULL: none is named */
    const char *label;  /* of any stream, there or to come; NULL: the label does not matter */
};

/** Ask; as visitor_begin(). The permissions that members have by themselves are enough. */
void whep_session_begin(struct signal_env *env, const struct visitor_request *request,
                        const struct whep_wish *wish, const struct visitor_waiter *waiter,
                        void *arg, struct visitor **running);

/** An SDP fragment for it (player_stream_fragment()); its ETag is another one after a restart.
 * @return as that */
int whep_session_patch(struct resource *r, struct span fragment, struct buf *answer,
                       bool *is_restart, struct error *e) MUST_USE;

#endif
