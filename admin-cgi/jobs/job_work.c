#include "admin-cgi/jobs/job_work.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_make.h"
#include "admin-cgi/backup/import_files.h"
#include "admin-cgi/backup/restore.h"
#include "admin-cgi/backup/restore_groups.h"
#include "admin-cgi/backup/upload.h"
#include "admin-cgi/jobs/job.h"
#include "admin-cgi/jobs/nightly_files.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_audit.h"
#include "common/log.h"
#include "common/now.h"

#define TELL_EVERY_US (500 * US_PER_MS)

static const struct log_ctx ctx = {.room = "jobs"};

struct work {
    struct app app;
    struct arena arena;
    struct job job;
    struct buf passphrase;
    struct backup_place place;
    struct actor actor;
    int64_t told_us;
};

/* Progress is written twice a second at most; then it is also asked whether to go on. */
static bool on_progress(void *arg, int64_t done_bytes, int64_t total_bytes)
{
    struct work *w = arg;
    int64_t now_us = now_monotonic_us();

    if (now_us - w->told_us < TELL_EVERY_US)
        return true;
    w->told_us = now_us;
    w->job.permille = total_bytes > 0 ? done_bytes * 1000 / total_bytes : 0;
    if (w->job.permille > 1000)
        w->job.permille = 1000;
    (void)!job_write(w->app.paths.data, &w->job, NULL);
    return !job_is_cancelled(w->app.paths.data, w->job.id);
}

/* The same for files that are changed one by one: from the first one on the job stops between two
 * of them, and nobody ends its process. */
static bool on_item(void *arg, int64_t done, int64_t total)
{
    struct work *w = arg;

    if (!w->job.is_changing) {
        w->job.is_changing = true;
        w->told_us = 0;
    }
    return on_progress(w, done, total);
}

static void step(struct work *w, const char *text)
{
    w->job.step = text;
    w->job.permille = 0;
    (void)!job_write(w->app.paths.data, &w->job, NULL);
}

static void audit(struct work *w, const char *result)
{
    static const char *const actions[] = {[JOB_BACKUP] = "backup.make",
                                          [JOB_RESTORE] = "backup.restore",
                                          [JOB_IMPORT] = "backup.import"};
    const struct audit_entry entry = {.action = actions[w->job.kind],
                                      .object_kind = "backup",
                                      .object = w->job.file,
                                      .result = result};
    struct error e = {0};

    if (store_audit_add(w->app.db, &w->actor, &entry, &e) < 0)
        log_warn(&ctx, "%s", e.text);
}

/* ---- kinds ---- */

static int make_backup(struct work *w, struct error *e)
{
    struct backup_order order = {.group = w->job.group,
                                 .passphrase = buf_span(&w->passphrase),
                                 .now_us = w->actor.now_us,
                                 .progress = {on_progress, w}};
    struct manifest m = {0};
    char name[BACKUP_NAME_SIZE];
    int r;

    order.kind = strcmp(w->job.scope, "group") == 0    ? BACKUP_GROUP
                 : strcmp(w->job.scope, "groups") == 0 ? BACKUP_GROUPS
                                                       : BACKUP_EVERYTHING;
    backup_name_free(&w->place, name, w->job.is_nightly ? NIGHTLY_PREFIX : "nereid", order.now_us,
                     order.passphrase.len > 0);
    step(w, TEXT("Copying and packing"));
    r = backup_keep(&w->place, w->app.db, &w->app.paths, &order, name, &m, e);
    if (r == 0) {
        w->job.file = arena_str(&w->arena, name);
        w->job.result = arena_printf(
            &w->arena, TEXT("Groups: %zu, files: %zu, %.1f MB before packing."),
            manifest_count_groups(&m), m.n_files, (double)manifest_total_bytes(&m) / 1e6);
        audit(w, "ok");
    }
    if (r == 0 && w->job.is_nightly)
        nightly_files_rotate(&w->place);
    manifest_release(&m);
    return r;
}

