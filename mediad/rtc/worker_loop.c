#include "mediad/rtc/worker_loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "mediad/rtc/peer_connection.h"
#include "mediad/rtc/record_tap.h"
#include "mediad/rtc/router.h"

#define EVENTS_MAX 8
#define BATCHES_PER_ROUND 8
#define SECOND_LOOKS_MAX 64
#define MAILBOX_EVENT UDP_SOCKETS_MAX /* epoll data; sockets have their index */

static const struct log_ctx log_rtc = {.room = "rtc"};

static int add_event(struct worker_loop *l, int fd, uint32_t events, uint32_t number)
{
    struct epoll_event event = {.events = events, .data.u32 = number};

    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int open_sockets(struct worker_loop *l, const struct net_address *listen, unsigned n_listen,
                        struct error *e)
{
    struct worker *w = l->worker;

    for (unsigned i = 0; i < n_listen; i++) {
        int r = udp_socket_open(&w->sockets[i], &listen[i], e);

        if (r < 0)
            return r;
        w->n_sockets++;
        if (add_event(l, w->sockets[i].fd, EPOLLIN, i) < 0)
            return error_set_errno(e, NULL, "cannot watch a socket");
    }
    return 0;
}

int worker_loop_init(struct worker_loop *l, struct worker *w, const struct net_address *listen,
                     unsigned n_listen, struct error *e)
{
    memset(l, 0, sizeof *l);
    l->worker = w;
    l->postponed_end = &l->postponed;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0)
        return error_set_errno(e, NULL, "cannot make an epoll");
    if (udp_receiver_init(&l->receiver) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (add_event(l, mailbox_fd(&w->mailbox), EPOLLIN, MAILBOX_EVENT) < 0)
        return error_set_errno(e, NULL, "cannot watch a mailbox");
    return open_sockets(l, listen, n_listen, e);
}

/* What was posted and never taken; slots go with their slabs. */
static void discard_mail(struct worker *w)
{
    struct mail mail;

    while (mailbox_take(&w->mailbox, 0, &mail)) {
        if (mail.kind == MAIL_ADD)
            peer_connection_free(mail.pointer);
        else if (mail.kind == MAIL_UPDATE)
            connection_update_free(mail.pointer);
        else if (mail.kind == MAIL_RECORD)
            record_tap_free(mail.pointer);
    }
}

void worker_loop_close(struct worker_loop *l)
{
    struct worker *w = l->worker;
    void *connection;

    if (!w)
        return;
    discard_mail(w);
    record_tap_stop_all(w);
    while ((connection = fixed_table_any(&w->connections)) != NULL)
        peer_connection_free(connection);
    for (struct packet_slot *slot; (slot = handshake_queue_take(&w->waiting)) != NULL;)
        slab_unref(&w->slab, &slot->packet);
    while (l->postponed) {
        struct packet_slot *slot = l->postponed;

        l->postponed = slot->next;
        slab_unref(&w->slab, &slot->packet);
    }
    if (l->receiver.buffers)
        udp_receiver_release(&l->receiver, &w->slab);
    for (unsigned i = 0; i < w->n_sockets; i++)
        udp_socket_close(&w->sockets[i]);
    w->n_sockets = 0;
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    l->worker = NULL;
}

/* ---- datagrams ---- */

static void postpone(struct worker_loop *l, struct packet_slot *slot)
{
    slot->next = NULL;
    *l->postponed_end = slot;
    l->postponed_end = &slot->next;
    l->n_postponed++;
}

static void pass_on(struct worker *w, unsigned to, struct packet_slot **slot)
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
static bool answer_for_us(struct worker *w, struct packet_slot **slot)
{
    struct demux_owner found;

    if (!binding_is_answer(span_of((*slot)->data, (*slot)->len)) ||
        !demux_by_address(&w->demux, &(*slot)->source, &found))
        return false;
    if (found.is_mine)
        peer_connection_stun(peer_connection_of(found.endpoint), *slot);
    else
        pass_on(w, found.worker, slot);
    return true;
}

static void dispatch_stun(struct worker *w, struct packet_slot **slot)
{
    uint32_t network = net_address_network_hash(&(*slot)->source);
    struct span ufrag;
    struct demux_owner found;

    if (source_limit_is_over(&w->unproven, network, w->now_us)) {
        worker_count(w, COUNT_STUN_LIMITED, 1);
        return;
    }
    if (answer_for_us(w, slot))
        return;
    if (!binding_peek_ufrag(span_of((*slot)->data, (*slot)->len), &ufrag) ||
        !demux_by_ufrag(&w->demux, ufrag, &found) || found.worker >= w->n_workers) {
        worker_count(w, COUNT_STUN_FORGED, 1);
        source_limit_count(&w->unproven, network, w->now_us);
        return;
    }
    if (found.is_mine)
        peer_connection_stun(peer_connection_of(found.endpoint), *slot);
    else
        pass_on(w, found.worker, slot);
}

/* Another worker may have proven this address a moment ago, and its word is still in our mailbox:
 * the first flight of a handshake is looked at once more. */
static void look_again(struct worker_loop *l, struct packet_slot **slot, enum demux_kind kind)
{
    if (kind != DEMUX_DTLS || (*slot)->is_second_look || l->n_postponed >= SECOND_LOOKS_MAX) {
        worker_count(l->worker, COUNT_DROP_ADDRESS, 1);
        return;
    }
    (*slot)->is_second_look = true;
    postpone(l, *slot);
    *slot = NULL;
}

static void dispatch(struct worker_loop *l, struct packet_slot **slot)
{
    struct worker *w = l->worker;
    struct span datagram = span_of((*slot)->data, (*slot)->len);
    enum demux_kind kind = demux_classify(datagram);
    struct demux_owner found;

    if (datagram.len == 0) {
        worker_count(w, COUNT_DROP_SIZE, 1);
    } else if (kind == DEMUX_STUN) {
        dispatch_stun(w, slot);
    } else if (kind == DEMUX_OTHER) {
        worker_count(w, COUNT_DROP_SYNTAX, 1);
    } else if (!demux_by_address(&w->demux, &(*slot)->source, &found)) {
        look_again(l, slot, kind);
    } else if (!found.is_mine) {
        pass_on(w, found.worker, slot);
    } else if (kind == DEMUX_RTP) {
        peer_connection_rtp(peer_connection_of(found.endpoint), slot);
    } else if (kind == DEMUX_RTCP) {
        peer_connection_rtcp(peer_connection_of(found.endpoint), *slot);
    } else {
        peer_connection_dtls(peer_connection_of(found.endpoint), slot);
    }
}

static void receive(struct worker_loop *l, unsigned socket)
{
    struct worker *w = l->worker;

    for (unsigned batch = 0; batch < BATCHES_PER_ROUND; batch++) {
        unsigned n = udp_receive(&l->receiver, &w->sockets[socket], socket, &w->slab);

        for (unsigned i = 0; i < n; i++)
            dispatch(l, &l->receiver.slots[i]);
        track_flush_all(w);
        if (n < UDP_BATCH)
            break;
    }
}

/* One that was kept outside the receiver's slots. */
static void dispatch_kept(struct worker_loop *l, struct packet_slot *slot)
{
    dispatch(l, &slot);
    if (slot)
        slab_unref(&l->worker->slab, &slot->packet);
}

/* Those of earlier rounds; what is postponed from here on waits for the next one. */
static struct packet_slot *unlink_postponed(struct worker_loop *l)
{
    struct packet_slot *first = l->postponed;

    l->postponed = NULL;
    l->postponed_end = &l->postponed;
    l->n_postponed = 0;
    return first;
}

static void dispatch_postponed(struct worker_loop *l, struct packet_slot *slot)
{
    while (slot) {
        struct packet_slot *next = slot->next;

        slot->next = NULL;
        dispatch_kept(l, slot);
        slot = next;
    }
}

/* As many as this round's number allows; those that came in this round wait behind them. */
static void dispatch_waiting(struct worker_loop *l)
{
    struct worker *w = l->worker;

    while (w->handshakes_left > 0) {
        struct packet_slot *slot = handshake_queue_take(&w->waiting);

        if (!slot)
            return;
        dispatch_kept(l, slot);
    }
}

/* Copied, since caches would keep the slots of a worker that has none to spare for our tracks. */
static void dispatch_crossed(struct worker_loop *l, struct packet_slot *theirs)
{
    struct worker *w = l->worker;
    struct packet_slot *slot = slab_copy(&w->slab, theirs);

    slab_unref(&w->slab, &theirs->packet);
    if (!slot) {
        worker_count(w, COUNT_DROP_SLOTS, 1);
        return;
    }
    dispatch_kept(l, slot);
}

/* ---- mail ---- */

/* An address lands here and is another worker's. The control thread has the kernel give its
 * datagrams to that one; until then, and where it cannot, they cross. It is told only of what is
 * nobody else's here, so that no check from a false address turns a third one's datagrams away. */
static void handle_route(struct worker *w, const struct mail *mail)
{
    struct mail steer = *mail;
    struct net_address address;
    bool is_changed;

    memcpy(&address, mail->data, sizeof address);
    if (mail->kind == MAIL_ROUTE_ADD) {
        /* refused while it is somebody else's; without memory its datagrams are dropped until the
         * next check tells again */
        is_changed = demux_add_foreign(&w->demux, &address, mail->number, w->now_us) == 0;
        steer.kind = MAIL_STEER;
    } else {
        is_changed = demux_remove_foreign(&w->demux, &address, mail->number);
        steer.kind = MAIL_STEER_NO_MORE;
    }
    if (is_changed)
        (void)!worker_post_control(w, &steer); /* lost: the next check, or the connection's end */
}

static void handle_control_mail(struct worker_loop *l);

static void handle_mail(struct worker_loop *l, struct mail *mail)
{
    struct worker *w = l->worker;
    struct peer_connection *pc = NULL;
    struct packet_slot *slot = mail->pointer;

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
    case MAIL_MUTE:
        pc = fixed_table_find(&w->connections, &mail->id);
        if (pc)
            peer_connection_mute(pc, mail->data[0]);
        break;
    case MAIL_WISH:
        pc = fixed_table_find(&w->connections, &mail->id);
        if (pc)
            peer_connection_wish(pc, mail);
        break;
    case MAIL_RECORD:
        record_tap_start(w, mail->pointer);
        break;
    case MAIL_RECORD_STOP:
        record_tap_stop(w, mail->id);
        break;
    case MAIL_STOP:
        l->is_stopping = true;
        break;
    case MAIL_DATAGRAM:
        dispatch_crossed(l, slot);
        break;
    case MAIL_ROUTE_ADD:
    case MAIL_ROUTE_REMOVE:
        handle_route(w, mail);
        break;
    case MAIL_TRACK_OPEN:
        /* The control thread told us of the publisher before it told the other worker of the
         * receiver, but we may have looked into its ring too early. */
        if (!fixed_table_find(&w->tracks, &mail->id))
            handle_control_mail(l);
        router_receive(w, mail);
        break;
    default:
        router_receive(w, mail);
    }
}

