#include "admin-cgi/handlers/group_csv.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_cell.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/group_desc_json.h"
#include "common/group_name.h"

#define NAME_COLUMN "name"
#define ROWS_SHOWN 200       /* of what would change */
#define GROUPS_PER_PIECE 250 /* nginx passes on 16 KiB and no less: one piece has them */

static void add_group(struct arena *a, struct buf *out, const struct group_record *group)
{
    struct json_object *object = arena_json(a, group_desc_to_api(group->desc));

    csv_add(out, span_str(group->file.name), true);
    for (size_t i = 0; i < n_group_fields; i++) {
        struct json_object *value = json_object_object_get(object, group_fields[i].name);

        csv_add(out, span_str(group_cell_text(a, &group_fields[i], value)), false);
    }
    csv_end(out);
}

/** What is left to be sent. */
struct export
{
    struct app *app;
    struct request *req;
    struct group_query query; /* of those that are still to be listed */
    const char *const *names;
    size_t n_names;
    bool is_begun, is_listing;
};

static void add_head(struct buf *out)
{
    csv_add(out, span_str(NAME_COLUMN), true);
    for (size_t i = 0; i < n_group_fields; i++)
        csv_add(out, span_str(group_fields[i].name), false);
    csv_end(out);
}

static void add_named(struct export *x, struct arena *a, struct buf *out, const char *name)
{
    struct group_record group;

    if (store_group_get(x->app->db, a, name, x->req->now_us, &group, NULL) == 0)
        add_group(a, out, &group);
}

/* @return 1: there are more */
static int add_listed(struct export *x, struct arena *a, struct buf *out)
{
    struct group_page found = {0};
    int r = store_group_list(x->app->db, a, &x->query, &found, NULL);

    for (size_t i = 0; r == 0 && i < found.n_rows; i++)
        add_named(x, a, out, found.rows[i].name);
    if (r < 0 || !found.next)
        return r;
    /* The place in the list outlives this piece. */
    x->query.after = arena_str(x->req->arena, found.next);
    return x->query.after ? 1 : ERR_NO_MEMORY;
}

static int next_groups(void *arg, struct buf *out)
{
    struct export *x = arg;
    struct arena arena = {0};
    int r = 0;

    if (!x->is_begun)
        add_head(out);
    x->is_begun = true;
    if (x->is_listing) {
        r = add_listed(x, &arena, out);
    } else {
        size_t n = x->n_names < GROUPS_PER_PIECE ? x->n_names : GROUPS_PER_PIECE;

        for (size_t i = 0; i < n; i++)
            add_named(x, &arena, out, x->names[i]);
        x->names += n;
        x->n_names -= n;
        r = x->n_names > 0;
    }
    arena_release(&arena);
    return r;
}

static void send_pieces(struct request *req, struct response *res, struct app *app,
                        const struct export *what)
{
    struct export *x = arena_alloc(req->arena, sizeof *x);
    struct error e = {0};
    int r = x ? app_hold(app, &e) : ERR_NO_MEMORY;

    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    *x = *what;
    x->app = app;
    x->req = req;
    response_attachment(res, "text/csv; charset=utf-8", "groups.csv");
    response_pieces(res, next_groups, x);
}

void group_csv_send(struct request *req, struct response *res, struct app *app,
                    const char *const *names, size_t n)
{
    const struct export x = {.names = names, .n_names = n};

    send_pieces(req, res, app, &x);
}

void group_csv_send_all(struct request *req, struct response *res, struct app *app)
{
    struct export x = {
        .query = {.access = -1, .limit = GROUPS_PER_PIECE, .without_total = true},
        .is_listing = true,
    };

    group_view_restrict(req, &x.query);
    send_pieces(req, res, app, &x);
}

static bool is_column(const char *name)
{
    return strcmp(name, NAME_COLUMN) == 0 || group_field_find(name);
}

/* @param now what the group has; NULL: it is new
 * @return false: there is no making or changing this group; the problem is noted */
static bool check_name(struct request *req, struct app *app, struct group_csv *c,
                       const struct csv_row *row, const char *name, struct json_object **now)
{
    bool is_new;
    struct group_record group;
    struct error e = {0};
    int r = group_name_check(span_str(name), &e);

    if (r < 0) {
        csv_table_refused(&c->table, row->line, NAME_COLUMN,
                          "This cannot be the name of a group: {reason}.", &e);
        return false;
    }
    r = store_group_get(app->db, req->arena, name, req->now_us, &group, &e);
    is_new = r == ERR_NOT_FOUND;
    *now = r == 0 ? arena_json(req->arena, group_desc_to_api(group.desc)) : NULL;
    if (!principal_may(&req->who, name, is_new ? CAP_CREATE : CAP_EDIT))
        csv_table_problem(&c->table, row->line, NAME_COLUMN,
                          is_new ? "You may not make a group of this name."
                                 : "You may not change this group.");
    else if (r < 0 && !is_new)
        csv_table_refused(&c->table, row->line, NAME_COLUMN, "The group cannot be read: {reason}.",
                          &e);
    else
        return true;
    return false;
}