static int open_source(struct work *w, struct error *e)
{
    int fd;

    if (!backup_name_ok(w->job.file))
        return error_set(e, ERR_INVALID, NULL, "this is no name of a backup");
    fd = openat(w->place.folder, w->job.file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? error_set_errno(e, w->job.file, "the backup cannot be opened") : fd;
}

/* The name of the backup that keeps what is there: written down before it is made, so that an
 * attempt after a crash keeps the state before the first one. */
static int name_before(struct work *w, char out[BACKUP_NAME_SIZE], const char *prefix,
                       struct error *e)
{
    if (w->job.before[0] && span_copy(span_str(w->job.before), out, BACKUP_NAME_SIZE))
        return 0;
    backup_name_free(&w->place, out, prefix, w->actor.now_us, false);
    w->job.before = arena_str(&w->arena, out);
    return w->job.before ? job_write(w->app.paths.data, &w->job, e) : ERR_NO_MEMORY;
}

/* What was changed before it was stopped stays. */
static void note_stopped(struct work *w, int r, size_t n_done)
{
    if (r == ERR_UNAVAILABLE && n_done > 0) {
        w->job.result = arena_printf(
            &w->arena, TEXT("It was stopped. Files that were put in place before: %zu."), n_done);
        audit(w, "stopped");
    }
}

static int restore_some(struct work *w, int fd, struct error *e)
{
    struct restore_groups order = {.fd = fd,
                                   .passphrase = buf_span(&w->passphrase),
                                   .actor = &w->actor,
                                   .progress = {on_progress, w},
                                   .items = {on_item, w}};
    int r;

    if (strcmp(w->job.scope, "group") == 0)
        order.group = w->job.group;
    r = name_before(w, order.before, "before-restore", e);
    if (r == 0)
        r = restore_groups(&order, &w->app, &w->place, e);
    if (r == 0) {
        w->job.result = arena_printf(
            &w->arena,
            TEXT("%zu of %zu groups were put back, %zu were as in the backup, %zu refused."),
            order.n_done, order.n_seen, order.n_seen - order.n_done - order.n_refused,
            order.n_refused);
        audit(w, "ok");
    }
    note_stopped(w, r, order.n_done);
    return r;
}

/* From the order on the next keeper goes on: this process ends with its own. */
static int restore_all(struct work *w, int fd, struct error *e)
{
    const struct archive_progress progress = {on_progress, w};
    struct manifest m = {0};
    char before[BACKUP_NAME_SIZE];
    int r = restore_prepare(&w->place, &w->app.paths, fd, buf_span(&w->passphrase), &progress,
                            &w->actor, w->job.file, &m, e);

    manifest_release(&m);
    if (r < 0)
        return r;
    if (job_is_cancelled(w->app.paths.data, w->job.id)) {
        (void)!restore_forget(&w->app.paths, NULL);
        return error_set(e, ERR_UNAVAILABLE, NULL, "it was cancelled");
    }
    backup_name_free(&w->place, before, "before-restore", w->actor.now_us, false);
    w->job.before = arena_str(&w->arena, before);
    w->job.is_decided = true;
    step(w, TEXT("Putting it in place"));
    r = restore_decide(&w->app.paths, before, e);
    if (r < 0)
        w->job.is_decided = false;
    if (r == 0 && restore_tell_server(&w->app.paths, e) < 0)
        log_warn(&ctx, "%s", e->text); /* the next start does it */
    return r < 0 ? r : 1;
}

static int restore_backup(struct work *w, struct error *e)
{
    int fd = open_source(w, e), r;

    if (fd < 0)
        return fd;
    step(w, TEXT("Reading and checking the backup"));
    r = strcmp(w->job.scope, "everything") == 0 ? restore_all(w, fd, e) : restore_some(w, fd, e);
    close(fd);
    return r;
}

/* ---- another server's files ---- */

static int import(struct work *w, struct error *e)
{
    struct import_files order = {.actor = &w->actor, .progress = {on_item, w}};
    char before[BACKUP_NAME_SIZE];
    struct buf names = {0};
    int r = 0;

    order.choice = strcmp(w->job.scope, "all") == 0   ? IMPORT_ALL
                   : strcmp(w->job.scope, "new") == 0 ? IMPORT_NEW
                                                      : IMPORT_NAMED;
    step(w, TEXT("Reading the archive and taking files in"));
    order.fd = upload_open(w->app.paths.data, w->job.file, e);
    if (order.fd < 0)
        return order.fd;
    r = job_names(&names, w->app.paths.data, w->job.id, e);
    if (r == 0)
        r = name_before(w, before, "before-import", e);
    order.before = before;
    order.named = buf_span(&names);
    if (r == 0)
        r = import_files(&order, &w->app, &w->place, e);
    if (r == 0) {
        w->job.result =
            arena_printf(&w->arena, TEXT("%zu of %zu files were taken in, %zu refused."),
                         order.n_done, order.n_seen, order.n_refused);
        audit(w, "ok");
        upload_remove(w->app.paths.data, w->job.file);
    }
    note_stopped(w, r, order.n_done);
    close(order.fd);
    buf_release(&names);
    return r;
}

/* ---- one job ---- */

/* A name that was written down for what was not made leads nowhere. */
static void check_before(struct work *w)
{
    if (w->job.before[0] && w->place.is_open &&
        faccessat(w->place.folder, w->job.before, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        w->job.before = "";
}

static int do_kind(struct work *w, struct error *e)
{
    if (w->job.kind == JOB_BACKUP)
        return make_backup(w, e);
    return w->job.kind == JOB_IMPORT ? import(w, e) : restore_backup(w, e);
}

static void conclude(struct work *w, int r, const struct error *e)
{
    char line[400];

    w->job.ended_us = now_realtime_us();
    w->job.step = "";
    check_before(w);
    if (r == 0) {
        w->job.state = JOB_DONE;
    } else if (r == ERR_UNAVAILABLE && job_is_cancelled(w->app.paths.data, w->job.id)) {
        w->job.state = JOB_CANCELLED;
        if (!w->job.result[0])
            w->job.result = TEXT("It was cancelled. Nothing was changed.");
    } else {
        w->job.state = JOB_FAILED;
        w->job.result = arena_str(&w->arena, error_describe(e, line, sizeof line));
        log_error(&ctx, "%s: %s", job_kind_name(w->job.kind), line);
        audit(w, "failed");
    }
    (void)!job_end(w->app.paths.data, &w->job, NULL);
}

static int begin(struct work *w, int64_t id, struct error *e)
{
    int r = job_read(w->app.paths.data, &w->arena, id, &w->job, e);

    if (r == 0 && job_has_ended(&w->job))
        r = error_set(e, ERR_WRONG_STATE, NULL, "the job has ended");
    if (r < 0)
        return r;
    w->job.state = JOB_RUNNING;
    w->job.attempts++;
    if (!w->job.started_us)
        w->job.started_us = now_realtime_us();
    w->actor = (struct actor){.kind = w->job.is_nightly ? ACTOR_SYSTEM : ACTOR_CONSOLE,
                              .account_id = w->job.account_id,
                              .name = w->job.by,
                              .now_us = now_realtime_us()};
    return job_write(w->app.paths.data, &w->job, e);
}

int job_work(const struct app_options *options, int64_t id)
{
    struct work w = {0};
    struct error e = {0};
    int r = app_init(&w.app, options, false, &e);

    if (r == 0)
        r = begin(&w, id, &e);
    if (r < 0) {
        log_error(&ctx, "a job cannot begin: %s", e.text);
        arena_release(&w.arena);
        app_release(&w.app);
        return 1;
    }
    r = job_passphrase(&w.passphrase, w.app.paths.data, id, &e);
    if (r == 0)
        r = backup_place_open(&w.place, w.app.paths.data, &e);
    if (r == 0)
        r = do_kind(&w, &e);
    if (r <= 0)
        conclude(&w, r, &e);
    buf_wipe(&w.passphrase);
    backup_place_close(&w.place);
    arena_release(&w.arena);
    app_release(&w.app);
    return 0;
}
