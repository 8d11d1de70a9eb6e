#include "common/server_config_internal.h"

#include <string.h>

static bool is_host_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

/* Length of the host in host[:port]; an IPv6 address keeps its brackets. */
static size_t host_len(struct span host)
{
    if (host.len > 0 && host.data[0] == '[') {
        size_t end = span_index(host, ']', 0);

        return end < host.len ? end + 1 : host.len;
    }
    return span_index(host, ':', 0);
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
    struct span name = span_sub(host, 0, host_len(host));
    struct span port = span_sub(host, name.len, host.len);
    uint64_t number;

    if (name.len == 0 || name.len > 255)
        return false;
    if (name.data[0] == '[') {
        if (name.data[name.len - 1] != ']' || !is_ipv6(span_sub(name, 1, name.len - 2)))
            return false;
    } else {
        for (size_t i = 0; i < name.len; i++)
            if (!is_host_char(name.data[i]))
                return false;
    }
    if (port.len == 0)
        return true;
    return port.data[0] == ':' && span_u64(span_sub(port, 1, port.len), &number) && number > 0 &&
           number < 65536;
}

static bool is_path_char(uint8_t c)
{
    return c > ' ' && c < 0x7F && !strchr("\"<>\\^`{|}?#", c);
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
    if (rest.len > 0 && rest.data[0] != '/')
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (!is_path_char(rest.data[i]))
            return false;
    while (rest.len > 0 && rest.data[rest.len - 1] == '/')
        rest.len--;
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

void server_config_base_path(struct buf *out, const struct server_config *c)
{
    buf_add_span(out, proxy_parts(c).path);
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

bool server_config_redirect(struct buf *out, const struct server_config *c, struct span host,
                            struct span path_and_query)
{
    struct span canonical = span_str(c->canonical_host);
    size_t canonical_len = host_len(canonical);
    struct span port = {0};

    if (canonical.len == 0 || !host_check(host))
        return false;
    if (canonical_len == canonical.len) {
        size_t len = host_len(host);

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

enum origin_verdict origin_check(struct span origin, struct span host, char *const *allowed)
{
    size_t scheme = span_index(origin, ':', 0);
    struct span rest = span_sub(origin, scheme, origin.len);

    if (origin.len == 0)
        return ORIGIN_NONE;
    if (span_starts_with(rest, "://") && host.len > 0 &&
        span_eq_nocase(span_sub(rest, 3, rest.len), host))
        return ORIGIN_ALLOWED;
    for (size_t i = 0; allowed && allowed[i]; i++)
        if (strcmp(allowed[i], "*") == 0 || span_eq_nocase(origin, span_str(allowed[i])))
            return ORIGIN_ALLOWED;
    return ORIGIN_REFUSED;
}
