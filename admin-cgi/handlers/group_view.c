#include "admin-cgi/handlers/group_view.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_folder.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/group_name.h"
#include "common/macros.h"
#include "common/now.h"

/* Leads to the list of all recordings, where the group is chosen. */
#define RECORDINGS_TAB "recordings"

static const struct {
    const char *word;
    const char *label;
    const char *suffix;
    unsigned caps;
} tabs[] = {
    {"overview", TEXT("Overview"), "", CAP_VIEW},
    {"edit", TEXT("Settings"), ".edit", CAP_EDIT},
    {"users", TEXT("Users"), ".users/", CAP_EDIT},
    {"tokens", TEXT("Invitations"), ".tokens/", CAP_INVITE},
    {"live", TEXT("Live"), ".live", CAP_VIEW},
    {RECORDINGS_TAB, TEXT("Recordings"), "", CAP_RECORD},
    {"history", TEXT("History"), ".history/", CAP_VIEW},
    {"keys", TEXT("Keys"), ".keys", CAP_EDIT},
    {"raw", TEXT("File"), ".raw", CAP_EDIT},
};

static void missing(struct request *req, struct response *res, struct app *app,
                    const struct file_state *file, const char *name)
{
    bool deleted = file->status == FILE_TRASHED && file->head_id;
    struct json_object *page = page_new(
        req, res, app, deleted ? "This group was deleted" : "There is no such group", "groups");

    page_text(page, "group", name);
    page_text(page, "base", page_group_path(req->arena, name, ""));
    page_flag(page, "deleted", deleted);
    page_text(page, "link_name", page_encode(req->arena, name, false));
    page_time(page, "when", file->deleted_us);
    page_flag(page, "may_restore", principal_may(&req->who, name, CAP_EDIT));
    page_flag(page, "may_create", principal_may(&req->who, name, CAP_CREATE));
    page_text(page, "new_path",
              arena_printf(req->arena, "/admin/groups/.new?name=%s",
                           page_encode(req->arena, name, false)));
    page_send(res, app, deleted ? 410 : 404, "group_missing", page);
}

bool group_view_load(struct request *req, struct response *res, struct app *app,
                     struct group_record *out)
{
    const char *name = request_capture(req, "group");
    struct error e = {0};
    int r = store_group_get(app->db, req->arena, name, req->now_us, out, &e);

    if (r == 0)
        return true;
    if (r == ERR_NOT_FOUND)
        missing(req, res, app, &out->file, name);
    else if (r == ERR_WRONG_STATE && principal_may(&req->who, name, CAP_EDIT))
        response_redirect(res, 303, page_group_path(req->arena, name, ".raw"));
    else
        page_error(req, res, app, err_http_status(r), &e);
    return false;
}

bool group_view_load_clean(struct request *req, struct response *res, struct app *app,
                           struct group_record *out)
{
    if (!group_view_load(req, res, app, out))
        return false;
    if (!file_is_unclean(&out->file))
        return true;
    response_redirect(res, 303, page_group_path(req->arena, out->file.name, ".raw"));
    return false;
}

bool group_view_load_live(struct request *req, struct response *res, struct app *app,
                          struct group_record *out)
{
    const char *name = request_capture(req, "group");
    struct error e = {0};
    int r = store_group_find(app->db, req->arena, name, req->now_us, out, &e);

    if (r == 0 && out->is_inherited)
        out->file.name = name;
    if (r == 0)
        return true;
    return group_view_load(req, res, app, out);
}

/* Recordings are spoken of where they can be made, or where there are some. */
static bool is_tab_for(const struct request *req, struct app *app, const struct group_record *group,
                       size_t i)
{
    if (!principal_may(&req->who, group->file.name, tabs[i].caps))
        return false;
    return strcmp(tabs[i].word, RECORDINGS_TAB) != 0 ||
           (group->desc && group->desc->allow_recording) ||
           recording_group_has_any(app->paths.recordings, group->file.name);
}

