#include "admin-cgi/handlers/page_history.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/version_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_version.h"
#include "common/macros.h"

#define ROWS_PER_PAGE 50

static const char *way_of(const struct version *v)
{
    static const struct {
        const char *source, *text;
    } ways[] = {{"displaced", TEXT("edit by hand that another one replaced")},
                {"broken", TEXT("text that could not be read")},
                {"restore", TEXT("restored")},
                {"removed", TEXT("deleted")}};

    for (size_t i = 0; i < LENGTH(ways); i++) {
        if (strcmp(v->source, ways[i].source) == 0)
            return ways[i].text;
    }
    return NULL;
}

static void add_version(struct request *req, struct json_object *row, const char *group,
                        const struct version *v)
{
    page_number(row, "seq", v->seq);
    page_time(row, "when", v->at_us);
    page_text(row, "by", v->actor_name);
    page_text(row, "through", say(req->arena, v->actor_kind));
    page_text(row, "way", say(req->arena, way_of(v)));
    page_flag(row, "is_head", v->is_head);
    page_text(row, "path",
              page_group_path(req->arena, group,
                              arena_printf(req->arena, ".history/%lld", (long long)v->seq)));
}

/* The members that differ from the version before, as one line of names. */
static void add_labels(struct request *req, struct json_object *row, int64_t seq,
                       const struct group_desc *before, const struct group_desc *desc)
{
    struct json_object *changes = arena_json(req->arena, json_object_new_array());
    const char *text = "";
    size_t n;

    version_view_changes(req->arena, changes, before, desc);
    n = changes ? json_object_array_length(changes) : 0;
    for (size_t i = 0; i < n && text; i++)
        text = arena_printf(req->arena, "%s%s%s", text, i ? ", " : "",
                            json_object_get_string(json_object_object_get(
                                json_object_array_get_idx(changes, i), "label")));
    if (seq == 1)
        page_text(row, "changed",
                  n ? say_with(req->arena, "First version: {changed}", "changed", text, NULL)
                    : say(req->arena, "First version, empty"));
    else
        page_text(row, "changed", n ? text : say(req->arena, "layout only"));
}

/* Newest first. Each version is what the one above it is compared with, and is read once; a number
 * may be missing, since old versions go. */
static void add_versions(struct request *req, struct app *app, struct json_object *list,
                         const struct group_record *group, const struct version *versions, size_t n)
{
    const struct group_desc *before = NULL;
    int64_t before_seq = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t seq = versions[i].seq;
        const struct group_desc *desc =
            seq == before_seq ? before : version_view_desc(req, app, group->file.id, seq);
        struct json_object *row = page_row(list);

        before_seq = seq - 1;
        before = version_view_desc(req, app, group->file.id, before_seq);
        add_version(req, row, group->file.name, &versions[i]);
        add_labels(req, row, seq, before, desc);
        page_flag(row, "is_first", i == 0);
        page_flag(row, "is_second", i == 1);
    }
}

static int read_number(const char *text, int64_t *out, struct error *e)
{
    uint64_t n = 0;

    if (!text || !*text)
        *out = 0;
    else if (!span_u64(span_str(text), &n) || n > INT32_MAX)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such version");
    else
        *out = (int64_t)n;
    return 0;
}

