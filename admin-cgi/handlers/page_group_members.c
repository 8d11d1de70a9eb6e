#include "admin-cgi/handlers/page_group_members.h"

#include <ctype.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/group_text.h"
#include "admin-cgi/store/store_member.h"
#include "common/group_field.h"

#define NAME_COMPARED_MAX 40
#define FAR_AWAY 100

/* ---- what was meant ---- */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t n = a < b ? a : b;

    return n < c ? n : c;
}

/* How many letters are to be put in, taken out or changed (Levenshtein), whatever their case. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_COMPARED_MAX + 1];
    size_t n = strlen(b);

    if (n > NAME_COMPARED_MAX || strlen(a) > NAME_COMPARED_MAX)
        return FAR_AWAY;
    for (size_t k = 0; k <= n; k++)
        row[k] = k;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t k = 0; k < n; k++) {
            size_t above = row[k + 1];
            bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[k]);

            row[k + 1] = least(above + 1, row[k] + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[n];
}

/* The setting whose name is most like it, and which the file has not; NULL: none is. */
static const char *meant(const struct group_desc *d, const char *member)
{
    const char *best = NULL;
    size_t best_distance = strlen(member) / 3 + 1;

    for (size_t i = 0; i < n_group_fields; i++) {
        const char *name = group_fields[i].name;
        size_t n = distance(member, name);

        if (n < best_distance && !json_object_object_get_ex(d->source, name, NULL)) {
            best = name;
            best_distance = n;
        }
    }
    return best;
}

void group_members_add(struct arena *a, struct json_object *page, const struct group_desc *d)
{
    struct json_object *list = page_list(page, "unknown");

    page_flag(page, "is_obsolete", group_text_is_obsolete(d));
    json_object_object_foreach(d->source, key, value)
    {
        struct json_object *row;

        (void)value;
        if (group_desc_knows(d, key))
            continue;
        row = page_row(list);
        page_text(row, "member", arena_str(a, key));
        page_text(row, "meant", meant(d, key));
    }
    page_flag(page, "has_unknown", list && json_object_array_length(list) > 0);
}

/* ---- what is done with it ---- */

static int change(struct app *app, const char *group, const struct form *form,
                  const struct actor *actor, struct file_result *out, struct error *e)
{
    const char *what = form_text(form, "do");
    const char *member = form_text(form, "member");

    if (strcmp(what, "upgrade") == 0)
        return store_member_upgrade(app->db, group, actor, out, e);
    if (strcmp(what, "remove") == 0)
        return store_member_rename(app->db, group, member, NULL, actor, out, e);
    if (strcmp(what, "rename") == 0)
        return store_member_rename(app->db, group, member, form_text(form, "to"), actor, out, e);
    return error_set(e, ERR_INVALID, "do", "choose what to do with the member");
}

void page_group_members_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"do", "member", "to", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct file_result result;
    struct group_record group;
    struct form form;
    struct error e = {0};
    const char *path;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load_clean(req, res, app, &group))
        return;
    path = page_group_path(req->arena, group.file.name, ".edit");
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    r = change(app, group.file.name, &form, &actor, &result, &e);
    group_view_answer(
        req, res, app, &actor, r, &e, path,
        say(req->arena, "The file was changed. The version before is in its history."));
}
