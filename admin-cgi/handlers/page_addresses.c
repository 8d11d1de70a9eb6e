#include "admin-cgi/handlers/page_addresses.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_address_trial.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/site/config_text.h"
#include "admin-cgi/store/store_server_file.h"

#define ADDRESSES_PATH "/admin/settings/addresses"

static void add_field(struct form_view *v, struct json_object *list,
                      const struct config_field *field, const char *value)
{
    struct json_object *row = page_row(list);

    page_text(row, "name", field->name);
    page_text(row, "label", say(page_arena(v->page), field->label));
    page_text(row, "help", say(page_arena(v->page), field->help));
    page_text(row, "error", form_view_problem_of(v, field->name));
    page_flag(row, "is_check", field->kind == CONFIG_FLAG);
    page_flag(row, "is_url", field->kind == CONFIG_LINE);
    page_flag(row, "is_area", field->kind == CONFIG_LINES);
    page_flag(row, "checked", field->kind == CONFIG_FLAG && *value);
    page_text(row, "value", value);
}

/* @param typed NULL: what the file says */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct config_values *typed, int status)
{
    struct json_object *list = page_list(v->page, "fields");
    struct config_values now;
    struct file_state file = {0};
    struct error e = {0};
    int r = store_server_file_get(app->db, req->arena, FILE_CONFIG, req->now_us, &file, &e);

    if (r == 0 && !store_server_file_obstacle(&file))
        r = config_text_read(&now, req->arena, store_server_file_text(&file), &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    settings_add_file(v->page, &file, "data/config.json");
    for (size_t i = 0; i < N_CONFIG_FIELDS && !store_server_file_obstacle(&file); i++)
        add_field(v, list, &config_fields[i], typed ? typed->values[i] : now.values[i]);
    page_send(res, app, status, "addresses", v->page);
}

void page_addresses(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = settings_page(req, res, app, "Addresses", ADDRESSES_PATH)};

    show(req, res, app, &v, NULL, 200);
}

/** A change on its way. */
struct change {
    struct config_values values;
    const struct actor *actor;
    bool is_trial, is_saved;
    struct address_trial trial;
    const char *code; /* of its link */
};

static int edit(struct buf *out, struct span text, void *arg, struct error *e)
{
    const struct change *change = arg;

    return config_text_write(out, text, &change->values, e);
}

static void show_trial(struct request *req, struct response *res, struct app *app, void *arg)
{
    struct change *change = arg;

    change->is_saved = true;
    address_trial_saved(app->db, &change->trial, change->actor);
    address_trial_show(req, res, app, &change->trial, change->code);
}

/* What could lead its author away from here is tried first. @return as address_trial_begin();
 */
static int begin_trial(struct request *req, struct app *app, struct change *change, struct error *e)
{
    struct address_trial running;
    struct config_values now;
    struct file_state file = {0};
    struct buf code = {0};
    int r = store_server_file_get(app->db, req->arena, FILE_CONFIG, req->now_us, &file, e);

    if (r == 0 && store_server_file_obstacle(&file))
        return 0; /* the save will say so */
    if (r == 0)
        r = config_text_read(&now, req->arena, store_server_file_text(&file), e);
    if (r < 0)
        return r;
    change->trial = (struct address_trial){.host_before = now.values[0],
                                           .proxy_before = now.values[1],
                                           .host_after = change->values.values[0],
                                           .proxy_after = change->values.values[1]};
    if (!address_trial_is_due(req, &change->trial))
        return 0;
    r = address_trial_find(app->db, req->arena, &running, e);
    if (r > 0 && address_trial_is_overruled(&running, now.values[0], now.values[1]))
        address_trial_drop(app->db);
    if (r >= 0)
        r = address_trial_begin(app->db, &change->trial, change->actor, &code, e);
    if (r == 0)
        change->code = arena_str(req->arena, buf_str(&code));
    change->is_trial = r == 0;
    buf_wipe(&code);
    return r;
}

static void trial_refused(struct request *req, struct response *res, struct app *app,
                          struct form_view *v, const struct config_values *typed, int code,
                          struct error *e)
{
    if (code != ERR_WRONG_STATE) {
        group_view_failed(req, res, app, code, e);
        return;
    }
    form_view_problem(v, "main",
                      "Another new address is on trial. Confirm it by its link, or wait until its "
                      "two minutes are over.");
    show(req, res, app, v, typed, 409);
}

/* A host name that this browser did not come by would send it there, and everybody else. */
static void check_host(struct request *req, struct app *app, struct form_view *v,
                       const struct form *form, const char *host)
{
    const char *now = app_config(app)->canonical_host;

    if (!*host || form_has(form, "sure") || (now && strcmp(now, host) == 0) ||
        strcmp(host, req->host) == 0 || form_view_problem_of(v, "canonicalHost"))
        return;
    form_view_problem(
        v, "sure", "%s",
        say_with(req->arena,
                 "You came here as {here}. Everybody will be sent on to {there}, you too: "
                 "tick below that people reach this server there.",
                 "here", req->host, "there", host, NULL));
    page_flag(v->page, "asks_sure", true);
}

static void read_values(struct request *req, struct form_view *v, const struct form *form,
                        struct config_values *out)
{
    for (size_t i = 0; i < N_CONFIG_FIELDS; i++) {
        const struct config_field *field = &config_fields[i];
        const char *typed = form_text(form, field->name), *problem;

        out->values[i] = arena_dup(req->arena, span_trim(span_str(typed)));
        if (!out->values[i])
            out->values[i] = "";
        problem = config_value_problem(req->arena, i, out->values[i]);
        if (problem)
            form_view_field_refused(v, field->name, field->label, problem);
    }
}

void page_addresses_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"canonicalHost",    "proxyURL", "writableGroups",
                                         "allowOrigin",      "seen",     "sure",
                                         "allowAdminOrigin", NULL};
    struct form_view v = {.page = NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct change change = {.actor = &actor};
    struct form form;
    struct error e = {0};
    int status, r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, ADDRESSES_PATH))
        return;
    v.page = settings_page(req, res, app, "Error: addresses", ADDRESSES_PATH);
    read_values(req, &v, &form, &change.values);
    check_host(req, app, &v, &form, change.values.values[0]);
    if (form_view_has_problems(&v)) {
        show(req, res, app, &v, &change.values, 422);
        return;
    }
    r = begin_trial(req, app, &change, &e);
    if (r < 0) {
        trial_refused(req, res, app, &v, &change.values, r, &e);
        return;
    }
    status = settings_save(req, res, app, &v,
                           &(struct settings_save){.form = &form,
                                                   .actor = &actor,
                                                   .path = ADDRESSES_PATH,
                                                   .done = TEXT("The addresses were saved."),
                                                   .kind = FILE_CONFIG,
                                                   .edit = edit,
                                                   .arg = &change,
                                                   .saved = change.is_trial ? show_trial : NULL});
    if (change.is_trial && !change.is_saved)
        address_trial_drop(app->db);
    if (status)
        show(req, res, app, &v, &change.values, status);
}
