#include "mediad/http/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/server_origin.h"
#include "mediad/http/http_state.h"
#include "mediad/signal/authenticate.h"
#include "mediad/signal/visitor.h"

#define HEADERS_SIZE 16384
#define CHUNK_SIZE 16384

void exchange_read_header(struct lws *wsi, const char *name, struct buf *out)
{
    char with_colon[64];
    int name_len = snprintf(with_colon, sizeof with_colon, "%s:", name), len;
    char *room;

    buf_clear(out);
    len = lws_hdr_custom_length(wsi, with_colon, name_len);
    if (len <= 0)
        return;
    room = buf_reserve(out, (size_t)len + 1);
    if (!room)
        return;
    len = lws_hdr_custom_copy(wsi, room, len + 1, with_colon, name_len);
    if (len > 0)
        out->len += (size_t)len;
}

void exchange_read_uri(struct lws *wsi, struct http_server *server, struct buf *out)
{
    const struct server_config *config = server_config_file_get(server->env->config, NULL);
    struct buf raw = {0};

    exchange_read_header(wsi, "x-raw-uri", &raw);
    buf_clear(out);
    buf_add_span(out, server_config_strip(config, buf_span(&raw)));
    buf_release(&raw);
}

void exchange_read_token(struct lws *wsi, enum lws_token_indexes token, struct buf *out)
{
    int len = lws_hdr_total_length(wsi, token);
    char *room;

    buf_clear(out);
    if (len <= 0)
        return;
    room = buf_reserve(out, (size_t)len + 1);
    if (room && lws_hdr_copy(wsi, room, len + 1, token) == len)
        out->len += (size_t)len;
}

void exchange_read_address(struct lws *wsi, char *out, size_t size)
{
    struct buf text = {0};

    if (lws_hdr_copy(wsi, out, (int)size, WSI_TOKEN_X_FORWARDED_FOR) <= 0) {
        exchange_read_header(wsi, "x-forwarded-for", &text);
        snprintf(out, size, "%s", text.len > 0 ? buf_str(&text) : "local");
    }
    buf_release(&text);
}

static enum http_method find_method(struct lws *wsi)
{
    static const struct {
        enum lws_token_indexes token;
        enum http_method method;
    } methods[] = {{WSI_TOKEN_GET_URI, METHOD_GET},       {WSI_TOKEN_HEAD_URI, METHOD_HEAD},
                   {WSI_TOKEN_POST_URI, METHOD_POST},     {WSI_TOKEN_PATCH_URI, METHOD_PATCH},
                   {WSI_TOKEN_DELETE_URI, METHOD_DELETE}, {WSI_TOKEN_OPTIONS_URI, METHOD_OPTIONS}};

    for (size_t i = 0; i < LENGTH(methods); i++) {
        if (lws_hdr_total_length(wsi, methods[i].token) > 0)
            return methods[i].method;
    }
    return METHOD_OTHER;
}

struct exchange *exchange_new(struct lws *wsi, struct http_server *server, const char *path)
{
    struct exchange *x = calloc(1, sizeof *x);
    struct buf scheme = {0};

    if (!x)
        return NULL;
    x->wsi = wsi;
    x->server = server;
    x->method = find_method(wsi);
    if (path)
        buf_add_str(&x->uri, path);
    else
        exchange_read_uri(wsi, server, &x->uri);
    exchange_read_token(wsi, WSI_TOKEN_HOST, &x->host);
    exchange_read_token(wsi, WSI_TOKEN_ORIGIN, &x->origin);
    exchange_read_header(wsi, "x-forwarded-proto", &scheme);
    x->is_tls = !span_eq_str(buf_span(&scheme), "http");
    buf_release(&scheme);
    return x;
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    visitor_cancel(x->visitor);
    authentication_cancel(x->trial);
    definition_lookup_cancel(&x->lookup);
    for (size_t i = 0; i < x->n_headers; i++)
        free(x->headers[i].value);
    buf_release(&x->uri);
    buf_release(&x->host);
    buf_release(&x->origin);
    buf_wipe(&x->body);
    buf_wipe(&x->authorization);
    buf_release(&x->content_type);
    buf_release(&x->if_match);
    buf_release(&x->answer);
    free(x);
}

