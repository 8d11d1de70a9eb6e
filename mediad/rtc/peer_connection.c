#include "mediad/rtc/peer_connection.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/down_connection.h"
#include "mediad/rtc/peer_connection_host.h"
#include "mediad/rtc/rtcp_feedback.h"
#include "mediad/rtc/up_connection.h"

#define TICK_US INT64_C(500000)

static const char no_path[] = "no connection over UDP within 30 s";

struct peer_connection *peer_connection_new(uint64_t id, uint64_t client_id, bool is_up,
                                            struct connection_stats *stats)
{
    struct peer_connection *pc = calloc(1, sizeof *pc);

    if (!pc)
        return NULL;
    pc->id = id;
    pc->client_id = client_id;
    pc->is_up = is_up;
    pc->up = is_up ? up_connection_new() : NULL;
    pc->down = is_up ? NULL : down_connection_new();
    if (!pc->up && !pc->down) {
        free(pc);
        return NULL;
    }
    pc->stats = stats;
    return pc;
}

/* ---- events for the control thread ---- */

static void deliver_events(struct peer_connection *pc)
{
    for (unsigned event = 0; event < CONNECTION_EVENTS; event++) {
        struct mail mail = {.kind = MAIL_EVENT,
                            .id = pc->id,
                            .number = event,
                            /* a mail's pointer is not const; this one is only read */
                            .pointer = (void *)(uintptr_t)pc->why_failed,
                            .data = {(uint64_t)(pc->took_us / US_PER_MS)}};

        if ((pc->events & (1u << event)) && worker_post_control(pc->worker, &mail))
            pc->events &= ~(1u << event);
    }
}

void peer_connection_event(struct peer_connection *pc, enum connection_event event)
{
    /* what did not fit into the ring is offered again at the next tick */
    pc->events |= 1u << event;
    deliver_events(pc);
}

static void fail(struct peer_connection *pc, const char *why)
{
    if (pc->is_failed)
        return;
    pc->is_failed = true;
    if (pc->is_connected)
        worker_count(pc->worker, COUNT_CONNECTED, (uint64_t)-1);
    pc->is_connected = false;
    pc->events &= ~(1u << CONNECTION_CONNECTED);
    pc->why_failed = why;
    peer_connection_event(pc, CONNECTION_FAILED);
}

static void check_connected(struct peer_connection *pc)
{
    if (pc->is_connected || !peer_connection_path(pc))
        return;
    pc->is_connected = true;
    pc->is_failed = false;
    pc->events &= ~(1u << CONNECTION_FAILED);
    worker_count(pc->worker, COUNT_CONNECTED, 1);
    pc->took_us = pc->worker->now_us - pc->started_us;
    peer_connection_event(pc, CONNECTION_CONNECTED);
    if (pc->down)
        down_connection_start(pc);
}

/* ---- DTLS ---- */

static void queue_dtls(struct peer_connection *pc, const struct udp_path *path,
                       struct span datagram)
{
    memcpy(send_batch_slot(&pc->worker->batch), datagram.data, datagram.len);
    send_batch_add(&pc->worker->batch, path, datagram.len, SEND_CONTROL);
}

static void send_dtls(void *user, const void *datagram, size_t len)
{
    struct peer_connection *pc = user;
    const struct udp_path *path = pc->ice->ops->path(pc->ice);

    if (!path || len > SEND_SLOT_SIZE)
        return;
    if (pc->held.n || !pc->ice->ops->may_send(pc->ice, len))
        held_flight_add(&pc->held, span_of(datagram, len));
    else
        queue_dtls(pc, path, span_of(datagram, len));
}

/* More has come from the address, or it has proven itself. */
static void send_held(struct peer_connection *pc)
{
    while (pc->held.n) {
        const struct udp_path *path = pc->ice->ops->path(pc->ice);
        struct span first = held_flight_first(&pc->held);

        if (!path || !pc->ice->ops->may_send(pc->ice, first.len))
            return;
        queue_dtls(pc, path, first);
        held_flight_drop_first(&pc->held);
    }
}

static void after_ice(struct peer_connection *pc, enum ice_event event);

