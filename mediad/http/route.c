#include "mediad/http/route.h"

#include <string.h>

#include "common/macros.h"
#include "common/percent.h"

/* Decode one element behind what `out` holds already. @return its length, or -1 */
static int decode(struct span element, char *out, size_t room)
{
    size_t n = 0;

    while (element.len > 0) {
        int c = percent_take(&element);

        if (c <= 0 || c == '/' || n >= room)
            return -1;
        out[n++] = (char)c;
    }
    return (int)n;
}

/* What may stand behind a group's name, and what that is with a slash or an id behind it. */
static const struct kind {
    const char *name;
    enum route route, with_slash, with_id;
} kinds[] = {
    {".status", ROUTE_STATUS, ROUTE_NONE, ROUTE_NONE},
    {".status.json", ROUTE_STATUS_JSON, ROUTE_NONE, ROUTE_NONE},
    {".whip", ROUTE_WHIP, ROUTE_WHIP_SLASH, ROUTE_WHIP_SESSION},
    {".whep", ROUTE_WHEP, ROUTE_WHEP_SLASH, ROUTE_WHEP_SESSION},
};

static const struct kind *find_kind(const char *name, size_t len)
{
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* What follows ".whip/". */
static enum route session_route(struct route_match *out, const struct kind *kind, struct span rest)
{
    int n;

    if (rest.len == 0)
        return kind->with_slash;
    if (kind->with_id == ROUTE_NONE || span_index(rest, '/', 0) < rest.len)
        return ROUTE_NONE;
    n = decode(rest, out->session, ROUTE_SESSION_MAX);
    if (n < 0)
        return ROUTE_NONE;
    out->session[n] = '\0';
    return kind->with_id;
}

/* What follows "/group/". */
static enum route group_route(struct route_match *out, struct span rest)
{
    enum route route = ROUTE_GROUP_BARE;
    const struct kind *kind = NULL;
    struct span element;
    size_t len = 0;

    while (span_split(&rest, '/', &element)) {
        size_t start = len > 0 ? len + 1 : 0;
        int n;

        /* Nothing may follow an empty element; one is the final slash. */
        if (route != ROUTE_GROUP_BARE)
            return ROUTE_NONE;
        if (element.len == 0) {
            route = ROUTE_GROUP;
            continue;
        }
        if (start >= GROUP_NAME_MAX)
            return ROUTE_NONE;
        n = decode(element, out->group + start, GROUP_NAME_MAX - start);
        if (n < 0)
            return ROUTE_NONE;
        if (out->group[start] == '.') {
            kind = find_kind(out->group + start, (size_t)n);
            if (!kind)
                return ROUTE_NONE;
            route = rest.data ? session_route(out, kind, rest) : kind->route;
            break;
        }
        if (start > 0)
            out->group[len] = '/';
        len = start + (size_t)n;
    }
    out->group[len] = '\0';
    if (group_name_check(span_of(out->group, len), NULL) < 0)
        return ROUTE_NONE;
    return route;
}

void route_find(struct route_match *out, struct span uri)
{
    size_t end = span_index(uri, '?', 0);
    struct span path = span_sub(uri, 0, end);

    out->group[0] = out->session[0] = '\0';
    out->query = span_sub(uri, end, uri.len - end);
    if (span_eq_str(path, "/ws")) {
        out->route = ROUTE_WEBSOCKET;
    } else if (span_eq_str(path, "/public-groups.json")) {
        out->route = ROUTE_PUBLIC_GROUPS;
    } else if (span_eq_str(path, "/group")) {
        out->route = ROUTE_GROUP_ROOT;
    } else if (span_starts_with(path, "/group/")) {
        out->route = group_route(out, span_sub(path, 7, path.len - 7));
        if (out->route == ROUTE_NONE)
            out->group[0] = '\0';
    } else {
        out->route = ROUTE_NONE;
    }
}