void page_history(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *page;
    struct version *versions;
    const char *text = NULL;
    struct error e = {0};
    int64_t before = 0;
    size_t n = 0;
    int r;

    if (!group_view_load(req, res, app, &group))
        return;
    r = request_query(req, "before", &text, &e);
    if (r == 0)
        r = read_number(text, &before, &e);
    if (r == 0)
        r = store_version_list(app->db, req->arena, group.file.id, before, ROWS_PER_PAGE, &versions,
                               &n, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page = group_view_page(req, res, app, &group, "history", "History");
    add_versions(req, app, page_list(page, "versions"), &group, versions, n);
    page_flag(page, "is_only", !before && n == 1);
    page_flag(page, "may_forget", req->who.is_server_admin && n > 1);
    if (n == ROWS_PER_PAGE && versions[n - 1].seq > 1)
        page_text(page, "next",
                  arena_printf(req->arena, "%s?before=%lld",
                               page_group_path(req->arena, group.file.name, ".history/"),
                               (long long)versions[n - 1].seq));
    page_send(res, app, 200, "history", page);
}

static bool load_version(struct request *req, struct response *res, struct app *app,
                         struct group_record *group, struct version *out, struct span *text)
{
    struct error e = {0};
    int64_t seq = 0;
    int r;

    if (!group_view_load(req, res, app, group))
        return false;
    r = read_number(request_capture(req, "seq"), &seq, &e);
    if (r == 0)
        r = store_version_get(app->db, req->arena, group->file.id, seq, out, text, &e);
    if (r == 0)
        return true;
    error_set(&e, r, NULL, "there is no such version");
    page_error(req, res, app, err_http_status(r), &e);
    return false;
}

static void add_changes(struct request *req, struct json_object *page, const char *name,
                        const struct group_desc *from, const struct group_desc *to)
{
    struct json_object *list = page_list(page, name);
    const char *flag = arena_printf(req->arena, "has_%s", name);

    version_view_changes(req->arena, list, from, to);
    if (flag)
        page_flag(page, flag, list && json_object_array_length(list) > 0);
}

void page_version(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct version v;
    struct span text;
    const struct group_desc *desc;
    struct json_object *page;

    if (!load_version(req, res, app, &group, &v, &text))
        return;
    desc = version_view_parse(req->arena, text);
    page = group_view_page(req, res, app, &group, "history",
                           say_with(req->arena, "Version {number}", "number",
                                    arena_printf(req->arena, "%lld", (long long)v.seq), NULL));
    add_version(req, page, group.file.name, &v);
    add_changes(req, page, "changes", version_view_desc(req, app, group.file.id, v.seq - 1), desc);
    add_changes(req, page, "differences", group.desc, desc);
    page_flag(page, "may_restore",
              !v.is_head && desc && principal_may(&req->who, group.file.name, CAP_EDIT));
    page_send(res, app, 200, "version", page);
}

/* Users and keys come back only where this was asked for, with a fresh proof of the password. */
static void restore(struct request *req, struct response *res, struct app *app, bool with_secrets)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct file_result result;
    struct group_record group;
    struct version v;
    struct span ignored;
    struct form form;
    struct error e = {0};
    const char *path;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !load_version(req, res, app, &group, &v, &ignored))
        return;
    path = page_group_path(req->arena, group.file.name, ".history/");
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    r = store_group_restore(app->db, group.file.name, v.seq, with_secrets, &actor, &result, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else if (!result.changed)
        page_done(req, res, app, path, "It is so already; nothing was changed.", NULL);
    else
        page_done(req, res, app, path,
                  say_with(req->arena,
                           with_secrets ? "All is as in version {number}."
                                        : "The settings are as in version {number}.",
                           "number", arena_printf(req->arena, "%lld", (long long)v.seq), NULL),
                  arena_printf(req->arena, "%s%lld/%s", path, (long long)result.seq - 1,
                               with_secrets ? "restore-all" : "restore"));
}

void page_restore_post(struct request *req, struct response *res, struct app *app)
{
    restore(req, res, app, false);
}

/* Where the proof of the password leads back to. */
void page_restore_all(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct version v;
    struct span ignored;

    if (load_version(req, res, app, &group, &v, &ignored))
        response_redirect(
            res, 303,
            page_group_path(req->arena, group.file.name,
                            arena_printf(req->arena, ".history/%lld", (long long)v.seq)));
}

void page_restore_all_post(struct request *req, struct response *res, struct app *app)
{
    restore(req, res, app, true);
}
