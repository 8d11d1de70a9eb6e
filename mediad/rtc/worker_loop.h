/*
 * The event loop of a media worker: one thread with one epoll. Moves datagrams between the sockets,
 * the peer connections and the other workers, runs timers, and sends what a round made. Stands
 * above everything else in rtc/; only media.c drives it.
 */
#ifndef NEREID_MEDIAD_RTC_WORKER_LOOP_H
#define NEREID_MEDIAD_RTC_WORKER_LOOP_H

#include <pthread.h>

#include "mediad/rtc/worker.h"

struct worker_loop {
    struct worker *worker; /* borrowed */
    pthread_t thread;
    bool is_started;
    bool is_stopping;
    int epoll_fd;
    struct udp_receiver receiver;
    struct packet_slot *postponed; /* DTLS of unknown addresses, for a second look; oldest first */
    struct packet_slot **postponed_end;
    unsigned n_postponed;
    int64_t busy_us; /* in the running window */
    int64_t window_us;
    uint64_t dropped_seen; /* totals of the batch that were counted */
};

/** Opens the sockets of an initialised worker; the thread starts with worker_loop_start().
 * @param listen addresses to bind, at most UDP_SOCKETS_MAX
 * @return 0, ERR_NO_MEMORY, or ERR_IO with "UDP port N is in use", ... */
int worker_loop_init(struct worker_loop *l, struct worker *w, const struct net_address *listen,
                     unsigned n_listen, struct error *e) MUST_USE;
int worker_loop_start(struct worker_loop *l, struct error *e) MUST_USE;
/** Wait for the thread, which MAIL_STOP ends. */
void worker_loop_join(struct worker_loop *l);
/** After all loops were joined: ends the worker's connections, which may hold other workers' slots,
 * and closes its sockets. Zeroed: nothing to do. */
void worker_loop_close(struct worker_loop *l);

#endif
