#include "admin-cgi/handlers/page_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/backup/foreign_archive.h"
#include "admin-cgi/backup/import_files.h"
#include "admin-cgi/backup/upload.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_job.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_form.h"

#define ROWS_MAX 500

static const char *own_path(struct request *req)
{
    return arena_printf(req->arena, "/admin/import/%s",
                        page_encode(req->arena, request_capture(req, "file"), false));
}

/* ---- the report ---- */

static const char *what_is(struct arena *a, const char *path)
{
    struct span group = manifest_path_group(path);

    if (group.len)
        return arena_dup(a, group);
    return strcmp(path, "data/config.json") == 0
               ? say(a, "Settings of the server, with its administrators (config.json)")
               : say(a, "STUN and TURN servers (ice-servers.json)");
}

static void add_row(struct arena *a, struct json_object *list, const struct apply_item *item,
                    const struct form *form)
{
    struct json_object *row = page_row(list);

    page_text(row, "path", item->path);
    page_text(row, "name", what_is(a, item->path));
    page_flag(row, "is_group", manifest_path_group(item->path).len > 0);
    page_flag(row, "is_new", item->outcome == APPLY_NEW);
    page_flag(row, "is_refused", item->outcome == APPLY_REFUSED);
    page_text(row, "reason", item->reason[0] ? item->reason : NULL);
    page_flag(row, "is_picked", form && form_has_value(form, "pick", item->path));
}

static void add_plan(struct arena *a, struct json_object *page, const struct apply_plan *plan,
                     const struct manifest *m, const struct form *form)
{
    struct json_object *list = page_list(page, "items"), *refused = page_list(page, "refused");
    size_t n = 0;

    for (size_t i = 0; i < plan->n; i++) {
        const struct apply_item *item = &plan->items[i];

        if (item->outcome == APPLY_REFUSED)
            add_row(a, refused, item, NULL);
        else if (item->outcome != APPLY_EQUAL && n++ < ROWS_MAX)
            add_row(a, list, item, form);
    }
    for (size_t i = 0; i < m->n_left_out && i < ROWS_MAX; i++) {
        struct json_object *row = page_row(refused);

        page_text(row, "name", m->left_out[i].path);
        page_text(row, "reason", m->left_out[i].reason);
    }
    page_number(page, "n_new", (int64_t)plan->n_outcomes[APPLY_NEW]);
    page_number(page, "n_differs", (int64_t)plan->n_outcomes[APPLY_DIFFERS]);
    page_number(page, "n_equal", (int64_t)plan->n_outcomes[APPLY_EQUAL]);
    page_number(page, "n_refused", (int64_t)(plan->n_outcomes[APPLY_REFUSED] + m->n_left_out));
    page_flag(page, "has_refused", plan->n_outcomes[APPLY_REFUSED] + m->n_left_out > 0);
    page_flag(page, "has_items", n > 0);
    page_flag(page, "has_more", n > ROWS_MAX);
    page_number(page, "n_shown", ROWS_MAX);
}

/* Unpacked beside, and taken away again: nothing is changed. */
static int look(struct request *req, struct app *app, int fd, struct json_object *page,
                const struct form *form, struct error *e)
{
    const struct foreign_limits limits = {IMPORT_TAKEN_MAX, IMPORT_PASSED_MAX};
    struct backup_stage stage;
    struct manifest m = {0};
    struct apply_plan plan = {0};
    char name[80];
    int r;

    snprintf(name, sizeof name, "uploads/.look-%" PRId64 "-%ld", req->now_us, (long)getpid());
    r = backup_stage_begin(&stage, app->paths.data, name, e);
    if (r == 0)
        r = foreign_unpack(fd, stage.folder, &m, &limits, e);
    if (r == 0)
        r = apply_plan_make(&plan, req->arena, app, stage.folder, &m, false, req->now_us, e);
    if (r == 0)
        add_plan(req->arena, page, &plan, &m, form);
    backup_stage_end(&stage);
    manifest_release(&m);
    return r;
}

/* @param fd taken @param form as it was sent; NULL: nothing was */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 int fd, const struct form *form, int status)
{
    const char *scope = form ? form_text(form, "scope") : "named";
    struct json_object *scopes = page_list(v->page, "scopes");
    struct arena *a = req->arena;
    struct error e = {0};
    int r = look(req, app, fd, v->page, form, &e);

    close(fd);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    form_option(scopes, "named", say(a, "What is ticked"), NULL, scope);
    form_option(scopes, "new", say(a, "All that is new here"), NULL, scope);
    form_option(scopes, "all", say(a, "All that is new or differs"), NULL, scope);
    page_text(v->page, "own", own_path(req));
    page_send(res, app, status, "import", v->page);
}

static int open_archive(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};
    int fd = upload_open(app->paths.data, request_capture(req, "file"), &e);

    if (fd < 0)
        page_error(req, res, app, 404, &e);
    return fd;
}

void page_import(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {0};
    int fd = open_archive(req, res, app);

    if (fd < 0)
        return;
    v.page = page_new(req, res, app, "Take another server's files in", "backup");
    show(req, res, app, &v, fd, NULL, 200);
}

/* ---- the job ---- */

static void check(struct form_view *v, const struct form *form)
{
    const char *scope = form_text(form, "scope");

    if (strcmp(scope, "named") != 0 && strcmp(scope, "new") != 0 && strcmp(scope, "all") != 0)
        form_view_problem(v, "scope", "Choose what is to be taken in.");
    else if (strcmp(scope, "named") == 0 && !form_has(form, "pick"))
        form_view_problem(v, "scope", "Tick what is to be taken in.");
    for (size_t i = 0; form_at(form, "pick", i); i++) {
        if (!manifest_path_ok(form_at(form, "pick", i)))
            form_view_problem(v, "scope", "Tick what is in the list.");
    }
}

static int order(struct request *req, struct app *app, const struct form *form,
                 const struct actor *actor, struct error *e)
{
    const struct job job = {.id = actor->now_us,
                            .kind = JOB_IMPORT,
                            .scope = form_text(form, "scope"),
                            .file = request_capture(req, "file"),
                            .by = actor->name,
                            .account_id = actor->account_id};
    struct buf names = {0};
    int r = store_form_begin(app->db, actor, e);

    if (r < 0)
        return r;
    for (size_t i = 0; form_at(form, "pick", i); i++)
        buf_printf(&names, "%s\n", form_at(form, "pick", i));
    if (buf_check(&names) < 0)
        r = ERR_NO_MEMORY;
    if (r == 0)
        r = job_write_names(app->paths.data, job.id, buf_span(&names), e);
    if (r == 0)
        r = job_create(app->paths.data, &job, span_of(NULL, 0), e);
    buf_release(&names);
    return db_finish(app->db, true, r, e);
}

void page_import_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"scope", NULL};
    static const char *const repeated[] = {"pick", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *path = page_job_path(req->arena, actor.now_us);
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    int fd, r;

    if (form_of_request(req, res, app, &form, fields, repeated) < 0 ||
        form_was_used(req, res, app, &form, &actor, path))
        return;
    fd = open_archive(req, res, app);
    if (fd < 0)
        return;
    v.page = page_new(req, res, app, "Error: take another server's files in", "backup");
    check(&v, &form);
    if (form_view_has_problems(&v)) {
        show(req, res, app, &v, fd, &form, 422);
        return;
    }
    close(fd);
    r = order(req, app, &form, &actor, &e);
    group_view_answer(req, res, app, &actor, r, &e, path, NULL);
}
