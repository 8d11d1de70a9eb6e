#include "mediad/daemon.h"

#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/instance_lock.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/group/watcher.h"
#include "mediad/heap_trim.h"
#include "mediad/http/server.h"
#include "mediad/record/jobs.h"
#include "mediad/signal/env.h"
#include "mediad/signal/recorder.h"
#include "mediad/signal/stream_events.h"
#include "mediad/state_files.h"
#include "mediad/token_purge.h"

#define TICK_US (15 * 60 * US_PER_S)
#define TRIM_US (5 * US_PER_S)
/* The process waits no longer than this for clients to answer the close frame: a client that has
 * not had it by then reconnects all the same. */
#define ENDING_US (500 * US_PER_MS)
#define FD_LIMIT_MAX 65536
#define HASH_QUEUE_MAX 1000
#define THROTTLE_ENTRIES 100000

static const struct log_ctx log_main = {.room = "main"};

struct daemon {
    const struct options *options;
    struct buf path; /* scratch */
    int lock_fd, signal_fd;
    struct settings settings;
    struct timer_wheel timers;
    struct timer tick, trim, end;
    struct heap_trim heap_trim;
    struct signal_env env;
    struct watcher *watcher;
    struct http_server *server;
    unsigned fd_limit; /* descriptors that the process may have */
    bool is_over;
};

/* Borrowed until the next call. */
static const char *state_path(struct daemon *d, const char *name)
{
    buf_clear(&d->path);
    buf_printf(&d->path, "%s/%s", d->options->dir, name);
    return buf_str(&d->path);
}

/* ---- settings ---- */

static void limit_recorder(struct daemon *d)
{
    if (d->env.recorder)
        recorder_set_limits(d->env.recorder, &d->settings.recording);
}

/* @return 0, also without a file; on failure the settings are as before */
static int load_settings(struct daemon *d, struct error *e)
{
    struct settings fresh;
    int r = settings_read(&fresh, state_path(d, "data/" SETTINGS_FILE), d->fd_limit, e);

    if (r < 0)
        return r;
    settings_release(&d->settings);
    d->settings = fresh;
    limit_recorder(d);
    return 0;
}

static void reload_settings(struct daemon *d)
{
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    int r = load_settings(d, &e);

    if (r < 0 || e.code != 0)
        log_error(&log_main, "data/" SETTINGS_FILE ": %s", error_describe(&e, text, sizeof text));
    if (r == 0)
        log_info(&log_main, "read data/" SETTINGS_FILE);
}

static void load_look(struct daemon *d)
{
    struct error e = {0};
    int r = look_read(&d->env.look, state_path(d, "data/" LOOK_FILE), &e);

    if (r < 0 && r != ERR_NOT_FOUND)
        log_error(&log_main, "data/" LOOK_FILE ": %s", e.text);
}

/* ---- events of the loop ---- */

static void group_changed(void *arg, const char *name)
{
    struct daemon *d = arg;

    if (group_name_check(span_str(name), NULL) == 0)
        definitions_refresh(d->env.registry->definitions, name);
}

static void rescan(void *arg)
{
    struct daemon *d = arg;

    definitions_rescan(d->env.registry->definitions);
}

static void data_changed(void *arg, const char *file)
{
    if (strcmp(file, SETTINGS_FILE) == 0)
        reload_settings(arg);
    if (strcmp(file, LOOK_FILE) == 0)
        load_look(arg);
}

static void pool_ready(void *arg)
{
    struct daemon *d = arg;

    pool_dispatch(d->env.pool);
}

static void media_ready(void *arg)
{
    struct daemon *d = arg;

    media_dispatch(d->env.media);
}

static void jobs_ready(void *arg)
{
    struct daemon *d = arg;

    jobs_dispatch(d->env.jobs);
}

static void recorder_ready(void *arg)
{
    struct daemon *d = arg;

    recorder_dispatch(d->env.recorder);
}

static void watcher_ready(void *arg)
{
    struct daemon *d = arg;

    watcher_dispatch(d->watcher, d->env.now_us);
}

