#include "admin-cgi/response.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/request.h"
#include "common/http_status.h"

#define EVERYWHERE                                                                                 \
    "Strict-Transport-Security: max-age=31536000\r\n"                                              \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "Referrer-Policy: no-referrer\r\n"                                                             \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                  \
    "Cross-Origin-Resource-Policy: same-origin\r\n"                                                \
    "X-Frame-Options: DENY\r\n"

#define PAGE_POLICY                                                                                \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"            \
    " img-src 'self'; font-src 'self'; connect-src 'self'; media-src 'self'; manifest-src 'self';" \
    " form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none';"             \
    " require-trusted-types-for 'script'\r\n"                                                      \
    "Permissions-Policy: camera=(), microphone=(), geolocation=(), display-capture=()\r\n"

static const char *const class_headers[] = {
    [RESPONSE_PAGE] = EVERYWHERE PAGE_POLICY,
    [RESPONSE_LANDING] = EVERYWHERE PAGE_POLICY,
    [RESPONSE_API] =
        EVERYWHERE "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n",
    [RESPONSE_DOWNLOAD] =
        EVERYWHERE "Content-Security-Policy: default-src 'none'; media-src 'self';"
                   " frame-ancestors 'none'\r\n",
};

static const char *const class_caching[] = {
    [RESPONSE_PAGE] = "no-store",
    [RESPONSE_LANDING] = "no-cache",
    [RESPONSE_API] = "no-store",
    [RESPONSE_DOWNLOAD] = "private, no-cache",
};

void response_init(struct response *r, struct arena *arena)
{
    memset(r, 0, sizeof *r);
    r->arena = arena;
    r->base = "";
    r->status = 200;
    r->file = -1;
}

static void close_file(struct response *r)
{
    if (r->file >= 0)
        close(r->file);
    r->file = -1;
    r->file_bytes = 0;
}

void response_release(struct response *r)
{
    close_file(r);
    buf_release(&r->headers);
    buf_release(&r->body);
}

void response_header(struct response *r, const char *name, const char *value)
{
    for (const char *c = value; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            r->status = 500;
            buf_clear(&r->body);
            return;
        }
    }
    buf_add_str(&r->headers, name);
    buf_add_str(&r->headers, ": ");
    buf_add_str(&r->headers, value);
    buf_add_str(&r->headers, "\r\n");
}

void response_header_f(struct response *r, const char *name, const char *fmt, ...)
{
    char value[2048];
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(value, sizeof value, fmt, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof value) {
        r->status = 500;
        buf_clear(&r->body);
        return;
    }
    response_header(r, name, value);
}

void response_type(struct response *r, const char *type)
{
    r->type = type;
}

void response_cache(struct response *r, const char *value)
{
    r->cache_control = value;
}

void response_cookie(struct response *r, const char *name, const char *value, int64_t max_age_s)
{
    response_header_f(r, "Set-Cookie",
                      "%s%s=%s; Path=%s; Secure; HttpOnly; SameSite=Lax; Max-Age=%lld",
                      cookie_prefix(r->base), name, max_age_s > 0 ? value : "",
                      *r->base ? r->base : "/", (long long)(max_age_s > 0 ? max_age_s : 0));
}

void response_redirect(struct response *r, int status, const char *location)
{
    response_no_body(r, status);
    if (location[0] == '/')
        location = arena_printf(r->arena, "%s%s", r->base, location);
    if (location)
        response_header(r, "Location", location);
}

void response_text(struct response *r, int status, const char *text)
{
    r->status = status;
    buf_clear(&r->body);
    buf_add_str(&r->body, text);
}

void response_json(struct response *r, int status, struct json_object *object)
{
    const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

    response_text(r, status, object ? json_object_to_json_string_ext(object, flags) : "null");
    buf_add_char(&r->body, '\n');
    response_type(r, "application/json");
}

void response_error(struct response *r, int status, const struct error *e)
{
    char line[400];

    response_text(r, status ? status : err_http_status(e->code),
                  error_describe(e, line, sizeof line));
    buf_add_char(&r->body, '\n');
    response_type(r, "text/plain; charset=utf-8");
}

void response_file(struct response *r, int fd, int64_t bytes)
{
    buf_clear(&r->body);
    close_file(r);
    r->file = fd;
    r->file_bytes = bytes;
}

void response_pieces(struct response *r, response_piece_fn *next, void *arg)
{
    r->next_piece = next;
    r->next_arg = arg;
}

void response_attachment(struct response *r, const char *type, const char *name)
{
    response_type(r, type);
    response_header_f(r, "Content-Disposition", "attachment; filename=\"%s\"", name);
}

void response_no_body(struct response *r, int status)
{
    close_file(r);
    r->next_piece = NULL;
    r->status = status;
    buf_clear(&r->body);
}

void response_etag(struct response *r, const char *etag)
{
    response_header(r, "ETag", etag);
    response_cache(r, "no-cache");
}

int response_head(struct response *r, struct buf *out)
{
    bool may_have_body = r->status != 204 && r->status != 304;

    /* Half a header list or body is worse than none. */
    if (buf_check(&r->headers) < 0 || buf_check(&r->body) < 0 || r->arena->bad) {
        buf_clear(&r->headers);
        buf_clear(&r->body);
        r->headers.bad = r->body.bad = false;
        close_file(r);
        r->next_piece = NULL;
        r->status = 503;
    }
    buf_printf(out, "Status: %d %s\r\n", r->status, http_status_reason(r->status));
    if (r->status == 503)
        buf_add_str(out, "Retry-After: 5\r\n");
    buf_add_span(out, buf_span(&r->headers));
    buf_add_str(out, class_headers[r->class]);
    buf_printf(out, "Cache-Control: %s\r\n",
               r->cache_control ? r->cache_control : class_caching[r->class]);
    if (may_have_body) {
        if (r->type || r->body.len)
            buf_printf(out, "Content-Type: %s\r\n",
                       r->type ? r->type : "text/plain; charset=utf-8");
        if (!r->next_piece)
            buf_printf(out, "Content-Length: %lld\r\n",
                       r->file >= 0 ? (long long)r->file_bytes : (long long)r->body.len);
    }
    buf_add_str(out, "\r\n");
    return buf_check(out);
}
