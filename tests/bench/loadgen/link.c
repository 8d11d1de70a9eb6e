#include "tests/bench/loadgen/link.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

struct out_message {
    struct out_message *next;
    size_t len;
    unsigned char data[]; /* LWS_PRE bytes, then the text */
};

struct link {
    struct link *next;
    struct link_loop *loop;
    struct lws *wsi; /* NULL once closed */
    void *user;
    struct buf in;
    struct out_message *first;
    struct out_message **last;
};

struct link_loop {
    struct lws_context *context;
    struct link_events events;
    struct link *links;
    char host[256];
    char path[256];
    int port;
    bool is_tls;
    bool is_direct; /* to mediad's own socket, past nginx */
};

static void link_message(struct link *l)
{
    struct json_object *message = json_tokener_parse(buf_str(&l->in));

    buf_clear(&l->in);
    if (message)
        l->loop->events.message(l->user, message);
    json_object_put(message);
}

static int link_write(struct link *l)
{
    struct out_message *m = l->first;

    if (!m)
        return 0;
    if (lws_write(l->wsi, m->data + LWS_PRE, m->len, LWS_WRITE_TEXT) < (int)m->len)
        return -1;
    l->first = m->next;
    if (!l->first)
        l->last = &l->first;
    else
        lws_callback_on_writable(l->wsi);
    free(m);
    return 0;
}

/* What nginx would say of the request. */
static int add_raw_uri(struct lws *wsi, void *in, size_t len)
{
    static const char name[] = "x-raw-uri:", value[] = "/ws";
    unsigned char **at = in;

    return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                       (const unsigned char *)value, sizeof value - 1, at,
                                       *at + len);
}

static int link_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t len)
{
    struct link *l = user;

    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return l->loop->is_direct ? add_raw_uri(wsi, in, len) : 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        l->loop->events.opened(l->user);
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        buf_add(&l->in, in, len);
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0)
            link_message(l);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return link_write(l);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        l->wsi = NULL;
        l->loop->events.closed(l->user, in ? in : "no connection");
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
        l->wsi = NULL;
        l->loop->events.closed(l->user, "closed by the server");
        break;
    default:
        break;
    }
    return 0;
}

static const struct lws_protocols link_protocols[] = {
    {.name = "signalling", .callback = link_callback, .rx_buffer_size = 65536},
    {.name = NULL},
};

static int parse_url(struct link_loop *loop, const char *url, struct error *e)
{
    char text[512];
    const char *scheme;
    const char *host;
    const char *path;

    if (strncmp(url, "unix:", 5) == 0) {
        loop->is_direct = true;
        snprintf(loop->host, sizeof loop->host, "+%s", url + 5);
        snprintf(loop->path, sizeof loop->path, "/ws");
        return 0;
    }
    snprintf(text, sizeof text, "%s", url);
    if (lws_parse_uri(text, &scheme, &host, &loop->port, &path))
        return error_set(e, ERR_INVALID, "--url", "not a URL");
    loop->is_tls = strcmp(scheme, "wss") == 0;
    snprintf(loop->host, sizeof loop->host, "%s", host);
    snprintf(loop->path, sizeof loop->path, "/%s", path);
    return 0;
}

int link_loop_new(struct link_loop **out, const char *url, const struct link_events *events,
                  struct error *e)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = link_protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
    };
    struct link_loop *loop = calloc(1, sizeof *loop);
    int r;

    if (!loop)
        return ERR_NO_MEMORY;
    loop->events = *events;
    r = parse_url(loop, url, e);
    if (r == 0) {
        lws_set_log_level(LLL_ERR, NULL);
        loop->context = lws_create_context(&info);
        if (!loop->context)
            r = error_set(e, ERR_IO, NULL, "libwebsockets could not start");
    }
    if (r < 0) {
        free(loop);
        return r;
    }
    *out = loop;
    return 0;
}

static void link_free(struct link *l)
{
    while (l->first) {
        struct out_message *m = l->first;

        l->first = m->next;
        free(m);
    }
    buf_release(&l->in);
    free(l);
}

static void ignore_message(void *user, struct json_object *message)
{
    (void)user;
    (void)message;
}

static void ignore_close(void *user, const char *why)
{
    (void)user;
    (void)why;
}

void link_loop_free(struct link_loop *loop)
{
    if (!loop)
        return;
    loop->events.message = ignore_message;
    loop->events.closed = ignore_close;
    lws_context_destroy(loop->context);
    while (loop->links) {
        struct link *l = loop->links;

        loop->links = l->next;
        link_free(l);
    }
    free(loop);
}

int link_open(struct link **out, struct link_loop *loop, void *user)
{
    struct link *l = calloc(1, sizeof *l);
    struct lws_client_connect_info info = {
        .context = loop->context,
        .address = loop->host,
        .host = lws_canonical_hostname(loop->context),
        .port = loop->port,
        .path = loop->path,
        .protocol = NULL,
        .local_protocol_name = "signalling",
        .ietf_version_or_minus_one = -1,
        .userdata = l,
    };
    char authority[300];

    if (!l)
        return ERR_NO_MEMORY;
    snprintf(authority, sizeof authority, "%s:%d", loop->is_direct ? "localhost" : loop->host,
             loop->port);
    info.host = authority;
    if (loop->is_tls)
        info.ssl_connection =
            LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
    l->loop = loop;
    l->user = user;
    l->last = &l->first;
    l->next = loop->links;
    loop->links = l;
    *out = l;
    l->wsi = lws_client_connect_via_info(&info);
    return l->wsi ? 0 : ERR_UNAVAILABLE;
}

int link_send(struct link *l, struct json_object *message)
{
    size_t len;
    const char *text = json_object_to_json_string_length(message, JSON_C_TO_STRING_PLAIN, &len);
    struct out_message *m = l->wsi ? malloc(sizeof *m + LWS_PRE + len) : NULL;

    if (m) {
        m->next = NULL;
        m->len = len;
        memcpy(m->data + LWS_PRE, text, len);
        *l->last = m;
        l->last = &m->next;
        lws_callback_on_writable(l->wsi);
    }
    json_object_put(message);
    return m ? 0 : ERR_UNAVAILABLE;
}

void link_loop_service(struct link_loop *loop)
{
    lws_service(loop->context, -1);
}
