#include "galenectl/api_path.h"

#include <stdio.h>
#include <string.h>

#include "common/group_name.h"
#include "common/percent.h"

int api_path_check(const struct buf *out, struct error *e)
{
    return buf_check(out) < 0 ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : 0;
}

/* Puts the flag that gave a name in front of the place in it. @return r */
static int of_flag(struct error *e, const char *flag, int r)
{
    char place[sizeof e->place];

    if (e && r < 0) {
        snprintf(place, sizeof place, "%s%s%.60s", flag, e->place[0] ? ", " : "", e->place);
        memcpy(e->place, place, sizeof place);
    }
    return r;
}

int api_path_group(struct buf *out, const char *group, struct error *e)
{
    buf_add_str(out, ".groups/");
    if (group[0]) {
        int r = group_name_check(span_str(group), e);

        if (r < 0)
            return of_flag(e, "-group", r);
        percent_add(out, group, "/");
    }
    return api_path_check(out, e);
}

int api_path_user(struct buf *out, const char *group, const struct user_ref *user, struct error *e)
{
    int r = api_path_group(out, group, e);

    if (r == 0 && user->kind == USER_NAMED)
        r = of_flag(e, "-user", user_name_check(span_str(user->name), e));
    if (r < 0)
        return r;
    switch (user->kind) {
    case USER_NAMED:
        buf_add_str(out, "/.users/");
        percent_add(out, user->name, "");
        break;
    case USER_WILDCARD:
        buf_add_str(out, "/.wildcard-user");
        break;
    case USER_EMPTY:
        buf_add_str(out, "/.empty-user");
        break;
    }
    return api_path_check(out, e);
}

int api_path_token(struct buf *out, const char *group, const char *token, struct error *e)
{
    int r = api_path_group(out, group, e);

    if (r < 0)
        return r;
    if (token[0] == '.' || strchr(token, '/'))
        return error_set(e, ERR_INVALID, "-token", "this cannot be a token");
    buf_add_str(out, group[0] ? "/.tokens/" : ".tokens/");
    percent_add(out, token, "");
    return api_path_check(out, e);
}