void exchange_header(struct exchange *x, const char *name, const char *value)
{
    char *copy;

    if (x->n_headers == EXCHANGE_HEADERS_MAX || (copy = strdup(value)) == NULL)
        return;
    /* A line end would start a header of its own. */
    for (char *p = copy; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    }
    x->headers[x->n_headers].name = name;
    x->headers[x->n_headers++].value = copy;
}

void exchange_answer(struct exchange *x, unsigned status, const char *content_type)
{
    char length[32];

    if (buf_check(&x->answer) < 0) {
        buf_release(&x->answer);
        status = 503;
    }
    if (content_type)
        exchange_header(x, "content-type:", content_type);
    snprintf(length, sizeof length, "%zu", x->answer.len);
    if (status != 204)
        exchange_header(x, "content-length:", length);
    x->status = status;
    lws_callback_on_writable(x->wsi);
}

void exchange_answer_text(struct exchange *x, unsigned status, const char *text)
{
    buf_clear(&x->answer);
    buf_printf(&x->answer, "%s\n", text);
    exchange_answer(x, status, "text/plain; charset=utf-8");
}

void exchange_add_body(struct exchange *x, const void *data, size_t len, size_t max)
{
    if (x->body.len + len > max)
        x->body_is_too_large = true;
    else
        buf_add(&x->body, data, len);
}

void exchange_end_body(struct exchange *x)
{
    void (*body_came)(struct exchange * x) = x->body_came;

    x->body_came = NULL;
    if (body_came)
        body_came(x);
}

void exchange_expect_body(struct exchange *x)
{
    struct buf length = {0};

    exchange_read_token(x->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, &length);
    if (length.len == 0 || span_eq_str(buf_span(&length), "0"))
        exchange_end_body(x);
    buf_release(&length);
}

static int write_headers(struct exchange *x)
{
    unsigned char room[LWS_PRE + HEADERS_SIZE];
    unsigned char *start = room + LWS_PRE, *p = start, *end = room + sizeof room - 1;

    if (lws_add_http_header_status(x->wsi, x->status | LWSAHH_FLAG_NO_SERVER_NAME, &p, end))
        return -1;
    for (size_t i = 0; i < x->n_headers; i++) {
        const char *value = x->headers[i].value;

        if (lws_add_http_header_by_name(x->wsi, (const unsigned char *)x->headers[i].name,
                                        (const unsigned char *)value, (int)strlen(value), &p, end))
            return -1;
    }
    if (lws_finalize_http_header(x->wsi, &p, end))
        return -1;
    if (lws_write(x->wsi, start, (size_t)(p - start), LWS_WRITE_HTTP_HEADERS) < 0)
        return -1;
    x->headers_are_sent = true;
    return 0;
}

static int write_chunk(struct exchange *x)
{
    unsigned char room[LWS_PRE + CHUNK_SIZE];
    size_t left = x->answer.len - x->n_sent, n = left < CHUNK_SIZE ? left : CHUNK_SIZE;

    memcpy(room + LWS_PRE, x->answer.data + x->n_sent, n);
    if (lws_write(x->wsi, room + LWS_PRE, n, n == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
        return -1;
    x->n_sent += n;
    return 0;
}

int exchange_write(struct exchange *x)
{
    bool has_body = x->method != METHOD_HEAD && x->answer.len > 0 && x->status != 204;

    if (x->status == 0)
        return 0;
    if (!x->headers_are_sent) {
        if (write_headers(x) < 0)
            return -1;
    } else if (has_body && x->n_sent < x->answer.len && write_chunk(x) < 0) {
        return -1;
    }
    if (has_body && x->n_sent < x->answer.len) {
        lws_callback_on_writable(x->wsi);
        return 0;
    }
    return x->is_last || lws_http_transaction_completed(x->wsi) ? -1 : 0;
}
