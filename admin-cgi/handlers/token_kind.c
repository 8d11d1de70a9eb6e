#include "admin-cgi/handlers/token_kind.h"

#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"

#define NAMES_MAX 5

static const struct kind {
    const char *word;
    const char *label;
    const char *const permissions[NAMES_MAX];
} kinds[] = {
    {TOKEN_KIND_DEFAULT, TEXT("Present and chat"), {"present", "message", NULL}},
    {"message", TEXT("Watch and chat"), {"message", NULL}},
    {"observe", TEXT("Watch only"), {NULL}},
    {"op", TEXT("Operator"), {"op", "present", "message", "token", NULL}},
};

static size_t n_names(const struct kind *kind)
{
    size_t n = 0;

    while (kind->permissions[n])
        n++;
    return n;
}

void token_kind_options(struct json_object *page, const char *chosen)
{
    struct json_object *list = page_list(page, "kinds");
    struct arena *a = page_arena(page);

    if (!*chosen)
        form_option(list, "", say(a, "As it is"), NULL, chosen);
    for (size_t i = 0; i < LENGTH(kinds); i++)
        form_option(list, kinds[i].word, say(a, kinds[i].label), NULL, chosen);
}

static bool is_kind(const struct token *t, const struct kind *kind)
{
    const struct permission_spec *p = &t->permissions;

    if (p->role != ROLE_ARRAY || p->n_names != n_names(kind))
        return false;
    for (size_t i = 0; i < p->n_names; i++) {
        if (strcmp(p->names[i], kind->permissions[i]) != 0)
            return false;
    }
    return true;
}

const char *token_kind_of(const struct token *t)
{
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        if (is_kind(t, &kinds[i]))
            return kinds[i].word;
    }
    return "";
}

int token_kind_set(struct request *req, struct form_view *v, struct token *t, const char *group,
                   const char *word)
{
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        struct permission_spec wanted = {0};
        int r;

        if (strcmp(word, kinds[i].word) != 0)
            continue;
        if (strcmp(word, "op") == 0 && !principal_may(&req->who, group, CAP_EDIT))
            form_view_problem(v, "kind", "You may not invite operators.");
        r = permission_spec_literal(&wanted, kinds[i].permissions, n_names(&kinds[i]));
        if (r < 0)
            return r;
        permission_spec_release(&t->permissions);
        t->permissions = wanted;
        return 0;
    }
    form_view_problem(v, "kind", "Choose what the invited may do.");
    return 0;
}
