#include "admin-cgi/keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/address_trial.h"
#include "admin-cgi/backup/restore.h"
#include "admin-cgi/export/importer.h"
#include "admin-cgi/group_move.h"
#include "admin-cgi/health/health_checks.h"
#include "admin-cgi/jobs/job_runner.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/join_watch.h"
#include "admin-cgi/metrics_sampler.h"
#include "admin-cgi/network/network_watch.h"
#include "admin-cgi/recordings/recording_kept.h"
#include "admin-cgi/recordings/recording_sweep.h"
#include "admin-cgi/site/look_file.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/migrate.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file_care.h"
#include "admin-cgi/store/store_purge.h"
#include "admin-cgi/store/store_form.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_second_step.h"
#include "admin-cgi/store/store_rename.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/store/store_setup.h"
#include "admin-cgi/store/store_share.h"
#include "admin-cgi/store/store_sign_in_link.h"
#include "admin-cgi/store/store_throttle.h"
#include "admin-cgi/store/store_token_label.h"
#include "common/group_files.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/reserve_file.h"
#include "common/server_origin.h"

#define WAL_MAX_BYTES (4 * 1024 * 1024)
#define TICK_US US_PER_S
#define SWARM_MS 20 /* one save makes a dozen events: they are read together */
#define SETUP_EVERY_US (5 * US_PER_S)
#define CARE_EVERY_US (20 * US_PER_S)
#define CHECKS_AFTER_US (10 * US_PER_S) /* mediad starts meanwhile */
#define DAY_S (24 * 3600)
#define HISTORY_EVERY_US (DAY_S * US_PER_S)

static const struct log_ctx ctx = {.room = "keeper"};

static const char demo_group[] = "{\n"
                                 "  \"displayName\": \"Demo\",\n"
                                 "  \"description\": \"Try it: any name, any password\",\n"
                                 "  \"public\": true,\n"
                                 "  \"wildcard-user\": {\n"
                                 "    \"password\": {\"type\": \"wildcard\"},\n"
                                 "    \"permissions\": \"present\"\n"
                                 "  }\n"
                                 "}\n";

/* ---- preparing ---- */

static int make_directory(const char *dir, const char *name, mode_t mode, struct error *e)
{
    char *path = path_join(dir, name);
    int r = 0;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        r = error_set_errno(e, name, "cannot make the directory");
    free(path);
    return r;
}

int keeper_make_directories(const char *dir, struct error *e)
{
    static const struct {
        const char *name;
        mode_t mode;
    } directories[] = {
        {"groups", 02750},     {"data", 02750}, {"data/var", 02770},
        {"recordings", 02770}, {"run", 02750},
    };
    mode_t mask = umask(0);
    int r = 0;

    for (size_t i = 0; r == 0 && i < LENGTH(directories); i++)
        r = make_directory(dir, directories[i].name, directories[i].mode, e);
    umask(mask);
    return r;
}

static int count_one(const char *name, void *arg)
{
    (void)name;
    ++*(size_t *)arg;
    return 0;
}

/* Neither a database nor a configuration nor a group: nobody has ever been here. Who brings a
 * configuration, as every Galene installation does, did not ask for a group open to the world. */
static bool is_first_start(const struct app_options *options)
{
    struct app_paths paths;
    size_t n = 0;
    bool first;

    if (app_paths_init(&paths, options, NULL) < 0)
        return false;
    first = access(paths.database, F_OK) < 0 && access(paths.config, F_OK) < 0 &&
            group_files_walk(paths.groups, count_one, &n, NULL) == 0 && n == 0;
    app_paths_release(&paths);
    return first;
}

static int open_and_migrate(struct app *app, const struct app_options *options, int64_t now_us,
                            struct error *e)
{
    int r = app_init(app, options, true, e);

    if (r == 0)
        r = migrate(app->db, app->paths.schema, now_us, NULL, e);
    if (r < 0)
        app_release(app);
    return r;
}

