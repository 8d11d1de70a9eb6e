/* The group's file as text, without its secrets (spec/console.md 8.4, "Raw JSON"). */
#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/pages.h"
#include "admin-cgi/handlers/secret_mask.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"

#define VERSIONS_LOOKED_AT 20

/* A file that never could be read has no description, and can be mended here all the same. */
static bool load(struct request *req, struct response *res, struct app *app,
                 struct group_record *out)
{
    struct error e = {0};
    int r =
        store_group_get(app->db, req->arena, request_capture(req, "group"), req->now_us, out, &e);

    if (r == 0 || (r == ERR_WRONG_STATE && out->file.status == FILE_BROKEN))
        return true;
    return group_view_load(req, res, app, out);
}

/* What stands in a file that cannot be read: kept as the newest version of that kind. */
static struct span broken_text(struct request *req, struct app *app,
                               const struct group_record *group)
{
    struct version *versions = NULL;
    struct span text = {0};
    size_t n = 0;

    if (store_version_list(app->db, req->arena, group->file.id, 0, VERSIONS_LOOKED_AT, &versions,
                           &n, NULL) < 0)
        return text;
    for (size_t i = 0; i < n; i++) {
        struct version ignored;

        if (strcmp(versions[i].source, "broken") == 0) {
            if (store_version_get(app->db, req->arena, group->file.id, versions[i].seq, &ignored,
                                  &text, NULL) < 0)
                return (struct span){0};
            break;
        }
    }
    return text;
}

/* Bytes of a broken file need not be text. */
static const char *printable(struct arena *a, struct span text)
{
    char *copy = arena_dup(a, text);

    for (size_t i = 0; copy && i < text.len; i++)
        if (copy[i] == 0 || (!span_is_utf8(text) && (copy[i] & 0x80)))
            copy[i] = '?';
    return copy;
}

/* Secrets cannot be told from other bytes in what does not parse: for server administrators only.
 */
static const char *text_to_show(struct request *req, struct app *app,
                                const struct group_record *group)
{
    struct buf masked = {0};
    const char *text = "";

    if (group->file.status == FILE_BROKEN)
        return req->who.is_server_admin ? printable(req->arena, broken_text(req, app, group)) : "";
    if (secret_mask(&masked, group->file.text, NULL) == 0)
        text = arena_dup(req->arena, buf_span(&masked));
    buf_wipe(&masked);
    return text;
}

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct group_record *group, const char *text, int status)
{
    page_text(v->page, "text", text);
    page_text(v->page, "etag", group->file.etag);
    page_flag(v->page, "is_hidden", group->file.status == FILE_BROKEN && !req->who.is_server_admin);
    page_send(res, app, status, "raw", v->page);
}

void page_raw(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!load(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "raw", "File");
    show(req, res, app, &v, &group, text_to_show(req, app, &group), 200);
}

static int save(struct request *req, struct app *app, const struct form *form,
                const struct group_record *group, const struct actor *actor,
                struct file_result *result, struct error *e)
{
    const struct precondition condition = {.if_match = form_text(form, "etag")};
    struct buf text = {0};
    int r;

    if (group->file.status == FILE_BROKEN && !req->who.is_server_admin)
        return error_set(e, ERR_FORBIDDEN, NULL,
                         "only a server administrator may replace a file that cannot be read");
    r = secret_unmask(&text, span_str(form_text(form, "text")), group->file.text, e);
    if (r == 0)
        r = store_group_save(app->db, group->file.name, &condition, buf_span(&text), actor, result,
                             e);
    buf_wipe(&text);
    return r;
}

void page_raw_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"text", "etag", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct form_view v = {0};
    struct file_result result = {0};
    struct form form;
    struct error e = {0};
    const char *path;
    char words[320];
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 || !load(req, res, app, &group))
        return;
    path = page_group_path(req->arena, group.file.name, ".raw");
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    r = save(req, app, &form, &group, &actor, &result, &e);
    if (r == 0) {
        page_done(req, res, app, path,
                  result.changed ? "The file was saved." : "Nothing was changed.", NULL);
        return;
    }
    if (r != ERR_INVALID && r != ERR_SYNTAX && r != ERR_TOO_LARGE && r != ERR_PRECONDITION) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    v.page = group_view_page(req, res, app, &group, "raw", "Error: file");
    if (r == ERR_PRECONDITION)
        form_view_problem(&v, "text",
                          "Somebody else changed the file meanwhile. Below is your text; look at "
                          "the history, then save again to replace theirs.");
    else
        form_view_problem(&v, "text", "%s.", error_describe(&e, words, sizeof words));
    show(req, res, app, &v, &group, form_text(&form, "text"), r == ERR_PRECONDITION ? 409 : 422);
}
