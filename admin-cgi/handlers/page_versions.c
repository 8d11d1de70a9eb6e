#include "admin-cgi/handlers/page_versions.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/secret_mask.h"
#include "admin-cgi/handlers/version_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_version.h"
#include "common/macros.h"

static bool read_number(const char *text, int64_t *out)
{
    uint64_t n = 0;

    if (!text || !span_u64(span_str(text), &n) || n < 1 || n > INT32_MAX)
        return false;
    *out = (int64_t)n;
    return true;
}

static void no_version(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};

    error_set(&e, ERR_NOT_FOUND, NULL, "there is no such version");
    page_error(req, res, app, 404, &e);
}

/* A version's number, time and author, under a name of the page.
 * @param desc NULL: its text cannot be read @return false: there is no such version */
static bool add_version(struct request *req, struct app *app, struct json_object *page,
                        int64_t file_id, int64_t seq, const char *name,
                        const struct group_desc **desc)
{
    struct json_object *row;
    struct version v;
    struct span text;

    if (store_version_get(app->db, req->arena, file_id, seq, &v, &text, NULL) < 0)
        return false;
    *desc = version_view_parse(req->arena, text);
    row = page ? json_object_new_object() : NULL;
    if (row)
        json_object_object_add(page, name, row);
    page_number(row, "seq", seq);
    page_time(row, "when", v.at_us);
    page_text(row, "by", v.actor_name);
    return true;
}

void page_versions_compare(struct request *req, struct response *res, struct app *app)
{
    const char *texts[2] = {NULL, NULL};
    const struct request_field fields[] = {{"from", &texts[0]}, {"to", &texts[1]}};
    struct group_record group;
    const struct group_desc *before = NULL, *after = NULL;
    struct json_object *page, *list;
    struct error e = {0};
    int64_t from = 0, to = 0;

    if (!group_view_load(req, res, app, &group))
        return;
    if (request_queries(req, fields, LENGTH(fields), &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    to = group.file.head_seq; /* unless others were named: the last change */
    from = to > 1 ? to - 1 : to;
    page = group_view_page(req, res, app, &group, "history", "Two versions");
    if ((*texts[0] && !read_number(texts[0], &from)) ||
        (*texts[1] && !read_number(texts[1], &to)) ||
        !add_version(req, app, page, group.file.id, from, "old", &before) ||
        !add_version(req, app, page, group.file.id, to, "new", &after)) {
        no_version(req, res, app);
        return;
    }
    list = page_list(page, "changes");
    version_view_changes(req->arena, list, before, after);
    page_flag(page, "has_changes", list && json_object_array_length(list) > 0);
    page_send(res, app, 200, "versions", page);
}

/* The text with markers; ERR_WRONG_STATE where secrets cannot be told from other bytes. */
static int mask(struct buf *out, struct span text, struct error *e)
{
    struct group_desc *desc = NULL;
    int r = group_desc_parse(&desc, text, NULL);

    if (r == 0 && !desc->is_unclean)
        r = secret_mask(out, text, e);
    else
        r = error_set(e, ERR_WRONG_STATE, NULL,
                      "this text could not be read, so its secrets cannot be taken out");
    group_desc_unref(desc);
    return r;
}

void page_version_file(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct version v;
    struct span text;
    struct buf masked = {0};
    struct error e = {0};
    int64_t seq = 0;
    int r;

    if (!group_view_load(req, res, app, &group))
        return;
    if (!read_number(request_capture(req, "seq"), &seq) ||
        store_version_get(app->db, req->arena, group.file.id, seq, &v, &text, NULL) < 0) {
        no_version(req, res, app);
        return;
    }
    r = mask(&masked, text, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
    } else {
        response_attachment(res, "application/json",
                            arena_printf(req->arena, "version-%lld.json", (long long)seq));
        buf_add_span(&res->body, buf_span(&masked));
        res->status = 200;
    }
    buf_release(&masked);
}
