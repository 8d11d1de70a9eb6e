#include "admin-cgi/handlers/page_groups_bulk.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_cell.h"
#include "admin-cgi/handlers/group_csv.h"
#include "admin-cgi/handlers/group_form.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_batch.h"
#include "admin-cgi/zone.h"
#include "common/group_desc_json.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/token_store_write.h"

#define LIST_PATH "/admin/groups/"
#define TICKED_MAX 1000

static const struct log_ctx ctx = {.room = "groups"};

/* What can be done; `field` is set to `value`, or to what is asked for when that is NULL. */
static const struct bulk_action {
    const char *word;
    const char *title;
    const char *button;
    const char *field; /* NULL: asked for, too */
    const char *value;
    bool removes, exports;
} actions[] = {
    {"export", TEXT("Export groups"), "", NULL, NULL, false, true},
    {"public", TEXT("Show groups on the landing page"), TEXT("Show them"), "public", "yes", false,
     false},
    {"private", TEXT("Take groups off the landing page"), TEXT("Take them off"), "public", "no",
     false, false},
    {"expires", TEXT("Set when groups close"), TEXT("Set the time"), "expires", NULL, false, false},
    {"field", TEXT("Change one setting of groups"), TEXT("Change them"), NULL, NULL, false, false},
    {"delete", TEXT("Delete groups"), TEXT("Delete them"), NULL, "", true, false},
};

struct bulk {
    struct form form;
    const struct bulk_action *action;
    const struct group_field *field; /* what is set; NULL: nothing, or not known yet */
    const char *value;               /* as a cell; NULL: not known yet */
    struct json_object *wanted;      /* of `value`; NULL takes the setting away */
    const char **names;
    struct batch_edit *edits;
    size_t n;       /* ticked */
    size_t n_edits; /* of those that can be changed */
    struct member_change change;
};