/* @param last the peer's datagram that ended the handshake, or NULL */
static void take_keys(struct peer_connection *pc, const struct slot *last)
{
    struct dtls_keys keys;

    if (dtls_transport_keys(pc->dtls, &keys) < 0 || secure_rtp_init(&pc->rtp, &keys) < 0) {
        fail(pc, "no keys");
    } else {
        pc->has_keys = true;
        pc->keys_us = pc->worker->now_us;
        worker_count(pc->worker, COUNT_DTLS_DONE, 1);
        pc->ice->ops->set_secured(pc->ice, true);
        if (last)
            after_ice(pc, pc->ice->ops->proven(pc->ice, last, pc->worker->now_us));
        check_connected(pc);
    }
    explicit_bzero(&keys, sizeof keys);
}

/* @param datagram what led to this state; NULL: time */
static void after_dtls(struct peer_connection *pc, enum dtls_state state,
                       const struct slot *datagram)
{
    if (state == DTLS_CONNECTED && !pc->has_keys)
        take_keys(pc, datagram);
    if (state == DTLS_FAILED) {
        worker_count(pc->worker, COUNT_DTLS_FAILED, 1);
        fail(pc, pc->ice->ops->path(pc->ice) ? dtls_transport_reason(pc->dtls) : no_path);
    }
    /* the peer's close_notify ends nothing by itself: its signalling does, or its consent */
    int64_t due_us = dtls_transport_due_us(pc->dtls);

    if (state == DTLS_HANDSHAKING && due_us != INT64_MAX)
        timer_wheel_set(&pc->worker->wheel, &pc->dtls_timer, due_us);
    else
        timer_cancel(&pc->dtls_timer);
}

static void dtls_timer_fired(struct timer *timer, int64_t now_us)
{
    struct peer_connection *pc = CONTAINER_OF(timer, struct peer_connection, dtls_timer);

    if (pc->dtls)
        after_dtls(pc, dtls_transport_tick(pc->dtls, now_us), NULL);
}

/* The handshake anew. As its client we wait for a path (path_appeared()): a first flight that
 * nobody can receive would be repeated a second later only. */
static void start_dtls(struct peer_connection *pc)
{
    struct worker *w = pc->worker;
    bool is_client = !pc->remote.is_dtls_client;

    secure_rtp_release(&pc->rtp);
    pc->has_keys = false;
    pc->ice->ops->set_secured(pc->ice, false);
    held_flight_release(&pc->held);
    pc->is_shaking = false;
    timer_cancel(&pc->dtls_timer);
    dtls_transport_free(pc->dtls);
    pc->dtls = NULL;
    if (is_client && !pc->ice->ops->path(pc->ice))
        return;
    if (dtls_transport_new(&pc->dtls, w->identity, is_client, pc->remote.fingerprints,
                           pc->remote.n_fingerprints, send_dtls, pc, w->now_us) < 0) {
        fail(pc, "no memory for DTLS");
        return;
    }
    after_dtls(pc, dtls_transport_tick(pc->dtls, w->now_us), NULL);
}

/* What we sent as the client went nowhere, or to the old path, unless the peer has answered. */
static void path_appeared(struct peer_connection *pc)
{
    bool is_client = pc->has_remote && !pc->remote.is_dtls_client;

    if (is_client && !pc->has_keys && !pc->is_shaking)
        start_dtls(pc);
}

static void keep_early(struct peer_connection *pc, struct slot **slot)
{
    if (pc->n_early == EARLY_MAX)
        return; /* the peer repeats it */
    pc->early[pc->n_early++] = *slot;
    *slot = NULL;
}

static void drop_early(struct peer_connection *pc)
{
    while (pc->n_early > 0)
        slab_unref(&pc->worker->slab, &pc->early[--pc->n_early]->packet);
}

void peer_connection_dtls(struct peer_connection *pc, struct slot **slot)
{
    struct worker *w = pc->worker;

    if (!pc->has_remote || !pc->ice->ops->path(pc->ice)) {
        /* a browser may start before its answer or its nomination is here */
        keep_early(pc, slot);
        return;
    }
    if (!pc->dtls || dtls_transport_state(pc->dtls) >= DTLS_FAILED)
        return;
    if (!pc->has_keys) {
        if (w->handshakes_left == 0) {
            worker_queue_handshake(w, *slot);
            *slot = NULL;
            return;
        }
        w->handshakes_left--;
        pc->is_shaking = true;
    }
    pc->ice->ops->received(pc->ice, *slot);
    send_held(pc);
    after_dtls(pc,
               dtls_transport_receive(pc->dtls, span_of((*slot)->data, (*slot)->len), w->now_us),
               *slot);
}

