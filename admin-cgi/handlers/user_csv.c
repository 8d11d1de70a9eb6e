#include "admin-cgi/handlers/user_csv.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/user_password.h"
#include "common/group_name.h"
#include "common/json_build.h"
#include "common/macros.h"

#define GROUP_COLUMN "group"
#define USER_COLUMN "user"
#define PERMISSIONS_COLUMN "permissions"
#define PASSWORD_COLUMN "password"
#define NAMES_SHOWN 20 /* of who could not log in */
#define ONE_BY_ONE_MAX 20

/** The rows of one group. */
struct group_rows {
    const struct group_desc *now; /* of the group, in the arena */
    struct user_csv_row *rows;
    size_t n;
};

/* ---- out ---- */

static const char *permissions_text(struct arena *a, const struct permission_spec *spec)
{
    const char *text = "";

    if (spec->role == ROLE_NONE)
        return "";
    if (spec->role != ROLE_ARRAY)
        return permission_role_name(spec->role);
    for (size_t i = 0; text && i < spec->n_names; i++)
        text = arena_printf(a, "%s%s%s", text, i ? " " : "", spec->names[i]);
    return text ? text : "";
}

void user_csv_send(struct response *res, struct arena *a, const struct group_record *group)
{
    static const char *const columns[] = {GROUP_COLUMN, USER_COLUMN, PERMISSIONS_COLUMN,
                                          PASSWORD_COLUMN};
    struct buf *out = &res->body;

    for (size_t i = 0; i < LENGTH(columns); i++)
        csv_add(out, span_str(columns[i]), i == 0);
    csv_end(out);
    for (size_t i = 0; i < group->desc->n_users; i++) {
        const struct group_user *user = &group->desc->users[i];

        csv_add(out, span_str(group->file.name), true);
        csv_add(out, span_str(user->name), false);
        csv_add(out, span_str(permissions_text(a, &user->permissions)), false);
        csv_add(out, span_str(""), false);
        csv_end(out);
    }
    response_attachment(res, "text/csv; charset=utf-8", "users.csv");
}

/* ---- in ---- */

static bool is_column(const char *name)
{
    static const char *const columns[] = {GROUP_COLUMN, USER_COLUMN, PERMISSIONS_COLUMN,
                                          PASSWORD_COLUMN};

    for (size_t i = 0; i < LENGTH(columns); i++) {
        if (strcmp(columns[i], name) == 0)
            return true;
    }
    return false;
}

/* The word of a role, or single permissions with spaces between them. NULL: it is neither. */
static struct json_object *read_permissions(struct arena *a, const char *text)
{
    struct permission_spec spec = {0};
    struct span rest = span_str(text), word;
    enum permission_role role;
    struct json_object *list;
    int r;

    if (permission_role_find(&role, text))
        return arena_json(a, json_object_new_string(text));
    list = arena_json(a, json_object_new_array());
    while (list && span_split(&rest, ' ', &word)) {
        if (word.len)
            json_object_array_add(
                list, json_object_new_string_len((const char *)word.data, (int)word.len));
    }
    r = permission_spec_parse(&spec, list, NULL);
    if (r == 0 && spec.literal.unknown && spec.literal.unknown[0])
        r = ERR_INVALID;
    permission_spec_release(&spec);
    return r < 0 ? NULL : list;
}

/* One user after the other: what is not touched stays as it is written. */
static int set_some(struct group_text *g, const struct group_rows *group, size_t n, struct error *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct user_csv_row *row = &group->rows[i];

        if (row->permissions)
            r = group_text_set_user(g, row->user, "permissions", row->permissions, e);
        if (r == 0 && row->password)
            r = group_text_set_user(g, row->user, "password", row->password, e);
        if (r == 0 && !row->permissions && !row->password && !group_text_user(g->desc, row->user))
            r = group_text_set_user(g, row->user, "permissions", NULL, e);
    }
    return r;
}

/* So many that the member is written anew, once: an edit of each would read the text each time. */
static int set_many(struct group_text *g, const struct group_rows *group, struct error *e)
{
    struct json_object *users = NULL;
    int r = set_some(g, group, 1, e); /* brings an old form of the file up to date */

    if (r == 0 && (!group_text_get(g, "users")
                       ? !(users = json_object_new_object())
                       : json_object_deep_copy(group_text_get(g, "users"), &users, NULL) < 0))
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for the users");
    for (size_t i = 0; r == 0 && i < group->n; i++) {
        const struct user_csv_row *row = &group->rows[i];
        struct json_object *user = json_object_object_get(users, row->user);

        if (!user) {
            user = json_object_new_object();
            r = json_build_set(users, row->user, user) ? 0 : ERR_NO_MEMORY;
        }
        if (r == 0 && row->permissions &&
            !json_build_set(user, "permissions", json_object_get(row->permissions)))
            r = ERR_NO_MEMORY;
        if (r == 0 && row->password &&
            !json_build_set(user, "password", json_object_get(row->password)))
            r = ERR_NO_MEMORY;
    }
    if (r == 0)
        r = group_text_set(g, "users", users, e);
    json_object_put(users);
    return r;
}

static int set_users(struct group_text *g, const struct file_state *now, void *arg, struct error *e)
{
    const struct group_rows *group = arg;

    (void)now;
    return group->n > ONE_BY_ONE_MAX ? set_many(g, group, e) : set_some(g, group, group->n, e);
}

