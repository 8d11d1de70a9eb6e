#include "mediad/rtc/worker.h"

#include <string.h>

#include <gnutls/crypto.h>

#include "common/now.h"
#include "mediad/rtc/rtp.h"

/* Slots that are in use whatever the number of tracks: the receive batch, and datagrams on their
 * way to other workers or waiting for their turn. */
#define SLOTS_BASE 2048

int worker_init(struct worker *w, unsigned index, struct worker *workers, unsigned n_workers,
                struct mailbox *control, const struct dtls_identity *identity, struct error *e)
{
    uint64_t seed;

    memset(w, 0, sizeof *w);
    w->index = index;
    w->workers = workers;
    w->n_workers = n_workers;
    w->control = control;
    w->identity = identity;
    w->now_us = now_monotonic_us();
    slab_init(&w->slab, index);
    timer_wheel_init(&w->wheel, w->now_us);
    binding_init(&w->binding);
    source_limit_init(&w->unproven, SOURCE_LIMIT_STUN_PER_S);
    w->handshakes_per_round = WORKER_HANDSHAKES_PER_ROUND;
    if (gnutls_rnd(GNUTLS_RND_RANDOM, &seed, sizeof seed) < 0)
        return error_set(e, ERR_CRYPTO, NULL, "no random numbers");
    demux_init(&w->demux, index, seed);
    fixed_table_init(&w->connections, sizeof(uint64_t), 0);
    fixed_table_init(&w->clients, sizeof(uint64_t), 0);
    fixed_table_init(&w->tracks, sizeof(uint64_t), 0);
    fixed_table_init(&w->record_taps, sizeof(uint64_t), 0);
    if (mailbox_init(&w->mailbox, 1 + n_workers, WORKER_RING_SIZE) < 0 ||
        slab_reserve(&w->slab, SLOTS_BASE) < 0 || send_batch_init(&w->batch, w->sockets) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    return 0;
}

void worker_release(struct worker *w)
{
    send_batch_release(&w->batch);
    demux_release(&w->demux);
    fixed_table_release(&w->connections);
    fixed_table_release(&w->clients);
    fixed_table_release(&w->tracks);
    fixed_table_release(&w->record_taps);
    mailbox_release(&w->mailbox);
    slab_release(&w->slab);
}

void worker_set_clock(struct worker *w, int64_t now_us, int64_t realtime_us)
{
    w->now_us = now_us;
    w->realtime_offset_us = realtime_us - now_us;
    w->abs_send_time = rtp_abs_send_time(now_us);
}

bool worker_post(struct worker *w, unsigned to, const struct mail *mail)
{
    if (!mailbox_post(&w->workers[to].mailbox, 1 + w->index, mail))
        return false;
    w->to_notify |= UINT64_C(1) << to;
    return true;
}

bool worker_post_control(struct worker *w, const struct mail *mail)
{
    if (!mailbox_post(w->control, w->index, mail))
        return false;
    w->is_control_posted = true;
    return true;
}

void worker_notify(struct worker *w)
{
    for (uint64_t left = w->to_notify; left; left &= left - 1)
        mailbox_notify(&w->workers[__builtin_ctzll(left)].mailbox);
    w->to_notify = 0;
    if (w->is_control_posted)
        mailbox_notify(w->control);
    w->is_control_posted = false;
}

void worker_send_now(struct worker *w, const struct send_path *path, const void *datagram,
                     size_t len)
{
    const struct udp_path *udp = &path->udp;
    /* sendmsg(2) only reads; its types lack the const */
    struct iovec vector = {(void *)(uintptr_t)datagram, len};
    struct msghdr m = {
        .msg_name = (void *)(uintptr_t)&udp->name,
        .msg_namelen = udp->name_len,
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = udp->control_len ? (void *)(uintptr_t)udp->control : NULL,
        .msg_controllen = udp->control_len,
    };

    if (sendmsg(w->sockets[udp->socket].fd, &m, MSG_DONTWAIT) < 0)
        worker_count(w, COUNT_DROP_SEND, 1);
}

void worker_queue_handshake(struct worker *w, struct packet_slot *slot)
{
    uint32_t host = net_address_host_hash(&slot->source);
    struct packet_slot *lost = handshake_queue_put(&w->waiting, host, slot);

    if (!lost)
        return;
    worker_count(w, COUNT_DTLS_LIMITED, 1); /* DTLS repeats what is lost */
    slab_unref(&w->slab, &lost->packet);
}
