#include "mediad/http/whip.h"

#include "mediad/http/http_state.h"
#include "mediad/http/webrtc_endpoint.h"
#include "mediad/signal/whip_session.h"

static void begin(struct exchange *x, struct span query, const struct visitor_request *request,
                  const struct visitor_waiter *waiter)
{
    (void)query;
    whip_session_begin(x->server->env, request, waiter, x, &x->visitor);
}

void whip_handle(struct exchange *x)
{
    static const struct webrtc_kind kind = {.name = ".whip",
                                            .username = "whip",
                                            .with_slash = ROUTE_WHIP_SLASH,
                                            .session = ROUTE_WHIP_SESSION,
                                            .resource = RESOURCE_WHIP,
                                            .begin = begin,
                                            .patch = whip_session_patch};

    webrtc_endpoint_handle(x, &kind);
}