static void shut_down(struct daemon *d)
{
    if (d->env.is_ending) {
        d->is_over = true;
        return;
    }
    log_info(&log_main, "ending, %zu members", d->env.registry->n_members);
    d->env.is_ending = true;
    group_recorder_stop_all(&d->env);
    http_server_end_all(d->server);
    timer_wheel_set(&d->timers, &d->end, d->env.now_us + ENDING_US);
}

static void signal_ready(void *arg)
{
    struct daemon *d = arg;
    struct signalfd_siginfo info;

    while (read(d->signal_fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            reload_settings(d);
            definitions_rescan(d->env.registry->definitions);
        } else {
            shut_down(d);
        }
    }
}

/* ---- every quarter of an hour ---- */

static void tick(struct timer *timer, int64_t now_us)
{
    struct daemon *d = CONTAINER_OF(timer, struct daemon, tick);

    definitions_rescan(d->env.registry->definitions);
    registry_sweep(d->env.registry, now_us);
    token_purge_start(d->env.pool, &d->env.token_writer, d->env.wall_us);
    timer_wheel_set(&d->timers, timer, now_us + TICK_US);
}

static void trim(struct timer *timer, int64_t now_us)
{
    struct daemon *d = CONTAINER_OF(timer, struct daemon, trim);

    if (heap_trim_is_due(&d->heap_trim, d->env.registry->n_members))
        heap_trim_start(d->env.pool);
    timer_wheel_set(&d->timers, timer, now_us + TRIM_US);
}

static void end_fired(struct timer *timer, int64_t now_us)
{
    struct daemon *d = CONTAINER_OF(timer, struct daemon, end);

    d->is_over = true;
    /* The loop looks at is_over after its next turn, so there must be one soon. */
    timer_wheel_set(&d->timers, timer, now_us + TIMER_WHEEL_TICK_US);
}

/* ---- making the parts ---- */

static int make_directories(struct daemon *d, struct error *e)
{
    static const char *const files[] = {"run/x", "groups/x", "data/var/x", "recordings/x"};
    int r = 0;

    for (size_t i = 0; i < LENGTH(files) && r == 0; i++)
        r = file_make_parents(state_path(d, files[i]), 0770, e);
    return r;
}

static unsigned raise_fd_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    if (limit.rlim_cur < limit.rlim_max || limit.rlim_cur > FD_LIMIT_MAX) {
        limit.rlim_cur = limit.rlim_max < FD_LIMIT_MAX ? limit.rlim_max : FD_LIMIT_MAX;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
            log_warn(&log_main, "the limit of descriptors stays as it is");
    }
    if (limit.rlim_cur < FD_LIMIT_MAX)
        log_warn(&log_main, "only %llu descriptors: set the limit to %d for many clients",
                 (unsigned long long)limit.rlim_cur, FD_LIMIT_MAX);
    return (unsigned)limit.rlim_cur;
}

static int make_stores(struct daemon *d, struct error *e)
{
    struct signal_env *env = &d->env;
    int r;

    pthread_mutex_init(&env->token_writer.lock, NULL);
    sem_init(&env->scrypt_slots, 0, SCRYPT_AT_ONCE);
    r = token_store_new(&env->tokens, state_path(d, "data/var"), e);
    if (r == 0)
        r = token_store_new(&env->token_writer.store, state_path(d, "data/var"), e);
    if (r < 0)
        return r;
    r = server_config_file_new(&env->config, state_path(d, "data/config.json"));
    if (r == 0)
        r = ice_servers_new(&env->ice, state_path(d, "data/ice-servers.json"));
    if (r == 0)
        r = throttle_table_new(&env->join_failures, THROTTLE_ENTRIES);
    if (r == 0)
        r = pool_new(&env->pool, 0, HASH_QUEUE_MAX, e);
    if (r == 0)
        r = registry_new(&env->registry, state_path(d, "groups"), env->pool);
    if (r == ERR_NO_MEMORY)
        error_set(e, r, NULL, "out of memory");
    return r;
}

static int make_media(struct daemon *d, struct error *e)
{
    const struct options *o = d->options;
    struct media_config config = {.n_workers = o->n_workers,
                                  .listen = o->media_listen,
                                  .udp_port = o->udp_port,
                                  .announce = o->announce,
                                  .n_announce = o->n_announce};

    if (o->n_announce == 0 && d->settings.announce) {
        config.announce = (const char *const *)d->settings.announce;
        while (d->settings.announce[config.n_announce])
            config.n_announce++;
    }
    return media_new(&d->env.media, &config, &signal_media_events, e);
}

