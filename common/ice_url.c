#include "common/ice_url.h"

#include <string.h>

#include "common/macros.h"

#define PORT 3478     /* RFC 8489 section 18.6, RFC 8656 section 18.1 */
#define PORT_TLS 5349 /* the same */

static const struct {
    const char *prefix;
    bool is_turn, is_tls;
} schemes[] = {{"stun:", false, false},
               {"stuns:", false, true},
               {"turn:", true, false},
               {"turns:", true, true}};

static bool read_port(struct ice_url *out, struct span text)
{
    uint64_t port;

    if (!span_u64(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    out->port = (uint16_t)port;
    return true;
}

/* host, host:port, [v6], [v6]:port */
static bool read_authority(struct ice_url *out, struct span text)
{
    bool is_v6 = span_starts_with(text, "[");
    size_t end = span_index(text, is_v6 ? ']' : ':', 0);
    struct span host = is_v6 ? span_sub(text, 1, end - 1) : span_sub(text, 0, end);
    struct span rest = span_sub(text, is_v6 ? end + 1 : end, text.len);

    if (host.len == 0 || (is_v6 && end >= text.len) ||
        !span_copy(host, out->host, sizeof out->host))
        return false;
    if (rest.len == 0)
        return true;
    return rest.data[0] == ':' && read_port(out, span_sub(rest, 1, rest.len));
}

static bool read_query(struct ice_url *out, struct span text)
{
    if (span_eq_str(text, "transport=tcp"))
        out->is_tcp = true;
    else if (!span_eq_str(text, "transport=udp") || out->is_tls)
        return false;
    return out->is_turn;
}

bool ice_url_parse(struct ice_url *out, struct span text)
{
    size_t query;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < LENGTH(schemes); i++) {
        if (!span_starts_with(text, schemes[i].prefix))
            continue;
        out->is_turn = schemes[i].is_turn;
        out->is_tls = schemes[i].is_tls;
        out->is_tcp = schemes[i].is_tls;
        out->port = schemes[i].is_tls ? PORT_TLS : PORT;
        text = span_sub(text, strlen(schemes[i].prefix), text.len);
        query = span_index(text, '?', 0);
        if (query < text.len && !read_query(out, span_sub(text, query + 1, text.len)))
            return false;
        return read_authority(out, span_sub(text, 0, query));
    }
    return false;
}
