#include "mediad/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "common/log.h"
#include "common/now.h"
#include "mediad/rtc/peer_connection.h"
#include "mediad/rtc/router.h"
#include "mediad/rtc/rtp.h"

#define EVENTS_MAX 8
#define BATCHES_PER_ROUND 8
#define SECOND_LOOKS_MAX 64
/* Slots that are in use whatever the number of tracks: the receive batch, and datagrams on their
 * way to other workers or waiting for their turn. */
#define SLOTS_BASE 2048
#define MAILBOX_EVENT UDP_SOCKETS_MAX /* epoll data; sockets have their index */

static const struct log_ctx log_rtc = {.room = "rtc"};

static int add_event(struct worker *w, int fd, uint32_t events, uint32_t number)
{
    struct epoll_event event = {.events = events, .data.u32 = number};

    return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int open_sockets(struct worker *w, const struct net_address *listen, unsigned n_listen,
                        struct error *e)
{
    for (unsigned i = 0; i < n_listen; i++) {
        int r = udp_socket_open(&w->sockets[i], &listen[i], e);

        if (r < 0)
            return r;
        w->n_sockets++;
        if (add_event(w, w->sockets[i].fd, EPOLLIN, i) < 0)
            return error_set_errno(e, NULL, "cannot watch a socket");
    }
    return 0;
}

int worker_init(struct worker *w, unsigned index, struct worker *workers, unsigned n_workers,
                struct mailbox *control, const struct dtls_identity *identity,
                const struct net_address *listen, unsigned n_listen, struct error *e)
{
    uint64_t seed;

    memset(w, 0, sizeof *w);
    w->index = index;
    w->workers = workers;
    w->n_workers = n_workers;
    w->control = control;
    w->identity = identity;
    w->postponed_end = &w->postponed;
    w->now_us = now_monotonic_us();
    slab_init(&w->slab, index);
    timer_wheel_init(&w->wheel, w->now_us);
    binding_init(&w->binding);
    source_limit_init(&w->unproven, SOURCE_LIMIT_STUN_PER_S);
    w->handshakes_per_round = WORKER_HANDSHAKES_PER_ROUND;
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll_fd < 0)
        return error_set_errno(e, NULL, "cannot make an epoll");
    if (gnutls_rnd(GNUTLS_RND_RANDOM, &seed, sizeof seed) < 0)
        return error_set(e, ERR_CRYPTO, NULL, "no random numbers");
    demux_init(&w->demux, index, seed);
    fixed_table_init(&w->connections, sizeof(uint64_t), 0);
    fixed_table_init(&w->tracks, sizeof(uint64_t), 0);
    if (mailbox_init(&w->mailbox, 1 + n_workers, WORKER_RING_SIZE) < 0 ||
        udp_receiver_init(&w->receiver) < 0 || slab_reserve(&w->slab, SLOTS_BASE) < 0 ||
        send_batch_init(&w->batch, w->sockets, n_listen) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (add_event(w, mailbox_fd(&w->mailbox), EPOLLIN, MAILBOX_EVENT) < 0)
        return error_set_errno(e, NULL, "cannot watch a mailbox");
    return open_sockets(w, listen, n_listen, e);
}

/* What was posted and never taken; slots go with their slabs. */
static void discard_mail(struct worker *w)
{
    struct mail mail;

    while (w->mailbox.rings && mailbox_take(&w->mailbox, 0, &mail)) {
        if (mail.kind == MAIL_ADD)
            peer_connection_free(mail.pointer);
        else if (mail.kind == MAIL_UPDATE)
            connection_update_free(mail.pointer);
    }
}

void worker_close(struct worker *w)
{
    void *connection;

    discard_mail(w);
    while ((connection = fixed_table_any(&w->connections)) != NULL)
        peer_connection_free(connection);
    for (struct slot *slot; (slot = handshake_queue_take(&w->waiting)) != NULL;)
        slab_unref(&w->slab, &slot->packet);
    while (w->postponed) {
        struct slot *slot = w->postponed;

        w->postponed = slot->next;
        slab_unref(&w->slab, &slot->packet);
    }
    if (w->receiver.buffers)
        udp_receiver_release(&w->receiver, &w->slab);
}

void worker_release(struct worker *w)
{
    send_batch_release(&w->batch);
    demux_release(&w->demux);
    fixed_table_release(&w->connections);
    fixed_table_release(&w->tracks);
    mailbox_release(&w->mailbox);
    slab_release(&w->slab);
    for (unsigned i = 0; i < w->n_sockets; i++)
        udp_socket_close(&w->sockets[i]);
    if (w->epoll_fd > 0)
        close(w->epoll_fd);
    w->epoll_fd = 0;
}

/* ---- posting and sending ---- */

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

static void notify_others(struct worker *w)
{
    for (uint64_t left = w->to_notify; left; left &= left - 1)
        mailbox_notify(&w->workers[__builtin_ctzll(left)].mailbox);
    w->to_notify = 0;
    if (w->is_control_posted)
        mailbox_notify(w->control);
    w->is_control_posted = false;
}

void worker_send_now(struct worker *w, const struct udp_path *path, const void *datagram,
                     size_t len)
{
    /* sendmsg(2) only reads; its types lack the const */
    struct iovec vector = {(void *)(uintptr_t)datagram, len};
    struct msghdr m = {
        .msg_name = (void *)(uintptr_t)&path->name,
        .msg_namelen = path->name_len,
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = path->control_len ? (void *)(uintptr_t)path->control : NULL,
        .msg_controllen = path->control_len,
    };

    if (sendmsg(w->sockets[path->socket].fd, &m, MSG_DONTWAIT) < 0)
        worker_count(w, COUNT_DROP_SEND, 1);
}

/* ---- datagrams ---- */

void worker_queue_handshake(struct worker *w, struct slot *slot)
{
    uint32_t host = net_address_host_hash(&slot->source);
    struct slot *lost = handshake_queue_put(&w->waiting, host, slot);

    if (!lost)
        return;
    worker_count(w, COUNT_DTLS_LIMITED, 1); /* DTLS repeats what is lost */
    slab_unref(&w->slab, &lost->packet);
}

static void postpone(struct worker *w, struct slot *slot)
{
    slot->next = NULL;
    *w->postponed_end = slot;
    w->postponed_end = &slot->next;
    w->n_postponed++;
}

static void pass_on(struct worker *w, unsigned to, struct slot **slot)
{
    struct mail mail = {.kind = MAIL_DATAGRAM, .pointer = *slot};

    if (to < w->n_workers && worker_post(w, to, &mail)) {
        worker_count(w, COUNT_CROSSED_DATAGRAMS, 1);
        *slot = NULL;
    } else {
        worker_count(w, COUNT_DROP_RING, 1);
    }
}

/* Answers to checks of ours carry no user name: they go by their address. @return false: it is
 * none, or of nobody's */
static bool take_answer(struct worker *w, struct slot **slot)
{
    struct demux_hit hit;

    if (!binding_is_answer(span_of((*slot)->data, (*slot)->len)) ||
        !demux_by_address(&w->demux, &(*slot)->source, &hit))
        return false;
    if (hit.is_mine)
        peer_connection_stun(hit.owner, *slot);
    else
        pass_on(w, hit.worker, slot);
    return true;
}

static void take_stun(struct worker *w, struct slot **slot)
{
    uint32_t network = net_address_network_hash(&(*slot)->source);
    struct span ufrag;
    struct demux_hit hit;

    if (source_limit_is_over(&w->unproven, network, w->now_us)) {
        worker_count(w, COUNT_STUN_LIMITED, 1);
        return;
    }
    if (take_answer(w, slot))
        return;
    if (!binding_peek_ufrag(span_of((*slot)->data, (*slot)->len), &ufrag) ||
        !demux_by_ufrag(&w->demux, ufrag, &hit) || hit.worker >= w->n_workers) {
        worker_count(w, COUNT_STUN_FORGED, 1);
        source_limit_count(&w->unproven, network, w->now_us);
        return;
    }
    if (hit.is_mine)
        peer_connection_stun(hit.owner, *slot);
    else
        pass_on(w, hit.worker, slot);
}

/* Another worker may have proven this address a moment ago, and its word is still in our mailbox:
 * the first flight of a handshake is looked at once more. */
static void take_unknown(struct worker *w, struct slot **slot, enum demux_kind kind)
{
    if (kind != DEMUX_DTLS || (*slot)->is_second_look || w->n_postponed >= SECOND_LOOKS_MAX) {
        worker_count(w, COUNT_DROP_ADDRESS, 1);
        return;
    }
    (*slot)->is_second_look = true;
    postpone(w, *slot);
    *slot = NULL;
}

static void take_datagram(struct worker *w, struct slot **slot)
{
    struct span datagram = span_of((*slot)->data, (*slot)->len);
    enum demux_kind kind = demux_classify(datagram);
    struct demux_hit hit;

    if (datagram.len == 0) {
        worker_count(w, COUNT_DROP_SIZE, 1);
    } else if (kind == DEMUX_STUN) {
        take_stun(w, slot);
    } else if (kind == DEMUX_OTHER) {
        worker_count(w, COUNT_DROP_SYNTAX, 1);
    } else if (!demux_by_address(&w->demux, &(*slot)->source, &hit)) {
        take_unknown(w, slot, kind);
    } else if (!hit.is_mine) {
        pass_on(w, hit.worker, slot);
    } else if (kind == DEMUX_RTP) {
        peer_connection_rtp(hit.owner, slot);
    } else if (kind == DEMUX_RTCP) {
        peer_connection_rtcp(hit.owner, *slot);
    } else {
        peer_connection_dtls(hit.owner, slot);
    }
}

static void receive(struct worker *w, unsigned socket)
{
    for (unsigned batch = 0; batch < BATCHES_PER_ROUND; batch++) {
        unsigned n = udp_receive(&w->receiver, &w->sockets[socket], socket, &w->slab);

        for (unsigned i = 0; i < n; i++)
            take_datagram(w, &w->receiver.slots[i]);
        track_flush_all(w);
        if (n < UDP_BATCH)
            break;
    }
}

/* Those of earlier rounds; what is postponed from here on waits for the next one. */
static struct slot *take_off_postponed(struct worker *w)
{
    struct slot *first = w->postponed;

    w->postponed = NULL;
    w->postponed_end = &w->postponed;
    w->n_postponed = 0;
    return first;
}

static void take_postponed(struct worker *w, struct slot *slot)
{
    while (slot) {
        struct slot *next = slot->next;

        slot->next = NULL;
        take_datagram(w, &slot);
        if (slot)
            slab_unref(&w->slab, &slot->packet);
        slot = next;
    }
}

/* As many as this round's number allows; those that came in this round wait behind them. */
static void take_waiting(struct worker *w)
{
    while (w->handshakes_left > 0) {
        struct slot *slot = handshake_queue_take(&w->waiting);

        if (!slot)
            return;
        take_datagram(w, &slot);
        if (slot)
            slab_unref(&w->slab, &slot->packet);
    }
}

/* Copied, since caches would keep the slots of a worker that has none to spare for our tracks. */
static void take_crossed(struct worker *w, struct slot *theirs)
{
    struct slot *slot = slab_copy(&w->slab, theirs);

    slab_unref(&w->slab, &theirs->packet);
    if (!slot) {
        worker_count(w, COUNT_DROP_SLOTS, 1);
        return;
    }
    take_datagram(w, &slot);
    if (slot)
        slab_unref(&w->slab, &slot->packet);
}

/* ---- mail ---- */

static void take_mail(struct worker *w, struct mail *mail)
{
    struct peer_connection *pc = NULL;
    struct slot *slot = mail->pointer;
    struct net_address address;

    switch (mail->kind) {
    case MAIL_ADD:
        peer_connection_start(w, mail->pointer);
        break;
    case MAIL_UPDATE:
        pc = fixed_table_find(&w->connections, &mail->id);
        if (pc)
            peer_connection_update(pc, mail->pointer);
        else
            connection_update_free(mail->pointer);
        break;
    case MAIL_CLOSE:
        pc = fixed_table_find(&w->connections, &mail->id);
        if (pc)
            peer_connection_free(pc);
        break;
    case MAIL_STOP:
        w->is_stopping = true;
        break;
    case MAIL_DATAGRAM:
        take_crossed(w, slot);
        break;
    case MAIL_ROUTE_ADD:
        memcpy(&address, mail->data, sizeof address);
        /* refused while it is somebody else's; without memory its datagrams are dropped until the
         * next check tells again */
        (void)!demux_add_foreign(&w->demux, &address, mail->number, w->now_us);
        break;
    case MAIL_ROUTE_REMOVE:
        memcpy(&address, mail->data, sizeof address);
        demux_remove_foreign(&w->demux, &address, mail->number);
        break;
    default:
        router_receive(w, mail);
    }
}

void worker_take_control_mail(struct worker *w)
{
    struct mail mail;

    while (mailbox_take(&w->mailbox, 0, &mail))
        take_mail(w, &mail);
}

static void take_all_mail(struct worker *w)
{
    struct mail mail;

    mailbox_begin(&w->mailbox);
    worker_take_control_mail(w);
    for (unsigned i = 0; i < w->n_workers; i++) {
        /* bounded, so that a busy neighbour does not keep us from our own sockets */
        for (unsigned k = 0; k < WORKER_RING_SIZE && mailbox_take(&w->mailbox, 1 + i, &mail); k++)
            take_mail(w, &mail);
    }
    track_flush_all(w);
}

/* ---- the loop ---- */

static int timeout_ms(struct worker *w)
{
    int64_t left_us = timer_wheel_next_us(&w->wheel);

    if (w->postponed || w->waiting.n > 0)
        return 0;
    if (left_us == INT64_MAX)
        return 1000;
    left_us -= now_monotonic_us();
    return left_us <= 0 ? 0 : (int)((left_us + US_PER_MS - 1) / US_PER_MS);
}

static void account(struct worker *w, int64_t end_us)
{
    uint64_t dropped = w->batch.n_dropped;

    worker_count(w, COUNT_DROP_SEND, dropped - w->dropped_seen);
    w->dropped_seen = dropped;
    w->busy_us += end_us - w->now_us;
    int64_t window_us = end_us - w->window_us;

    if (window_us < US_PER_S)
        return;
    atomic_store_explicit(&w->busy_permille, (unsigned)(w->busy_us * 1000 / window_us),
                          memory_order_relaxed);
    w->busy_us = 0;
    w->window_us = end_us;
    uint64_t overflows = 0;

    for (unsigned i = 0; i < w->n_sockets; i++)
        overflows += w->sockets[i].n_overflows;
    atomic_store_explicit(&w->counts[COUNT_DROP_KERNEL], overflows, memory_order_relaxed);
    worker_count(w, COUNT_DROP_SLOTS, w->receiver.n_discarded);
    w->receiver.n_discarded = 0;
}

static void run_round(struct worker *w, const struct epoll_event *events, int n)
{
    w->now_us = now_monotonic_us();
    w->realtime_offset_us = now_realtime_us() - w->now_us;
    w->abs_send_time = rtp_abs_send_time(w->now_us);
    /* what waits comes first: until it is worked off, all that is new waits, too */
    w->handshakes_left = w->waiting.n > 0 ? 0 : w->handshakes_per_round;
    /* mail first: it may say whose the datagrams are */
    bool has_mail = w->postponed;

    for (int i = 0; i < n; i++)
        has_mail = has_mail || events[i].data.u32 == MAILBOX_EVENT;
    if (has_mail)
        take_all_mail(w);
    struct slot *postponed = take_off_postponed(w);

    for (int i = 0; i < n; i++) {
        if (events[i].data.u32 != MAILBOX_EVENT && (events[i].events & EPOLLIN))
            receive(w, events[i].data.u32);
    }
    timer_wheel_run(&w->wheel, w->now_us);
    take_postponed(w, postponed);
    if (w->waiting.n > 0)
        w->handshakes_left = w->handshakes_per_round;
    take_waiting(w);
    track_flush_all(w);
    send_batch_flush(&w->batch);
    notify_others(w);
    account(w, now_monotonic_us());
}

/* What a full socket left over is tried again when it is writable. */
static void watch_writable(struct worker *w, bool *is_watching)
{
    bool wants = send_batch_is_waiting(&w->batch);

    if (wants == *is_watching)
        return;
    *is_watching = wants;
    for (unsigned i = 0; i < w->n_sockets; i++) {
        struct epoll_event event = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.u32 = i};

        (void)epoll_ctl(w->epoll_fd, EPOLL_CTL_MOD, w->sockets[i].fd, &event);
    }
}

static void *run(void *arg)
{
    struct worker *w = arg;
    struct epoll_event events[EVENTS_MAX];
    bool is_watching = false;

    w->window_us = now_monotonic_us();
    while (!w->is_stopping) {
        int n = epoll_wait(w->epoll_fd, events, EVENTS_MAX, timeout_ms(w));

        if (n < 0 && errno != EINTR) {
            log_error(&log_rtc, "media worker %u cannot wait: %s", w->index, strerror(errno));
            break;
        }
        run_round(w, events, n < 0 ? 0 : n);
        watch_writable(w, &is_watching);
    }
    return NULL;
}

int worker_start(struct worker *w, struct error *e)
{
    int r = pthread_create(&w->thread, NULL, run, w);

    if (r != 0) {
        errno = r;
        return error_set_errno(e, NULL, "cannot start a media worker");
    }
    w->is_started = true;
    return 0;
}

void worker_join(struct worker *w)
{
    if (w->is_started)
        pthread_join(w->thread, NULL);
    w->is_started = false;
}