/* Meetings go on where nobody looks after recordings. */
static void make_jobs(struct daemon *d)
{
    struct error e = {0};

    if (jobs_new(&d->env.jobs, state_path(d, "recordings"), &e) < 0)
        log_error(&log_main, "%s", e.text);
}

/* Meetings go on where nothing can be recorded. */
static void make_recorder(struct daemon *d)
{
    struct error e = {0};

    if (recorder_new(&d->env.recorder, state_path(d, "recordings"), &signal_recorder_events,
                     &d->env, &e) < 0)
        log_error(&log_main, "this server does not record: %s", e.text);
    limit_recorder(d);
}

static int watch(struct daemon *d, struct error *e)
{
    static const struct watcher_events events = {
        .group_changed = group_changed, .rescan = rescan, .data_changed = data_changed};
    char *data = strdup(state_path(d, "data"));
    int r;

    if (!data)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    r = watcher_new(&d->watcher, state_path(d, "groups"), data, &d->timers, &events, d, e);
    free(data);
    if (r == 0 && (http_server_watch(d->server, pool_event_fd(d->env.pool), pool_ready, d) < 0 ||
                   http_server_watch(d->server, media_event_fd(d->env.media), media_ready, d) < 0 ||
                   http_server_watch(d->server, watcher_fd(d->watcher), watcher_ready, d) < 0 ||
                   http_server_watch(d->server, d->signal_fd, signal_ready, d) < 0))
        r = error_set(e, ERR_IO, NULL, "the loop takes no more descriptors");
    if (r == 0 && d->env.jobs &&
        http_server_watch(d->server, jobs_event_fd(d->env.jobs), jobs_ready, d) < 0)
        r = error_set(e, ERR_IO, NULL, "the loop takes no more descriptors");
    if (r == 0 && d->env.recorder &&
        http_server_watch(d->server, recorder_event_fd(d->env.recorder), recorder_ready, d) < 0)
        r = error_set(e, ERR_IO, NULL, "the loop takes no more descriptors");
    return r;
}

static int listen_for_clients(struct daemon *d, struct error *e)
{
    char *socket_path = strdup(state_path(d, "run/mediad.sock"));
    const struct passwd *user = getpwnam(d->options->control_user);
    const struct http_server_config config = {
        .socket_path = socket_path,
        .control_path = state_path(d, "run/control.sock"),
        .has_control_uid = user,
        .control_uid = user ? user->pw_uid : 0,
        .fd_limit = d->fd_limit / 8 * 7,
    };
    int r = socket_path ? http_server_new(&d->server, &d->env, &config, e)
                        : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");

    free(socket_path);
    return r;
}

/* Log what is wrong with the files that are read when somebody comes. @return how many are faulty
 */
static size_t report_files(struct daemon *d)
{
    struct error config_error = {0}, token_error = {0};
    const struct server_config *config = server_config_file_get(d->env.config, &config_error);

    for (size_t i = 0; i < config->n_warnings; i++)
        log_warn(&log_main, "data/config.json line %u column %u: %s", config->warnings[i].line,
                 config->warnings[i].column, config->warnings[i].text);
    if (config_error.code != 0)
        log_error(&log_main, "data/config.json: %s: %s", config_error.place, config_error.text);
    /* The store itself logs the lines it leaves out. */
    if (token_store_check(d->env.tokens, &token_error) < 0 && token_error.code != ERR_SYNTAX)
        log_error(&log_main, "data/var/tokens.jsonl: %s", token_error.text);
    return (config_error.code != 0) + (token_error.code != 0);
}

