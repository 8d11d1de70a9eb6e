#include "admin-cgi/handlers/page_settings.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_look.h"
#include "admin-cgi/store/store_setting.h"

#define SETTINGS_PATH "/admin/settings"
#define STYLE_CACHING "public, max-age=86400"

/** The settings as they are, each beside its row of the table; zero: nobody has set it. */
struct site_values {
    struct setting rows[N_SITE_SETTINGS];
};

static int load(struct request *req, struct app *app, struct site_values *out, struct error *e)
{
    struct setting *rows = NULL;
    size_t n = 0;
    int r = store_setting_list(app->db, req->arena, SITE_PREFIX, &rows, &n, e);

    memset(out, 0, sizeof *out);
    for (size_t k = 0; r == 0 && k < n; k++) {
        for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
            if (strcmp(rows[k].key + strlen(SITE_PREFIX), site_settings[i].name) == 0)
                out->rows[i] = rows[k];
        }
    }
    return r;
}

static const char *was_name(struct request *req, const struct site_setting *s)
{
    return arena_printf(req->arena, "was_%s", s->name);
}

static void add_row(struct form_view *v, struct json_object *list, const struct site_setting *s,
                    const struct setting *now, const char *typed)
{
    struct json_object *row = page_row(list);

    page_text(row, "name", s->name);
    page_text(row, "label", s->label);
    page_text(row, "help", s->help);
    page_text(row, "error", form_view_problem_of(v, s->name));
    page_number(row, "maxlength", (int64_t)s->max_bytes);
    page_flag(row, "is_text", s->kind == SITE_LINE || s->kind == SITE_COLOUR);
    page_flag(row, "is_url", s->kind == SITE_LINK);
    page_flag(row, "is_area", s->kind == SITE_TEXT);
    page_text(row, "value", typed ? typed : now->value ? now->value : s->preset);
    page_text(row, "was", now->value ? now->value : "");
    page_flag(row, "is_set", now->value);
    page_text(row, "preset", s->preset[0] ? s->preset : "nothing");
    page_time(row, "changed", now->changed_us);
    page_text(row, "by", now->changed_by);
}

/* @param form what was typed; NULL: nothing yet */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct form *form, int status)
{
    struct site_values now;
    struct error e = {0};
    struct json_object *look = page_list(v->page, "look"), *links = page_list(v->page, "links");
    int r = load(req, app, &now, &e);

    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
        const struct site_setting *s = &site_settings[i];

        add_row(v, s->kind == SITE_LINK ? links : look, s, &now.rows[i],
                form ? form_get(form, s->name) : NULL);
    }
    page_send(res, app, status, "settings", v->page);
}

void page_settings(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = settings_page(req, res, app, "Settings", SETTINGS_PATH)};

    show(req, res, app, &v, NULL, 200);
}

void page_settings_refuse(struct request *req, struct response *res, struct app *app,
                          const char *field, const char *text)
{
    struct form_view v = {.page = settings_page(req, res, app, "Error: settings", SETTINGS_PATH)};

    form_view_problem(&v, field, "%s", text);
    show(req, res, app, &v, NULL, 422);
}

static const char *key_of(struct request *req, const struct site_setting *s)
{
    return arena_printf(req->arena, SITE_PREFIX "%s", s->name);
}

/* What a field asks to change, checked. @return false: nothing, or it is noted as a problem */
static bool read_change(struct request *req, struct form_view *v, const struct form *form,
                        const struct site_setting *s, struct setting_change *out)
{
    const char *typed = form_get(form, s->name), *was = form_text(form, was_name(req, s));
    const char *value = typed ? arena_dup(req->arena, span_trim(span_str(typed))) : NULL;
    struct error e = {0};

    if (!typed)
        return false;
    if (!value || site_setting_check(s, span_str(value), &e) < 0) {
        form_view_problem(v, s->name, "%s: %s.", s->label, value ? e.text : "out of memory");
        return false;
    }
    if (strcmp(value, s->preset) == 0)
        value = "";
    if (strcmp(value, was) == 0)
        return false;
    *out = (struct setting_change){
        .key = key_of(req, s), .before = was[0] ? was : NULL, .after = value[0] ? value : NULL};
    return true;
}

static void changed_meanwhile(struct form_view *v, const struct error *e)
{
    const char *name = e->place[0] ? e->place + strlen(SITE_PREFIX) : "main";

    form_view_problem(v, name,
                      "Somebody else changed this meanwhile, and nothing was saved. What you wrote "
                      "is still below; save again to put it in place of theirs.");
}

static void save(struct request *req, struct response *res, struct app *app,
                 const struct form *form)
{
    struct form_view v = {.page = settings_page(req, res, app, "Error: settings", SETTINGS_PATH)};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct setting_change changes[N_SITE_SETTINGS];
    struct error e = {0};
    size_t n = 0;
    int r = 0;
    int status = 422;

    if (form_was_used(req, res, app, form, &actor, SETTINGS_PATH))
        return;
    for (size_t i = 0; i < N_SITE_SETTINGS; i++)
        n += read_change(req, &v, form, &site_settings[i], &changes[n]);
    if (!form_view_has_problems(&v)) {
        r = store_setting_change(app->db, changes, n, &actor, &e);
        if (form_came_second(req, res, app, &actor, r))
            return;
        if (r == 0) {
            page_done(req, res, app, SETTINGS_PATH,
                      n ? "The settings were saved." : "Nothing was changed.", NULL);
            return;
        }
        if (r == ERR_PRECONDITION) {
            changed_meanwhile(&v, &e);
            status = 409;
        } else {
            status = form_view_unsaved(&v, r, &e);
        }
    }
    if (status)
        show(req, res, app, &v, form, status);
    else
        group_view_failed(req, res, app, r, &e);
}

void page_settings_post(struct request *req, struct response *res, struct app *app)
{
    const char *fields[2 * N_SITE_SETTINGS + 1] = {NULL};
    struct form form;

    for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
        fields[2 * i] = site_settings[i].name;
        fields[2 * i + 1] = was_name(req, &site_settings[i]);
    }
    if (form_of_request(req, res, app, &form, fields, NULL) == 0)
        save(req, res, app, &form);
}

void page_settings_reset_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"setting", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const struct site_setting *s = NULL;
    struct setting_change change = {0};
    struct error e = {0};
    struct form form;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, SETTINGS_PATH))
        return;
    for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
        if (strcmp(form_text(&form, "setting"), site_settings[i].name) == 0)
            s = &site_settings[i];
    }
    if (!s) {
        error_set(&e, ERR_NOT_FOUND, NULL, "there is no such setting");
        page_error(req, res, app, 404, &e);
        return;
    }
    change.key = key_of(req, s);
    r = store_setting_get(app->db, req->arena, change.key, &change.before, &e);
    if (r == 0)
        r = store_setting_change(app->db, &change, 1, &actor, &e);
    group_view_answer(req, res, app, &actor, r, &e, SETTINGS_PATH,
                      arena_printf(req->arena, "%s is the default again.", s->label));
}

void site_style_sheet(struct request *req, struct response *res, struct app *app)
{
    struct site_look look;

    site_look_get(app, req->arena, &look);
    site_style(&res->body, look.values[SITE_ACCENT]);
    response_type(res, "text/css; charset=utf-8");
    response_cache(res, STYLE_CACHING);
}
