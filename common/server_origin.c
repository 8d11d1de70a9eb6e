#include "common/server_origin.h"

#include <string.h>

#include "common/macros.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_host_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' ||
           c == '-' || c == '_';
}

struct span host_name(struct span host)
{
    size_t len = span_index(host, ':', 0);

    if (host.len > 0 && host.data[0] == '[')
        len = span_index(host, ']', 0) + 1;
    return span_sub(host, 0, len);
}

static bool is_ipv6(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f') && c != ':' &&
            c != '.')
            return false;
    }
    return text.len >= 2;
}

bool host_check(struct span host)
{
    struct span name = host_name(host);
    struct span port = span_sub(host, name.len, host.len);
    uint64_t number;

    if (name.len == 0 || name.len > 255)
        return false;
    if (name.data[0] == '[') {
        if (name.data[name.len - 1] != ']' || !is_ipv6(span_sub(name, 1, name.len - 2)))
            return false;
    } else {
        for (size_t i = 0; i < name.len; i++) {
            if (!is_host_char(name.data[i]))
                return false;
        }
    }
    if (port.len == 0)
        return true;
    return port.data[0] == ':' && span_u64(span_sub(port, 1, port.len), &number) && number > 0 &&
           number < 65536;
}

/* What may stand in a link, in a cookie's Path (RFC 6265 section 4.1.1) and in nginx's
 * configuration without being quoted. */
static bool is_path_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (c > 0 && strchr("/-._~%+:@", c));
}

/* Starts with '/', and no element is empty, "." or "..": browsers would clean such a path. */
static bool is_path(struct span path)
{
    struct span rest = span_sub(path, 1, path.len);
    struct span element;

    if (path.len == 0)
        return true;
    if (path.data[0] != '/')
        return false;
    for (size_t i = 0; i < path.len; i++) {
        if (!is_path_char(path.data[i]))
            return false;
    }
    while (span_split(&rest, '/', &element)) {
        if (element.len == 0 || span_eq_str(element, ".") || span_eq_str(element, ".."))
            return false;
    }
    return true;
}

bool proxy_url_split(struct proxy_parts *out, const char *url)
{
    struct span rest = span_str(url);
    struct proxy_parts parts = {0};

    if (span_starts_with(rest, "https:"))
        parts.scheme = span_sub(rest, 0, 5);
    else if (span_starts_with(rest, "http:"))
        parts.scheme = span_sub(rest, 0, 4);
    if (parts.scheme.len > 0)
        rest = span_sub(rest, parts.scheme.len + 1, rest.len);
    if (span_starts_with(rest, "//")) {
        parts.host = span_sub(rest, 2, span_index(rest, '/', 2) - 2);
        rest = span_sub(rest, 2 + parts.host.len, rest.len);
        if (!host_check(parts.host))
            return false;
    }
    while (rest.len > 0 && rest.data[rest.len - 1] == '/')
        rest.len--;
    if (!is_path(rest))
        return false;
    parts.path = rest;
    *out = parts;
    return true;
}

static struct proxy_parts proxy_parts(const struct server_config *c)
{
    struct proxy_parts parts = {0};

    if (c->proxy_url && !proxy_url_split(&parts, c->proxy_url))
        parts = (struct proxy_parts){0};
    return parts;
}

struct span server_config_base_path(const struct server_config *c)
{
    return proxy_parts(c).path;
}

/* Would a request below this path look like one of ours? */
static bool is_ambiguous(struct span base)
{
    static const char *const ours[] = {"admin",      "galene-api", "group", "healthz",
                                       "join",       "metrics",    "ws",    "public-groups.json",
                                       "recordings", "_error",     "_page", "_recordings"};
    const struct span first = span_sub(base, 1, span_index(base, '/', 1) - 1);

    for (size_t i = 0; i < LENGTH(ours); i++) {
        if (span_eq_str(first, ours[i]))
            return true;
    }
    return false;
}

struct span server_config_strip_path(const struct server_config *c)
{
    const struct span base = server_config_base_path(c);

    /* nginx matches decoded paths, the programs raw ones: an escape would part them. */
    return is_ambiguous(base) || span_index(base, '%', 0) < base.len ? (struct span){0} : base;
}

struct span server_config_strip(const struct server_config *c, struct span uri)
{
    const struct span base = server_config_strip_path(c);

    if (base.len == 0 || uri.len <= base.len || uri.data[base.len] != '/' ||
        memcmp(uri.data, base.data, base.len) != 0)
        return uri;
    return span_sub(uri, base.len, uri.len);
}

void server_config_link(struct buf *out, const struct server_config *c, const char *link)
{
    const struct span base = server_config_base_path(c);
    const bool has_base = base.len > 0 && !is_ambiguous(base) &&
                          span_eq(span_sub(span_str(link), 0, base.len), base) &&
                          link[base.len] == '/';

    if (link[0] == '/' && link[1] != '/' && !has_base)
        buf_add_span(out, base);
    buf_add_str(out, link);
}

