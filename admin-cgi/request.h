/*
 * One HTTP request as a handler sees it: everything borrowed from the request's arena and valid
 * until the answer is sent. Does not know FastCGI: it is filled from CGI variables and a body.
 *
 * The path is the raw one of the request line (REQUEST_URI), split on '/' and percent-decoded once,
 * element by element, so that %2F in a name does not split it (HTTP-7, SEC-15).
 */
#ifndef NEREID_ADMIN_CGI_REQUEST_H
#define NEREID_ADMIN_CGI_REQUEST_H

#include "admin-cgi/arena.h"
#include "admin-cgi/principal.h"
#include "common/error.h"
#include "common/span.h"

enum method {
    METHOD_GET = 1 << 0,
    METHOD_HEAD = 1 << 1,
    METHOD_POST = 1 << 2,
    METHOD_PUT = 1 << 3,
    METHOD_DELETE = 1 << 4,
    METHOD_PATCH = 1 << 5,
    METHOD_OPTIONS = 1 << 6,
    METHOD_OTHER = 1 << 7,
    METHOD_ANY = (1 << 8) - 1 /* in routes */
};

#define REQUEST_ELEMENTS_MAX 256
#define REQUEST_CAPTURES_MAX 6

/** What a pattern's {name} stood for: decoded, NUL-terminated, several elements joined with '/'. */
struct capture {
    const char *name;
    const char *value;
};

struct request {
    struct arena *arena;
    int64_t now_us; /* since 1970, read once when the request came in */
    enum method method;
    const char *method_name;
    struct span raw_path;  /* as on the request line, without the query */
    struct span raw_query; /* after '?', not decoded; empty when there is none */
    const char **elements; /* decoded; NULL when the path is one that nothing can match */
    size_t n_elements;
    bool has_final_slash; /* "/a/b/"; also true for "/" */
    struct capture captures[REQUEST_CAPTURES_MAX];
    size_t n_captures;
    char *const *environment; /* CGI variables, "NAME=value", NULL-terminated */
    const char *content_type; /* "" when absent */
    struct span body;         /* empty until request_read_body() */
    /* Where the body comes from: as read(2), fewer bytes than asked at the end, negative on
     * failure. */
    long (*body_read)(void *source, char *data, size_t size);
    void *body_source;
    bool has_read_body;
    const char *client_address; /* as nginx saw it; "" when unknown */
    const char *host;           /* Host header, port included; "" when absent */
    const char *request_id;     /* nginx's; "" when absent */
    bool is_tls;
    const char *base;     /* the path of proxyURL, which all our links start with; "" for none */
    struct principal who; /* filled by the guard of the route, before the handler runs */
    const struct route *route;
};

/**
 * Fill a request from CGI variables; the body is read separately.
 * @param environment borrowed until the request ends
 * @return 0, ERR_NO_MEMORY. A path that cannot match anything (bad escape, NUL, empty, "." or ".."
 *         element, invalid UTF-8, too many elements) gives elements == NULL and 0: it is a 404.
 */
int request_init(struct request *r, struct arena *arena, char *const *environment,
                 int64_t now_us) MUST_USE;

/** Value of a request header by its HTTP name ("If-None-Match", any case), or NULL. Borrowed. */
const char *request_header(const struct request *r, const char *name);

/** Value of a capture of the route's pattern; NULL when the pattern has no such name. */
const char *request_capture(const struct request *r, const char *name);

/** A parameter of the query string, decoded into the arena. NULL when absent. ERR_INVALID when it
 * is repeated, badly escaped, holds a NUL or is no UTF-8 (SEC-15). */
int request_query(const struct request *r, const char *name, const char **out,
                  struct error *e) MUST_USE;
/** Several at once; what is absent becomes "". */
struct request_field {
    const char *name;
    const char **to;
};
int request_queries(struct request *r, const struct request_field *fields, size_t n,
                    struct error *e) MUST_USE;

/** Replace the path, before anything was matched against it. @param path borrowed, raw */
int request_set_path(struct request *r, struct span path) MUST_USE;

/** What stands before the names of our cookies: browsers keep "__Host-" for the path "/", and
 * "__Secure-" for those below a base (RFC 6265bis section 4.1.3). */
const char *cookie_prefix(const char *base);

/** A cookie's value, copied into the arena; NULL when absent. The first one of the name counts.
 * @param name without cookie_prefix() */
const char *request_cookie(const struct request *r, const char *name);
/** The same of a cookie that scripts write, too: without cookie_prefix(). */
const char *request_open_cookie(const struct request *r, const char *name);

/** True when the Content-Type is `type`, whatever its parameters and case. */
bool request_is_type(const struct request *r, const char *type);

/** Read the whole body into the arena; again does nothing. @param size_max more is ERR_TOO_LARGE
 * @return 0, ERR_TOO_LARGE, ERR_TRUNCATED (the client went away), ERR_INVALID, ERR_NO_MEMORY */
int request_read_body(struct request *r, size_t size_max) MUST_USE;

/** How many bytes of a body were announced; 0: none, or no number. */
int64_t request_body_length(const struct request *r);

/** Methods that change nothing: GET, HEAD, OPTIONS. */
bool request_is_safe(const struct request *r);

/**
 * Percent-decode. @param plus_is_space for query strings and forms
 * @return NUL-terminated copy in the arena, its length in *len; NULL for a bad escape or no memory
 */
char *percent_decode(struct arena *a, struct span s, bool plus_is_space, size_t *len);

#endif
