#include "admin-cgi/handlers/page_group_edit.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_beside.h"
#include "admin-cgi/handlers/group_care.h"
#include "admin-cgi/handlers/group_form.h"
#include "admin-cgi/handlers/group_form_read.h"
#include "admin-cgi/handlers/group_redirect.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_group_members.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_version.h"
#include "common/group_desc_json.h"
#include "common/group_field.h"

/** One form that was sent, and what it is about. */
struct edit {
    struct group_record group; /* as of now */
    struct form form;
    struct json_object *base;   /* settings of the version the form was made from */
    struct json_object *wanted; /* settings as they were sent */
    struct member_change *changes;
    size_t n_changes;
    const char **conflicts; /* NULL-terminated */
    int64_t base_seq;
};

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct group_record *group, struct json_object *values,
                 const struct form *form, int status)
{
    v->zone = req->who.zone;
    group_members_add(req->arena, v->page, group->desc);
    group_form_show(req->arena, v, values, form);
    group_beside_form(req, app, v->page, group);
    page_send(res, app, status, "group_edit", v->page);
}

void page_group_edit(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!group_view_load_clean(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "edit", "Settings");
    show(req, res, app, &v, &group, arena_json(req->arena, group_desc_to_api(group.desc)), NULL,
         200);
}

static int read_base(struct request *req, struct app *app, struct edit *edit, struct error *e)
{
    struct span number = span_str(form_text(&edit->form, "base"));
    struct group_desc *desc;
    struct version version;
    struct span text;
    uint64_t seq;
    int r;

    if (!span_u64(number, &seq) || seq == 0 || seq > INT32_MAX)
        return error_set(e, ERR_INVALID, "base", "the form does not say what it was made from");
    edit->base_seq = (int64_t)seq;
    r = store_version_get(app->db, req->arena, edit->group.file.id, edit->base_seq, &version, &text,
                          e);
    if (r == 0)
        r = group_desc_parse(&desc, text, e);
    if (r < 0)
        return r;
    edit->base = arena_json(req->arena, group_desc_to_api(desc));
    group_desc_unref(desc);
    return edit->base ? 0 : ERR_NO_MEMORY;
}

/* Theirs, with mine on top: nothing that was typed is lost, and nothing of theirs. */
static struct json_object *overlay(struct request *req, const struct edit *edit)
{
    struct json_object *values = arena_json(req->arena, group_desc_to_api(edit->group.desc));

    for (size_t i = 0; values && i < edit->n_changes; i++) {
        json_object_object_del(values, edit->changes[i].name);
        if (edit->changes[i].value)
            json_object_object_add(values, edit->changes[i].name,
                                   json_object_get(edit->changes[i].value));
    }
    return values;
}

static void add_conflicts(struct request *req, struct json_object *page, const struct edit *edit,
                          struct json_object *theirs)
{
    struct json_object *list = page_list(page, "conflicts");

    for (size_t i = 0; edit->conflicts[i]; i++) {
        const char *name = edit->conflicts[i];
        struct json_object *row = page_row(list);

        page_text(row, "label", group_form_label(name));
        page_text(row, "field", name);
        page_text(row, "before",
                  group_form_value(req->arena, json_object_object_get(edit->base, name)));
        page_text(row, "theirs",
                  group_form_value(req->arena, json_object_object_get(theirs, name)));
        page_text(row, "mine",
                  group_form_value(req->arena, json_object_object_get(edit->wanted, name)));
    }
}

static void conflict(struct request *req, struct response *res, struct app *app, struct edit *edit)
{
    struct form_view v = {0};
    struct json_object *theirs;
    struct version *head = NULL;
    size_t n = 0;

    if (!group_view_load_clean(req, res, app, &edit->group))
        return;
    theirs = arena_json(req->arena, group_desc_to_api(edit->group.desc));
    v.page =
        group_view_page(req, res, app, &edit->group, "edit", "Error: somebody else was faster");
    add_conflicts(req, v.page, edit, theirs);
    if (store_version_list(app->db, req->arena, edit->group.file.id, 0, 1, &head, &n, NULL) == 0 &&
        n == 1) {
        page_time(v.page, "their_time", head->at_us);
        page_text(v.page, "their_name", head->actor_name);
        page_flag(v.page, "in_file", strcmp(head->actor_kind, "file") == 0);
    }
    page_flag(v.page, "has_conflicts", true);
    show(req, res, app, &v, &edit->group, overlay(req, edit), NULL, 409);
}

static bool find_changes(struct request *req, struct edit *edit)
{
    edit->changes = arena_array(req->arena, n_group_fields, sizeof *edit->changes);
    edit->conflicts = arena_array(req->arena, n_group_fields + 1, sizeof *edit->conflicts);
    if (!edit->changes || !edit->conflicts || !edit->wanted)
        return false;
    edit->n_changes = group_form_changes(edit->base, edit->wanted, edit->changes);
    return true;
}

static const char *summary_of(struct request *req, const struct edit *edit)
{
    const char *text = "";

    for (size_t i = 0; text && i < edit->n_changes; i++)
        text = arena_printf(req->arena, "%s%s%s", text, i ? ", " : "",
                            say(req->arena, group_form_label(edit->changes[i].name)));
    return say_with(req->arena, "Saved: {settings}", "settings", text, NULL);
}

/* The form as it was sent, with its problems. */
static void show_again(struct request *req, struct response *res, struct app *app,
                       struct form_view *v, const struct edit *edit, int status)
{
    page_number(v->page, "base_seq", edit->base_seq);
    show(req, res, app, v, &edit->group, edit->wanted, &edit->form, status);
}

