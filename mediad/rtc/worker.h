/*
 * What everything on one media worker shares: the clock, timers, slots, the send batch, tables,
 * counters, and posting to other threads. The loop that drives it stands above all of rtc/
 * (worker_loop.h). Everything in struct worker is for its own thread, except what says otherwise.
 */
#ifndef NEREID_MEDIAD_RTC_WORKER_H
#define NEREID_MEDIAD_RTC_WORKER_H

#include <stdatomic.h>

#include "common/list.h"
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
/** Handshakes are slow; packets go first. */
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
    COUNT_EXTRA_REPAIR, /* retransmissions of publishers: of what was missing, */
    COUNT_EXTRA_KNOWN,  /* and of what had come: probes of their line */
    COUNT_EXTRA_PADDING,
    COUNT_REBUILT,      /* of what redundant audio has of lost packets */
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
    COUNT_DROP_PACED,  /* waited too long for its receiver's line; the next picture is a keyframe */
    COUNT_DROP_SLOTS,  /* no slot was free: more packets are kept than was planned for */
    COUNT_SRTP_AUTH,
    COUNT_SRTP_REPLAY,
    COUNT_KEYFRAME_ASKED,
    COUNT_KEYFRAME_REPLAYED,
    COUNT_KEYFRAME_REFUSED, /* to a receiver that asks again and again */
    COUNT_VIDEO_PAUSES,     /* by bandwidth */
    COUNT_LINES,            /* gauge: of receivers, that are estimated */
    COUNT_LINES_BYTES,      /* gauge: what they carry a second */
    COUNT_PROBES,           /* of receivers' lines */
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

struct worker {
    unsigned index;
    unsigned n_workers;
    struct worker *workers;  /* all of them, this one too: for their mailboxes only */
    struct mailbox *control; /* the control thread's; this worker is producer `index` */
    const struct dtls_identity *identity;
    struct mailbox mailbox;     /* producers: 0 the control thread, 1 + i worker i */
    int64_t now_us;             /* CLOCK_MONOTONIC, read once per round */
    int64_t realtime_offset_us; /* what makes it Unix time */
    uint32_t abs_send_time;     /* the same moment for the header extension */
    struct udp_socket sockets[UDP_SOCKETS_MAX];
    unsigned n_sockets;
    struct send_batch batch;
    struct slab slab;
    struct timer_wheel wheel;
    struct binding binding;
    struct demux demux;
    struct source_limit unproven;   /* STUN, by network */
    struct handshake_queue waiting; /* DTLS over this round's number */
    struct fixed_table connections; /* id to struct peer_connection */
    struct fixed_table clients;     /* id to struct client */
    struct fixed_table tracks;      /* id to struct track */
    struct fixed_table record_taps; /* id to struct record_tap */
    struct list dirty;              /* struct track: with packets to hand out */
    unsigned handshakes_per_round;  /* WORKER_HANDSHAKES_PER_ROUND */
    unsigned handshakes_left;
    uint64_t to_notify; /* workers that were posted to in this round */
    bool is_control_posted;
    /* read by the control thread */
    atomic_uint_fast64_t counts[COUNT_N];
    atomic_uint busy_permille;
};

/** Make what is shared; the loop adds sockets and its thread.
 * @param workers all of them, this one too
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO */
int worker_init(struct worker *w, unsigned index, struct worker *workers, unsigned n_workers,
                struct mailbox *control, const struct dtls_identity *identity,
                struct error *e) MUST_USE;
/** After all workers have closed what they own. */
void worker_release(struct worker *w);
/** The round's clocks. */
void worker_set_clock(struct worker *w, int64_t now_us, int64_t realtime_us);

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
/** Wake those who were posted to. */
void worker_notify(struct worker *w);
/** Send a datagram at once, past the batch: for STUN. */
void worker_send_now(struct worker *w, const struct send_path *path, const void *datagram,
                     size_t len);
/** A handshake's datagram that has to wait for another round; takes over the reference. */
void worker_queue_handshake(struct worker *w, struct packet_slot *slot);

#endif
