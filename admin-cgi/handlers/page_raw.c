#include "admin-cgi/handlers/page_raw.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/secret_mask.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_version.h"

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

/* Secrets cannot be told from other bytes in what does not parse, nor all of them in an unclean
 * text: such a file is for server administrators only. */
static bool is_opaque(const struct group_record *group)
{
    return group->file.status == FILE_BROKEN || file_is_unclean(&group->file);
}

/* Bytes of a broken file need not be text. */
static const char *printable(struct arena *a, struct span text)
{
    char *copy = arena_dup(a, text);
    bool is_utf8 = span_is_utf8(text);

    for (size_t i = 0; copy && i < text.len; i++) {
        if (copy[i] == 0 || (!is_utf8 && (copy[i] & 0x80)))
            copy[i] = '?';
    }
    return copy;
}

static const char *text_to_show(struct request *req, struct app *app,
                                const struct group_record *group)
{
    struct buf masked = {0};
    struct span broken = {0};
    const char *text = "";

    if (is_opaque(group)) {
        if (!req->who.is_server_admin ||
            store_file_disk_text(app->db, req->arena, FILE_GROUP, group->file.name, req->now_us,
                                 &broken, NULL) < 0)
            return "";
        return printable(req->arena, broken);
    }
    if (secret_mask(&masked, group->file.text, NULL) == 0)
        text = arena_dup(req->arena, buf_span(&masked));
    buf_wipe(&masked);
    return text;
}

/* @param base_seq version whose secrets the markers stand for; what was seen is the present one */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct group_record *group, const char *text, int64_t base_seq, int status)
{
    page_text(v->page, "text", text);
    page_number(v->page, "made_from", base_seq);
    page_number(v->page, "seen", group->file.head_seq);
    page_flag(v->page, "is_hidden", is_opaque(group) && !req->who.is_server_admin);
    page_send(res, app, status, "raw", v->page);
}

void page_raw(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!load(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "raw", "File");
    show(req, res, app, &v, &group, text_to_show(req, app, &group), group.file.head_seq, 200);
}

static int read_seq(const struct form *form, const char *name, int64_t *out, struct error *e)
{
    uint64_t n;

    if (!span_u64(span_str(form_text(form, name)), &n) || n > INT32_MAX)
        return error_set(e, ERR_INVALID, name, "the form does not say what it was made from");
    *out = (int64_t)n;
    return 0;
}

static int save(struct request *req, struct app *app, const struct form *form, int64_t base_seq,
                const struct group_record *group, const struct actor *actor,
                struct file_result *result, struct error *e)
{
    const struct precondition condition = {.if_match = group->file.etag};
    struct version ignored;
    struct span base = {0};
    struct buf text = {0};
    int64_t seen = 0;
    int r = read_seq(form, "seen", &seen, e);

    if (is_opaque(group) && !req->who.is_server_admin)
        return error_set(e, ERR_FORBIDDEN, NULL,
                         "only a server administrator may replace a file that is not clean JSON");
    if (r == 0 && seen != group->file.head_seq)
        r = error_set(e, ERR_PRECONDITION, NULL, "the file was changed meanwhile");
    if (r == 0 && base_seq)
        r = store_version_get(app->db, req->arena, group->file.id, base_seq, &ignored, &base, e);
    if (r == 0)
        r = secret_unmask(&text, span_str(form_text(form, "text")), base, e);
    if (r == 0)
        r = store_group_save(app->db, group->file.name, &condition, buf_span(&text), actor, result,
                             e);
    buf_wipe(&text);
    return r;
}

/* What was saved may have what nobody meant, such as a member with a slip in its name. */
static const char *saved_text(struct request *req, struct app *app, const char *name)
{
    struct group_record group;
    const struct group_warning *first;

    if (store_group_get(app->db, req->arena, name, req->now_us, &group, NULL) < 0 ||
        !group.desc->n_warnings)
        return TEXT("The file was saved.");
    first = &group.desc->warnings[0];
    return say_with(req->arena, "The file was saved, but look at line {line}: {problem}.", "line",
                    arena_printf(req->arena, "%u", first->line), "problem",
                    say_reported(req->arena, first->text), NULL);
}

void page_raw_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"text", "base", "seen", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct form_view v = {0};
    struct file_result result = {0};
    struct form form;
    struct error e = {0};
    const char *path;
    char problem[320];
    int64_t base_seq = 0;
    int status = 422;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 || !load(req, res, app, &group))
        return;
    path = page_group_path(req->arena, group.file.name, ".raw");
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    r = read_seq(&form, "base", &base_seq, &e);
    if (r == 0)
        r = save(req, app, &form, base_seq, &group, &actor, &result, &e);
    if (r == 0) {
        page_done(req, res, app, path,
                  result.changed ? saved_text(req, app, group.file.name) : "Nothing was changed.",
                  NULL);
        return;
    }
    v.page = group_view_page(req, res, app, &group, "raw", "Error: file");
    if (r == ERR_PRECONDITION) {
        form_view_problem(&v, "text",
                          "Somebody else changed the file meanwhile. Below is your text; look at "
                          "the history, then save again to replace theirs.");
        status = 409;
    } else if (r == ERR_INVALID || r == ERR_SYNTAX || r == ERR_TOO_LARGE) {
        form_view_problem(&v, "text", "%s.", error_describe(&e, problem, sizeof problem));
    } else {
        status = form_view_unsaved(&v, r, &e);
    }
    if (status)
        show(req, res, app, &v, &group, form_text(&form, "text"), base_seq, status);
    else
        group_view_failed(req, res, app, r, &e);
}
