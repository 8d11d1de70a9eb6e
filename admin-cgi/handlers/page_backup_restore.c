#include "admin-cgi/handlers/page_backup_restore.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/backup/backup_archive.h"
#include "admin-cgi/backup/backup_place.h"
#include "admin-cgi/handlers/backup_form.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_job.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/group_name.h"
#include "common/group_files.h"

#define NAMES_SHOWN 50
#define GROUPS_FILE_MAX (1024 * 1024)

/* The server's name as the address shows it, which is to be written. */
static const char *server_name(struct request *req)
{
    struct span host = span_str(req->host);
    size_t colon = host.len && host.data[0] != '[' ? span_index(host, ':', 0) : host.len;
    const char *name = arena_dup(req->arena, span_sub(host, 0, colon));

    return name && *name ? name : "server";
}

static int open_backup(struct app *app, const char *name, struct error *e)
{
    char *folder = path_join(app->paths.data, "backups");
    char *path = folder && backup_name_ok(name) ? path_join(folder, name) : NULL;
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;

    free(folder);
    free(path);
    return fd >= 0 ? fd : error_set(e, ERR_NOT_FOUND, NULL, "there is no such backup");
}

/* ---- what would go and come ---- */

struct preview {
    struct app *app;
    const struct manifest *m;
    struct json_object *added, *changed, *gone;
    size_t n_added, n_changed, n_gone, n_equal;
};

static void name_row(struct json_object *list, size_t n_before, struct span name)
{
    char *copy = n_before < NAMES_SHOWN ? span_dup(name) : NULL;

    if (copy)
        page_text(page_row(list), "name", copy);
    free(copy);
}

static void compare_group(struct preview *p, const struct manifest_file *f, struct span group)
{
    char *name = span_dup(group), *path = name ? group_file_path(p->app->paths.groups, name) : NULL;
    struct buf text = {0};
    char digest[SHA256_HEX_SIZE];

    if (!path || file_read(&text, path, GROUPS_FILE_MAX, NULL, NULL) < 0) {
        name_row(p->added, p->n_added++, group);
    } else {
        sha256_hex(buf_span(&text), digest);
        if (strcmp(digest, f->sha256) == 0)
            p->n_equal++;
        else
            name_row(p->changed, p->n_changed++, group);
    }
    buf_release(&text);
    free(path);
    free(name);
}

static int note_gone(const char *name, void *arg)
{
    struct preview *p = arg;
    char path[GROUP_NAME_MAX + 20];

    snprintf(path, sizeof path, "groups/%s.json", name);
    if (!manifest_find(p->m, path))
        name_row(p->gone, p->n_gone++, span_str(name));
    return 0;
}

static void show_contents(struct request *req, struct app *app, struct json_object *page,
                          const struct manifest *m)
{
    struct preview p = {.app = app,
                        .m = m,
                        .added = page_list(page, "added"),
                        .changed = page_list(page, "changed"),
                        .gone = page_list(page, "gone")};

    (void)req;
    for (size_t i = 0; i < m->n_files; i++) {
        struct span group = manifest_path_group(m->files[i].path);

        if (group.len)
            compare_group(&p, &m->files[i], group);
    }
    if (m->kind == BACKUP_EVERYTHING)
        (void)!group_files_walk(app->paths.groups, note_gone, &p, NULL);
    page_flag(page, "is_known", true);
    page_flag(page, "is_everything", m->kind == BACKUP_EVERYTHING);
    page_time(page, "made", m->made_us);
    page_text(page, "program", m->program);
    page_number(page, "n_groups", (int64_t)manifest_count_groups(m));
    page_number(page, "n_added", (int64_t)p.n_added);
    page_number(page, "n_changed", (int64_t)p.n_changed);
    page_number(page, "n_gone", (int64_t)p.n_gone);
    page_number(page, "n_equal", (int64_t)p.n_equal);
    page_flag(page, "has_added", p.n_added > 0);
    page_flag(page, "has_changed", p.n_changed > 0);
    page_flag(page, "has_gone", p.n_gone > 0);
    page_number(page, "n_shown", NAMES_SHOWN);
    page_flag(page, "has_more",
              p.n_added > NAMES_SHOWN || p.n_changed > NAMES_SHOWN || p.n_gone > NAMES_SHOWN);
}

