/*
 * A signalling environment without sockets, for tests: group files in a directory of its own, time
 * that the test moves, and clients whose messages are kept as text.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_SIGNAL_SESSION_ENV_H
#define NEREID_TESTS_UNIT_MEDIAD_SIGNAL_SESSION_ENV_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/log.h"
#include "common/now.h"
#include "mediad/signal/client_session.h"
#include "mediad/signal/session_inbox.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_output.h"

struct test_env {
    struct signal_env env;
    struct timer_wheel timers;
    struct settings settings;
    char dir[64];
};

struct test_client {
    struct client_session *session;
    bool is_paused, has_ended;
    struct buf sent; /* all messages, one a line */
    unsigned code;   /* once it is over */
    char reason[128];
};

static void test_require(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "test environment: %s\n", what);
    abort();
}

static inline const char *test_path(const struct test_env *t, const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s", t->dir, name);
    return out;
}

static inline void test_write(const struct test_env *t, const char *name, const char *text)
{
    char path[256];

    test_require(file_make_parents(test_path(t, name, path), 0700, NULL) == 0, "directory");
    test_require(file_replace(path, span_str(text), 0600, NULL) == 0, "file");
}

/* To be called after the group files were written with test_write(). */
static inline void test_env_start(struct test_env *t)
{
    struct signal_env *env = &t->env;
    char path[256];

    log_set_level(LOG_LEVEL_ERROR);
    test_require(settings_init(&t->settings) == 0, "settings");
    env->now_us = 1000 * US_PER_S;
    env->wall_us = INT64_C(1800000000) * US_PER_S;
    env->settings = &t->settings;
    env->timers = &t->timers;
    timer_wheel_init(&t->timers, env->now_us);
    pthread_mutex_init(&env->token_writer.lock, NULL);
    sem_init(&env->scrypt_slots, 0, SCRYPT_AT_ONCE);
    test_require(token_store_new(&env->tokens, test_path(t, "var", path), NULL) == 0, "tokens");
    test_require(token_store_new(&env->token_writer.store, path, NULL) == 0, "tokens");
    test_require(server_config_file_new(&env->config, test_path(t, "config.json", path)) == 0,
                 "config");
    test_require(ice_servers_new(&env->ice, test_path(t, "ice-servers.json", path)) == 0, "ice");
    test_require(throttle_table_new(&env->join_failures, 1000) == 0, "throttle");
    test_require(pool_new(&env->pool, 1, 1000, NULL) == 0, "pool");
    test_require(registry_new(&env->registry, test_path(t, "groups", path), env->pool) == 0,
                 "registry");
    test_require(definitions_load_all(env->registry->definitions, NULL) == 0, "groups");
}

static inline void test_env_init(struct test_env *t)
{
    memset(t, 0, sizeof *t);
    snprintf(t->dir, sizeof t->dir, "/tmp/nereid-unit-XXXXXX");
    test_require(mkdtemp(t->dir), "temporary directory");
}

/* All clients must be gone. */
static inline void test_env_stop(struct test_env *t)
{
    struct signal_env *env = &t->env;
    char command[128];

    pool_free(env->pool);
    registry_free(env->registry);
    throttle_table_free(env->join_failures);
    places_release(&env->places);
    ice_servers_free(env->ice);
    server_config_file_free(env->config);
    token_store_free(env->token_writer.store);
    token_store_free(env->tokens);
    buf_release(&env->rtc_configuration);
    settings_release(&t->settings);
    snprintf(command, sizeof command, "rm -rf %s", t->dir);
    test_require(system(command) == 0, "clean up");
}

/* Let the pool finish what it has. */
static inline void test_pool(struct test_env *t)
{
    struct pollfd p = {.fd = pool_event_fd(t->env.pool), .events = POLLIN};

    test_require(poll(&p, 1, 20000) == 1, "the pool did not answer");
    pool_dispatch(t->env.pool);
}

/* Move the time on, in steps that timers see. */
static inline void test_advance(struct test_env *t, int64_t us)
{
    const int64_t end_us = t->env.now_us + us;

    while (t->env.now_us < end_us) {
        int64_t step_us = end_us - t->env.now_us < 100000 ? end_us - t->env.now_us : 100000;

        t->env.now_us += step_us;
        t->env.wall_us += step_us;
        timer_wheel_run(&t->timers, t->env.now_us);
    }
}

static inline void test_wake(void *connection)
{
    (void)connection;
}

static inline void test_pause(void *connection, bool is_paused)
{
    ((struct test_client *)connection)->is_paused = is_paused;
}

static inline void test_ended(void *connection)
{
    ((struct test_client *)connection)->has_ended = true;
}

static const struct transport test_transport = {
    .wake = test_wake, .pause = test_pause, .ended = test_ended};

static inline void test_connect(struct test_env *t, struct test_client *c)
{
    memset(c, 0, sizeof *c);
    test_require(client_session_new(&c->session, &t->env, &test_transport, c, "192.0.2.1") == 0,
                 "session");
}

/* Take all that waits for a client into c->sent. */
static inline const char *test_take(struct test_client *c)
{
    struct frame *f;
    const char *reason = "";

    while ((f = session_next_frame(c->session)) != NULL) {
        buf_add(&c->sent, frame_text(f), f->len);
        buf_add_char(&c->sent, '\n');
        frame_unref(f);
    }
    if (session_is_over(c->session, &c->code, &reason))
        snprintf(c->reason, sizeof c->reason, "%s", reason);
    return buf_str(&c->sent);
}

static inline void test_say(struct test_client *c, const char *text)
{
    session_receive(c->session, span_str(text));
}

static inline void test_disconnect(struct test_client *c)
{
    client_session_free(c->session);
    buf_release(&c->sent);
}

#endif
