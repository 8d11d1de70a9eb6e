#include "admin-cgi/handlers/page_recording.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_share.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_remark.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_form.h"
#include "common/log.h"
#include "common/now.h"

static const struct log_ctx ctx = {.room = "recordings"};

const char *page_recording_path(struct arena *a, const char *group, const char *file,
                                const char *suffix)
{
    return page_group_path(
        a, group, arena_printf(a, ".recordings/%s%s", page_encode(a, file, false), suffix));
}

static const char *own_path(struct request *req, const char *suffix)
{
    return page_recording_path(req->arena, request_capture(req, "group"),
                               request_capture(req, "file"), suffix);
}

static const char *member(struct json_object *row, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(row, name));

    return text ? text : "";
}

struct open_links page_recording_open_links(struct request *req, struct app *app)
{
    struct open_links links = {0};
    struct error e = {0};

    if (store_share_list_open(app->db, req->arena, req->now_us, &links.shares, &links.n, &e) < 0)
        log_warn(&ctx, "%s", e.text);
    return links;
}

static size_t count_links(const struct open_links *links, const char *group, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < links->n; i++)
        n += strcmp(links->shares[i].group, group) == 0 &&
             strcmp(links->shares[i].filename, name) == 0;
    return n;
}

void page_recording_add_ways(struct arena *a, const struct open_links *links,
                             struct json_object *rows)
{
    size_t n_rows = rows ? json_object_array_length(rows) : 0;

    for (size_t i = 0; i < n_rows; i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        const char *group = member(row, "group"), *name = member(row, "name");
        size_t n_links = count_links(links, group, name);

        page_text(row, "own_path", page_recording_path(a, group, name, ""));
        if (n_links)
            page_text(row, "links_text", say_count(a, "{n} open links", "{n} open link", n_links));
    }
}

/* The folder of the recording of the path. @return a descriptor, or -1 with the answer in `res` */
static int open_folder(struct request *req, struct response *res, struct app *app, struct stat *st)
{
    int folder = recording_folder_open(app->paths.recordings, request_capture(req, "group"));
    struct error e = {0};

    if (folder >= 0 && recording_stat(folder, request_capture(req, "file"), st))
        return folder;
    if (folder >= 0)
        close(folder);
    error_set(&e, ERR_NOT_FOUND, NULL, "there is no such recording");
    page_error(req, res, app, 404, &e);
    return -1;
}

static int add_links(struct request *req, struct app *app, struct json_object *page,
                     struct error *e)
{
    struct json_object *list = page_list(page, "links");
    struct share *shares = NULL;
    size_t n = 0;
    int r = store_share_list(app->db, req->arena, request_capture(req, "group"),
                             request_capture(req, "file"), &shares, &n, e);

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_share_fields(row, &shares[i], req->now_us);
        page_text(row, "path", own_path(req, arena_printf(req->arena, "/%" PRId64, shares[i].id)));
    }
    page_flag(page, "has_links", n > 0);
    return r;
}

/* @param folder taken @param form as it was sent; NULL: nothing was */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 int folder, const struct stat *st, const struct form *form, int status)
{
    const char *group = request_capture(req, "group"), *name = request_capture(req, "file");
    const char *note = recording_remark_read(folder, req->arena, name);
    const bool was_note = form && strcmp(form_text(form, "action"), "note") == 0;
    struct recording *list = NULL, file = {.name = name, .size_bytes = st->st_size};
    struct recording_facts facts;
    struct error e = {0};
    size_t n = 0;
    int r = recording_folder_list(folder, req->arena, &list, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        if (strcmp(list[i].name, name) == 0)
            file = list[i];
    }
    recording_facts_of(&facts, req->arena, folder, group, &file, req->now_us);
    close(folder);
    recording_view_row(req->arena, page_row(page_list(v->page, "recordings")), &facts);
    page_text(v->page, "group", group);
    page_text(v->page, "folder", page_recordings_path(req->arena, group));
    page_text(v->page, "change_path", page_recordings_path(req->arena, group));
    page_text(v->page, "own", own_path(req, ""));
    page_text(v->page, "note", was_note ? form_text(form, "note") : note);
    page_number(v->page, "note_max", RECORDING_REMARK_MAX);
    page_flag(v->page, "may_share", facts.state == RECORDING_DONE);
    page_text(v->page, "label_input", form && !was_note ? form_text(form, "label") : "");
    page_share_add_choices(v->page, form && !was_note ? form_text(form, "lasts") : "1d", false);
    if (r == 0)
        r = add_links(req, app, v->page, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_send(res, app, status, "recording", v->page);
}

void page_recording(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {0};
    struct stat st;
    int folder = open_folder(req, res, app, &st);

    if (folder < 0)
        return;
    v.page = page_new(req, res, app, "Recording", "recordings");
    show(req, res, app, &v, folder, &st, NULL, 200);
}

/* ---- changes ---- */

static int save_note(struct request *req, struct app *app, int folder, const struct form *form,
                     const struct actor *actor, struct error *e)
{
    int r = store_form_begin(app->db, actor, e);

    if (r < 0)
        return r;
    r = recording_remark_write(folder, request_capture(req, "file"), form_text(form, "note"), e);
    if (r == 0)
        recording_change_audit(req, app, "recording.note", request_capture(req, "group"),
                               request_capture(req, "file"));
    return db_finish(app->db, true, r, e);
}

static void check_note(struct form_view *v, const struct form *form)
{
    if (strlen(form_text(form, "note")) > RECORDING_REMARK_MAX)
        form_view_problem(v, "note", "Note: at most %d bytes.", RECORDING_REMARK_MAX);
}

/* What is still written has no end that somebody could look at. */
static void check_done(struct request *req, struct form_view *v, int folder, const struct stat *st)
{
    const struct recording file = {.name = request_capture(req, "file"),
                                   .mtime_us = st->st_mtim.tv_sec * US_PER_S};

    if (recording_state_of(folder, &file, req->now_us) != RECORDING_DONE)
        form_view_problem(v, "label", "This recording is not finished yet.");
}

void page_recording_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"action", "note", "label", "lasts", "password", NULL};
    struct share share = {.group = request_capture(req, "group"),
                          .filename = request_capture(req, "file"),
                          .pw_hash = ""};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    struct stat st;
    int64_t id = 0;
    bool is_note;
    int folder, r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, own_path(req, "")))
        return;
    folder = open_folder(req, res, app, &st);
    if (folder < 0)
        return;
    v.page = page_new(req, res, app, "Error: recording", "recordings");
    is_note = strcmp(form_text(&form, "action"), "note") == 0;
    if (is_note) {
        check_note(&v, &form);
    } else {
        check_done(req, &v, folder, &st);
        r = page_share_read(&v, req->arena, &form, req->now_us, &share, &e);
    }
    if (r == 0 && form_view_has_problems(&v)) {
        show(req, res, app, &v, folder, &st, &form, 422);
        return;
    }
    if (r == 0)
        r = is_note ? save_note(req, app, folder, &form, &actor, &e)
                    : store_share_make(app->db, &share, &actor, &id, &e);
    close(folder);
    group_view_answer(req, res, app, &actor, r, &e,
                      own_path(req, id ? arena_printf(req->arena, "/%" PRId64, id) : ""),
                      is_note ? "The note was saved." : "The link is ready.");
}