static const struct bulk_action *find_action(const char *word)
{
    for (size_t i = 0; i < LENGTH(actions); i++) {
        if (strcmp(actions[i].word, word) == 0)
            return &actions[i];
    }
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once. */
static int read_names(struct request *req, struct bulk *b, struct error *e)
{
    size_t n = 0, kept = 0;
    unsigned caps = b->action->exports ? CAP_VIEW : CAP_EDIT;

    b->names = arena_array(req->arena, b->form.n_fields + 1, sizeof *b->names);
    b->edits = arena_array(req->arena, b->form.n_fields + 1, sizeof *b->edits);
    if (!b->names || !b->edits)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the groups");
    for (size_t i = 0; i < b->form.n_fields; i++) {
        if (strcmp(b->form.fields[i].name, "group") == 0)
            b->names[n++] = b->form.fields[i].value;
    }
    if (n > TICKED_MAX)
        return error_set(e, ERR_INVALID, "group", "these are more than %d groups", TICKED_MAX);
    qsort(b->names, n, sizeof *b->names, by_name);
    for (size_t i = 0; i < n; i++) {
        if (!principal_may(&req->who, b->names[i], caps))
            return error_set(e, ERR_FORBIDDEN, NULL, "you may not do this with the group %s",
                             b->names[i]);
        if (kept == 0 || strcmp(b->names[kept - 1], b->names[i]) != 0)
            b->names[kept++] = b->names[i];
    }
    b->n = kept;
    return 0;
}

static int read_form(struct request *req, struct bulk *b, struct error *e)
{
    char full[FORM_TIME_SIZE];
    int64_t at_us;

    b->action = find_action(form_text(&b->form, "action"));
    if (!b->action)
        return error_set(e, ERR_INVALID, "action", "choose what to do with the groups");
    b->field = b->action->field ? group_field_find(b->action->field)
               : b->action->removes || b->action->exports
                   ? NULL
                   : group_field_find(form_text(&b->form, "field"));
    b->value = b->action->value ? b->action->value : form_get(&b->form, "value");
    /* Of a field for a time; from the preview it comes with its offset already. */
    if (b->value && b->action->field && !b->action->value &&
        zone_field_read(req->who.zone, b->value, full, &at_us))
        b->value = arena_str(req->arena, full);
    return read_names(req, b, e);
}

/* ---- asking for the value ---- */

static struct json_object *new_page(struct request *req, struct response *res, struct app *app,
                                    const struct bulk *b, bool is_wrong)
{
    const char *title = say(req->arena, b->action->title);
    struct json_object *page = page_new(
        req, res, app,
        is_wrong ? say_with(req->arena, "Error: {title}", "title", title, NULL) : title, "groups");

    page_text(page, "heading", title);
    page_text(page, "action", b->action->word);
    page_text(page, "button", say(req->arena, b->action->button));
    page_flag(page, "removes", b->action->removes);
    return page;
}

static void add_names(const struct bulk *b, struct json_object *page)
{
    struct json_object *list = page_list(page, "names");

    for (size_t i = 0; i < b->n; i++)
        page_text(page_row(list), "name", b->names[i]);
    page_number(page, "n_groups", (int64_t)b->n);
}

static void ask(struct request *req, struct response *res, struct app *app, const struct bulk *b,
                struct form_view *v)
{
    struct json_object *list = page_list(v->page, "fields");

    add_names(b, v->page);
    page_flag(v->page, "asks", true);
    page_flag(v->page, "asks_field", !b->action->field);
    page_flag(v->page, "asks_time", b->action->field != NULL);
    for (size_t i = 0; !b->action->field && i < n_group_fields; i++)
        form_option(list, group_fields[i].name, group_form_label(group_fields[i].name), NULL,
                    b->field ? b->field->name : "");
    page_text(v->page, "value", b->value ? b->value : "");
    page_text(v->page, "zone_name", zone_name(req->who.zone));
    page_send(res, app, form_view_has_problems(v) ? 422 : 200, "groups_bulk", v->page);
}

/* ---- what would change ---- */

static void add_removal(struct request *req, struct app *app, struct json_object *row,
                        const char *name, struct json_object *live)
{
    const struct token **tokens = NULL;
    size_t n_tokens = 0;

    (void)req;
    if (token_store_list(app->tokens, name, &tokens, &n_tokens, NULL) == 0)
        free(tokens);
    page_number(
        row, "people",
        json_object_get_int64(json_object_object_get(live_sample_group(live, name), "members")));
    page_number(row, "n_tokens", (int64_t)n_tokens);
}

/* A row of the preview; what can be changed also becomes an edit. */
static void add_group(struct request *req, struct app *app, struct bulk *b,
                      struct json_object *list, const char *name, struct json_object *live)
{
    struct json_object *row = page_row(list), *now;
    struct group_record group;
    struct error e = {0};

    page_text(row, "name", name);
    if (store_group_get(app->db, req->arena, name, req->now_us, &group, &e) < 0 ||
        (file_is_unclean(&group.file) && !b->action->removes) ||
        group.file.status == FILE_READONLY) {
        page_text(
            row, "problem",
            e.code ? say_reported(req->arena, e.text)
                   : say(req->arena, "its file must be corrected by hand, or cannot be written"));
        return;
    }
    if (b->action->removes) {
        add_removal(req, app, row, name, live);
    } else {
        now = json_object_object_get(arena_json(req->arena, group_desc_to_api(group.desc)),
                                     b->field->name);
        page_text(row, "before", group_form_value(req->arena, now));
        page_text(row, "after", group_form_value(req->arena, b->wanted));
        if (json_object_equal(now, b->wanted)) {
            page_flag(row, "is_so", true);
            return;
        }
    }
    page_flag(row, "changes", true);
    b->edits[b->n_edits++] = (struct batch_edit){.name = name,
                                                 .remove = b->action->removes,
                                                 .changes = &b->change,
                                                 .n_changes = b->action->removes ? 0 : 1};
}

static struct json_object *preview(struct request *req, struct response *res, struct app *app,
                                   struct bulk *b)
{
    struct json_object *page = new_page(req, res, app, b, false);
    struct json_object *list = page_list(page, "groups");
    struct json_object *live =
        b->action->removes ? group_view_live(req, app, page, US_PER_S) : NULL;

    for (size_t i = 0; i < b->n; i++)
        add_group(req, app, b, list, b->names[i], live);
    json_object_put(live);
    page_flag(page, "is_preview", true);
    page_number(page, "n_edits", (int64_t)b->n_edits);
    page_flag(page, "has_edits", b->n_edits > 0);
    page_text(page, "setting", b->field ? group_form_label(b->field->name) : NULL);
    page_text(page, "field", b->field ? b->field->name : NULL);
    page_text(page, "value", b->value);
    return page;
}

/* ---- carrying it out ---- */

const char *page_groups_undo_path(struct request *req)
{
    return arena_printf(req->arena, "/admin/groups/.undo/%lld-%s", (long long)req->now_us,
                        page_encode(req->arena, req->request_id ? req->request_id : "", false));
}

/* Invitations mean nothing without their group. */
static void forget_tokens(struct app *app, const struct bulk *b)
{
    struct error e = {0};

    for (size_t i = 0; i < b->n_edits; i++) {
        if (token_store_delete_group(app->tokens, b->edits[i].name, &e) < 0)
            log_warn(&ctx, "invitations of a deleted group were not removed: %s", e.text);
    }
}

static void carry_out(struct request *req, struct response *res, struct app *app, struct bulk *b,
                      const struct actor *actor)
{
    struct batch_result result;
    struct error e = {0};
    int r = store_batch(app->db, b->edits, b->n_edits, actor, true, &result, &e);

    if (form_came_second(req, res, app, actor, r))
        return;
    if (r < 0) {
        struct error all = {0};

        error_set(&all, r, NULL, "nothing was changed, since the group %s could not be: %.200s",
                  b->edits[result.failed].name, e.text);
        group_view_failed(req, res, app, r, &all);
        return;
    }
    if (b->action->removes)
        forget_tokens(app, b);
    page_done(req, res, app, LIST_PATH,
              arena_printf(req->arena,
                           b->action->removes ? "Deleted groups: %zu." : "Changed groups: %zu.",
                           result.n_changed),
              page_groups_undo_path(req));
}

/* @return true: `res` is complete, since the value is not known, or is none */
static bool find_value(struct request *req, struct response *res, struct app *app, struct bulk *b)
{
    struct form_view v = {0};
    struct error e = {0};
    int r = 0;

    if (b->action->removes)
        return false;
    if (b->field && b->value)
        r = group_cell_read(req->arena, b->field, b->value, &b->wanted, &e);
    if (b->field && b->value && r == 0) {
        b->change = (struct member_change){.name = b->field->name, .value = b->wanted};
        return false;
    }
    v.page = new_page(req, res, app, b, r < 0);
    if (r < 0)
        form_view_field_refused(&v, "value", group_form_label(b->field->name), e.text);
    else if (b->value)
        form_view_problem(&v, "field", "Choose a setting.");
    ask(req, res, app, b, &v);
    return true;
}

void page_groups_bulk_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const single[] = {"action", "field", "value", "apply", NULL};
    static const char *const repeated[] = {"group", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct bulk b = {0};
    struct json_object *page;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &b.form, single, repeated) < 0)
        return;
    r = read_form(req, &b, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    if (b.n == 0) {
        page_done(req, res, app, LIST_PATH, "Tick the groups first; nothing was done.", NULL);
        return;
    }
    if (b.action->exports) {
        group_csv_send(req, res, app, b.names, b.n);
        return;
    }
    if (form_has(&b.form, "apply") && form_was_used(req, res, app, &b.form, &actor, LIST_PATH))
        return;
    if (find_value(req, res, app, &b))
        return;
    page = preview(req, res, app, &b);
    if (form_has(&b.form, "apply") && b.n_edits)
        carry_out(req, res, app, &b, &actor);
    else
        page_send(res, app, 200, "groups_bulk", page);
}

