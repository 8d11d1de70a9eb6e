#include "admin-cgi/handlers/page_settings.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/locale_options.h"
#include "admin-cgi/handlers/limits_view.h"
#include "admin-cgi/handlers/setting_value.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_look.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/store/store_setting.h"
#include "common/macros.h"

#define SETTINGS_PATH "/admin/settings"
#define STYLE_CACHING "public, max-age=86400"

/** A page of settings, and the cards on it. */
static const struct settings_place {
    const char *path, *title, *wrong; /* the title when something is wrong */
    enum site_section first, last;
} places[] = {
    {SETTINGS_PATH, TEXT("Settings"), TEXT("Error: settings"), SITE_SECTION_LOOK,
     SITE_SECTION_PLACE},
    {SETTINGS_PATH "/sessions", TEXT("Sessions"), TEXT("Error: sessions"), SITE_SECTION_SESSIONS,
     SITE_SECTION_SESSIONS},
    {SETTINGS_PATH "/keeping", TEXT("What is kept"), TEXT("Error: what is kept"),
     SITE_SECTION_KEEPING, SITE_SECTION_KEEPING},
    {SETTINGS_PATH "/limits", TEXT("Limits"), TEXT("Error: limits"), SITE_SECTION_LIMITS,
     SITE_SECTION_NEW},
};

static const char *const section_titles[] = {
    [SITE_SECTION_LOOK] = TEXT("What people see"),
    [SITE_SECTION_LINKS] = TEXT("Links at the foot of pages"),
    [SITE_SECTION_PLACE] = TEXT("Language and time"),
    [SITE_SECTION_SESSIONS] = TEXT("How people sign in here"),
    [SITE_SECTION_KEEPING] = TEXT("How long what is old stays"),
    [SITE_SECTION_LIMITS] = TEXT("What groups may not do"),
    [SITE_SECTION_NEW] = TEXT("What a new group begins with"),
};

static const struct settings_place *place_of(const struct request *req)
{
    for (size_t i = 0; i < LENGTH(places); i++) {
        if (span_eq_str(req->raw_path, places[i].path))
            return &places[i];
    }
    return &places[0];
}

/* @param name of the form's field @return NULL: there is none */
static const struct site_setting *setting_of(const char *name)
{
    for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
        if (strcmp(site_setting_name(&site_settings[i]), name) == 0)
            return &site_settings[i];
    }
    return NULL;
}

/** The settings as they are, each beside its row of the table; zero: nobody has set it. */
struct site_values {
    struct setting rows[N_SITE_SETTINGS];
};

static int load(struct request *req, struct app *app, struct site_values *out, struct error *e)
{
    static const char *const prefixes[] = {SITE_LOOK_PREFIX, "session.", "keep.", "limit.", "new."};
    int r = 0;

    memset(out, 0, sizeof *out);
    for (size_t p = 0; p < LENGTH(prefixes) && r == 0; p++) {
        struct setting *rows = NULL;
        size_t n = 0;

        r = store_setting_list(app->db, req->arena, prefixes[p], &rows, &n, e);
        for (size_t k = 0; r == 0 && k < n; k++) {
            const struct site_setting *s = site_setting_find(rows[k].key);

            if (s)
                out->rows[s - site_settings] = rows[k];
        }
    }
    return r;
}

const char *page_settings_path(const struct site_setting *s)
{
    size_t i = 0;

    while (i + 1 < LENGTH(places) && s->section > places[i].last)
        i++;
    return places[i].path;
}

static const char *was_name(struct request *req, const struct site_setting *s)
{
    return arena_printf(req->arena, "was_%s", site_setting_name(s));
}

static void add_options(struct request *req, struct app *app, struct json_object *row,
                        const struct site_setting *s, const char *value)
{
    struct json_object *list = page_list(row, "options");

    for (const struct site_choice *c = s->choices; c && c->word; c++)
        form_option(list, c->word, say(req->arena, c->label), NULL, value);
    if (s->kind == SITE_LANGUAGE)
        locale_options_languages(list, app, NULL, value);
    if (s->kind == SITE_ZONE)
        locale_options_zones(list, req->arena, "UTC", value);
}