/* A button of the form that changes the form: it is shown again, and nothing is saved. */
static void draft(struct request *req, struct response *res, struct app *app, struct edit *edit)
{
    struct form_view v = {.zone = req->who.zone}, unjudged = v;

    if (!group_form_do(&edit->form)) {
        const struct error e = {.code = ERR_INVALID, .text = TEXT("this form has no such button")};

        page_error(req, res, app, 400, &e);
        return;
    }
    edit->wanted =
        arena_json(req->arena, group_form_read(req->arena, &unjudged, &edit->form, edit->base));
    v.page = group_view_page(req, res, app, &edit->group, "edit", "Settings");
    page_flag(v.page, "is_draft", true);
    show_again(req, res, app, &v, edit, 200);
}

/* ---- before it is saved ---- */

static int64_t people_inside(struct app *app, const char *name)
{
    struct json_object *live = group_view_live_now(app);
    struct json_object *group = live_sample_group(live, name);
    int64_t n = json_object_get_int64(json_object_object_get(group, "members"));

    json_object_put(live);
    return n;
}

/* The settings as they would be. NULL: they do not parse, which the save will say. */
static struct group_desc *settings_after(struct request *req, const struct edit *edit)
{
    struct group_desc *desc = NULL;
    struct json_object *values = overlay(req, edit);

    if (!values || group_desc_parse(&desc, span_str(json_object_to_json_string(values)), NULL) < 0)
        return NULL;
    return desc;
}

/* Was all of it said already, and the form sent all the same? */
static bool was_said(const struct form *form, struct json_object *said)
{
    for (size_t i = 0; i < json_object_array_length(said); i++) {
        struct json_object *row = json_object_array_get_idx(said, i);
        const char *field = json_object_get_string(json_object_object_get(row, "field"));

        if (!form_has_value(form, GROUP_FORM_SAID, field))
            return false;
    }
    return true;
}

/* Say once what the change does that nobody may have meant. @return true: `res` asks */
static bool ask(struct request *req, struct response *res, struct app *app, const struct edit *edit)
{
    struct form_view v = {.zone = req->who.zone};
    struct group_desc *settings = settings_after(req, edit);
    struct group_care care = {.arena = req->arena,
                              .name = edit->group.file.name,
                              .settings = settings,
                              .users = edit->group.desc,
                              .now_us = req->now_us};
    int64_t inside = people_inside(app, edit->group.file.name);
    struct json_object *list = arena_json(req->arena, json_object_new_array());

    group_redirect_follow(req, app, &care);
    if (settings && list)
        group_care_add_change(&care, edit->changes, edit->n_changes, inside, list);
    group_desc_unref(settings);
    if (!list || was_said(&edit->form, list))
        return false;
    v.page = group_view_page(req, res, app, &edit->group, "edit", "Settings");
    if (v.page)
        json_object_object_add(v.page, "cares", json_object_get(list));
    page_flag(v.page, "has_cares", true);
    page_number(v.page, "inside", inside);
    page_flag(v.page, "is_inside", inside > 0);
    show_again(req, res, app, &v, edit, 200);
    return true;
}

static void save(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 struct edit *edit, const struct actor *actor)
{
    const char *name = edit->group.file.name;
    const char *here = page_group_path(req->arena, name, ".edit");
    struct file_result result;
    struct error e = {0};
    int r, status;

    if (edit->n_changes == 0) {
        page_done(req, res, app, here, "Nothing was changed.", NULL);
        return;
    }
    if (ask(req, res, app, edit))
        return;
    r = store_group_change_members(app->db, name, edit->base_seq, edit->changes, edit->n_changes,
                                   actor, edit->conflicts, &result, &e);
    if (form_came_second(req, res, app, actor, r))
        return;
    status = r < 0 ? form_view_unsaved(v, r, &e) : 0;
    if (r == ERR_PRECONDITION)
        conflict(req, res, app, edit);
    else if (status)
        show_again(req, res, app, v, edit, status);
    else if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else if (!result.changed)
        page_done(req, res, app, here, "Somebody else had saved the same already.", NULL);
    else
        page_done(req, res, app, here, summary_of(req, edit),
                  arena_printf(req->arena, "%s.history/%lld/restore",
                               page_group_path(req->arena, name, ""), (long long)result.seq - 1));
}

void page_group_edit_post(struct request *req, struct response *res, struct app *app)
{
    struct edit edit = {0};
    struct form_view v = {0};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &edit.form, group_form_names(req->arena),
                        group_form_repeated) < 0 ||
        !group_view_load_clean(req, res, app, &edit.group) ||
        form_was_used(req, res, app, &edit.form, &actor,
                      page_group_path(req->arena, edit.group.file.name, ".edit")))
        return;
    r = read_base(req, app, &edit, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r == ERR_NOT_FOUND ? ERR_PRECONDITION : r, &e);
        return;
    }
    if (form_has(&edit.form, GROUP_FORM_DO)) {
        draft(req, res, app, &edit);
        return;
    }
    v.zone = req->who.zone;
    v.page = group_view_page(req, res, app, &edit.group, "edit", "Error: settings");
    edit.wanted = arena_json(req->arena, group_form_read(req->arena, &v, &edit.form, edit.base));
    if (form_view_has_problems(&v)) {
        show_again(req, res, app, &v, &edit, 422);
    } else if (!find_changes(req, &edit)) {
        group_view_failed(req, res, app, ERR_NO_MEMORY, &e);
    } else {
        save(req, res, app, &v, &edit, &actor);
    }
}
