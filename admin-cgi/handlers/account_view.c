#include "admin-cgi/handlers/account_view.h"

#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/group_name.h"
#include "common/macros.h"

#define GROUPS_MAX 100000

static const struct {
    const char *word;
    const char *label;
    const char *help;
    enum account_role role;
    unsigned caps; /* of the one scope */
} presets[] = {
    {"administrator", TEXT("Server administrator"), TEXT("Everything."), ACCOUNT_ADMINISTRATOR, 0},
    {"auditor", TEXT("Auditor"), TEXT("Sees everything but secrets; changes nothing."),
     ACCOUNT_AUDITOR, 0},
    {"group", TEXT("Group administrator"), TEXT("Everything in the groups below."), ACCOUNT_SCOPED,
     CAP_ALL & ~(unsigned)CAP_CREATE},
    {"support", TEXT("Support"), TEXT("Sees, moderates and invites in the groups below."),
     ACCOUNT_SCOPED, CAP_VIEW | CAP_MODERATE | CAP_INVITE},
    {"teacher", TEXT("Teacher"), TEXT("Makes groups below the name, and administers them."),
     ACCOUNT_SCOPED, CAP_ALL},
};

#define N_PRESETS (LENGTH(presets))

const char *account_view_rights(struct arena *a, const struct account *account)
{
    const char *text = "";

    if (account->role == ACCOUNT_ADMINISTRATOR)
        return say(a, "Server administrator");
    if (account->role == ACCOUNT_AUDITOR)
        return say(a, "Auditor");
    for (size_t i = 0; i < account->n_scopes && text; i++) {
        const struct scope *scope = &account->scopes[i];
        const char *name = TEXT("Own rights");

        for (size_t k = 0; k < N_PRESETS; k++) {
            if (presets[k].role == ACCOUNT_SCOPED && presets[k].caps == scope->caps)
                name = presets[k].label;
        }
        text = arena_printf(a, "%s%s%s", text, i ? "; " : "",
                            say_with(a,
                                     !scope->subtree  ? "{rights}: {group}"
                                     : *scope->prefix ? "{rights}: {group} and below"
                                                      : "{rights}: all groups",
                                     "rights", say(a, name), "group", scope->prefix, NULL));
    }
    return text && *text ? text : say(a, "Nothing");
}

/* The preset that these rights come from; "": none of them. */
static const char *preset_of(const struct account *account)
{
    for (size_t i = 0; i < N_PRESETS; i++) {
        if (account->role == presets[i].role &&
            (account->role != ACCOUNT_SCOPED ||
             (account->n_scopes == 1 && account->scopes[0].caps == presets[i].caps)))
            return presets[i].word;
    }
    return "";
}

/* @return the index of the preset of this word; N_PRESETS: there is none */
static size_t preset_find(const char *word)
{
    size_t i = 0;

    while (i < N_PRESETS && strcmp(word, presets[i].word) != 0)
        i++;
    return i;
}

void account_view_show_rights(struct arena *a, struct form_view *v, const struct account *account,
                              const char *suggested, const struct form *form)
{
    const struct scope *scope = account && account->n_scopes == 1 ? &account->scopes[0] : NULL;
    struct json_object *list = page_list(v->page, "presets");
    const char *most =
        scope && scope->max_groups ? arena_printf(a, "%lld", (long long)scope->max_groups) : "";
    const char *first = suggested && preset_find(suggested) < N_PRESETS ? suggested : "group";
    const char *chosen = form ? form_text(form, "preset") : account ? preset_of(account) : first;

    for (size_t i = 0; i < N_PRESETS; i++)
        form_option(list, presets[i].word, say(a, presets[i].label), say(a, presets[i].help),
                    chosen);
    page_text(v->page, "prefix", form ? form_text(form, "prefix") : scope ? scope->prefix : "");
    page_text(v->page, "most", form ? form_text(form, "most") : most);
    page_flag(v->page, "subtree", form ? form_has(form, "subtree") : scope ? scope->subtree : true);
}

static void read_scope(struct form_view *v, const struct form *form, unsigned caps,
                       struct scope *out)
{
    const char *most = form_text(form, "most");
    struct error e = {0};
    uint64_t n = 0;

    *out = (struct scope){
        .prefix = form_text(form, "prefix"), .subtree = form_has(form, "subtree"), .caps = caps};
    if ((*out->prefix || !out->subtree) && group_name_check(span_str(out->prefix), &e) < 0)
        form_view_refused(v, "prefix", "Group: {reason}.", &e);
    if (*most && (!span_u64(span_str(most), &n) || n < 1 || n > GROUPS_MAX))
        form_view_problem(v, "most", "Most groups: write a number from 1 to %d, or nothing.",
                          GROUPS_MAX);
    if (caps & CAP_CREATE)
        out->max_groups = (int64_t)n;
}

void account_view_read_rights(struct form_view *v, const struct form *form, struct account *out,
                              struct scope *scope)
{
    size_t i = preset_find(form_text(form, "preset"));

    if (i == N_PRESETS) {
        form_view_problem(v, "preset", "Choose what the account may do.");
        return;
    }
    out->role = presets[i].role;
    out->scopes = NULL;
    out->n_scopes = 0;
    if (out->role != ACCOUNT_SCOPED)
        return;
    read_scope(v, form, presets[i].caps, scope);
    out->scopes = scope;
    out->n_scopes = 1;
}
