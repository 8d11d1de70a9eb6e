#include "admin-cgi/handlers/user_view.h"

#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/router.h"
#include "admin-cgi/say.h"

const char *user_view_of(const struct request *req)
{
    if (strstr(req->route->pattern, "/.wildcard-user"))
        return NULL;
    if (strstr(req->route->pattern, "/.empty-user"))
        return "";
    return request_capture(req, "user");
}

const char *user_view_path(struct arena *a, const char *group, const char *user, const char *suffix)
{
    const char *base = page_group_path(a, group, "");

    if (!user)
        return arena_printf(a, "%s.wildcard-user%s", base, suffix);
    if (!*user)
        return arena_printf(a, "%s.empty-user%s", base, suffix);
    return arena_printf(a, "%s.users/%s%s", base, page_encode(a, user, false), suffix);
}

const char *user_view_label(struct arena *a, const char *user)
{
    if (!user)
        return say(a, "Anyone else");
    return *user ? arena_str(a, user) : say(a, "Without a name");
}

const struct group_user *user_view_find(const struct group_desc *desc, const char *user)
{
    return user ? group_desc_user(desc, span_str(user)) : desc->wildcard;
}
