#include "galenectl/api_path.h"

#include <string.h>

#include "common/group_name.h"

/* What RFC 3986 lets stand in a segment without an escape, but for characters that servers or
 * shells treat specially. */
static bool is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

static void add_encoded(struct buf *out, const char *text, bool keep_slash)
{
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;

        if (is_unreserved(c) || (keep_slash && c == '/'))
            buf_add_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

static int finish(const struct buf *out, struct error *e)
{
    return buf_check(out) < 0 ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : 0;
}

int api_path_group(struct buf *out, const char *group, struct error *e)
{
    buf_add_str(out, ".groups/");
    if (group[0]) {
        int r = group_name_check(span_str(group), e);

        if (r < 0)
            return r;
        add_encoded(out, group, true);
    }
    return finish(out, e);
}

int api_path_user(struct buf *out, const char *group, const struct user_ref *user, struct error *e)
{
    int r = api_path_group(out, group, e);

    if (r == 0 && user->kind == USER_NAMED)
        r = user_name_check(span_str(user->name), e);
    if (r < 0)
        return r;
    switch (user->kind) {
    case USER_NAMED:
        buf_add_str(out, "/.users/");
        add_encoded(out, user->name, false);
        break;
    case USER_WILDCARD:
        buf_add_str(out, "/.wildcard-user");
        break;
    case USER_EMPTY:
        buf_add_str(out, "/.empty-user");
        break;
    }
    return finish(out, e);
}

int api_path_token(struct buf *out, const char *group, const char *token, struct error *e)
{
    int r = api_path_group(out, group, e);

    if (r < 0)
        return r;
    if (token[0] == '.' || strchr(token, '/'))
        return error_set(e, ERR_INVALID, NULL, "this cannot be a token");
    buf_add_str(out, group[0] ? "/.tokens/" : ".tokens/");
    add_encoded(out, token, false);
    return finish(out, e);
}
