/*
 * One HTTP request and its answer, over libwebsockets. The answer may come later than the request,
 * when a pool job is done. Control thread only.
 */
#ifndef NEREID_MEDIAD_HTTP_EXCHANGE_H
#define NEREID_MEDIAD_HTTP_EXCHANGE_H

#include <libwebsockets.h>

#include "common/buf.h"
#include "mediad/group/definitions.h"

struct http_server;
struct visitor;
struct webrtc_kind;

enum http_method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER
};

#define EXCHANGE_HEADERS_MAX 48

struct exchange {
    struct lws *wsi;
    struct http_server *server;
    enum http_method method;
    struct buf uri;  /* raw, with query */
    struct buf host; /* Host header */
    struct buf origin;
    bool is_tls; /* what the client speaks with nginx */
    struct buf body;
    bool body_is_too_large;
    void (*body_came)(struct exchange *x);            /* NULL: nobody wants it */
    struct buf authorization, content_type, if_match; /* for who reads bodies */
    bool is_preflight;                                /* a browser asks what a page may */
    char address[64];                                 /* the client's */
    /* the answer */
    unsigned status; /* 0: not decided yet */
    struct {
        const char *name; /* lower case, with colon; static */
        char *value;
    } headers[EXCHANGE_HEADERS_MAX];
    size_t n_headers;
    struct buf answer;
    bool headers_are_sent;
    bool is_last; /* the connection ends with it */
    size_t n_sent;
    /* while it waits */
    struct definition_lookup lookup;
    char group[GROUP_NAME_MAX + 1];
    int kind;                         /* for whoever handles it */
    const struct webrtc_kind *webrtc; /* what it asks about (webrtc_endpoint.h) */
    struct visitor *visitor;          /* that is being let in; NULL: none */
    struct authentication *trial;     /* of a log-in (control_try.h); NULL: none */
};

/** For LWS_CALLBACK_HTTP. @return NULL when out of memory */
struct exchange *exchange_new(struct lws *wsi, struct http_server *server, const char *path);
void exchange_free(struct exchange *x);

/** A request header by its lower-case name without colon; into out, empty when absent. */
void exchange_read_header(struct lws *wsi, const char *name, struct buf *out);

/** A request header that libwebsockets knows; into out, empty when absent. */
void exchange_read_token(struct lws *wsi, enum lws_token_indexes token, struct buf *out);
/** Whom nginx says that it asks for; "local" where nobody says. */
void exchange_read_address(struct lws *wsi, char *out, size_t size);

/** The raw URI that nginx passes on, without the path of proxyURL; into out. */
void exchange_read_uri(struct lws *wsi, struct http_server *server, struct buf *out);

/** Add a header to the answer. @param name static, lower case, with colon */
void exchange_header(struct exchange *x, const char *name, const char *value);
/** Decide the answer; x->answer holds its body. The loop sends it. */
void exchange_answer(struct exchange *x, unsigned status, const char *content_type);
/** As above with a body of one line of text, e.g. "404 Not Found". */
void exchange_answer_text(struct exchange *x, unsigned status, const char *text);
/** After the handler of a request: the body, if it wants one, has come when there is none. */
void exchange_expect_body(struct exchange *x);
/** For LWS_CALLBACK_HTTP_BODY_COMPLETION. */
void exchange_end_body(struct exchange *x);
/** For LWS_CALLBACK_HTTP_BODY. */
void exchange_add_body(struct exchange *x, const void *data, size_t len, size_t max);
/** For LWS_CALLBACK_HTTP_WRITEABLE. @return what the callback is to return */
int exchange_write(struct exchange *x);

#endif