static void take_early(struct peer_connection *pc)
{
    struct slot *early[EARLY_MAX];
    unsigned n = pc->n_early;

    if (n == 0)
        return;
    memcpy(early, pc->early, n * sizeof early[0]);
    pc->n_early = 0;
    for (unsigned i = 0; i < n; i++) {
        peer_connection_dtls(pc, &early[i]);
        if (early[i])
            slab_unref(&pc->worker->slab, &early[i]->packet);
    }
}

/* ---- ICE ---- */

static void after_ice(struct peer_connection *pc, enum ice_event event)
{
    switch (event) {
    case ICE_NOTHING:
        break;
    case ICE_CONNECTED:
        worker_count(pc->worker, COUNT_ICE_CONNECTED, 1);
        path_appeared(pc);
        take_early(pc);
        check_connected(pc);
        break;
    case ICE_MOVED:
        worker_count(pc->worker, COUNT_ICE_MOVED, 1);
        path_appeared(pc);
        break;
    case ICE_LOST:
        worker_count(pc->worker, COUNT_ICE_LOST, 1);
        fail(pc, pc->is_connected ? "no consent for 30 s" : no_path);
        break;
    }
}

void peer_connection_stun(struct peer_connection *pc, struct slot *slot)
{
    after_ice(pc, pc->ice->ops->receive(pc->ice, slot, pc->worker->now_us));
    send_held(pc);
}

/* The peer itself sent this packet. An ordinary one came by the path in use. */
static void after_authentic(struct peer_connection *pc, const struct slot *slot)
{
    const struct udp_path *path = pc->ice->ops->path(pc->ice);

    if (!path || !net_address_eq(&path->remote, &slot->source) ||
        !net_address_eq(&path->local, &slot->local))
        after_ice(pc, pc->ice->ops->proven(pc->ice, slot, pc->worker->now_us));
}

/* ---- life ---- */

/* Everything here has a fixed size or is a ring: this is what the connection may take at most
 * (S59); slots take real memory only when packets come. */
static void count_memory(struct peer_connection *pc)
{
    size_t size = sizeof *pc + sizeof *pc->stats + pc->ice->ops->size_bytes;

    size += pc->up ? up_connection_size(pc->up) : down_connection_size(pc->down);
    if (pc->dtls)
        size += DTLS_SESSION_BYTES;
    if (pc->rtp.send)
        size += SECURE_RTP_BYTES;
    worker_count(pc->worker, COUNT_CONNECTION_BYTES, size - pc->counted_bytes);
    pc->counted_bytes = size;
}

static void tick(struct timer *timer, int64_t now_us)
{
    struct peer_connection *pc = CONTAINER_OF(timer, struct peer_connection, tick_timer);

    timer_wheel_set(&pc->worker->wheel, timer, timer->due_us + TICK_US);
    after_ice(pc, pc->ice->ops->tick(pc->ice, now_us));
    take_early(pc);
    if (pc->dtls && pc->has_keys && now_us - pc->keys_us >= DTLS_LINGER_US) {
        dtls_transport_free(pc->dtls);
        pc->dtls = NULL;
    }
    pc->n_ticks++;
    if (pc->up)
        up_connection_tick(pc);
    else
        down_connection_tick(pc);
    count_memory(pc);
    deliver_events(pc);
}

void peer_connection_start(struct worker *w, struct peer_connection *pc)
{
    pc->worker = w;
    pc->started_us = w->now_us;
    if (ice_shared_new(&pc->ice, &peer_connection_host, pc, &w->binding, w->sockets, w->now_us) <
            0 ||
        client_join(&pc->client, &w->clients, pc->client_id) < 0 ||
        fixed_table_set(&w->connections, &pc->id, pc) < 0) {
        pc->why_failed = "out of memory";
        peer_connection_event(pc, CONNECTION_FAILED);
        peer_connection_free(pc);
        return;
    }
    worker_count(w, COUNT_CONNECTIONS, 1);
    pc->tick_timer.fire = tick;
    pc->dtls_timer.fire = dtls_timer_fired;
    /* spread over the half second, so that reports do not leave in bursts */
    timer_wheel_set(&w->wheel, &pc->tick_timer,
                    w->now_us + (int64_t)(pc->id * 7919 % 50 + 1) * TIMER_WHEEL_TICK_US);
}

