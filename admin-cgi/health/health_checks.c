#include "admin-cgi/health/health_checks.h"

#include <dirent.h>
#include <gnutls/x509.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/health/last_backup.h"
#include "admin-cgi/health/sandbox.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/say.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_check.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/store/store_metrics.h"
#include "common/atomic_file.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"

#define EVERY_US (60 * US_PER_S)
#define DATABASE_EVERY_US (3600 * US_PER_S)
#define WAL_WARN_BYTES (16 * 1024 * 1024)
#define JUMP_US (2 * US_PER_S)
#define JUMP_TOLD_US (3600 * US_PER_S)
#define CERTIFICATE_MAX 65536
#define CERTIFICATE_WARN_DAYS 21
#define CERTIFICATE_BAD_DAYS 3
#define BACKUP_WARN_US (2 * US_PER_DAY)

static const struct log_ctx ctx = {.room = "health"};

/* One turn: what every check may look at. */
struct turn {
    struct health_checks *h;
    struct app *app;
    struct db *metrics; /* where the rows are kept */
    const struct live_sample *live;
    struct arena *a;
    bool is_watching;
    int64_t now_us, mono_us;
    struct group_counts groups;
    struct risk_counts risks;
    struct check_row out;
};

static void found(struct turn *t, const char *state, const char *value, const char *remedy)
{
    t->out.state = state;
    t->out.value = value ? value : "";
    t->out.remedy = remedy ? remedy : "";
}

static struct json_object *health_of(const struct turn *t)
{
    return t->live->is_old ? NULL : json_object_object_get(t->live->document, "health");
}

/* ---- mediad ---- */

static void check_mediad(struct turn *t)
{
    struct json_object *health = health_of(t);
    const char *started = json_object_get_string(json_object_object_get(health, "started"));

    if (health && started && strlen(started) > 16) /* RFC 3339 */
        found(t, "ok",
              arena_printf(t->a, TEXT("answers, runs since %.10s %.5s UTC"), started, started + 11),
              NULL);
    else if (health)
        found(t, "ok", "answers", NULL);
    else
        found(t, "bad", "does not answer",
              "Look at Problems and at mediad's lines in the log; the supervisor starts it again.");
}

static void check_versions(struct turn *t)
{
    const char *version = json_object_get_string(json_object_object_get(health_of(t), "version"));

    if (!version)
        found(t, "unknown", "mediad does not answer", NULL);
    else if (strcmp(version, NEREID_VERSION) == 0)
        found(t, "ok", arena_printf(t->a, TEXT("all programs are of version %s"), NEREID_VERSION),
              NULL);
    else
        found(t, "warn",
              arena_printf(t->a, TEXT("the console is of version %s, mediad of %s"), NEREID_VERSION,
                           version),
              "Restart the server, so that all programs are those that were installed.");
}

static void check_sandbox(struct turn *t)
{
    sandbox_check((pid_t)json_object_get_int64(json_object_object_get(health_of(t), "pid")),
                  &t->out);
}

/* Only people who meet show whether UDP comes through all firewalls. */
static void check_media(struct turn *t)
{
    if (store_metrics_had_media(t->metrics, NULL) == 1)
        found(t, "ok", TEXT("has come through"), NULL);
    else
        found(
            t, "unknown", TEXT("none has come yet"),
            TEXT("Join a group and switch your camera on. If others do not see you, a firewall is "
                 "in the way: it has to let UDP through to mediad's port."));
}

/* ---- files and database ---- */

static void check_watch(struct turn *t)
{
    if (t->is_watching)
        found(t, "ok", "edits by hand are noticed at once", NULL);
    else
        found(t, "warn", "edits by hand are noticed within 5 seconds",
              "The file system or the system's limit of watches (fs.inotify.max_user_watches) does "
              "not allow more.");
}

static void check_exports(struct turn *t)
{
    if (t->groups.pending == 0)
        found(t, "ok", "every change is in its file", NULL);
    else
        found(t, "warn",
              arena_printf(t->a, TEXT("%" PRId64 " changes are not in their files yet"),
                           t->groups.pending),
              "If this stays so: is groups/ writable, and is there room on the disk?");
}

