#include "mediad/http/whep.h"

#include "mediad/http/http_state.h"
#include "mediad/http/query.h"
#include "mediad/http/webrtc_endpoint.h"
#include "mediad/http/webrtc_http.h"
#include "mediad/signal/stream_links.h"
#include "mediad/signal/whep_session.h"

static void begin(struct exchange *x, struct span query, const struct visitor_request *request,
                  const struct visitor_waiter *waiter)
{
    char stream[STREAM_ID_MAX + 1], label[STREAM_ID_MAX + 1];
    int by_stream = query_value(query, "stream", stream, sizeof stream);
    int by_label = query_value(query, "label", label, sizeof label);
    const struct whep_wish wish = {.stream = by_stream > 0 ? stream : NULL,
                                   .label = by_label > 0 ? label : NULL};

    if (by_stream < 0 || by_label < 0)
        webrtc_refuse(x, 400, "stream or label is malformed, or longer than 256 bytes");
    else if (by_stream > 0 && by_label > 0)
        webrtc_refuse(x, 400, "say stream or label, not both");
    else
        whep_session_begin(x->server->env, request, &wish, waiter, x, &x->visitor);
}

void whep_handle(struct exchange *x)
{
    static const struct webrtc_kind kind = {.name = ".whep",
                                            .username = "whep",
                                            .with_slash = ROUTE_WHEP_SLASH,
                                            .session = ROUTE_WHEP_SESSION,
                                            .resource = RESOURCE_WHEP,
                                            .begin = begin,
                                            .patch = whep_session_patch};

    webrtc_endpoint_handle(x, &kind);
}
