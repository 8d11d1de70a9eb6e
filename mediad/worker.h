/*
 * A media worker: one thread with one epoll that owns peer connections (design.md, mediad). Moves
 * datagrams between the sockets, the connections and the other workers; what they mean is decided
 * in mediad/rtc/. Everything in struct worker is for its own thread, except what says otherwise.
 */
#ifndef NEREID_MEDIAD_WORKER_H
#define NEREID_MEDIAD_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "mediad/mailbox.h"
#include "mediad/rtc/binding.h"
#include "mediad/rtc/demux.h"
#include "mediad/rtc/dtls_transport.h"
#include "mediad/rtc/handshake_queue.h"
#include "mediad/rtc/send_batch.h"
#include "mediad/rtc/source_limit.h"
#include "mediad/rtc/udp_socket.h"
#include "mediad/timer_wheel.h"

/** A track's set of workers is one 64-bit word. */
#define WORKERS_MAX 64
#define WORKER_RING_SIZE 1024
/** Handshakes are slow; packets go first (spec/media.md 7.3). */
#define WORKER_HANDSHAKES_PER_ROUND 8

enum worker_count {
    COUNT_RTP_IN,
    COUNT_RTP_IN_BYTES,
    COUNT_RTP_OUT,
    COUNT_RTP_OUT_BYTES,
    COUNT_RTCP_IN,
    COUNT_RTCP_OUT,
    COUNT_RTP_LOST_IN,
    COUNT_RTP_REPEATED,
    COUNT_DROP_ADDRESS, /* from an address that no check has proven */
    COUNT_DROP_NO_KEYS, /* RTP before the handshake */
    COUNT_DROP_SYNTAX,
    COUNT_DROP_SIZE,
    COUNT_DROP_SSRC, /* neither signalled nor bound by mid and rid */
    COUNT_DROP_RATE, /* over the sender's limit */
    COUNT_DROP_DUPLICATE,
    COUNT_DROP_STRAY,  /* far from the numbers around it */
    COUNT_DROP_RING,   /* another worker is behind */
    COUNT_DROP_SEND,   /* the socket was full, or no route */
    COUNT_DROP_KERNEL, /* the kernel's receive buffer was full */
    COUNT_DROP_SLOTS,  /* no slot was free: more packets are kept than was planned for */
    COUNT_SRTP_AUTH,
    COUNT_SRTP_REPLAY,
    COUNT_KEYFRAME_ASKED,
    COUNT_KEYFRAME_REPLAYED,
    COUNT_STUN_VALID,
    COUNT_STUN_REFUSED,
    COUNT_STUN_FORGED,
    COUNT_STUN_LIMITED,
    COUNT_STUN_REPEATED, /* a captured check that was sent again, or a retransmission */
    COUNT_DTLS_DONE,
    COUNT_DTLS_FAILED,
    COUNT_DTLS_LIMITED, /* datagrams that found the queue of handshakes full */
    COUNT_ICE_CONNECTED,
    COUNT_ICE_MOVED,
    COUNT_ICE_LOST,
    COUNT_CROSSED_DATAGRAMS,
    COUNT_CROSSED_PACKETS,
    COUNT_CONNECTIONS,      /* a gauge */
    COUNT_CONNECTED,        /* a gauge */
    COUNT_CONNECTION_BYTES, /* a gauge: memory of all connections, see peer_connection.c */
    COUNT_TRACKS,           /* a gauge: published here */
    COUNT_N
};

struct track;

struct worker {
    unsigned index;
    unsigned n_workers;
    struct worker *workers;  /* all of them, this one too: for their mailboxes only */
    struct mailbox *control; /* the control thread's; this worker is producer `index` */
    const struct dtls_identity *identity;
    struct mailbox mailbox; /* producers: 0 the control thread, 1 + i worker i */
    pthread_t thread;
    bool is_started;
    int epoll_fd;
    bool is_stopping;
    int64_t now_us;             /* CLOCK_MONOTONIC, read once per round */
    int64_t realtime_offset_us; /* what makes it Unix time */
    uint32_t abs_send_time;     /* the same moment for the header extension */
    struct udp_socket sockets[UDP_SOCKETS_MAX];
    unsigned n_sockets;
    struct udp_receiver receiver;
    struct send_batch batch;
    struct slab slab;
    struct timer_wheel wheel;
    struct binding binding;
    struct demux demux;
    struct source_limit unproven;   /* STUN, by network */
    struct handshake_queue waiting; /* DTLS over this round's number */
    struct fixed_table connections; /* id to struct peer_connection */
    struct fixed_table tracks;      /* id to struct track */
    struct track *dirty;            /* tracks with packets to hand out */
    struct slot *postponed;         /* DTLS of unknown addresses, for a second look; oldest first */
    struct slot **postponed_end;
    unsigned n_postponed;
    unsigned handshakes_per_round; /* WORKER_HANDSHAKES_PER_ROUND */
    unsigned handshakes_left;
    uint64_t to_notify; /* workers that were posted to in this round */
    bool is_control_posted;
    int64_t busy_us; /* in the running window */
    int64_t window_us;
    uint64_t dropped_seen; /* totals of the batch that were counted */
    /* read by the control thread */
    atomic_uint_fast64_t counts[COUNT_N];
    atomic_uint busy_permille;
};

/** Sockets, buffers, epoll; the thread starts with worker_start().
 * @param listen addresses to bind, at most UDP_SOCKETS_MAX */
int worker_init(struct worker *w, unsigned index, struct worker *workers, unsigned n_workers,
                struct mailbox *control, const struct dtls_identity *identity,
                const struct net_address *listen, unsigned n_listen, struct error *e) MUST_USE;
int worker_start(struct worker *w, struct error *e) MUST_USE;
/** Wait for the thread, which MAIL_STOP ends. */
void worker_join(struct worker *w);
/** After all workers were joined: end the connections, which may hold other workers' slots. */
void worker_close(struct worker *w);
/** After all workers were closed: sockets and memory. */
void worker_release(struct worker *w);

static inline void worker_count(struct worker *w, enum worker_count what, uint64_t n)
{
    /* one writer: no read-modify-write needed */
    uint64_t old = atomic_load_explicit(&w->counts[what], memory_order_relaxed);

    atomic_store_explicit(&w->counts[what], old + n, memory_order_relaxed);
}

/** Post to another worker; it is woken at the end of the round. @return false: its ring is full */
bool worker_post(struct worker *w, unsigned to, const struct mail *mail) MUST_USE;
/** Post an event to the control thread. */
bool worker_post_control(struct worker *w, const struct mail *mail) MUST_USE;
/** Handle what the control thread has posted so far: see router_open(). */
void worker_take_control_mail(struct worker *w);
/** Send a datagram at once, past the batch: for STUN. */
void worker_send_now(struct worker *w, const struct udp_path *path, const void *datagram,
                     size_t len);
/** A handshake's datagram that has to wait for another round; takes over the reference. */
void worker_queue_handshake(struct worker *w, struct slot *slot);

#endif