static void handle_control_mail(struct worker_loop *l)
{
    struct mail mail;

    while (mailbox_take(&l->worker->mailbox, 0, &mail))
        handle_mail(l, &mail);
}

static void handle_all_mail(struct worker_loop *l)
{
    struct worker *w = l->worker;
    struct mail mail;

    mailbox_begin(&w->mailbox);
    handle_control_mail(l);
    for (unsigned i = 0; i < w->n_workers; i++) {
        /* bounded, so that a busy neighbour does not keep us from our own sockets */
        for (unsigned k = 0; k < WORKER_RING_SIZE && mailbox_take(&w->mailbox, 1 + i, &mail); k++)
            handle_mail(l, &mail);
    }
    track_flush_all(w);
}

/* ---- the loop ---- */

static int timeout_ms(const struct worker_loop *l)
{
    struct worker *w = l->worker;
    int64_t left_us = timer_wheel_next_us(&w->wheel);

    if (l->postponed || w->waiting.n > 0)
        return 0;
    if (left_us == INT64_MAX)
        return 1000;
    left_us -= now_monotonic_us();
    return left_us <= 0 ? 0 : (int)((left_us + US_PER_MS - 1) / US_PER_MS);
}

static void account(struct worker_loop *l, int64_t end_us)
{
    struct worker *w = l->worker;
    uint64_t dropped = w->batch.n_dropped;

    worker_count(w, COUNT_DROP_SEND, dropped - l->dropped_seen);
    l->dropped_seen = dropped;
    l->busy_us += end_us - w->now_us;
    int64_t window_us = end_us - l->window_us;

    if (window_us < US_PER_S)
        return;
    atomic_store_explicit(&w->busy_permille, (unsigned)(l->busy_us * 1000 / window_us),
                          memory_order_relaxed);
    l->busy_us = 0;
    l->window_us = end_us;
    uint64_t overflows = 0;

    for (unsigned i = 0; i < w->n_sockets; i++)
        overflows += w->sockets[i].n_overflows;
    atomic_store_explicit(&w->counts[COUNT_DROP_KERNEL], overflows, memory_order_relaxed);
    worker_count(w, COUNT_DROP_SLOTS, l->receiver.n_discarded);
    l->receiver.n_discarded = 0;
    udp_receiver_give_back(&l->receiver, &w->slab);
    slab_trim(&w->slab);
}