void peer_connection_free(struct peer_connection *pc)
{
    struct worker *w = pc->worker;

    timer_cancel(&pc->tick_timer);
    timer_cancel(&pc->dtls_timer);
    if (w && fixed_table_find(&w->connections, &pc->id) == pc) {
        fixed_table_remove(&w->connections, &pc->id);
        worker_count(w, COUNT_CONNECTIONS, (uint64_t)-1);
        worker_count(w, COUNT_CONNECTION_BYTES, 0 - (uint64_t)pc->counted_bytes);
    }
    if (pc->is_connected)
        worker_count(w, COUNT_CONNECTED, (uint64_t)-1);
    client_leave(&pc->client);
    up_connection_free(pc->up);
    down_connection_free(pc->down);
    if (pc->dtls)
        dtls_transport_close(pc->dtls);
    dtls_transport_free(pc->dtls);
    secure_rtp_release(&pc->rtp);
    held_flight_release(&pc->held);
    drop_early(pc);
    if (pc->ice)
        pc->ice->ops->free(pc->ice);
    connection_stats_unref(pc->stats);
    free(pc);
}

static void take_remote(struct peer_connection *pc, const struct connection_update *u)
{
    bool needs_dtls = !pc->has_remote || (pc->is_failed && !pc->has_keys) ||
                      !remote_transport_same_fingerprints(&pc->remote, &u->remote);

    pc->remote = u->remote;
    pc->has_remote = true;
    /* another attempt, whose failure is told as well */
    if (u->is_fresh_remote || needs_dtls)
        pc->is_failed = false;
    pc->ice->ops->set_remote(pc->ice, u->remote.ufrag, u->remote.pwd, pc->worker->now_us);
    if (needs_dtls)
        start_dtls(pc);
}

void peer_connection_update(struct peer_connection *pc, struct connection_update *u)
{
    int r = 0;

    if (u->has_local)
        r = pc->ice->ops->set_local(pc->ice, &u->local);
    if (u->has_remote)
        take_remote(pc, u);
    if (r == 0 && u->up)
        r = up_connection_update(pc, u);
    if (r == 0 && u->has_down)
        r = down_connection_update(pc, u);
    connection_update_free(u);
    if (r < 0) {
        fail(pc, err_text(r));
        return;
    }
    take_early(pc);
    check_connected(pc);
}

/* ---- RTP and RTCP ---- */

static void count_refused(struct peer_connection *pc, int r)
{
    worker_count(pc->worker,
                 r == ERR_WRONG_STATE ? COUNT_DROP_NO_KEYS
                 : r == ERR_EXISTS    ? COUNT_SRTP_REPLAY
                 : r == ERR_SYNTAX    ? COUNT_DROP_SYNTAX
                 : r == ERR_TOO_LARGE ? COUNT_DROP_SSRC
                                      : COUNT_SRTP_AUTH,
                 1);
}

void peer_connection_rtp(struct peer_connection *pc, struct slot **slot)
{
    size_t len = (*slot)->len;
    int r = secure_rtp_unprotect(&pc->rtp, (*slot)->data, &len);

    if (r < 0) {
        count_refused(pc, r);
        return;
    }
    (*slot)->len = (uint16_t)len;
    after_authentic(pc, *slot);
    worker_count(pc->worker, COUNT_RTP_IN, 1);
    worker_count(pc->worker, COUNT_RTP_IN_BYTES, len);
    if (pc->up)
        up_connection_rtp(pc, slot);
    else
        worker_count(pc->worker, COUNT_DROP_SSRC, 1);
}

void peer_connection_rtcp(struct peer_connection *pc, struct slot *slot)
{
    size_t len = slot->len;
    int r = secure_rtp_unprotect_rtcp(&pc->rtp, slot->data, &len);

    if (r < 0) {
        count_refused(pc, r);
        return;
    }
    after_authentic(pc, slot);
    worker_count(pc->worker, COUNT_RTCP_IN, 1);
    if (pc->up)
        rtcp_feedback_up(pc, span_of(slot->data, len));
    else
        rtcp_feedback_down(pc, span_of(slot->data, len));
}

void peer_connection_send_rtcp(struct peer_connection *pc, uint8_t *slot, size_t len)
{
    const struct udp_path *path = peer_connection_path(pc);

    if (!path || secure_rtp_protect_rtcp(&pc->rtp, slot, &len, SEND_SLOT_SIZE) < 0)
        return;
    send_batch_add(&pc->worker->batch, path, len, SEND_CONTROL);
    worker_count(pc->worker, COUNT_RTCP_OUT, 1);
}
