#include "admin-cgi/principal.h"

#include "admin-cgi/arena.h"
#include "common/group_name.h"

int principal_limit(struct principal *p, struct arena *a, unsigned caps)
{
    size_t n = p->is_server_admin ? 1 : p->n_scopes;
    struct scope *scopes;

    if (caps == CAP_ALL)
        return 0;
    scopes = arena_array(a, n ? n : 1, sizeof *scopes);
    if (!scopes)
        return ERR_NO_MEMORY;
    if (p->is_server_admin)
        scopes[0] = (struct scope){.prefix = "", .subtree = true, .caps = caps};
    for (size_t i = 0; !p->is_server_admin && i < n; i++) {
        scopes[i] = p->scopes[i];
        scopes[i].caps &= caps;
    }
    p->is_auditor = p->is_auditor && (caps & CAP_VIEW);
    p->is_server_admin = false;
    p->scopes = scopes;
    p->n_scopes = n;
    return 0;
}

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

const char *principal_told_name(const struct principal *p)
{
    return p->name && p->name[0] ? p->name : "administrator";
}
