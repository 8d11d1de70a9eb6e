#include "admin-cgi/request.h"

#include <string.h>
#include <strings.h>

#include "common/macros.h"
#include "common/percent.h"

char *percent_decode(struct arena *a, struct span s, bool plus_is_space, size_t *len)
{
    char *out = arena_alloc(a, s.len + 1);
    size_t n = 0;

    if (!out)
        return NULL;
    while (s.len > 0) {
        bool is_plus = s.data[0] == '+';
        int byte = percent_take(&s);

        if (byte < 0)
            return NULL;
        out[n++] = is_plus && plus_is_space ? ' ' : (char)byte;
    }
    out[n] = '\0';
    *len = n;
    return out;
}

static const char *variable_of(const struct request *r, const char *name)
{
    size_t len = strlen(name);

    for (char *const *v = r->environment; *v; v++) {
        if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
            return *v + len + 1;
    }
    return NULL;
}

const char *request_header(const struct request *r, const char *name)
{
    char variable[64] = "HTTP_";
    size_t n = 5;

    for (; *name && n < sizeof variable - 1; name++) {
        if (*name == '-')
            variable[n++] = '_';
        else
            variable[n++] = *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name;
    }
    variable[n] = '\0';
    return variable_of(r, variable);
}

const char *request_capture(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->n_captures; i++) {
        if (strcmp(r->captures[i].name, name) == 0)
            return r->captures[i].value;
    }
    return NULL;
}

static enum method method_of(const char *name)
{
    static const struct {
        const char *name;
        enum method method;
    } methods[] = {
        {"GET", METHOD_GET},         {"HEAD", METHOD_HEAD},   {"POST", METHOD_POST},
        {"PUT", METHOD_PUT},         {"PATCH", METHOD_PATCH}, {"DELETE", METHOD_DELETE},
        {"OPTIONS", METHOD_OPTIONS},
    };

    for (size_t i = 0; i < LENGTH(methods); i++) {
        if (strcmp(name, methods[i].name) == 0)
            return methods[i].method;
    }
    return METHOD_OTHER;
}

static const char *variable_or(const struct request *r, const char *name, const char *otherwise)
{
    const char *value = variable_of(r, name);

    return value ? value : otherwise;
}

/* The decoded elements; none when the path is one that nothing can match. */
static int split_path(struct request *r)
{
    struct span rest = r->raw_path;
    struct span piece;
    const char **elements = arena_array(r->arena, REQUEST_ELEMENTS_MAX, sizeof *elements);
    size_t n = 0;

    if (!elements)
        return ERR_NO_MEMORY;
    if (!rest.len || rest.data[0] != '/')
        return 0;
    rest = span_sub(rest, 1, SIZE_MAX);
    r->has_final_slash = r->raw_path.data[r->raw_path.len - 1] == '/';
    if (r->has_final_slash && rest.len)
        rest.len--;
    if (!rest.len && r->raw_path.len > 1)
        return 0;
    while (rest.len && span_split(&rest, '/', &piece)) {
        size_t len = 0;
        char *text = percent_decode(r->arena, piece, false, &len);

        if (!text)
            return r->arena->bad ? ERR_NO_MEMORY : 0;
        if (len == 0 || n == REQUEST_ELEMENTS_MAX || memchr(text, '\0', len) ||
            strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || !span_is_utf8(span_of(text, len)))
            return 0;
        elements[n++] = text;
        if (rest.data && !rest.len)
            return 0; /* "a//": an empty element at the end */
    }
    r->elements = elements;
    r->n_elements = n;
    return 0;
}

int request_init(struct request *r, struct arena *arena, char *const *environment, int64_t now_us)
{
    struct span uri;
    size_t query;

    memset(r, 0, sizeof *r);
    r->arena = arena;
    r->now_us = now_us;
    r->environment = environment;
    r->method_name = variable_or(r, "REQUEST_METHOD", "GET");
    r->method = method_of(r->method_name);
    r->content_type = variable_or(r, "CONTENT_TYPE", "");
    r->client_address = variable_or(r, "REMOTE_ADDR", "");
    r->host = variable_or(r, "HTTP_HOST", "");
    r->request_id = variable_or(r, "REQUEST_ID", "");
    r->is_tls = strcmp(variable_or(r, "HTTPS", ""), "on") == 0;
    r->base = "";
    r->who.name = "";
    uri = span_str(variable_or(r, "REQUEST_URI", "/"));
    query = span_index(uri, '?', 0);
    r->raw_path = span_sub(uri, 0, query);
    r->raw_query = span_sub(uri, query + 1, SIZE_MAX);
    return split_path(r);
}