/* WEB-32: out of the way, not away. */
static int move_database_aside(const struct app_options *options, int64_t now_us, struct error *e)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct app_paths paths;
    int r = app_paths_init(&paths, options, e);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < 3; i++) {
        struct buf from = {0}, to = {0};

        buf_printf(&from, "%s%s", paths.database, suffixes[i]);
        buf_printf(&to, "%s.damaged-%" PRId64 "%s", paths.database, now_us / US_PER_S, suffixes[i]);
        if (buf_check(&from) < 0 || buf_check(&to) < 0)
            r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
        else if (rename(buf_str(&from), buf_str(&to)) < 0 && errno != ENOENT)
            r = error_set_errno(e, NULL, "cannot move the damaged database aside");
        buf_release(&from);
        buf_release(&to);
    }
    app_paths_release(&paths);
    return r;
}

static int make_demo(struct app *app, int64_t now_us, struct error *e)
{
    const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "first start", .now_us = now_us};
    const struct precondition is_new = {.if_none_match = "*"};
    struct file_result result;
    int r = store_group_save(app->db, "demo", &is_new, span_str(demo_group), &actor, &result, e);

    if (r == ERR_PRECONDITION)
        return 0;
    if (r == 0)
        log_info(&ctx, "made the public group demo");
    return r;
}

static int write_run_file(const struct app *app, const char *name, struct buf *text,
                          struct error *e)
{
    char *path = path_join(app->paths.run, name);
    int r = path ? buf_check(text) : ERR_NO_MEMORY;

    if (r == 0)
        r = file_replace(path, buf_span(text), 0600, e);
    buf_wipe(text);
    free(path);
    return r;
}

static int write_base_url(const struct app *app, struct error *e)
{
    struct buf text = {0};

    buf_add_str(&text, app->options->base_url);
    return write_run_file(app, "base-url", &text, e);
}

/* Before anybody opens the database. A restore that was withdrawn leaves the server as it was. */
static int carry_out_restore(const struct app_options *options, int64_t now_us, struct error *e)
{
    struct app_paths paths;
    int r = app_paths_init(&paths, options, e);

    if (r < 0)
        return r;
    r = restore_carry_out(&paths, now_us, e);
    if (r < 0 && !restore_is_decided(&paths)) {
        log_error(&ctx, "the backup is not put back: %s", e->text);
        r = 0;
    }
    app_paths_release(&paths);
    return r < 0 ? r : 0;
}

/* A database that can be read, in place of a damaged one if need be. @return as keeper_prepare() */
static int open_sound(struct app *app, const struct app_options *options, bool is_alone,
                      int64_t now_us, struct error *e)
{
    int r = open_and_migrate(app, options, now_us, e);

    if (r != ERR_DAMAGED)
        return r;
    if (!is_alone)
        return 1;
    log_error(&ctx, "the database is damaged; it is moved aside and built from the files");
    r = move_database_aside(options, now_us, e);
    return r < 0 ? r : open_and_migrate(app, options, now_us, e);
}

int keeper_prepare(struct app *app, const struct app_options *options, bool is_alone,
                   struct error *e)
{
    int64_t now_us = now_realtime_us();
    struct importer *importer = NULL;
    bool first;
    int r = keeper_make_directories(options->dir, e);

    if (r == 0 && is_alone)
        r = carry_out_restore(options, now_us, e);
    if (r < 0)
        return r;
    first = is_first_start(options);
    reserve_file_release_for_start(options->dir);
    r = open_sound(app, options, is_alone, now_us, e);
    if (r != 0)
        return r;
    r = store_file_sweep(app->db, now_us, e);
    if (r == ERR_FORBIDDEN)
        r = 0; /* a read-only groups directory (WEB-33) */
    if (r == 0)
        r = importer_new(&importer, app->db, app->paths.groups, app->paths.data, e);
    if (r == 0)
        r = importer_scan(importer, now_us, now_monotonic_us(), e);
    importer_free(importer);
    if (r == 0 && first)
        r = make_demo(app, now_us, e);
    db_keep_reserve(app->db);
    if (r == 0)
        r = write_base_url(app, e);
    if (r == 0)
        r = keeper_setup_link(app, true, now_us, e);
    if (r < 0)
        app_release(app);
    return r < 0 ? r : 0;
}

/* ---- the setup link ---- */