static const char *tab_path(struct arena *a, const char *name, size_t i)
{
    if (strcmp(tabs[i].word, RECORDINGS_TAB) == 0)
        return arena_printf(a, "/admin/recordings?group=%s", page_encode(a, name, false));
    return page_group_path(a, name, tabs[i].suffix);
}

static void add_tabs(struct request *req, struct app *app, struct json_object *page,
                     const struct group_record *group, const char *current)
{
    struct json_object *list = page_list(page, "tabs");

    for (size_t i = 0; i < LENGTH(tabs); i++) {
        struct json_object *row;

        if (!is_tab_for(req, app, group, i))
            continue;
        row = page_row(list);
        page_text(row, "label", say(req->arena, tabs[i].label));
        page_text(row, "path", tab_path(req->arena, group->file.name, i));
        page_flag(row, "current", strcmp(tabs[i].word, current) == 0);
    }
}

/* A failure is said once, and first in the window's title. */
static const char *heading_of(const char *tab, const char *title)
{
    for (size_t i = 0; strncmp(title, "Error:", 6) == 0 && i < LENGTH(tabs); i++) {
        if (strcmp(tabs[i].word, tab) == 0)
            return tabs[i].label;
    }
    return title;
}

const char *group_view_name(const struct group_record *group)
{
    return group->desc && group->desc->display_name ? group->desc->display_name : group->file.name;
}

struct json_object *group_view_page(struct request *req, struct response *res, struct app *app,
                                    const struct group_record *group, const char *tab,
                                    const char *title)
{
    const char *name = group->file.name;
    const char *label = group_view_name(group);
    struct json_object *page = page_new(req, res, app,
                                        say_with(req->arena, "{title}: {group}", "title",
                                                 say(req->arena, title), "group", label, NULL),
                                        "groups");

    page_text(page, "group", name);
    page_text(page, "label", label);
    page_text(page, "heading", say(req->arena, heading_of(tab, title)));
    page_flag(page, "has_other_name", strcmp(label, name) != 0);
    page_text(page, "base", page_group_path(req->arena, name, ""));
    page_text(page, "join_path",
              arena_printf(req->arena, "/group/%s/", page_encode(req->arena, name, true)));
    page_number(page, "base_seq", group->file.head_seq);
    page_flag(page, "may_edit", principal_may(&req->who, name, CAP_EDIT));
    page_flag(page, "may_invite", principal_may(&req->who, name, CAP_INVITE));
    page_flag(page, "may_record", principal_may(&req->who, name, CAP_RECORD));
    page_flag(page, "may_moderate", principal_may(&req->who, name, CAP_MODERATE));
    if (group->file.status == FILE_BROKEN || group->file.status == FILE_READONLY ||
        file_is_unclean(&group->file)) {
        page_flag(page, "is_unclean", file_is_unclean(&group->file));
        page_text(page, "file_problem", group->file.problem);
        page_flag(page, "is_broken", group->file.status == FILE_BROKEN);
        page_flag(page, "has_good", group->file.head_id != 0);
        page_flag(page, "has_line", group->file.problem_line > 0);
        page_number(page, "problem_line", group->file.problem_line);
        page_number(page, "problem_column", group->file.problem_column);
    }
    add_tabs(req, app, page, group, tab);
    return page;
}

void group_view_failed(struct request *req, struct response *res, struct app *app, int code,
                       const struct error *e)
{
    struct error general = {0};

    if (!e->code)
        error_set(&general, code, NULL, "%s", err_text(code));
    page_error(req, res, app, err_http_status(code), e->code ? e : &general);
}

void group_view_answer(struct request *req, struct response *res, struct app *app,
                       const struct actor *actor, int r, const struct error *e, const char *path,
                       const char *done)
{
    if (form_came_second(req, res, app, actor, r))
        return;
    if (r < 0)
        group_view_failed(req, res, app, r, e);
    else if (done)
        page_done(req, res, app, path, done, NULL);
    else
        response_redirect(res, 303, path);
}