void server_config_base_url(struct buf *out, const struct server_config *c, struct span host,
                            bool is_tls)
{
    struct proxy_parts parts = proxy_parts(c);

    if (parts.scheme.len > 0)
        buf_add_span(out, parts.scheme);
    else
        buf_add_str(out, is_tls ? "https" : "http");
    buf_add_str(out, "://");
    if (parts.host.len > 0)
        buf_add_span(out, parts.host);
    else if (host_check(host))
        buf_add_span(out, host);
    else
        buf_add_str(out, c->canonical_host ? c->canonical_host : "localhost");
    buf_add_span(out, parts.path);
}

/* Is this how the proxy reaches us, or the name of proxyURL? A redirect from there would end there.
 */
static bool is_proxys(const struct server_config *c, struct span host)
{
    const struct span outer = proxy_parts(c).host;
    const struct span name = host_name(host);
    bool is_number = name.len > 0 && name.data[0] == '[';

    if (outer.len == 0)
        return false;
    for (size_t i = 0; i < name.len && (name.data[i] == '.' || is_digit(name.data[i])); i++)
        is_number = is_number || i + 1 == name.len;
    return is_number || span_eq_nocase(name, span_str("localhost")) ||
           span_eq_nocase(name, host_name(outer));
}

bool server_config_redirect(struct buf *out, const struct server_config *c, struct span host,
                            struct span path_and_query)
{
    struct span canonical = span_str(c->canonical_host);
    size_t canonical_len = host_name(canonical).len;
    struct span port = {0};

    if (canonical.len == 0 || !host_check(host) || is_proxys(c, host))
        return false;
    if (canonical_len == canonical.len) {
        size_t len = host_name(host).len;

        port = span_sub(host, len, host.len);
        host = span_sub(host, 0, len);
    }
    if (span_eq_nocase(canonical, host))
        return false;
    buf_add_str(out, "https://");
    buf_add_span(out, canonical);
    buf_add_span(out, port);
    if (!span_starts_with(path_and_query, "/"))
        buf_add_char(out, '/');
    buf_add_span(out, path_and_query);
    return true;
}

/* A scheme, "://", and a name with a port (RFC 6454 section 4). */
struct origin {
    struct span scheme, name;
    uint64_t port; /* 0: neither written nor known from the scheme */
};

static uint64_t default_port(struct span scheme)
{
    return span_eq_nocase(scheme, span_str("https"))  ? 443
           : span_eq_nocase(scheme, span_str("http")) ? 80
                                                      : 0;
}

static bool read_host(struct origin *out, struct span host)
{
    const struct span name = host_name(host);

    if (!host_check(host))
        return false;
    out->name = name;
    out->port = default_port(out->scheme);
    if (name.len < host.len)
        (void)span_u64(span_sub(host, name.len + 1, host.len), &out->port);
    return true;
}

static bool read_origin(struct origin *out, struct span text)
{
    const size_t scheme = span_index(text, ':', 0);

    out->scheme = span_sub(text, 0, scheme);
    return span_starts_with(span_sub(text, scheme, text.len), "://") &&
           read_host(out, span_sub(text, scheme + 3, text.len));
}

static bool same_place(const struct origin *a, const struct origin *b)
{
    return span_eq_nocase(a->name, b->name) && a->port == b->port;
}

/* The Host header names no scheme: a port that it leaves out is the origin's default. */
static bool is_host(const struct origin *origin, struct span host)
{
    struct origin ours = {.scheme = origin->scheme};

    return read_host(&ours, host) && same_place(&ours, origin);
}

static bool is_proxy_url(const struct origin *origin, const struct server_config *c)
{
    const struct proxy_parts parts = proxy_parts(c);
    struct origin ours = {.scheme = parts.scheme.len > 0 ? parts.scheme : origin->scheme};

    return parts.host.len > 0 && span_eq_nocase(ours.scheme, origin->scheme) &&
           read_host(&ours, parts.host) && same_place(&ours, origin);
}

static bool is_listed(const struct origin *origin, const char *allowed)
{
    struct origin listed = {0};

    return read_origin(&listed, span_str(allowed)) &&
           span_eq_nocase(listed.scheme, origin->scheme) && same_place(&listed, origin);
}

enum origin_verdict origin_check(const struct server_config *c, struct span origin,
                                 struct span host, char *const *allowed)
{
    struct origin given = {0};
    const bool is_good = read_origin(&given, origin);

    if (origin.len == 0)
        return ORIGIN_NONE;
    if (is_good && (is_host(&given, host) || is_proxy_url(&given, c)))
        return ORIGIN_ALLOWED;
    for (size_t i = 0; allowed && allowed[i]; i++) {
        if (strcmp(allowed[i], "*") == 0 || span_eq_nocase(origin, span_str(allowed[i])) ||
            (is_good && is_listed(&given, allowed[i])))
            return ORIGIN_ALLOWED;
    }
    return ORIGIN_REFUSED;
}

bool policy_source_check(struct span text)
{
    static const char marks[] = "-._:/[]*";

    if (span_eq_str(text, "'self'"))
        return true;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
            (c == 0 || !strchr(marks, c)))
            return false;
    }
    return text.len > 0;
}