static bool has_setup_url(const struct app *app)
{
    char *path = path_join(app->paths.run, "setup-url");
    bool has = path && access(path, F_OK) == 0;

    free(path);
    return has;
}

void keeper_base_url(struct app *app, struct buf *out)
{
    const char *url = app->options->base_url;
    const char *host = strstr(url, "://");
    const struct server_config *config = app_config(app);

    if (config->proxy_url && host)
        server_config_base_url(out, config, span_str(host + 3), strncmp(url, "http:", 5) != 0);
    else
        buf_add_str(out, url);
}

static int write_setup_url(struct app *app, const char *token, struct error *e)
{
    struct buf text = {0};

    keeper_base_url(app, &text);
    buf_printf(&text, "/admin/setup?token=%s\n", token);
    return write_run_file(app, "setup-url", &text, e);
}

int keeper_setup_link(struct app *app, bool force, int64_t now_us, struct error *e)
{
    char token[SETUP_TOKEN_SIZE];
    int64_t n = 0;
    int r = store_account_count_administrators(app->db, &n, e);

    if (r < 0)
        return r;
    if (n > 0 || app_config_has_admin(app)) {
        if (has_setup_url(app) || force) {
            app_remove_setup_url(app);
            r = store_setup_close(app->db, e);
        }
        return r;
    }
    if (!force && has_setup_url(app))
        return 0;
    r = store_setup_token_create(app->db, now_us, token, e);
    if (r == 0)
        r = write_setup_url(app, token, e);
    explicit_bzero(token, sizeof token);
    return r < 0 ? r : 1;
}

/* ---- running ---- */

static void note(int r, const struct error *e, const char *what)
{
    if (r < 0 && r != ERR_BUSY && r != ERR_FORBIDDEN)
        log_warn(&ctx, "%s: %s", what, e->text);
}

/* Older history goes as the settings say. */
static int clear_history(struct app *app, int64_t now_us, struct error *e)
{
    const struct history_kept kept = {
        .audit_us = site_time_us(app->db, SITE_KEEP_AUDIT, DAY_S),
        .versions_us = site_time_us(app->db, SITE_KEEP_VERSIONS, DAY_S),
        .n_newest = site_number(app->db, SITE_KEEP_NEWEST),
        .deleted_us = site_time_us(app->db, SITE_KEEP_DELETED, DAY_S),
    };

    return store_purge_history(app->db, &kept, now_us, e);
}

struct clearing {
    struct db *db;
    int64_t now_us;
};

/* The audit log names who deleted a recording, also when it was the server by itself. */
static void note_swept(void *arg, const char *group, const char *name)
{
    const struct clearing *c = arg;
    const struct actor actor = {.kind = ACTOR_SYSTEM, .now_us = c->now_us};
    struct error e = {0};

    if (store_audit_add_recording(c->db, &actor, "recording.expire", group, name, &e) < 0)
        log_warn(&ctx, "%s/%s went to the trash, which is not in the audit log: %s", group, name,
                 e.text);
}

static int64_t kept_days(void *arg, const char *group)
{
    const struct clearing *c = arg;

    return recording_kept_days(c->db, group, c->now_us);
}

static void clear_recordings(struct app *app, int64_t now_us)
{
    struct clearing clearing = {app->db, now_us};
    const struct recording_sweep sweep = {
        .now_us = now_us, .kept_days = kept_days, .told = note_swept, .arg = &clearing};

    recording_sweep(app->paths.recordings, &sweep);
}

static void care(struct app *app, int64_t now_us)
{
    struct error e = {0};

    db_keep_reserve(app->db);
    look_file_update(app);
    note(store_file_sweep(app->db, now_us, &e), &e, "sweeping");
    note(store_session_purge(app->db, now_us, &e), &e, "ending sessions");
    note(store_second_step_purge(app->db, now_us, &e), &e, "forgetting first steps");
    note(store_sign_in_link_purge(app->db, now_us, &e), &e, "forgetting links");
    note(store_throttle_purge(app->db, now_us, &e), &e, "forgetting failures");
    note(store_form_purge(app->db, now_us, &e), &e, "forgetting forms");
    note(store_token_label_purge(app->db, now_us, &e), &e, "forgetting labels");
    note(store_share_purge(app->db, now_us, &e), &e, "forgetting links to recordings");
    note(store_user_join_purge(app->db, &e), &e, "forgetting joins");
    note(group_move_finish(app, &e), &e, "moving what a renamed group has");
    note(store_rename_expire(app->db, now_us, &e), &e, "ending redirects");
}

