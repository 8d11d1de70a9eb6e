#include "admin-cgi/precondition.h"

#include <string.h>

struct precondition precondition_of(const struct request *req)
{
    return (struct precondition){.if_match = request_header(req, "If-Match"),
                                 .if_none_match = request_header(req, "If-None-Match")};
}

/* One entity tag off the front: "x" or W/"x". @return false when there is none there */
static bool next_tag(struct span *rest, struct span *tag)
{
    size_t start = span_starts_with(*rest, "W/") ? 2 : 0;
    size_t end;

    if (start >= rest->len || rest->data[start] != '"')
        return false;
    end = span_index(*rest, '"', start + 1);
    if (end == rest->len)
        return false;
    *tag = span_sub(*rest, 0, end + 1);
    *rest = span_sub(*rest, end + 1, SIZE_MAX);
    return true;
}

/* Does the list name the tag? A malformed list stops the scan. */
static bool list_has(const char *header, const char *etag)
{
    struct span rest = span_trim(span_str(header));
    struct span tag;

    if (span_eq_str(rest, "*"))
        return etag[0] != '\0';
    while (rest.len) {
        if (rest.data[0] == ',') {
            rest = span_trim(span_sub(rest, 1, SIZE_MAX));
            continue;
        }
        if (!next_tag(&rest, &tag))
            return false;
        if (etag[0] && span_eq_str(tag, etag))
            return true;
        rest = span_trim(rest);
    }
    return false;
}

int precondition_status(const struct precondition *c, const char *etag, bool is_read)
{
    if (!etag)
        etag = "";
    if (c->if_match && !list_has(c->if_match, etag))
        return 412;
    if (c->if_none_match && list_has(c->if_none_match, etag))
        return is_read ? 304 : 412;
    return 0;
}

int precondition_check(const struct precondition *c, const char *etag, struct error *e)
{
    if (!c || precondition_status(c, etag, false) == 0)
        return 0;
    return error_set(e, ERR_PRECONDITION, NULL, "the object is not in the state you named");
}