static void run_round(struct worker_loop *l, const struct epoll_event *events, int n)
{
    struct worker *w = l->worker;

    worker_set_clock(w, now_monotonic_us(), now_realtime_us());
    /* what waits comes first: until it is worked off, all that is new waits, too */
    w->handshakes_left = w->waiting.n > 0 ? 0 : w->handshakes_per_round;
    /* mail first: it may say whose the datagrams are */
    bool has_mail = l->postponed;

    for (int i = 0; i < n; i++)
        has_mail = has_mail || events[i].data.u32 == MAILBOX_EVENT;
    if (has_mail)
        handle_all_mail(l);
    struct packet_slot *postponed = unlink_postponed(l);

    for (int i = 0; i < n; i++) {
        if (events[i].data.u32 != MAILBOX_EVENT && (events[i].events & EPOLLIN))
            receive(l, events[i].data.u32);
    }
    timer_wheel_run(&w->wheel, w->now_us);
    dispatch_postponed(l, postponed);
    if (w->waiting.n > 0)
        w->handshakes_left = w->handshakes_per_round;
    dispatch_waiting(l);
    track_flush_all(w);
    send_batch_flush(&w->batch);
    worker_notify(w);
    account(l, now_monotonic_us());
}

/* What a full socket left over is tried again when it is writable. */
static void watch_writable(struct worker_loop *l, bool *is_watching)
{
    struct worker *w = l->worker;
    bool wants = send_batch_is_waiting(&w->batch);

    if (wants == *is_watching)
        return;
    *is_watching = wants;
    for (unsigned i = 0; i < w->n_sockets; i++) {
        struct epoll_event event = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.u32 = i};

        (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->sockets[i].fd, &event);
    }
}