/* A restore was decided and the parent does not know: the process that decided it was killed before
 * it could say so. The restore must not wait for a start in weeks, which would undo what was saved
 * until then. */
static void look_for_restore(const struct app *app)
{
    struct error e = {0};

    if (restore_is_decided(&app->paths))
        note(restore_tell_server(&app->paths, &e), &e, "putting a backup back");
}

void keeper_run(struct app *app, const volatile int *stop)
{
    int64_t next_setup_us = 0, next_care_us = 0, next_history_us = 0, next_checkpoint_us = 0,
            next_sample_us = 0, next_second_us = 0;
    struct importer *importer = NULL;
    struct metrics_sampler sampler = {0};
    struct join_watch joins = {0};
    struct health_checks health = {.due_us = now_monotonic_us() + CHECKS_AFTER_US};
    struct job_runner jobs = {0};
    struct network_watch network = {.due_us = now_monotonic_us() + CHECKS_AFTER_US};
    struct error e = {0};

    if (importer_new(&importer, app->db, app->paths.groups, app->paths.data, &e) < 0) {
        log_error(&ctx, "%s", e.text);
        return;
    }
    while (!*stop && !db_is_exchanged(app->db)) {
        int64_t mono_us = now_monotonic_us(), now_us = now_realtime_us();
        int64_t next_us, jobs_us;
        struct pollfd p = {.fd = importer_fd(importer), .events = POLLIN};

        db_follow_groups(app->db);
        next_us = importer_run(importer, now_us, mono_us);
        log_settle(mono_us);
        jobs_us = job_runner_run(&jobs, app, now_us, mono_us);
        if (mono_us >= next_setup_us) {
            note(keeper_setup_link(app, false, now_us, &e), &e, "setup link");
            next_setup_us = mono_us + SETUP_EVERY_US;
        }
        if (mono_us >= next_sample_us) {
            const struct live_sample live = live_sample_take(app->live);

            metrics_sampler_run(&sampler, app, &live, now_us, now_monotonic_us());
            join_watch_run(&joins, app, &live, now_us);
            health_checks_run(&health, app, &live, importer_fd(importer) >= 0, now_us, mono_us);
            network_watch_run(&network, app, now_us, mono_us);
            next_sample_us = mono_us + LIVE_SAMPLE_EVERY_US;
        }
        if (mono_us >= next_second_us) {
            address_trial_run(app, now_us);
            look_for_restore(app);
            next_second_us = mono_us + US_PER_S;
        }
        if (mono_us >= next_care_us) {
            care(app, now_us);
            next_care_us = mono_us + CARE_EVERY_US;
        }
        if (mono_us >= next_history_us) {
            note(clear_history(app, now_us, &e), &e, "clearing old history");
            clear_recordings(app, now_us);
            next_history_us = mono_us + HISTORY_EVERY_US;
        }
        if (mono_us >= next_checkpoint_us) {
            note(db_checkpoint(app->db, WAL_MAX_BYTES, &e), &e, "checkpoint");
            next_checkpoint_us = mono_us + TICK_US;
        }
        if (next_us > mono_us + TICK_US)
            next_us = mono_us + TICK_US;
        if (next_us > jobs_us)
            next_us = jobs_us;
        mono_us = now_monotonic_us();
        if (poll(&p, 1, next_us > mono_us ? (int)((next_us - mono_us) / US_PER_MS) + 1 : 0) > 0) {
            poll(NULL, 0, SWARM_MS);
            importer_read(importer, now_monotonic_us());
        }
    }
    job_runner_stop(&jobs);
    network_watch_stop(&network);
    importer_free(importer);
    note(db_checkpoint(app->db, 0, &e), &e, "checkpoint");
}
