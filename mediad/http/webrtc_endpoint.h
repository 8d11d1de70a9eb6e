/*
 * The requests of WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep), which are the same: POST of an
 * offer to an endpoint below a group makes a session, whose own URL takes PATCH and DELETE. What a
 * kind of session is, and what its query may say, is told by whip.c and whep.c.
 */
#ifndef NEREID_MEDIAD_HTTP_WEBRTC_ENDPOINT_H
#define NEREID_MEDIAD_HTTP_WEBRTC_ENDPOINT_H

#include "mediad/http/exchange.h"
#include "mediad/http/route.h"
#include "mediad/signal/visitor.h"

struct webrtc_kind {
    const char *name;      /* ".whip", below the group */
    const char *username;  /* of who says none */
    enum route with_slash; /* of its endpoint: redirected */
    enum route session;    /* of a session */
    enum resource_kind resource;
    /** Ask, with the exchange as the waiter's argument and its `visitor` as what runs; or refuse,
     * by the exchange's answer. @param query with its '?' */
    void (*begin)(struct exchange *x, struct span query, const struct visitor_request *request,
                  const struct visitor_waiter *waiter);
    int (*patch)(struct resource *r, struct span fragment, struct buf *answer, bool *is_restart,
                 struct error *e);
};

/** Answer a request when its body has come, or later. `x->group` is set. @param kind static */
void webrtc_endpoint_handle(struct exchange *x, const struct webrtc_kind *kind);

#endif