/* ---- the page ---- */

/* @return the kind of the backup when it is known, else "everything" */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct form *form, struct span passphrase, int status)
{
    const char *name = request_capture(req, "file");
    const char *scope = form ? form_text(form, "scope") : "everything";
    struct json_object *scopes = page_list(v->page, "scopes");
    struct manifest m = {0};
    struct error e = {0};
    int fd = open_backup(app, name, &e);
    int r = fd < 0 ? fd : archive_is_sealed(fd, &e);
    bool is_sealed = r == 1, is_whole = true;

    if (r == 0 || (r == 1 && passphrase.len)) {
        r = archive_manifest(fd, &m, passphrase, &e);
        if (r == 0) {
            is_whole = m.kind == BACKUP_EVERYTHING;
            show_contents(req, app, v->page, &m);
        } else if (is_sealed) {
            form_view_refused(v, "passphrase", "Passphrase: {reason}.", &e);
            status = 422;
            r = 0;
        }
    }
    if (fd >= 0)
        close(fd);
    manifest_release(&m);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    if (!is_whole && strcmp(scope, "everything") == 0)
        scope = "groups";
    if (is_whole)
        form_option(
            scopes, "everything", say(req->arena, "Everything"),
            say(req->arena,
                "Accounts, versions, audit log, groups, settings and invitations become what "
                "they were. Everybody is signed out of the console."),
            scope);
    form_option(scopes, "groups", say(req->arena, "All groups of the backup"),
                say(req->arena, "Each as a new version. Groups that it does not have stay."),
                scope);
    form_option(scopes, "group", say(req->arena, "One group"), NULL, scope);
    page_text(v->page, "file", name);
    page_text(
        v->page, "path",
        arena_printf(req->arena, "/admin/backup/%s/restore", page_encode(req->arena, name, false)));
    page_text(v->page, "server", server_name(req));
    page_text(v->page, "group", form ? form_text(form, "group") : "");
    page_flag(v->page, "is_sealed", is_sealed);
    page_send(res, app, status, "backup_restore", v->page);
}

void page_backup_restore(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "Put a backup back", "backup")};

    show(req, res, app, &v, NULL, span_of(NULL, 0), 200);
}

static void check_order(struct request *req, struct form_view *v, const struct form *form)
{
    backup_form_check_scope(v, form, "Choose what is to be put back.");
    if (strcmp(form_text(form, "server"), server_name(req)) != 0)
        form_view_problem(v, "server", "Write the name of this server: %s", server_name(req));
}

void page_backup_restore_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"action", "scope", "group", "passphrase", "server", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *path = page_job_path(req->arena, actor.now_us);
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    int fd, r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, path))
        return;
    v.page = page_new(req, res, app, "Put a backup back", "backup");
    if (strcmp(form_text(&form, "action"), "look") == 0) {
        show(req, res, app, &v, &form, span_str(form_text(&form, "passphrase")), 200);
        return;
    }
    fd = open_backup(app, request_capture(req, "file"), &e);
    if (fd < 0) {
        page_error(req, res, app, 404, &e);
        return;
    }
    close(fd);
    check_order(req, &v, &form);
    if (form_view_has_problems(&v)) {
        show(req, res, app, &v, &form, span_str(form_text(&form, "passphrase")), 422);
        return;
    }
    r = backup_form_order(app, &form, &actor, JOB_RESTORE, request_capture(req, "file"), &e);
    group_view_answer(req, res, app, &actor, r, &e, path, NULL);
}
