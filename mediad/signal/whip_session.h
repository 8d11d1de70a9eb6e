/*
 * A member without a WebSocket: it publishes one stream, described over HTTP (WHIP, RFC 9725), and
 * leaves the group when that ends. Knows no HTTP: mediad/http/whip.c does.
 */
#ifndef NEREID_MEDIAD_SIGNAL_WHIP_SESSION_H
#define NEREID_MEDIAD_SIGNAL_WHIP_SESSION_H

#include "mediad/signal/visitor.h"

/** Ask; as visitor_begin(). It needs the permission `present`. */
void whip_session_begin(struct signal_env *env, const struct visitor_request *request,
                        const struct visitor_waiter *waiter, void *arg, struct visitor **running);
/** An SDP fragment for it (up_stream_fragment()); its ETag is another one after a restart.
 * @return as that */
int whip_session_patch(struct resource *r, struct span fragment, struct buf *answer,
                       bool *is_restart, struct error *e) MUST_USE;

#endif