static bool has_options(const struct site_setting *s)
{
    return s->kind == SITE_CHOICE || s->kind == SITE_LANGUAGE || s->kind == SITE_ZONE;
}

static void add_row(struct request *req, struct app *app, struct form_view *v,
                    struct json_object *list, const struct site_setting *s,
                    const struct setting *now, const char *typed)
{
    struct json_object *row = page_row(list);
    const char *value = typed ? typed : now->value ? now->value : s->preset;

    page_text(row, "name", site_setting_name(s));
    page_text(row, "key", s->key);
    page_text(row, "label", say(req->arena, s->label));
    page_text(row, "help", say(req->arena, s->help));
    page_text(row, "error", form_view_problem_of(v, site_setting_name(s)));
    page_number(row, "maxlength", (int64_t)s->max_bytes);
    page_flag(row, "is_text",
              s->kind == SITE_LINE || s->kind == SITE_COLOUR || s->kind == SITE_CODECS);
    page_flag(row, "is_url", s->kind == SITE_LINK);
    page_flag(row, "is_area", s->kind == SITE_TEXT || s->kind == SITE_HOSTS);
    page_flag(row, "is_number", s->kind == SITE_NUMBER);
    page_flag(row, "is_check", s->kind == SITE_FLAG);
    page_flag(row, "checked", s->kind == SITE_FLAG && value[0]);
    page_flag(row, "is_choice", has_options(s));
    if (has_options(s))
        add_options(req, app, row, s, value);
    page_text(row, "value", value);
    page_text(row, "was", now->value ? now->value : "");
    page_flag(row, "is_set", now->value);
    page_text(row, "preset", setting_preset_words(req, app, s));
    page_time(row, "changed", now->changed_us);
    page_text(row, "by", now->changed_by);
}

/* What a form says of a setting; a box that is not ticked is not sent. NULL: it is none of it. */
static const char *typed_of(struct request *req, const struct form *form,
                            const struct site_setting *s)
{
    if (s->kind == SITE_FLAG && form_get(form, was_name(req, s)))
        return form_text(form, site_setting_name(s));
    return form_get(form, site_setting_name(s));
}

/* @param form what was typed; NULL: nothing yet */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct settings_place *place, const struct form *form, int status)
{
    struct site_values now;
    struct error e = {0};
    struct json_object *sections = page_list(v->page, "sections");
    int r = load(req, app, &now, &e);

    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    for (enum site_section section = place->first; section <= place->last; section++) {
        struct json_object *card = page_row(sections), *list = page_list(card, "rows");

        page_text(card, "title", say(req->arena, section_titles[section]));
        page_number(card, "number", section);
        for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
            if (site_settings[i].section == section)
                add_row(req, app, v, list, &site_settings[i], &now.rows[i],
                        form ? typed_of(req, form, &site_settings[i]) : NULL);
        }
    }
    page_text(v->page, "action", place->path);
    page_flag(v->page, "has_logo_form", place == &places[0]);
    if (place->last == SITE_SECTION_NEW)
        limits_view_add(req, app, v->page);
    page_flag(v->page, "has_sessions", place->first == SITE_SECTION_SESSIONS);
    page_send(res, app, status, "settings", v->page);
}

void page_settings(struct request *req, struct response *res, struct app *app)
{
    const struct settings_place *place = place_of(req);
    struct form_view v = {.page = settings_page(req, res, app, place->title, place->path)};

    show(req, res, app, &v, place, NULL, 200);
}

void page_settings_refuse(struct request *req, struct response *res, struct app *app,
                          const char *field, const char *text)
{
    const struct settings_place *place = &places[0];
    struct form_view v = {.page = settings_page(req, res, app, place->wrong, place->path)};

    form_view_problem(&v, field, "%s", text);
    show(req, res, app, &v, place, NULL, 422);
}

/* What a field asks to change, checked. @return false: nothing, or it is noted as a problem */
static bool read_change(struct request *req, struct app *app, struct form_view *v,
                        const struct form *form, const struct site_setting *s,
                        struct setting_change *out)
{
    const char *typed = typed_of(req, form, s), *was = form_text(form, was_name(req, s));
    const char *value = typed ? arena_dup(req->arena, span_trim(span_str(typed))) : NULL;
    struct error e = {0};