/* ---- taking it back ---- */

static int read_batch(struct request *req, int64_t *at_us, const char **request_id, struct error *e)
{
    struct span text = span_str(request_capture(req, "batch"));
    struct span number;
    uint64_t us;

    if (!span_split(&text, '-', &number) || !span_u64(number, &us) || us > INT64_MAX || !text.len)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is nothing to take back");
    *at_us = (int64_t)us;
    *request_id = arena_dup(req->arena, text);
    return *request_id ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory");
}

void page_groups_undo_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *request_id = NULL, **names = NULL;
    struct form form;
    struct error e = {0};
    int64_t at_us = 0;
    size_t n = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, LIST_PATH))
        return;
    r = read_batch(req, &at_us, &request_id, &e);
    if (r == 0)
        r = store_batch_names(app->db, req->arena, at_us, request_id, &names, &n, &e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (!principal_may(&req->who, names[i], CAP_EDIT))
            r = error_set(&e, ERR_FORBIDDEN, NULL, "you may not change the group %s", names[i]);
    }
    if (r == 0)
        r = store_batch_undo(app->db, req->arena, at_us, request_id, &actor, &n, &e);
    group_view_answer(req, res, app, &actor, r, &e, LIST_PATH,
                      say_with(req->arena, "Taken back. Groups that are as before: {count}.",
                               "count", arena_printf(req->arena, "%zu", n), NULL));
}
