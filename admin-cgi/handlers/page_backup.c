#include "admin-cgi/handlers/page_backup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/backup_form.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_job.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/jobs/job_runner.h"
#include "admin-cgi/jobs/nightly.h"
#include "admin-cgi/jobs/nightly_files.h"
#include "admin-cgi/handlers/setting_value.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_setting.h"

#define JOBS_SHOWN 10
#define PASSPHRASE_MIN 8

static void add_files(struct request *req, struct app *app, struct json_object *page)
{
    struct json_object *list = page_list(page, "backups");
    size_t n;
    struct backup_file *files = backup_files_list(app->paths.data, &n);

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);
        size_t len = strlen(files[i].name);

        page_text(row, "name", files[i].name);
        page_text(row, "path",
                  arena_printf(req->arena, BACKUP_PATH "/%s",
                               page_encode(req->arena, files[i].name, false)));
        page_text(row, "size", recording_view_size(req->arena, files[i].bytes));
        page_time(row, "made", files[i].made_us);
        page_flag(row, "is_sealed", len > 4 && strcmp(files[i].name + len - 4, ".age") == 0);
        page_flag(row, "is_nightly", strncmp(files[i].name, NIGHTLY_PREFIX "-", 8) == 0);
        page_flag(row, "is_before", strncmp(files[i].name, "before-restore-", 15) == 0);
        page_flag(row, "is_before_import", strncmp(files[i].name, "before-import-", 14) == 0);
        page_flag(row, "is_uploaded", strncmp(files[i].name, "uploaded-", 9) == 0);
    }
    page_flag(page, "has_backups", n > 0);
    free(files);
}

static int add_jobs(struct request *req, struct app *app, struct json_object *page, struct error *e)
{
    struct json_object *list = page_list(page, "jobs");
    struct job *jobs = NULL;
    size_t n = 0;
    int r = job_list(app->paths.data, req->arena, &jobs, &n, e);

    for (size_t i = 0; i < n && i < JOBS_SHOWN; i++)
        page_job_add(req, page_row(list), &jobs[i]);
    page_flag(page, "has_jobs", n > 0);
    return r;
}

static int show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                const struct form *form, int status)
{
    const char *scope = form ? form_text(form, "scope") : "everything";
    const char *night = "03:00";
    struct error e = {0};
    struct json_object *scopes = page_list(v->page, "scopes");
    int r = store_setting_get(app->db, req->arena, NIGHTLY_SETTING, &night, &e);

    form_option(scopes, "everything", say(req->arena, "Everything"),
                say(req->arena, "Accounts, versions, audit log, groups, settings, invitations."),
                scope);
    form_option(scopes, "groups", say(req->arena, "All groups"),
                say(req->arena, "Their files alone."), scope);
    form_option(scopes, "group", say(req->arena, "One group"), NULL, scope);
    page_text(v->page, "group", form ? form_text(form, "group") : "");
    page_text(v->page, "night", strcmp(night, "off") == 0 ? "" : night);
    page_text(v->page, "late", nightly_problem(app, req->arena, req->now_us));
    if (r == 0)
        r = add_jobs(req, app, v->page, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return r;
    }
    add_files(req, app, v->page);
    page_send(res, app, status, "backup", v->page);
    return 0;
}

void page_backup(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "Backups", "backup")};

    (void)!show(req, res, app, &v, NULL, 200);
}

void page_backup_refuse(struct request *req, struct response *res, struct app *app,
                        const char *field, const struct error *e)
{
    struct form_view v = {.page = page_new(req, res, app, "Error: backups", "backup")};
    int status = err_http_status(e->code);

    form_view_problem(&v, field, "File: %s.", say_reported(req->arena, e->text));
    (void)!show(req, res, app, &v, NULL, status < 500 ? 422 : status);
}

/* ---- make ---- */

static void check_order(struct form_view *v, const struct form *form)
{
    const char *passphrase = form_text(form, "passphrase");

    backup_form_check_scope(v, form, "Choose what is to be saved.");
    if (*passphrase && strlen(passphrase) < PASSPHRASE_MIN)
        form_view_problem(v, "passphrase", "Passphrase: at least %d characters, or none.",
                          PASSPHRASE_MIN);
    if (strchr(passphrase, '\n'))
        form_view_problem(v, "passphrase", "Passphrase: one line.");
}

static void make(struct request *req, struct response *res, struct app *app,
                 const struct form *form)
{
    struct form_view v = {.page = page_new(req, res, app, "Error: backups", "backup")};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *path = page_job_path(req->arena, actor.now_us);
    struct error e = {0};
    int r;

    if (form_was_used(req, res, app, form, &actor, path))
        return;
    check_order(&v, form);
    if (form_view_has_problems(&v)) {
        (void)!show(req, res, app, &v, form, 422);
        return;
    }
    r = backup_form_order(app, form, &actor, JOB_BACKUP, NULL, &e);
    group_view_answer(req, res, app, &actor, r, &e, path, NULL);
}

static void set_night(struct request *req, struct response *res, struct app *app,
                      const struct form *form)
{
    struct form_view v = {.page = page_new(req, res, app, "Error: backups", "backup")};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *night = form_text(form, "night");
    struct error e = {0};
    int64_t batch = 0;
    int r;

    if (form_was_used(req, res, app, form, &actor, BACKUP_PATH))
        return;
    if (*night && nightly_minute(night) < 0) {
        form_view_problem(&v, "night", "Time: hours and minutes, as 03:00, or nothing.");
        (void)!show(req, res, app, &v, NULL, 422);
        return;
    }
    r = store_setting_set(app->db, NIGHTLY_SETTING, *night ? night : "off", &actor, &batch, &e);
    settings_answer(req, res, app, &actor, r, &e, BACKUP_PATH,
                    *night ? say_with(req->arena, "A backup is made every night at {time}.", "time",
                                      night, NULL)
                           : TEXT("No backup is made at night any more."),
                    batch);
}

void page_backup_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"action", "scope", "group", "passphrase", "night", NULL};
    struct form form;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    if (strcmp(form_text(&form, "action"), "night") == 0)
        set_night(req, res, app, &form);
    else
        make(req, res, app, &form);
}

/* ---- take away ---- */

void page_backup_file(struct request *req, struct response *res, struct app *app)
{
    const char *name = request_capture(req, "file");
    const struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const struct audit_entry entry = {
        .action = "backup.download", .object_kind = "backup", .object = name, .result = "ok"};
    char *folder = path_join(app->paths.data, "backups");
    char *path = folder && backup_name_ok(name) ? path_join(folder, name) : NULL;
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    struct error e = {0};
    struct stat st;
    int r = 0;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        r = error_set(&e, ERR_NOT_FOUND, NULL, "there is no such backup");
    if (r == 0)
        r = store_audit_add(app->db, &actor, &entry, &e);
    if (r == 0) {
        res->class = RESPONSE_DOWNLOAD;
        response_type(res, "application/gzip");
        response_cache(res, "no-store");
        response_header_f(res, "Content-Disposition", "attachment; filename*=UTF-8''%s",
                          page_encode(req->arena, name, false));
        response_file(res, fd, st.st_size);
        fd = -1;
    } else {
        page_error(req, res, app, err_http_status(r), &e);
    }
    if (fd >= 0)
        close(fd);
    free(folder);
    free(path);
}
