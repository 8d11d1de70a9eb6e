#include "mediad/http/event_loop.h"

#include <ev.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/http/http_state.h"

#define IDLE_US (10 * US_PER_S)
#define LWS_TIMEOUTS_US US_PER_S

struct loop_watch {
    struct list_node in_loop;
    struct http_server *server;
    void (*ready)(void *arg);
    void *arg;
    struct ev_io io;
};

struct event_loop {
    struct ev_loop *ev;
    struct ev_timer alarm; /* ends the wait when the next timer is due */
    int64_t alarm_due_us;  /* INT64_MAX until it is set */
    struct timer lws_timeouts;
    struct http_server *server;
    struct list watches; /* struct loop_watch */
};

void event_loop_tick(struct http_server *server)
{
    server->env->now_us = now_monotonic_us();
    server->env->wall_us = now_realtime_us();
}

void event_loop_tock(struct http_server *server, int64_t began_us)
{
    int64_t step_us = now_monotonic_us() - began_us;

    if (step_us > server->longest_step_us)
        server->longest_step_us = step_us;
}

/* ---- timers ---- */

/* The alarm only ends the wait. */
static void alarm_rings(struct ev_loop *ev, struct ev_timer *alarm, int events)
{
    (void)ev;
    (void)alarm;
    (void)events;
}

/* The plugin looks at libwebsockets' time-outs after each event; its timer for the times in between
 * cannot be moved forward once it runs. So there is an event every second. */
static void lws_timeouts_fire(struct timer *timer, int64_t now_us)
{
    struct event_loop *loop = CONTAINER_OF(timer, struct event_loop, lws_timeouts);

    lws_cancel_service(loop->server->context);
    log_settle(now_us);
    timer_wheel_set(loop->server->env->timers, timer, now_us + LWS_TIMEOUTS_US);
}

void event_loop_run_timers(struct event_loop *loop)
{
    struct http_server *server = loop->server;
    int64_t began_us, delay_us;

    event_loop_tick(server);
    began_us = server->env->now_us;
    delay_us = began_us - loop->alarm_due_us;
    if (delay_us > server->longest_delay_us)
        server->longest_delay_us = delay_us;
    timer_wheel_run(server->env->timers, began_us);
    event_loop_tock(server, began_us);
}

static void set_alarm(struct event_loop *loop)
{
    int64_t now_us = loop->server->env->now_us;
    int64_t next_us = timer_wheel_next_us(loop->server->env->timers);

    if (next_us > now_us + IDLE_US)
        next_us = now_us + IDLE_US;
    if (next_us == loop->alarm_due_us && ev_is_active(&loop->alarm))
        return;
    loop->alarm_due_us = next_us;
    ev_timer_stop(loop->ev, &loop->alarm);
    ev_now_update(loop->ev);
    ev_timer_set(&loop->alarm, (double)(next_us - now_us) / US_PER_S, 0);
    ev_timer_start(loop->ev, &loop->alarm);
}

void event_loop_wait(struct event_loop *loop)
{
    set_alarm(loop);
    ev_run(loop->ev, EVRUN_ONCE);
}

/* ---- descriptors of others ---- */

static void fd_is_ready(struct ev_loop *ev, struct ev_io *io, int events)
{
    struct loop_watch *watch = CONTAINER_OF(io, struct loop_watch, io);
    int64_t began_us;

    (void)ev;
    (void)events;
    event_loop_tick(watch->server);
    began_us = watch->server->env->now_us;
    watch->ready(watch->arg);
    event_loop_tock(watch->server, began_us);
}

struct loop_watch *event_loop_watch(struct event_loop *loop, int fd, void (*ready)(void *arg),
                                    void *arg)
{
    struct loop_watch *watch = calloc(1, sizeof *watch);

    if (!watch)
        return NULL;
    watch->server = loop->server;
    watch->ready = ready;
    watch->arg = arg;
    ev_io_init(&watch->io, fd_is_ready, fd, EV_READ);
    ev_io_start(loop->ev, &watch->io);
    list_prepend(&loop->watches, &watch->in_loop);
    return watch;
}

void event_loop_pause(struct loop_watch *watch, bool is_paused)
{
    if (is_paused)
        ev_io_stop(watch->server->loop->ev, &watch->io);
    else
        ev_io_start(watch->server->loop->ev, &watch->io);
}

void event_loop_unwatch(struct loop_watch *watch)
{
    if (!watch)
        return;
    event_loop_pause(watch, true);
    list_remove(&watch->in_loop);
    free(watch);
}

/* ---- set-up ---- */

int event_loop_new(struct event_loop **out, struct http_server *server)
{
    struct event_loop *loop = calloc(1, sizeof *loop);

    if (!loop)
        return ERR_NO_MEMORY;
    loop->ev = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL);
    if (!loop->ev) {
        free(loop);
        return ERR_IO;
    }
    loop->server = server;
    loop->alarm_due_us = INT64_MAX;
    loop->lws_timeouts.fire = lws_timeouts_fire;
    ev_timer_init(&loop->alarm, alarm_rings, 0, 0);
    timer_wheel_set(server->env->timers, &loop->lws_timeouts,
                    server->env->now_us + LWS_TIMEOUTS_US);
    *out = loop;
    return 0;
}

void *event_loop_of_lws(struct event_loop *loop)
{
    return loop->ev;
}

void event_loop_free(struct event_loop *loop)
{
    if (!loop)
        return;
    timer_cancel(&loop->lws_timeouts);
    LIST_EACH_REMOVING (struct loop_watch, watch, &loop->watches, in_loop)
        event_loop_unwatch(watch);
    ev_timer_stop(loop->ev, &loop->alarm);
    ev_loop_destroy(loop->ev);
    free(loop);
}