int request_set_path(struct request *r, struct span path)
{
    r->raw_path = path;
    r->elements = NULL;
    r->n_elements = 0;
    r->has_final_slash = false;
    return split_path(r);
}

int request_query(const struct request *r, const char *name, const char **out, struct error *e)
{
    struct span rest = r->raw_query;
    struct span pair;
    const char *found = NULL;

    while (span_split(&rest, '&', &pair)) {
        size_t equals = span_index(pair, '=', 0);
        size_t name_len = 0, value_len = 0;
        char *key = percent_decode(r->arena, span_sub(pair, 0, equals), true, &name_len);
        char *value;

        if (!key || name_len != strlen(name) || memcmp(key, name, name_len) != 0)
            continue;
        value = percent_decode(r->arena, span_sub(pair, equals + 1, SIZE_MAX), true, &value_len);
        if (!value || memchr(value, '\0', value_len) || !span_is_utf8(span_of(value, value_len)))
            return error_set(e, ERR_INVALID, name, "the parameter is not well-formed");
        if (found)
            return error_set(e, ERR_INVALID, name, "the parameter is given twice");
        found = value;
    }
    *out = found;
    return r->arena->bad ? error_set(e, ERR_NO_MEMORY, NULL, "no memory for the query") : 0;
}

int request_queries(struct request *r, const struct request_field *fields, size_t n,
                    struct error *e)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < n; i++) {
        code = request_query(r, fields[i].name, fields[i].to, e);
        if (code == 0 && !*fields[i].to)
            *fields[i].to = "";
    }
    return code;
}

const char *cookie_prefix(const char *base)
{
    return *base ? "__Secure-" : "__Host-";
}

static const char *find_cookie(const struct request *r, const char *prefix, const char *name)
{
    const char *header = request_header(r, "Cookie");
    struct span rest = span_str(header);
    struct span pair;

    while (header && span_split(&rest, ';', &pair)) {
        size_t equals;

        pair = span_trim(pair);
        equals = span_index(pair, '=', 0);
        if (equals < pair.len && span_starts_with(pair, prefix) &&
            span_eq_str(span_sub(pair, strlen(prefix), equals - strlen(prefix)), name))
            return arena_dup(r->arena, span_sub(pair, equals + 1, SIZE_MAX));
    }
    return NULL;
}

const char *request_cookie(const struct request *r, const char *name)
{
    return find_cookie(r, cookie_prefix(r->base), name);
}

const char *request_open_cookie(const struct request *r, const char *name)
{
    return find_cookie(r, "", name);
}

bool request_is_type(const struct request *r, const char *type)
{
    struct span given = span_str(r->content_type);

    given = span_trim(span_sub(given, 0, span_index(given, ';', 0)));
    return span_eq_nocase(given, span_str(type));
}

/* What CONTENT_LENGTH announces. */
static int body_length(const struct request *r, size_t *out)
{
    const char *text = variable_of(r, "CONTENT_LENGTH");
    uint64_t length = 0;

    if (text && text[0] && !span_u64(span_str(text), &length))
        return ERR_INVALID;
    if (length > SIZE_MAX / 2)
        return ERR_TOO_LARGE;
    *out = (size_t)length;
    return 0;
}

int64_t request_body_length(const struct request *r)
{
    size_t length = 0;

    return body_length(r, &length) == 0 ? (int64_t)length : 0;
}

int request_read_body(struct request *r, size_t size_max)
{
    size_t length = 0, n = 0;
    char *data;
    int e;

    if (r->has_read_body)
        return r->body.len > size_max ? ERR_TOO_LARGE : 0;
    e = body_length(r, &length);
    if (e < 0)
        return e;
    if (length > size_max)
        return ERR_TOO_LARGE;
    data = arena_alloc(r->arena, length + 1);
    if (!data)
        return ERR_NO_MEMORY;
    while (n < length) {
        long got = r->body_read ? r->body_read(r->body_source, data + n, length - n) : 0;

        if (got <= 0)
            return ERR_TRUNCATED;
        n += (size_t)got;
    }
    r->body = span_of(data, length);
    r->has_read_body = true;
    return 0;
}

bool request_is_safe(const struct request *r)
{
    return (r->method & (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS)) != 0;
}