    if (!typed)
        return false;
    if (!value || setting_value_check(req, app, s, value, &e) < 0) {
        form_view_field_refused(v, site_setting_name(s), s->label,
                                value ? e.text : err_text(ERR_NO_MEMORY));
        return false;
    }
    if (strcmp(value, s->preset) == 0)
        value = "";
    if (strcmp(value, was) == 0)
        return false;
    *out = (struct setting_change){
        .key = s->key, .before = was[0] ? was : NULL, .after = value[0] ? value : NULL};
    return true;
}

static void changed_meanwhile(struct form_view *v, const struct error *e)
{
    const char *dot = strchr(e->place, '.');

    form_view_problem(v, dot ? dot + 1 : "main",
                      "Somebody else changed this meanwhile, and nothing was saved. What you wrote "
                      "is still below; save again to put it in place of theirs.");
}

static void save(struct request *req, struct response *res, struct app *app,
                 const struct form *form)
{
    const struct settings_place *place = place_of(req);
    struct form_view v = {.page = settings_page(req, res, app, place->wrong, place->path)};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct setting_change changes[N_SITE_SETTINGS];
    struct error e = {0};
    int64_t batch = 0;
    size_t n = 0;
    int r = 0;
    int status = 422;

    if (form_was_used(req, res, app, form, &actor, place->path))
        return;
    for (size_t i = 0; i < N_SITE_SETTINGS; i++)
        n += read_change(req, app, &v, form, &site_settings[i], &changes[n]);
    if (!form_view_has_problems(&v)) {
        r = store_setting_change(app->db, changes, n, &actor, &batch, &e);
        if (form_came_second(req, res, app, &actor, r))
            return;
        if (r == 0) {
            settings_answer(req, res, app, &actor, r, &e, place->path,
                            TEXT("The settings were saved."), batch);
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
        show(req, res, app, &v, place, form, status);
    else
        group_view_failed(req, res, app, r, &e);
}

void page_settings_post(struct request *req, struct response *res, struct app *app)
{
    const char *fields[2 * N_SITE_SETTINGS + 1] = {NULL};
    struct form form;

    for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
        fields[2 * i] = site_setting_name(&site_settings[i]);
        fields[2 * i + 1] = was_name(req, &site_settings[i]);
    }
    if (form_of_request(req, res, app, &form, fields, NULL) == 0)
        save(req, res, app, &form);
}

void page_settings_reset_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"setting", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const struct site_setting *s;
    struct setting_change change = {0};
    struct error e = {0};
    struct form form;
    int64_t batch = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, SETTINGS_PATH))
        return;
    s = setting_of(form_text(&form, "setting"));
    if (!s) {
        error_set(&e, ERR_NOT_FOUND, NULL, "there is no such setting");
        page_error(req, res, app, 404, &e);
        return;
    }
    change.key = s->key;
    r = store_setting_get(app->db, req->arena, change.key, &change.before, &e);
    if (r == 0)
        r = store_setting_change(app->db, &change, 1, &actor, &batch, &e);
    settings_answer(req, res, app, &actor, r, &e, page_settings_path(s),
                    say_with(req->arena, "{setting} is the default again.", "setting",
                             say(req->arena, s->label), NULL),
                    batch);
}

void page_sessions_end_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct error e = {0};
    struct form form;
    int64_t n = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, SETTINGS_PATH "/sessions"))
        return;
    r = store_session_end_others(app->db, req->who.session_id, &actor, &n, &e);
    group_view_answer(req, res, app, &actor, r, &e, SETTINGS_PATH "/sessions",
                      "All other sessions have ended. Everybody else signs in again.");
}

void site_style_sheet(struct request *req, struct response *res, struct app *app)
{
    struct site_look look;

    site_look_get(app, req->arena, &look);
    site_style(&res->body, look.values[SITE_ACCENT]);
    response_type(res, "text/css; charset=utf-8");
    response_cache(res, STYLE_CACHING);
}