/* The edit of a group, made at its first row. NULL: the group is not to be changed. */
static struct group_rows *rows_of(struct request *req, struct app *app, struct user_csv *c,
                                  const struct csv_row *row, const char *group)
{
    struct group_record record;
    struct error e = {0};
    struct group_rows *rows;
    int r;

    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->edits[i].name, group) == 0)
            return c->edits[i].more_arg;
    }
    if (!principal_may(&req->who, group, CAP_EDIT)) {
        csv_table_problem(&c->table, row->line, GROUP_COLUMN, "You may not change this group.");
        return NULL;
    }
    r = store_group_get(app->db, req->arena, group, req->now_us, &record, &e);
    if (r < 0) {
        csv_table_refused(&c->table, row->line, GROUP_COLUMN,
                          "The group cannot be changed: {reason}.", &e);
        return NULL;
    }
    rows = arena_alloc(req->arena, sizeof *rows);
    if (!rows || !(rows->rows = arena_array(req->arena, c->table.n_rows, sizeof *rows->rows)))
        return NULL;
    rows->now = record.desc;
    c->lines[c->n] = row->line;
    c->edits[c->n++] = (struct batch_edit){.name = group, .more = set_users, .more_arg = rows};
    return rows;
}

/* Counts users that are new and, of them, those that could not log in (they have no password). */
static void count_new(struct arena *a, struct user_csv *c, const struct group_desc *now,
                      const struct user_csv_row *row)
{
    if (group_desc_user(now, span_str(row->user)))
        return;
    c->n_new++;
    if (row->plain[0])
        return;
    if (c->n_without++ < NAMES_SHOWN)
        c->without = arena_listed(a, c->without, row->user);
    else if (c->n_without == NAMES_SHOWN + 1)
        c->without = arena_printf(a, "%s …", c->without);
}

static void read_row(struct request *req, struct app *app, struct user_csv *c,
                     const struct csv_row *row, const char *default_group)
{
    const char *group = csv_table_cell(&c->table, row, GROUP_COLUMN);
    const char *user = csv_table_cell(&c->table, row, USER_COLUMN);
    const char *permissions = csv_table_cell(&c->table, row, PERMISSIONS_COLUMN);
    const char *password = csv_table_cell(&c->table, row, PASSWORD_COLUMN);
    struct group_rows *rows = rows_of(req, app, c, row, group && *group ? group : default_group);
    struct user_csv_row *out;
    struct error e = {0};

    if (!rows)
        return;
    out = &rows->rows[rows->n];
    *out = (struct user_csv_row){.user = user, .plain = password ? password : ""};
    if (!*user)
        csv_table_problem(&c->table, row->line, USER_COLUMN, "This cannot be a user name.");
    else if (user_name_check(span_str(user), &e) < 0)
        csv_table_refused(&c->table, row->line, USER_COLUMN,
                          "This cannot be a user name: {reason}.", &e);
    for (size_t i = 0; i < rows->n; i++) {
        if (strcmp(rows->rows[i].user, user) == 0)
            csv_table_problem(&c->table, row->line, USER_COLUMN, "This user is there twice.");
    }
    if (permissions && *permissions) {
        out->permissions = read_permissions(req->arena, permissions);
        if (!out->permissions)
            csv_table_problem(&c->table, row->line, PERMISSIONS_COLUMN,
                              "Write op, present, message, observe, caption or admin.");
    }
    c->n_passwords += out->plain[0] != 0;
    count_new(req->arena, c, rows->now, out);
    c->n_users++;
    rows->n++;
}

void user_csv_read(struct request *req, struct app *app, const char *text, const char *group,
                   struct json_object *problems, struct user_csv *out)
{
    static const char *const with_group[] = {USER_COLUMN, NULL};
    static const char *const without[] = {GROUP_COLUMN, USER_COLUMN, NULL};

    memset(out, 0, sizeof *out);
    csv_table_read(&out->table, req->arena, text, is_column, *group ? with_group : without,
                   problems);
    out->edits = arena_array(req->arena, out->table.n_rows + 1, sizeof *out->edits);
    out->lines = arena_array(req->arena, out->table.n_rows + 1, sizeof *out->lines);
    if (!out->edits || !out->lines || out->table.n_problems)
        return;
    for (size_t i = 0; i < out->table.n_rows; i++)
        read_row(req, app, out, &out->table.rows[i], group);
    if (out->n_passwords > CSV_PASSWORDS_MAX)
        csv_table_problem(&out->table, out->table.rows[0].line, PASSWORD_COLUMN,
                          "At most %d passwords can be set at once.", CSV_PASSWORDS_MAX);
}

int user_csv_hash(struct request *req, struct app *app, struct user_csv *c, struct error *e)
{
    const struct actor actor = actor_of(req, ACTOR_CONSOLE);
    int r = 0;

    for (size_t i = 0; i < c->n; i++) {
        struct group_rows *group = c->edits[i].more_arg;

        for (size_t k = 0; r == 0 && k < group->n; k++) {
            struct password password = {0};

            if (!group->rows[k].plain[0])
                continue;
            r = user_password_hash(app, &actor, span_str(group->rows[k].plain), &password, e);
            if (r == 0)
                group->rows[k].password = arena_json(req->arena, password_to_json(&password));
            password_release(&password);
        }
    }
    return r;
}
