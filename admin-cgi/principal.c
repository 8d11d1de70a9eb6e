#include "admin-cgi/principal.h"

#include "common/group_name.h"

static bool covers(const struct scope *s, struct span group)
{
    struct span prefix = span_str(s->prefix);

    return span_eq(prefix, group) || (s->subtree && group_name_is_below(group, prefix));
}

bool principal_may(const struct principal *p, const char *group, unsigned caps)
{
    struct span name = span_str(group);

    if (p->is_server_admin || (p->is_auditor && caps == CAP_VIEW))
        return true;
    for (size_t i = 0; i < p->n_scopes; i++) {
        if ((p->scopes[i].caps & caps) == caps && covers(&p->scopes[i], name))
            return true;
    }
    return false;
}

bool principal_may_anywhere(const struct principal *p, unsigned caps)
{
    if (p->is_server_admin || (p->is_auditor && caps == CAP_VIEW))
        return true;
    for (size_t i = 0; i < p->n_scopes; i++) {
        if ((p->scopes[i].caps & caps) == caps)
            return true;
    }
    return false;
}