/* For those who look at threads (top -H), and for the benchmarks. */
static void name_thread(const struct worker_loop *l)
{
    char name[16]; /* pthread_setname_np(3) takes no longer ones */

    (void)snprintf(name, sizeof name, "media %u", l->worker->index);
    (void)pthread_setname_np(pthread_self(), name);
}

static void *run(void *arg)
{
    struct worker_loop *l = arg;
    struct epoll_event events[EVENTS_MAX];
    bool is_watching = false;

    name_thread(l);
    l->window_us = now_monotonic_us();
    while (!l->is_stopping) {
        int n = epoll_wait(l->epoll_fd, events, EVENTS_MAX, timeout_ms(l));

        if (n < 0 && errno != EINTR) {
            log_error(&log_rtc, "media worker %u cannot wait: %s", l->worker->index,
                      strerror(errno));
            break;
        }
        run_round(l, events, n < 0 ? 0 : n);
        watch_writable(l, &is_watching);
    }
    return NULL;
}

int worker_loop_start(struct worker_loop *l, struct error *e)
{
    int r = pthread_create(&l->thread, NULL, run, l);

    if (r != 0) {
        errno = r;
        return error_set_errno(e, NULL, "cannot start a media worker");
    }
    l->is_started = true;
    return 0;
}

void worker_loop_join(struct worker_loop *l)
{
    if (l->is_started)
        pthread_join(l->thread, NULL);
    l->is_started = false;
}
