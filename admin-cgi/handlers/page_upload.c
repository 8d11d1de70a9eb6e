#include "admin-cgi/handlers/page_upload.h"

#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/backup/backup_archive.h"
#include "admin-cgi/backup/backup_place.h"
#include "admin-cgi/backup/upload.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_backup.h"
#include "admin-cgi/multipart.h"
#include "admin-cgi/session.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"
#include "common/now.h"

#define FIELD_SIZE 200

void page_upload_may(struct request *req, struct response *res, struct app *app)
{
    (void)app;
    response_no_body(res, req->who.is_server_admin && session_is_proven(req) ? 204 : 403);
}

void page_upload(struct request *req, struct response *res, struct app *app)
{
    (void)req;
    (void)app;
    response_redirect(res, 303, BACKUP_PATH);
}

/* ---- what it is ---- */

enum sent_kind { SENT_BACKUP, SENT_SEALED, SENT_ARCHIVE };

/* @return an enum sent_kind, or what is wrong with it */
static int find_kind(int fd, struct error *e)
{
    struct manifest m = {0};
    int r = archive_is_sealed(fd, e);

    if (r == 1)
        return SENT_SEALED;
    if (r == 0)
        r = archive_manifest(fd, &m, span_of(NULL, 0), e);
    manifest_release(&m);
    if (r == 0)
        return SENT_BACKUP;
    return r == ERR_SYNTAX ? SENT_ARCHIVE : r;
}

static int keep_backup(struct request *req, struct app *app, struct upload *u, bool is_sealed,
                       const char **next, const char **kept, struct error *e)
{
    struct backup_place place = {.folder = backup_folder_open(app->paths.data, e)};
    char name[BACKUP_NAME_SIZE];
    int r;

    if (place.folder < 0)
        return place.folder;
    backup_name_free(&place, name, "uploaded", req->now_us, is_sealed);
    r = upload_keep_as(u, place.folder, name, e);
    close(place.folder);
    *kept = arena_str(req->arena, name);
    *next = arena_printf(req->arena, BACKUP_PATH "/%s/restore", name);
    return r;
}

/* @param next where the person goes from here @param kept its name */
static int keep(struct request *req, struct app *app, struct upload *u, const char **next,
                const char **kept, struct error *e)
{
    struct error why = {0};
    int kind = find_kind(u->fd, &why), r;

    if (kind < 0) {
        *e = why;
        return kind;
    }
    if (kind != SENT_ARCHIVE)
        return keep_backup(req, app, u, kind == SENT_SEALED, next, kept, e);
    r = upload_keep(u, req->now_us, ".archive", e);
    *kept = arena_str(req->arena, u->name);
    *next = arena_printf(req->arena, "/admin/import/%s", u->name);
    return r;
}

/* ---- the form ---- */

/* What is read of it: the token first, or nothing else is. */
struct sent {
    struct multipart parts;
    char csrf[FIELD_SIZE], form[FIELD_SIZE];
    struct upload upload;
    bool has_file;
};

static int receive(struct request *req, struct app *app, struct sent *s, struct error *e)
{
    struct span piece;
    int r = upload_begin(&s->upload, app->paths.data, request_body_length(req), req->now_us, e);

    if (r < 0)
        return r;
    while ((r = multipart_read(&s->parts, &piece, e)) == 1) {
        r = upload_add(&s->upload, piece, e);
        if (r < 0)
            return r;
        shared_work_begin(app->shared, app->worker, now_monotonic_us());
    }
    if (r == 0)
        r = upload_end(&s->upload, e);
    s->has_file = s->upload.bytes > 0;
    return r;
}

/* The file is the last part. */
static int read_form(struct request *req, struct app *app, struct sent *s, struct error *e)
{
    int r = multipart_begin(&s->parts, req->content_type, req->body_read, req->body_source, e);

    while (r == 0 && (r = multipart_next(&s->parts, e)) == 1) {
        if (s->parts.is_file) {
            r = csrf_check(req, app, s->csrf, e);
            return r < 0 ? r : receive(req, app, s, e);
        }
        if (strcmp(s->parts.name, "csrf") == 0)
            r = multipart_text(&s->parts, s->csrf, sizeof s->csrf, e);
        else if (strcmp(s->parts.name, "form") == 0)
            r = multipart_text(&s->parts, s->form, sizeof s->form, e);
        else
            r = error_set(e, ERR_INVALID, s->parts.name, "this form has no such field");
    }
    return r < 0 ? r : csrf_check(req, app, s->csrf, e);
}

static int note(struct app *app, struct actor *actor, const char *name, struct error *e)
{
    const struct audit_entry entry = {
        .action = "backup.upload", .object_kind = "backup", .object = name, .result = "ok"};
    int r = store_form_begin(app->db, actor, e);

    return r < 0 ? r : db_finish(app->db, true, store_audit_add(app->db, actor, &entry, e), e);
}

/* Beside the field where the person can do something about it. */
static void refuse(struct request *req, struct response *res, struct app *app, int r,
                   const struct error *e)
{
    if (r == ERR_FORBIDDEN)
        shared_add(app->shared, COUNTER_FOREIGN_REFUSED);
    if (r == ERR_FORBIDDEN || r == ERR_MEDIA_TYPE || r == ERR_TRUNCATED)
        page_error(req, res, app, err_http_status(r), e);
    else
        page_backup_refuse(req, res, app, "file", e);
}

void page_upload_post(struct request *req, struct response *res, struct app *app)
{
    struct sent *s = arena_alloc(req->arena, sizeof *s);
    struct form_field field = {.name = "form"};
    const struct form form = {.fields = &field, .n_fields = 1};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *next = BACKUP_PATH, *kept = NULL;
    struct error e = {0};
    int r;

    if (!s) {
        group_view_failed(req, res, app, ERR_NO_MEMORY, &e);
        return;
    }
    s->upload.fd = s->upload.folder = -1;
    r = read_form(req, app, s, &e);
    if (r == 0 && !s->has_file)
        r = error_set(&e, ERR_INVALID, NULL, "choose a file");
    field.value = s->form;
    if (r == 0 && form_was_used(req, res, app, &form, &actor, BACKUP_PATH)) {
        upload_release(&s->upload);
        return;
    }
    if (r == 0)
        r = keep(req, app, &s->upload, &next, &kept, &e);
    upload_release(&s->upload);
    if (r < 0) {
        refuse(req, res, app, r, &e);
        return;
    }
    actor.form_url = next;
    r = note(app, &actor, kept, &e);
    group_view_answer(req, res, app, &actor, r, &e, next, NULL);
}
