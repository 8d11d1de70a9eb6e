#include "mediad/http/reply.h"

#include "mediad/http/http_state.h"
#include "mediad/signal/status.h"

const struct server_config *reply_config(struct exchange *x)
{
    return server_config_file_get(x->server->env->config, NULL);
}

void reply_headers(struct exchange *x)
{
    exchange_header(x, "strict-transport-security:", "max-age=31536000");
    exchange_header(x, "x-content-type-options:", "nosniff");
    exchange_header(x, "referrer-policy:", "no-referrer");
    exchange_header(x, "cross-origin-opener-policy:", "same-origin");
}

void reply_data_headers(struct exchange *x, bool is_shared)
{
    reply_headers(x);
    exchange_header(x, "content-security-policy:", "default-src 'none'; frame-ancestors 'none'");
    exchange_header(x, "x-frame-options:", "DENY");
    exchange_header(x, "cross-origin-resource-policy:", is_shared ? "cross-origin" : "same-origin");
    exchange_header(x, "cache-control:", "no-cache");
}

void reply_text(struct exchange *x, unsigned status, const char *text)
{
    reply_data_headers(x, false);
    exchange_answer_text(x, status, text);
}

enum origin_verdict reply_share(struct exchange *x)
{
    const struct server_config *config = reply_config(x);
    enum origin_verdict verdict =
        origin_check(config, buf_span(&x->origin), buf_span(&x->host), config->allow_origin);

    exchange_header(x, "vary:", "Origin");
    if (verdict == ORIGIN_ALLOWED)
        exchange_header(x, "access-control-allow-origin:", buf_str(&x->origin));
    return verdict;
}

void reply_redirect(struct exchange *x, const char *location, struct span query)
{
    struct buf text = {0};

    server_config_link(&text, reply_config(x), location);
    buf_add_span(&text, query);
    exchange_header(x, "location:", buf_str(&text));
    buf_release(&text);
    reply_text(x, 308, "308 Permanent redirect");
}

void reply_group_path(struct buf *out, const struct exchange *x, const char *tail)
{
    buf_add_str(out, "/group/");
    status_write_url_path(out, x->group);
    buf_add_str(out, tail);
}

void reply_redirect_to_group(struct exchange *x, const char *tail, struct span query)
{
    struct buf path = {0};

    reply_group_path(&path, x, tail);
    reply_redirect(x, buf_str(&path), query);
    buf_release(&path);
}

bool reply_from_canonical_host(struct exchange *x)
{
    struct buf location = {0};
    bool is_due =
        server_config_redirect(&location, reply_config(x), buf_span(&x->host), buf_span(&x->uri));

    if (is_due)
        reply_redirect(x, buf_str(&location), (struct span){0});
    buf_release(&location);
    return is_due;
}
