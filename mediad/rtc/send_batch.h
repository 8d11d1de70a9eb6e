/*
 * Datagrams that leave together: each is built in a slot of the batch, and all go out by
 * sendmmsg(2) when 64 are waiting or the worker's round ends. RTP is protected then, all of it at
 * once. Neighbours of one size to one peer become one GSO train where the kernel and the route
 * allow it. When the socket is full, video is lost and the rest is tried once more.
 */
#ifndef NEREID_MEDIAD_RTC_SEND_BATCH_H
#define NEREID_MEDIAD_RTC_SEND_BATCH_H

#include "mediad/rtc/secure_rtp_engine.h"
#include "mediad/rtc/send_path.h"

#define SEND_SLOT_SIZE 2048

enum send_class {
    SEND_VIDEO,   /* dropped first; DSCP AF41 */
    SEND_AUDIO,   /* kept for one retry; DSCP EF */
    SEND_CONTROL, /* RTCP, STUN, DTLS: kept for one retry */
};

struct send_item {
    const struct send_path *path; /* borrowed until the flush */
    uint8_t *data;
    uint16_t len;
    uint8_t send_class;
    bool is_retry;
};

struct send_batch {
    const struct udp_socket *sockets; /* borrowed */
    unsigned n;
    bool has_gso;
    struct send_item items[UDP_BATCH];
    unsigned n_jobs; /* of the items, those that are not protected yet */
    struct secure_rtp_job jobs[UDP_BATCH];
    struct secure_rtp_engine engine;
    struct send_batch_buffers *buffers;
    /* totals */
    uint64_t n_sent;
    uint64_t n_bytes;
    uint64_t n_trains; /* of more than one datagram */
    uint64_t n_dropped;
    uint64_t n_calls;
};

/** After secure_rtp_start(). @param sockets borrowed until the release */
int send_batch_init(struct send_batch *b, const struct udp_socket *sockets) MUST_USE;
void send_batch_release(struct send_batch *b);

/** A buffer of SEND_SLOT_SIZE bytes for the next datagram; flushes when all are in use. Nothing is
 * queued before send_batch_add(). */
uint8_t *send_batch_slot(struct send_batch *b);
/** Queue what was built in the slot. @param path must stay until the next flush */
void send_batch_add(struct send_batch *b, const struct send_path *path, size_t len,
                    enum send_class send_class);
/**
 * Queue an RTP packet that was built in the slot; the flush protects it.
 * @param path,key must stay until the next flush: who ends one of them flushes first
 * @return its length as it will be sent; 0: it cannot be protected (secure_rtp_job_init()), and
 *         nothing was queued
 */
size_t send_batch_add_rtp(struct send_batch *b, const struct send_path *path,
                          const struct secure_rtp_key *key, struct secure_rtp_stream *stream,
                          size_t len, enum send_class send_class);
/** Protect and send all. Afterwards no key is referred to, and no path, except by what waits for
 * its retry: send_batch_forget(). */
void send_batch_flush(struct send_batch *b);
/** A path ends: send what is queued, drop what would be tried again. */
void send_batch_forget(struct send_batch *b, const struct send_path *path);
/** Something waits for the socket to become writable. */
bool send_batch_is_waiting(const struct send_batch *b);

#endif
