/*
 * Datagrams of connected peers go to the socket of the worker that owns their connection. All
 * workers open the media port, and the kernel chooses the socket by a hash of both addresses; for
 * those whose datagrams would land elsewhere, and cross from worker to worker, this has the kernel
 * choose their owner's (steering_program.h). Knows addresses and numbers of workers; who an address
 * belongs to is for the workers to say. The control thread's.
 */
#ifndef NEREID_MEDIAD_RTC_STEERING_H
#define NEREID_MEDIAD_RTC_STEERING_H

#include "mediad/rtc/steering_program.h"
#include "mediad/rtc/udp_socket.h"

/** What has changed is told to the kernel so much later, together with what changes meanwhile. */
#define STEERING_DELAY_MS 100

struct steered {
    struct steering_route route;
    uint64_t connection;
    bool is_publisher;
};

/** The sockets of one address family. */
struct steering_group {
    int fd; /* of one of them, borrowed */
    uint8_t family;
    bool is_changed;
    size_t limit; /* routes that this kernel takes */
    size_t n;
    struct steered steered[STEERING_ROUTES_MAX];
};

struct steering {
    struct steering_group groups[UDP_SOCKETS_MAX];
    unsigned n_groups;
    bool is_refused; /* the kernel cannot do it: nothing is kept */
    bool is_waiting; /* the timer runs */
    int timer_fd;
    struct sock_filter program[BPF_MAXINSNS];
};

/** @param sockets of any one worker; one of each family. Worker i has opened the i-th of each group
 *  @return 0, ERR_IO */
int steering_init(struct steering *s, const struct udp_socket *sockets, unsigned n_sockets,
                  struct error *e) MUST_USE;
/** Zeroed: nothing to do. The kernel keeps what it was told until the sockets are closed. */
void steering_release(struct steering *s);
/** Readable when steering_run() has something to do. */
int steering_fd(const struct steering *s);
/** An address that lands on another worker than its own, again or for the first time. Whoever had
 * it before has it no more. Without a place it is left to the kernel's hash; who has one keeps it,
 * and half of all places are for publishers. */
void steering_add(struct steering *s, const struct steered *steered);
/** It is not this worker's any more. */
void steering_remove(struct steering *s, const struct steering_route *route);
/** A connection has ended. */
void steering_forget(struct steering *s, uint64_t connection);
/** Tell the kernel what has changed, if it is time. */
void steering_run(struct steering *s);

#endif
