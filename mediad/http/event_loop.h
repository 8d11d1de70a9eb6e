/*
 * The loop of the control thread: libev on epoll, so that a wake-up costs the same however many
 * connections there are. libwebsockets, whose own loop looks at all of them in poll(2), watches its
 * sockets here through its plugin for libev.
 */
#ifndef NEREID_MEDIAD_HTTP_EVENT_LOOP_H
#define NEREID_MEDIAD_HTTP_EVENT_LOOP_H

#include "common/error.h"

struct event_loop;
struct http_server;
struct loop_watch;

int event_loop_new(struct event_loop **out, struct http_server *server) MUST_USE;
/** After the context that shares it. */
void event_loop_free(struct event_loop *loop);
/** For libwebsockets' foreign_loops. */
void *event_loop_of_lws(struct event_loop *loop);

/** Call `ready` whenever a descriptor is readable. The descriptor stays the caller's.
 * @return NULL when out of memory; the loop's free it if nobody else does */
struct loop_watch *event_loop_watch(struct event_loop *loop, int fd, void (*ready)(void *arg),
                                    void *arg);
/** Not to be called for a while, or again. */
void event_loop_pause(struct loop_watch *watch, bool is_paused);
/** NULL is fine. */
void event_loop_unwatch(struct loop_watch *watch);

/** Set the environment's clocks: at the beginning of every callback. */
void event_loop_tick(struct http_server *server);
/** At the end of what began with event_loop_tick(): note how long it took. */
void event_loop_tock(struct http_server *server, int64_t began_us);
/** One turn is this, then whatever is to be done before a wait, */
void event_loop_run_timers(struct event_loop *loop);
/** and this: wait until something happens or a timer is due, and handle it. */
void event_loop_wait(struct event_loop *loop);

#endif