static void check_database(struct turn *t)
{
    struct error e = {0};
    int64_t db_bytes, wal_bytes;

    db_sizes(t->app->db, &db_bytes, &wal_bytes);
    if (db_check_quick(t->app->db, &e) == 0)
        found(t, "ok", arena_printf(t->a, TEXT("sound, %s"), recording_view_size(t->a, db_bytes)),
              NULL);
    else
        found(t, "bad", arena_printf(t->a, "%s", e.text),
              "Stop the server and restore the last backup. Groups are in their files and are not "
              "lost.");
}

static void check_wal(struct turn *t)
{
    int64_t db_bytes, wal_bytes;
    const char *size;

    db_sizes(t->app->db, &db_bytes, &wal_bytes);
    size = recording_view_size(t->a, wal_bytes);
    if (wal_bytes <= WAL_WARN_BYTES)
        found(t, "ok", size, NULL);
    else
        found(t, "warn", size,
              "Something reads the database without end: a copy by hand, or a stuck process.");
}

/* ---- the machine ---- */

static void check_disk(struct turn *t, const char *path)
{
    struct statvfs fs;
    int64_t free_bytes, percent, inodes_percent;
    const char *value;

    if (statvfs(path, &fs) < 0 || fs.f_blocks == 0) {
        found(t, "unknown", "cannot be looked at", NULL);
        return;
    }
    free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    percent = (int64_t)(fs.f_bavail * 100 / fs.f_blocks);
    inodes_percent = fs.f_files ? (int64_t)(fs.f_favail * 100 / fs.f_files) : 100;
    value = arena_printf(t->a, TEXT("%s free (%" PRId64 " %%), room for files: %" PRId64 " %%"),
                         recording_view_size(t->a, free_bytes), percent, inodes_percent);
    if (percent < 2 || inodes_percent < 2)
        found(t, "bad", value, "Make room now: nothing can be saved on a full disk.");
    else if (percent < 10 || inodes_percent < 10)
        found(t, "warn", value, "Make room: delete old recordings, or enlarge the disk.");
    else
        found(t, "ok", value, NULL);
}

static void check_disk_data(struct turn *t)
{
    check_disk(t, t->app->paths.data);
}

static void check_disk_recordings(struct turn *t)
{
    check_disk(t, t->app->paths.recordings);
}

/* The end of the certificate in data/cert.pem; false when that cannot be known. */
static bool certificate_end(const struct turn *t, int64_t *end_us)
{
    char *path = path_join(t->app->paths.data, "cert.pem");
    gnutls_x509_crt_t cert = NULL;
    struct buf pem = {0};
    bool is_known = false;

    if (path && file_read(&pem, path, CERTIFICATE_MAX, NULL, NULL) == 0 &&
        gnutls_x509_crt_init(&cert) == 0) {
        const gnutls_datum_t text = {(unsigned char *)pem.data, (unsigned)pem.len};
        time_t end;

        if (gnutls_x509_crt_import(cert, &text, GNUTLS_X509_FMT_PEM) == 0) {
            end = gnutls_x509_crt_get_expiration_time(cert);
            is_known = end > 0;
            *end_us = (int64_t)end * US_PER_S;
        }
        gnutls_x509_crt_deinit(cert);
    }
    buf_release(&pem);
    free(path);
    return is_known;
}

static void check_certificate(struct turn *t)
{
    static const char remedy[] =
        TEXT("Renew it, and put the new one into data/cert.pem and data/key.pem; "
             "it is in use a moment later.");
    int64_t end_us, days;
    const char *value;

    if (!certificate_end(t, &end_us)) {
        found(t, "unknown", "data/cert.pem cannot be read here; another program may hold it", NULL);
        return;
    }
    days = (end_us - t->now_us) / US_PER_DAY;
    value = arena_printf(t->a, TEXT("%" PRId64 " days left"), days);
    if (end_us <= t->now_us)
        found(t, "bad", "has ended", remedy);
    else
        found(t,
              days < CERTIFICATE_BAD_DAYS    ? "bad"
              : days < CERTIFICATE_WARN_DAYS ? "warn"
                                             : "ok",
              value, days < CERTIFICATE_WARN_DAYS ? remedy : NULL);
}