/* What a row would set, and what it would take away. @param now NULL: the group is new */
static void show_change(struct arena *a, struct group_csv *c, const struct csv_row *row,
                        const struct batch_edit *edit, struct json_object *now)
{
    const char *sets = NULL, *drops = NULL;
    struct json_object *shown;

    for (size_t i = 0; i < edit->n_changes; i++) {
        const struct member_change *change = &edit->changes[i];

        if (json_object_equal(json_object_object_get(now, change->name), change->value))
            continue;
        if (change->value)
            sets = arena_listed(a, sets, change->name);
        else
            drops = arena_listed(a, drops, change->name);
    }
    if (now && !sets && !drops)
        return;
    if (json_object_array_length(c->changes) == ROWS_SHOWN) {
        c->has_more_changes = true;
        return;
    }
    shown = page_row(c->changes);
    page_number(shown, "line", row->line);
    page_text(shown, "name", edit->name);
    page_flag(shown, "is_new", !now);
    page_text(shown, "sets", sets);
    page_text(shown, "drops", drops);
}

static void read_row(struct request *req, struct app *app, struct group_csv *c,
                     const struct csv_row *row)
{
    const char *name = csv_table_cell(&c->table, row, NAME_COLUMN);
    struct member_change *changes = arena_array(req->arena, c->table.n_columns, sizeof *changes);
    struct batch_edit *edit = &c->edits[c->n];
    struct json_object *now = NULL;

    if (!changes || !check_name(req, app, c, row, name, &now))
        return;
    *edit = (struct batch_edit){.name = name, .may_create = true, .changes = changes};
    for (size_t i = 0; i < c->table.n_columns; i++) {
        const struct group_field *field = group_field_find(c->table.columns[i]);
        struct json_object *value = NULL;
        struct error e = {0};

        if (!field)
            continue;
        if (group_cell_read(req->arena, field, row->cells[i], &value, &e) < 0)
            csv_table_problem(&c->table, row->line, field->name, "%s.",
                              say_reported(req->arena, e.text));
        changes[edit->n_changes++] = (struct member_change){.name = field->name, .value = value};
    }
    c->n++;
    c->n_new += !now;
    if (c->changes)
        show_change(req->arena, c, row, edit, now);
}

/* Two rows of one group: which of them would hold is anybody's guess. */
static void check_twice(struct group_csv *c)
{
    struct json_object *seen = json_object_new_object();

    for (size_t i = 0; seen && i < c->table.n_rows; i++) {
        const char *name = csv_table_cell(&c->table, &c->table.rows[i], NAME_COLUMN);

        if (json_object_object_get_ex(seen, name, NULL))
            csv_table_problem(&c->table, c->table.rows[i].line, NAME_COLUMN,
                              "This group is there twice.");
        json_object_object_add(seen, name, json_object_new_boolean(true));
    }
    json_object_put(seen);
}

/* A person whose number of groups is limited makes new ones one by one: a table would not be
 * counted against that limit. */
static void check_quota(struct request *req, struct group_csv *c)
{
    for (size_t i = 0; i < req->who.n_scopes && !req->who.is_server_admin && c->n_new; i++) {
        if ((req->who.scopes[i].caps & CAP_CREATE) && req->who.scopes[i].max_groups) {
            csv_table_problem(&c->table, c->table.rows[0].line, NAME_COLUMN,
                              "How many groups you may make is limited: make new ones one by one.");
            return;
        }
    }
}

void group_csv_read(struct request *req, struct app *app, const char *text,
                    struct json_object *problems, struct json_object *changes,
                    struct group_csv *out)
{
    static const char *const needed[] = {NAME_COLUMN, NULL};

    *out = (struct group_csv){.changes = changes};
    csv_table_read(&out->table, req->arena, text, is_column, needed, problems);
    out->edits = arena_array(req->arena, out->table.n_rows + 1, sizeof *out->edits);
    if (!out->edits || out->table.n_problems)
        return;
    check_twice(out);
    for (size_t i = 0; i < out->table.n_rows; i++)
        read_row(req, app, out, &out->table.rows[i]);
    check_quota(req, out);
}
