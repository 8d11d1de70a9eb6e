#include "admin-cgi/router.h"

#include <string.h>

#include "common/buf.h"
#include "common/macros.h"

/* Elements from..to joined with '/'. One element needs no copy. */
static const char *join(struct request *req, size_t from, size_t to)
{
    size_t len = 0;
    char *out, *at;

    if (to - from == 1)
        return req->elements[from];
    for (size_t i = from; i < to; i++)
        len += strlen(req->elements[i]) + 1;
    out = at = arena_alloc(req->arena, len + 1);
    if (!out)
        return NULL;
    for (size_t i = from; i < to; i++) {
        size_t n = strlen(req->elements[i]);

        if (i > from)
            *at++ = '/';
        memcpy(at, req->elements[i], n);
        at += n;
    }
    return out;
}

static size_t skip_plain(const struct request *req, size_t at)
{
    while (at < req->n_elements && req->elements[at][0] != '.')
        at++;
    return at;
}

struct found {
    struct span name;
    size_t from, to;
};

/* One {name}, {name+} or {name*}. @return the element behind it, or SIZE_MAX */
static size_t match_capture(const struct request *req, struct span word, size_t at,
                            struct found *found)
{
    uint8_t kind = word.data[word.len - 2];
    size_t end;

    found->from = at;
    if (kind == '+') {
        end = skip_plain(req, at);
        found->name = span_sub(word, 1, word.len - 3);
        found->to = end;
        return end > at ? end : SIZE_MAX;
    }
    if (kind == '*') {
        found->name = span_sub(word, 1, word.len - 3);
        found->to = req->n_elements;
        return req->n_elements;
    }
    found->name = span_sub(word, 1, word.len - 2);
    found->to = at + 1;
    return at < req->n_elements ? at + 1 : SIZE_MAX;
}

static bool match_pattern(const struct request *req, const char *pattern, struct found *found,
                          size_t *n_found)
{
    struct span rest = span_str(pattern + 1); /* behind the first slash */
    struct span word;
    size_t at = 0;
    bool any_slash = false, wants_slash = false;

    *n_found = 0;
    if (rest.len == 0)
        return req->n_elements == 0;
    while (span_split(&rest, '/', &word)) {
        if (word.len == 0) {
            wants_slash = true;
        } else if (span_eq_str(word, "?")) {
            any_slash = true;
        } else if (word.data[0] == '{') {
            any_slash = word.data[word.len - 2] == '*';
            at = match_capture(req, word, at, &found[(*n_found)++]);
            if (at == SIZE_MAX)
                return false;
        } else {
            if (at == req->n_elements || !span_eq_str(word, req->elements[at]))
                return false;
            at++;
        }
    }
    return at == req->n_elements && (any_slash || wants_slash == req->has_final_slash);
}

static int fill_captures(struct request *req, const struct found *found, size_t n)
{
    req->n_captures = 0;
    for (size_t i = 0; i < n; i++) {
        struct capture *c = &req->captures[req->n_captures++];

        c->name = arena_dup(req->arena, found[i].name);
        c->value = found[i].to > found[i].from ? join(req, found[i].from, found[i].to) : "";
        if (!c->name || !c->value)
            return ERR_NO_MEMORY;
    }
    return 0;
}

int router_match(const struct route_table *const *tables, struct request *req,
                 struct route_match *out)
{
    struct found found[REQUEST_CAPTURES_MAX];
    enum method wanted = req->method == METHOD_HEAD ? METHOD_GET : req->method;
    size_t n_found = 0;

    memset(out, 0, sizeof *out);
    if (!req->elements)
        return 0;
    for (; *tables; tables++) {
        for (size_t i = 0; i < (*tables)->n_routes; i++) {
            const struct route *route = &(*tables)->routes[i];

            if (!out->any) {
                if (!match_pattern(req, route->pattern, found, &n_found))
                    continue;
                out->any = route;
            } else if (strcmp(route->pattern, out->any->pattern) != 0) {
                continue;
            }
            out->allowed |= route->method;
            if (route->method & METHOD_GET)
                out->allowed |= METHOD_HEAD;
            if ((route->method & wanted) && !out->route)
                out->route = route;
        }
    }
    return out->any ? fill_captures(req, found, n_found) : 0;
}

const struct route *router_page(const struct route_table *table, const char *path)
{
    size_t len = strcspn(path, "?#");

    for (size_t i = 0; i < table->n_routes; i++) {
        const struct route *route = &table->routes[i];

        if (!(route->method & METHOD_GET) || strncmp(route->pattern, path, len) != 0)
            continue;
        if (strcmp(route->pattern + len, "") == 0 || strcmp(route->pattern + len, "?") == 0)
            return route;
    }
    return NULL;
}

const char *router_allow(struct arena *a, unsigned methods, bool with_options)
{
    static const struct {
        enum method method;
        const char *name;
    } names[] = {
        {METHOD_OPTIONS, "OPTIONS"}, {METHOD_GET, "GET"}, {METHOD_HEAD, "HEAD"},
        {METHOD_POST, "POST"},       {METHOD_PUT, "PUT"}, {METHOD_PATCH, "PATCH"},
        {METHOD_DELETE, "DELETE"},
    };
    struct buf out = {0};
    const char *text;

    if (with_options)
        methods |= METHOD_OPTIONS;
    for (size_t i = 0; i < LENGTH(names); i++) {
        if (!(methods & names[i].method))
            continue;
        if (out.len)
            buf_add_str(&out, ", ");
        buf_add_str(&out, names[i].name);
    }
    text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text ? text : "";
}
