/*
 * A member without a WebSocket: it publishes one stream, described over HTTP (WHIP, RFC 9725), and
 * leaves the group when that ends. Knows no HTTP: mediad/http/whip.c does.
 */
#ifndef NEREID_MEDIAD_SIGNAL_WHIP_SESSION_H
#define NEREID_MEDIAD_SIGNAL_WHIP_SESSION_H

#include "mediad/signal/env.h"
#include "mediad/signal/resource.h"

struct whip_session;

/** Who wants to publish, and what. Borrowed. */
struct whip_request {
    const char *group; /* a legal name */
    const char *username;
    const char *password, *token; /* "" when absent */
    struct span secret;           /* as for resource_init() */
    const char *address;          /* the client's, for operators and limits */
    struct span sdp;
};

/** What became of it: one of these, once. None of them may end the session. */
struct whip_waiter {
    /** The session is gone. @param error identifier for programs; NULL where there is none */
    void (*refused)(void *arg, const char *error, const char *text);
    /** The session is gone. @param target a link as browsers need it */
    void (*redirected)(void *arg, const char *target);
    /** It publishes. @param answer the whole description */
    void (*accepted)(void *arg, struct resource *r, struct span answer);
};

/** Ask; the waiter may hear before this returns.
 * @param running set while nobody has heard, for whip_session_cancel(); NULL again after */
void whip_session_begin(struct signal_env *env, const struct whip_request *request,
                        const struct whip_waiter *waiter, void *arg, struct whip_session **running);
/** An SDP fragment for it (up_stream_fragment()); its ETag is another one after a restart.
 * @return as that */
int whip_session_patch(struct resource *r, struct span fragment, struct buf *answer,
                       bool *is_restart, struct error *e) MUST_USE;
/** The waiter will not hear: the attempt is forgotten. NULL is fine. */
void whip_session_cancel(struct whip_session *s);

#endif
