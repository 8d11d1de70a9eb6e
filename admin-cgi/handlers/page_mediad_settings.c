#include "admin-cgi/handlers/page_mediad_settings.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/site/mediad_text.h"
#include "admin-cgi/site/size_text.h"
#include "admin-cgi/store/store_server_file.h"

static const char *const cards[N_MEDIAD_CARDS] = {
    [MEDIAD_MEETINGS] = TEXT("Meetings"),
    [MEDIAD_RECORDINGS] = TEXT("Recordings"),
    [MEDIAD_CROWD] = TEXT("How many at once"),
    [MEDIAD_MESSAGES] = TEXT("What one person may send"),
};

/* Of the disk: it is written and shown with a unit, and kept in bytes. */
static bool is_size(const struct mediad_field *field)
{
    return field->card == MEDIAD_RECORDINGS && field->kind == MEDIAD_NUMBER;
}

/* @param value as the file has it, or as somebody wrote it */
static const char *shown_value(struct arena *a, const struct mediad_field *field, const char *value)
{
    int64_t bytes;

    return is_size(field) && size_text_read(span_str(value), &bytes) ? size_text_exact(a, bytes)
                                                                     : value;
}

/* What it does, then what may be written. */
static const char *help_of(struct arena *a, const struct mediad_field *field)
{
    const char *help = say(a, field->help), *bounds;
    struct mediad_bounds b;

    if (is_size(field))
        return arena_printf(a, "%s %s", help, say(a, "Write it as 20 GB or 500 MiB."));
    if (!mediad_field_bounds(field, &b))
        return help;
    if (b.preset >= 0)
        bounds =
            say_with(a, "From {min} to {max}; default {preset}.", "min",
                     arena_printf(a, "%" PRId64, b.min), "max", arena_printf(a, "%" PRId64, b.max),
                     "preset", arena_printf(a, "%" PRId64, b.preset), NULL);
    else
        bounds = say_with(a, "From {min} to {max}.", "min", arena_printf(a, "%" PRId64, b.min),
                          "max", arena_printf(a, "%" PRId64, b.max), NULL);
    return arena_printf(a, "%s %s", help, bounds ? bounds : "");
}

static void add_field(struct arena *a, struct form_view *v, struct json_object *list,
                      const struct mediad_field *field, const char *value)
{
    struct json_object *row = page_row(list);

    page_text(row, "name", field->name);
    page_text(row, "label", say(a, field->label));
    page_text(row, "help", help_of(a, field));
    page_text(row, "error", form_view_problem_of(v, field->name));
    page_flag(row, "is_check", field->kind == MEDIAD_FLAG);
    page_flag(row, "is_number", field->kind == MEDIAD_NUMBER && !is_size(field));
    page_flag(row, "is_text", is_size(field));
    page_flag(row, "is_area", field->kind == MEDIAD_ORIGINS || field->kind == MEDIAD_ADDRESSES);
    page_flag(row, "checked", field->kind == MEDIAD_FLAG && *value);
    page_text(row, "value", shown_value(a, field, value));
}

static void add_cards(struct arena *a, struct form_view *v, const struct mediad_values *values)
{
    struct json_object *sections = page_list(v->page, "sections");

    for (enum mediad_card card = 0; card < N_MEDIAD_CARDS; card++) {
        struct json_object *section = page_row(sections), *list = page_list(section, "fields");

        page_text(section, "title", say(a, cards[card]));
        page_number(section, "number", card);
        for (size_t i = 0; i < N_MEDIAD_FIELDS; i++) {
            if (mediad_fields[i].card == card)
                add_field(a, v, list, &mediad_fields[i], values->values[i]);
        }
    }
}

/* @param typed NULL: what the file says */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct mediad_values *typed, int status)
{
    struct mediad_values now;
    struct file_state file = {0};
    struct error e = {0};
    int r = store_server_file_get(app->db, req->arena, FILE_MEDIAD, req->now_us, &file, &e);

    if (r == 0 && !store_server_file_obstacle(&file))
        r = mediad_text_read(&now, req->arena, store_server_file_text(&file), &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    settings_add_file(v->page, &file, "data/mediad.json");
    if (!store_server_file_obstacle(&file))
        add_cards(req->arena, v, typed ? typed : &now);
    page_send(res, app, status, "mediad_settings", v->page);
}

void page_mediad_settings(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page =
                              settings_page(req, res, app, TEXT("Meetings"), MEDIAD_SETTINGS_PATH)};

    show(req, res, app, &v, NULL, 200);
}

static int edit(struct buf *out, struct span text, void *arg, struct error *e)
{
    return mediad_text_write(out, text, arg, e);
}

/* The end of a sentence, English; bytes are told as sizes. @param e of mediad_value_check() */
static const char *reason_of(struct arena *a, const struct mediad_field *field,
                             const struct error *e)
{
    struct mediad_bounds b;
    const char *min, *max;

    if (!is_size(field) || !mediad_field_bounds(field, &b))
        return e->text;
    min = size_text_exact(a, b.min);
    max = size_text_exact(a, b.max);
    return min && max ? arena_printf(a, TEXT("write a size from %s to %s"), min, max) : NULL;
}

static void read_values(struct request *req, struct form_view *v, const struct form *form,
                        struct mediad_values *out)
{
    for (size_t i = 0; i < N_MEDIAD_FIELDS; i++) {
        const struct mediad_field *field = &mediad_fields[i];
        const char *typed = form_text(form, field->name);
        struct error e = {0};

        out->values[i] = arena_dup(req->arena, span_trim(span_str(typed)));
        if (!out->values[i])
            out->values[i] = "";
        if (is_size(field) && *out->values[i]) {
            int64_t bytes;

            if (!size_text_read(span_str(out->values[i]), &bytes)) {
                form_view_field_refused(v, field->name, field->label,
                                        TEXT("write a size, as 20 GB"));
                continue;
            }
            out->values[i] = arena_printf(req->arena, "%" PRId64, bytes);
        }
        if (mediad_value_check(field, out->values[i], &e) < 0)
            form_view_field_refused(v, field->name, field->label, reason_of(req->arena, field, &e));
    }
}

void page_mediad_settings_post(struct request *req, struct response *res, struct app *app)
{
    const char *fields[N_MEDIAD_FIELDS + 2] = {"seen"};
    struct form_view v = {.page = NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct mediad_values values;
    struct form form;
    int status;

    for (size_t i = 0; i < N_MEDIAD_FIELDS; i++)
        fields[i + 1] = mediad_fields[i].name;
    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, MEDIAD_SETTINGS_PATH))
        return;
    v.page = settings_page(req, res, app, TEXT("Error: meetings"), MEDIAD_SETTINGS_PATH);
    read_values(req, &v, &form, &values);
    if (form_view_has_problems(&v)) {
        show(req, res, app, &v, &values, 422);
        return;
    }
    status = settings_save(req, res, app, &v,
                           &(struct settings_save){.form = &form,
                                                   .actor = &actor,
                                                   .path = MEDIAD_SETTINGS_PATH,
                                                   .done = TEXT("The settings were saved."),
                                                   .kind = FILE_MEDIAD,
                                                   .edit = edit,
                                                   .arg = &values});
    if (status)
        show(req, res, app, &v, &values, status);
}