static int start(struct daemon *d, struct error *e)
{
    struct signal_env *env = &d->env;
    struct error settings_error = {0};
    char text[sizeof settings_error.place + sizeof settings_error.text + 4];
    int r = make_directories(d, e);

    if (r == 0)
        r = instance_lock_take(&d->lock_fd, state_path(d, "run/mediad.lock"), e);
    if (r < 0)
        return r;
    d->fd_limit = raise_fd_limit();
    env->now_us = now_monotonic_us();
    env->wall_us = env->started_wall_us = now_realtime_us();
    env->settings = &d->settings;
    env->timers = &d->timers;
    timer_wheel_init(&d->timers, env->now_us);
    r = settings_init(&d->settings);
    if (r < 0)
        return error_set(e, r, NULL, "out of memory");
    if (load_settings(d, &settings_error) < 0 || settings_error.code != 0)
        log_error(&log_main, "data/" SETTINGS_FILE ": %s",
                  error_describe(&settings_error, text, sizeof text));
    load_look(d);
    r = make_stores(d, e);
    if (r == 0) {
        (void)report_files(d);
        r = definitions_load_all(env->registry->definitions, e);
        if (r < 0 && r != ERR_NO_MEMORY) {
            /* one folder that is not for us is no reason to serve nobody */
            log_warn(&log_main, "groups: %s", e->text);
            r = 0;
        }
    }
    if (r == 0)
        r = make_media(d, e);
    if (r == 0)
        make_jobs(d);
    if (r == 0)
        make_recorder(d);
    if (r == 0)
        r = listen_for_clients(d, e);
    if (r == 0)
        r = watch(d, e);
    if (r < 0)
        return r;
    d->tick.fire = tick;
    d->trim.fire = trim;
    d->end.fire = end_fired;
    timer_wheel_set(&d->timers, &d->tick, env->now_us + TICK_US);
    timer_wheel_set(&d->timers, &d->trim, env->now_us + TRIM_US);
    /* This finds what changed between the first reading and the watch. */
    definitions_rescan(env->registry->definitions);
    return 0;
}

static void finish(struct daemon *d)
{
    struct signal_env *env = &d->env;

    http_server_free(d->server);
    if (env->recorder)
        recorder_free(env->recorder); /* waits until what was recorded is complete */
    jobs_free(env->jobs);
    pool_free(env->pool);
    watcher_free(d->watcher);
    registry_free(env->registry);
    media_free(env->media);
    throttle_table_free(env->join_failures);
    places_release(&env->places);
    ice_servers_free(env->ice);
    server_config_file_free(env->config);
    token_store_free(env->token_writer.store);
    token_store_free(env->tokens);
    buf_release(&env->rtc_configuration);
    buf_release(&env->look);
    settings_release(&d->settings);
    buf_release(&d->path);
    if (d->signal_fd >= 0)
        close(d->signal_fd);
    if (d->lock_fd >= 0)
        close(d->lock_fd);
}

void daemon_block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int daemon_run(const struct options *options, struct error *e)
{
    struct daemon d = {.options = options, .lock_fd = -1, .signal_fd = -1};
    sigset_t set;
    int r;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    d.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    r = d.signal_fd >= 0 ? start(&d, e) : error_set_errno(e, NULL, "signalfd");
    if (r == 0) {
        log_info(&log_main, "ready, version " NEREID_VERSION);
        while (!d.is_over && !(d.env.is_ending && http_server_connections(d.server) == 0))
            http_server_turn(d.server);
        log_info(&log_main, "ended");
        log_end();
    }
    finish(&d);
    return r;
}

/* ---- --check-config ---- */

int daemon_check_config(const struct options *options, struct error *e)
{
    struct daemon d = {
        .options = options, .lock_fd = -1, .signal_fd = -1, .fd_limit = FD_LIMIT_MAX};
    struct error first = {0};
    size_t n_bad = 0;
    int r = settings_init(&d.settings);

    if (r == 0)
        r = load_settings(&d, &first);
    if (r < 0 || first.code != 0) {
        finish(&d);
        *e = first;
        return error_set(e, ERR_INVALID, "data/" SETTINGS_FILE, "%s", first.text);
    }
    r = make_stores(&d, e);
    if (r == 0) {
        n_bad = report_files(&d);
        r = definitions_load_all(d.env.registry->definitions, e);
    }
    if (r == 0) {
        const struct list *files = definitions_files(d.env.registry->definitions);

        LIST_EACH (const struct group_file, f, files, in_definitions)
            n_bad += f->is_bad;
    }
    finish(&d);
    if (r < 0)
        return r;
    return n_bad > 0 ? error_set(e, ERR_INVALID, NULL, "%zu files are faulty", n_bad) : 0;
}