static void check_clock(struct turn *t)
{
    int64_t offset_us = t->now_us - t->mono_us, jump_us = offset_us - t->h->clock_offset_us;
    struct timex state = {0};

    if (t->h->clock_offset_us && (jump_us > JUMP_US || jump_us < -JUMP_US))
        t->h->clock_jumped_us = t->now_us;
    t->h->clock_offset_us = offset_us;
    if (t->h->clock_jumped_us && t->now_us - t->h->clock_jumped_us < JUMP_TOLD_US)
        found(t, "warn", "it was set within the last hour",
              "Invitations, sign-ins and recordings go by it: let a time service (NTP) keep it.");
    else if (adjtimex(&state) < 0)
        found(t, "unknown", "whether it is kept right cannot be known here", NULL);
    else if (state.status & STA_UNSYNC)
        found(t, "warn", "no time service keeps it right",
              "Set up a time service (NTP): invitations and sign-ins go by this clock.");
    else
        found(t, "ok", "kept right by a time service", NULL);
}

static int64_t count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int64_t n = 0;

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

/* A figure of one program in the text of its metrics; -1 when it is not there. */
static int64_t figure_of(const struct buf *text, const char *name)
{
    const char *line = text->len ? strstr(buf_str(text), name) : NULL;
    double value;

    return line && sscanf(line + strlen(name), "%lf", &value) == 1 ? (int64_t)value : -1;
}

static void check_descriptors(struct turn *t)
{
    static const char remedy[] =
        TEXT("Raise the limit of open files (LimitNOFILE= of the service).");
    struct rlimit limit = {0};
    struct buf text = {0};
    int64_t used = count_descriptors(), media_used = -1, media_max = -1;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (control_get_raw(t->app->control, "/v0/metrics", &text, NULL) == 0 &&
        buf_check(&text) == 0) {
        media_used = figure_of(&text, "\nnereid_process_open_fds{program=\"mediad\"} ");
        media_max = figure_of(&text, "\nnereid_process_max_fds{program=\"mediad\"} ");
    }
    buf_release(&text);
    if (used * 10 > (int64_t)limit.rlim_cur * 8 || media_used * 10 > media_max * 8)
        found(t, "bad", "more than four fifths of what is allowed are open", remedy);
    else if (media_max < 0)
        found(t, "unknown", "mediad does not say", NULL);
    else
        found(t, "ok",
              arena_printf(t->a, TEXT("%" PRId64 " of %" PRId64 " open in mediad"), media_used,
                           media_max),
              NULL);
}

static void check_backup(struct turn *t)
{
    int64_t at_us = last_backup_us(t->app->paths.data), age_us = t->now_us - at_us;

    if (!at_us)
        found(t, "warn", "there is none yet", "Make one, and keep a copy on another machine.");
    else if (age_us > BACKUP_WARN_US)
        found(t, "warn", arena_printf(t->a, TEXT("%" PRId64 " days old"), age_us / US_PER_DAY),
              "Make a new one, and look why the nightly one was not made.");
    else
        found(t, "ok",
              arena_printf(t->a, TEXT("%" PRId64 " hours old"), age_us / (US_PER_DAY / 24)), NULL);
}

/* ---- what is risky ---- */

static void found_count(struct turn *t, int64_t n, const char *remedy)
{
    if (n == 0)
        found(t, "ok", "none", NULL);
    else
        found(t, "warn", arena_printf(t->a, "%" PRId64, n), remedy);
}

static void check_open_groups(struct turn *t)
{
    found_count(
        t, t->risks.open_groups,
        TEXT("Anybody on the internet finds these on the landing page and gets in. If that is "
             "not meant, give them a password or take them off the list."));
}

static void check_plain_passwords(struct turn *t)
{
    found_count(
        t, t->risks.plain_passwords,
        TEXT("Who reads a group's file knows them. Set these passwords again in the console, "
             "which keeps a hash alone."));
}

static void check_endless_tokens(struct turn *t)
{
    const struct token **tokens = NULL;
    struct error e = {0};
    int64_t n_endless = 0;
    size_t n = 0;

    if (token_store_list(t->app->tokens, NULL, &tokens, &n, &e) < 0) {
        found(t, "unknown", arena_printf(t->a, "%s", e.text), NULL);
        return;
    }
    for (size_t i = 0; i < n; i++)
        n_endless += !tokens[i]->has_expires;
    free(tokens);
    found_count(
        t, n_endless,
        TEXT("Whoever finds such a link may use it for ever. Give them an end at Invitations."));
}

