#include "admin-cgi/handlers/page_group.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/dashboard_charts.h"
#include "admin-cgi/handlers/group_beside.h"
#include "admin-cgi/handlers/group_care.h"
#include "admin-cgi/handlers/group_overview.h"
#include "admin-cgi/handlers/group_redirect.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_group.h"
#include "common/now.h"

#define NAMED_MAX 20 /* users that are named in sentences; the rest is counted */

static void add(struct json_object *list, const char *subject, const char *text)
{
    struct json_object *row = page_row(list);

    page_text(row, "subject", subject);
    page_text(row, "text", text);
}

static const char *what_role(const struct permission_spec *spec)
{
    static const char *const phrases[] = {
        [ROLE_NONE] = TEXT("without any right"),
        [ROLE_ARRAY] = TEXT("with rights of their own"),
        [ROLE_OP] = TEXT("as operator"),
        [ROLE_PRESENT] = TEXT("and present"),
        [ROLE_MESSAGE] = TEXT("and chat"),
        [ROLE_OBSERVE] = TEXT("and watch"),
        [ROLE_CAPTION] = TEXT("and write captions"),
        [ROLE_ADMIN] = TEXT("to administer this group here, but not to the meeting"),
    };

    return phrases[spec->role];
}

static const char *how(const struct password *p)
{
    switch (p->type) {
    case PASSWORD_WILDCARD:
        return TEXT("with any password");
    case PASSWORD_NONE:
    case PASSWORD_BAD:
        return NULL;
    default:
        return TEXT("with a password");
    }
}

static void add_user(struct request *req, struct json_object *list, const struct group_user *user)
{
    const char *way = how(&user->password);
    const char *name = user->name[0] ? user->name : say(req->arena, "A person without a name");

    if (!way)
        add(list, name, say(req->arena, "cannot log in by password: none is set."));
    else
        add(list, name,
            say_with(req->arena, "may come in {way} {rights}.", "way", say(req->arena, way),
                     "rights", say(req->arena, what_role(&user->permissions)), NULL));
}

static void add_wildcard(struct request *req, struct json_object *list, const struct group_desc *d)
{
    const char *way = d->wildcard ? how(&d->wildcard->password) : NULL;

    if (!way)
        add(list, say(req->arena, d->n_users ? "Nobody else" : "Nobody"),
            say(req->arena, "may come in by password."));
    else
        add(list, say(req->arena, d->n_users ? "Anyone else" : "Anyone"),
            say_with(req->arena, "may come in {way} {rights}.", "way",
                     say(req->arena, d->wildcard->password.type == PASSWORD_WILDCARD
                                         ? way
                                         : "with the one password"),
                     "rights", say(req->arena, what_role(&d->wildcard->permissions)), NULL));
}

static void add_invitations(struct request *req, struct app *app, struct json_object *list,
                            const char *group)
{
    const struct token **tokens = NULL;
    size_t n = 0, valid = 0;

    if (token_store_list(app->tokens, group, &tokens, &n, NULL) < 0)
        return;
    for (size_t i = 0; i < n; i++)
        valid += token_is_valid_for(tokens[i], span_str(group), req->now_us);
    free(tokens);
    if (valid)
        add(list, "",
            say_count(req->arena, "{n} invitations are valid.", "{n} invitation is valid.", valid));
}

static void add_times(struct request *req, struct json_object *page, const struct group_desc *d)
{
    if (d->has_not_before && d->not_before_us > req->now_us)
        page_time(page, "opens", d->not_before_us);
    if (d->has_expires) {
        page_time(page, "closes", d->expires_us);
        page_flag(page, "is_closed", d->expires_us <= req->now_us);
    }
}

static void add_sentences(struct request *req, struct app *app, struct json_object *page,
                          const struct group_record *group)
{
    const struct group_desc *d = group->desc;
    struct json_object *list = page_list(page, "sentences");

    if (d->redirect) {
        add(list, say(req->arena, "Everyone"),
            say(req->arena, "is sent to another address; nobody meets here."));
        page_text(page, "redirect", d->redirect);
        return;
    }
    for (size_t i = 0; i < d->n_users && i < NAMED_MAX; i++)
        add_user(req, list, &d->users[i]);
    if (d->n_users > NAMED_MAX)
        add(list, "",
            say_count(req->arena, "{n} more users are listed under Users.",
                      "{n} more user is listed under Users.", d->n_users - NAMED_MAX));
    add_wildcard(req, list, d);
    if (d->auth_server || d->auth_portal)
        add(list, "", say(req->arena, "People may also come in through the external sign-in."));
    add_invitations(req, app, list, group->file.name);
    if (d->auto_subgroups)
        add(list, say(req->arena, "The same"),
            say(req->arena, "holds for every subgroup, which appears when visited."));
}

static void add_warnings(struct request *req, struct app *app, struct json_object *page,
                         const struct group_record *group)
{
    const struct group_desc *d = group->desc;
    struct group_care care = {.arena = req->arena,
                              .name = group->file.name,
                              .settings = d,
                              .users = d,
                              .now_us = req->now_us};
    struct json_object *list = page_list(page, "warnings");

    group_redirect_follow(req, app, &care);
    group_care_add(&care, list);
    for (size_t i = 0; i < d->n_warnings; i++)
        page_text(page_row(list), "text",
                  say_with(req->arena, "Line {line}: {problem}", "line",
                           arena_printf(req->arena, "%u", d->warnings[i].line), "problem",
                           say_reported(req->arena, d->warnings[i].text), NULL));
    page_flag(page, "has_warnings", list && json_object_array_length(list) > 0);
}

static void add_live(struct request *req, struct app *app, struct json_object *page,
                     const struct group_record *record)
{
    struct json_object *live = group_view_live(req, app, page, US_PER_S);
    struct json_object *group = live_sample_group(live, record->file.name);
    int64_t people = json_object_get_int64(json_object_object_get(group, "members"));

    page_flag(page, "is_known", live);
    page_text(page, "people",
              say_count(req->arena, "{n} people now", "{n} person now", (uint64_t)people));
    page_flag(page, "locked", json_object_get_boolean(json_object_object_get(group, "locked")));
    group_beside_subgroups(req, page, record, live);
    json_object_put(live);
}

void page_group(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *page;

    if (!group_view_load(req, res, app, &group))
        return;
    page = group_view_page(req, res, app, &group, "overview", "Overview");
    add_sentences(req, app, page, &group);
    add_warnings(req, app, page, &group);
    add_times(req, page, group.desc);
    add_live(req, app, page, &group);
    dashboard_add_group_charts(req, app, page, group.file.name, false);
    group_overview_add(req, app, page, &group);
    page_text(page, "description", group.desc->description);
    page_text(page, "contact", group.desc->contact);
    page_flag(page, "is_public", group.desc->is_public);
    page_flag(page, "is_empty",
              group.desc->n_users == 0 && !group.desc->wildcard && !group.desc->redirect);
    page_text(page, "file", arena_printf(req->arena, "groups/%s.json", group.file.name));
    page_time(page, "changed", group.file.changed_us);
    page_send(res, app, 200, "group", page);
}