void group_view_restrict(const struct request *req, struct group_query *query)
{
    static const struct scope nothing;

    if (req->who.is_server_admin || req->who.is_auditor)
        return;
    query->scopes = req->who.scopes ? req->who.scopes : &nothing;
    query->n_scopes = req->who.scopes ? req->who.n_scopes : 0;
}

struct json_object *group_view_live(struct request *req, struct app *app, struct json_object *page,
                                    int64_t max_age_us)
{
    struct live_sample sample = live_sample_get(app->live, max_age_us);
    bool sees_problems = req->who.is_server_admin || req->who.is_auditor;

    if (!sample.groups)
        page_text(page, "live_words",
                  say(req->arena,
                      "The media daemon does not answer, so who is in a meeting is not known."));
    else if (sample.is_old)
        page_text(page, "live_words",
                  say_with(req->arena, "As of {age} ago; the media daemon does not answer.", "age",
                           live_sample_age_text(req->arena, sample.age_us), NULL));
    page_flag(page, "live_is_old", sample.groups && sample.is_old);
    page_text(page, "live_problems", sees_problems ? "/admin/problems" : NULL);
    return json_object_get(sample.groups);
}

struct json_object *group_view_live_now(struct app *app)
{
    struct live_sample sample = live_sample_get(app->live, 0);

    return sample.is_fresh ? json_object_get(sample.groups) : NULL;
}

static const char *role_name(const struct arena *a, enum permission_role role)
{
    static const char *const names[] = {
        [ROLE_NONE] = TEXT("nothing"),     [ROLE_ARRAY] = TEXT("custom"),
        [ROLE_OP] = TEXT("operator"),      [ROLE_PRESENT] = TEXT("present"),
        [ROLE_MESSAGE] = TEXT("message"),  [ROLE_OBSERVE] = TEXT("observe"),
        [ROLE_CAPTION] = TEXT("captions"), [ROLE_ADMIN] = TEXT("administer"),
    };

    return say(a, names[role]);
}

const char *group_view_role(struct arena *a, const struct permission_spec *spec)
{
    const char *text = "";

    if (spec->role != ROLE_ARRAY)
        return role_name(a, spec->role);
    for (size_t i = 0; i < spec->n_names; i++)
        text = arena_printf(a, "%s%s%s", text ? text : "", i ? ", " : "", spec->names[i]);
    return text && *text ? text : say(a, "nothing");
}

const char *group_view_role_now(const struct arena *a, struct json_object *permissions)
{
    struct permission_spec spec = {.role = ROLE_NONE};
    enum permission_role role = ROLE_ARRAY;

    if (permission_spec_parse(&spec, permissions, NULL) == 0)
        role = permissions_role(&spec.literal);
    /* A member who was made an operator in the meeting, or came by an operator's invitation, has
     * only some of the permissions of that role. */
    if (role == ROLE_ARRAY && permissions_has(&spec.literal, PERMISSION_OP))
        role = ROLE_OP;
    permission_spec_release(&spec);
    return role_name(a, role);
}

const char *group_view_password(const struct password *p)
{
    static const char *const names[] = {
        [PASSWORD_NONE] = TEXT("none"),
        [PASSWORD_PLAIN] = TEXT("plain text"),
        [PASSWORD_WILDCARD] = TEXT("any password"),
        [PASSWORD_BCRYPT] = TEXT("set (bcrypt)"),
        [PASSWORD_PBKDF2] = TEXT("set (pbkdf2)"),
        [PASSWORD_SCRYPT] = TEXT("set (scrypt)"),
        [PASSWORD_BAD] = TEXT("unusable"),
    };

    return names[p->type];
}

const char *group_view_link(struct request *req, struct app *app, const char *group)
{
    const char *base = page_base_url(req, app);

    return base ? arena_printf(req->arena, "%s/group/%s/", base,
                               page_encode(req->arena, group, true))
                : NULL;
}