static void check_attack(struct turn *t)
{
    if (t->risks.blocked == 0)
        found(t, "ok", "nobody had to wait after failed sign-ins", NULL);
    else
        found(t, "warn",
              arena_printf(t->a,
                           TEXT("%" PRId64 " names or addresses had to wait after failed sign-ins"),
                           t->risks.blocked),
              "The audit log says who. Passwords that are long and used nowhere else hold out; "
              "block an address in the firewall if it does not stop.");
}

/* An edit by hand may take the last one away, and is obeyed. */
static void check_administrators(struct turn *t)
{
    struct error e = {0};
    int64_t n = 0;

    if (store_account_count_administrators(t->app->db, &n, &e) < 0)
        found(t, "unknown", arena_printf(t->a, "%s", e.text), NULL);
    else if (n == 0 && !app_config_has_admin(t->app))
        found(
            t, "bad", TEXT("none: nobody can change accounts and settings"),
            TEXT("Make one by the link in run/setup-url, or by \"admin-cgi create-admin NAME\"."));
    else if (n == 0)
        found(t, "ok", TEXT("those of data/config.json"), NULL);
    else
        found(t, "ok", arena_printf(t->a, "%" PRId64, n), NULL);
}

/* ---- all of them ---- */

static const struct check {
    const char *name;
    void (*run)(struct turn *t);
    bool is_slow;
} checks[] = {
    {"mediad", check_mediad, false},
    {"versions", check_versions, false},
    {"media", check_media, false},
    {"watch", check_watch, false},
    {"exports", check_exports, false},
    {"database", check_database, true},
    {"wal", check_wal, false},
    {"disk-data", check_disk_data, false},
    {"disk-recordings", check_disk_recordings, false},
    {"certificate", check_certificate, false},
    {"clock", check_clock, false},
    {"descriptors", check_descriptors, false},
    {"backup", check_backup, false},
    {"open-groups", check_open_groups, false},
    {"plain-passwords", check_plain_passwords, false},
    {"endless-tokens", check_endless_tokens, false},
    {"attack", check_attack, false},
    {"sandbox", check_sandbox, false},
    {"administrators", check_administrators, false},
};

static int run_all(struct turn *t, bool with_slow, struct error *e)
{
    int r = store_group_count(t->app->db, &t->groups, e);

    if (r == 0)
        r = store_risk_count(t->app->db, t->now_us, &t->risks, e);
    if (r == 0)
        r = metrics_db_writer(t->app->metrics, &t->metrics, e);
    for (size_t i = 0; r == 0 && i < LENGTH(checks); i++) {
        if (checks[i].is_slow && !with_slow)
            continue;
        t->out = (struct check_row){.name = checks[i].name, .checked_us = t->now_us};
        checks[i].run(t);
        r = store_check_put(t->metrics, &t->out, e);
    }
    if (r == ERR_DAMAGED && t->metrics)
        metrics_db_give_up(t->app->metrics);
    return r;
}

void health_checks_run(struct health_checks *h, struct app *app, const struct live_sample *live,
                       bool is_watching, int64_t now_us, int64_t mono_us)
{
    uint64_t n_asked = shared_get(app->shared, COUNTER_CHECKS_ASKED);
    struct arena a = {0};
    struct turn t = {.h = h,
                     .app = app,
                     .live = live,
                     .a = &a,
                     .is_watching = is_watching,
                     .now_us = now_us,
                     .mono_us = mono_us};
    bool is_asked = n_asked != h->n_asked, with_slow = is_asked || mono_us >= h->database_due_us;
    struct error e = {0};

    if (mono_us < h->due_us && !is_asked)
        return;
    h->n_asked = n_asked;
    h->due_us = mono_us + EVERY_US;
    if (with_slow)
        h->database_due_us = mono_us + DATABASE_EVERY_US;
    if (run_all(&t, with_slow, &e) < 0)
        log_warn(&ctx, "the checks could not be made: %s", e.text);
    arena_release(&a);
}

void health_checks_ask(struct app *app)
{
    shared_add(app->shared, COUNTER_CHECKS_ASKED);
}
