/*
 * One HTTP answer: status, headers, body in a buffer, sent when it is complete, or piece by piece.
 * The security headers of its class (SEC-12) are on every answer, errors and 304 included.
 */
#ifndef NEREID_ADMIN_CGI_RESPONSE_H
#define NEREID_ADMIN_CGI_RESPONSE_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

struct request;

/** The class of an answer, which decides its headers (SEC-12). */
enum response_class {
    RESPONSE_PAGE,     /* console: no-store */
    RESPONSE_LANDING,  /* landing page and 404: no-cache */
    RESPONSE_API,      /* API, JSON, health, metrics: no-store */
    RESPONSE_DOWNLOAD, /* recordings, exports: private, no-cache */
};

/** Appends the next piece of a body. @return 1: there may be more, 0: that was all, or an error:
 * the answer ends as one that broke off */
typedef int response_piece_fn(void *arg, struct buf *out);

struct response {
    struct arena *arena;
    const char *base; /* as struct request has it; borrowed */
    enum response_class class;
    int status;         /* 200 until changed */
    struct buf headers; /* complete lines, CR LF each */
    struct buf body;
    bool is_head; /* the body is counted and not sent */
    int file;     /* in place of the body; -1: none */
    int64_t file_bytes;
    response_piece_fn *next_piece; /* in place of the body; NULL: none */
    void *next_arg;
    const char *type;          /* borrowed; NULL: plain text */
    const char *cache_control; /* borrowed; NULL: the class's */
};

void response_init(struct response *r, struct arena *arena);
void response_release(struct response *r);

/** Add a header. Control characters in the value make it 500 instead of splitting the answer. */
void response_header(struct response *r, const char *name, const char *value);
void response_header_f(struct response *r, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/** Content-Type; borrowed until the answer is sent, the last call wins. */
void response_type(struct response *r, const char *type);
/** Cache-Control in place of the class's default; borrowed until the answer is sent. */
void response_cache(struct response *r, const char *value);
/** Set-Cookie with Secure; HttpOnly; SameSite=Lax and the base as its path.
 * @param name      without cookie_prefix()
 * @param max_age_s <= 0 removes it */
void response_cookie(struct response *r, const char *name, const char *value, int64_t max_age_s);
/** Status and Location; for pages use 303 after a POST. The location is a path of ours, which the
 * base is put before, or a URL that was checked by the caller (SEC-11). */
void response_redirect(struct response *r, int status, const char *location);
/** Text as it is; status and type are the caller's. */
void response_text(struct response *r, int status, const char *text);
/** Compact JSON with application/json. Borrows the object. */
void response_json(struct response *r, int status, struct json_object *object);
/** An API error: text/plain, one line "place: text". The status is err_http_status(e->code), or
 * `status` when that is not 0. Anything in headers so far is kept. */
void response_error(struct response *r, int status, const struct error *e);
/** A file is the body, read while it is sent. Takes the descriptor. */
void response_file(struct response *r, int fd, int64_t bytes);
/** The body is made while it is sent: for exports, of which no more than a piece is in memory.
 * @param arg as long-lived as the request's arena */
void response_pieces(struct response *r, response_piece_fn *next, void *arg);
/** "attachment": what a browser saves under this name. */
void response_attachment(struct response *r, const char *type, const char *name);
/** Throw the body away; headers stay. For 204, 304 and for starting again with an error page. */
void response_no_body(struct response *r, int status);
/** ETag header (quotes included in `etag`) and Cache-Control: no-cache. */
void response_etag(struct response *r, const char *etag);

/** The head as CGI wants it ("Status: 200 OK" ...), security headers included, with the empty
 * line at its end. Content-Type and Content-Length are filled in. */
int response_head(struct response *r, struct buf *out) MUST_USE;

#endif
