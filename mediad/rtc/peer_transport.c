#include "mediad/rtc/peer_transport.h"

#include <string.h>

#include "common/macros.h"
#include "common/now.h"

static const char no_path[] = "no connection over UDP within 30 s";

void peer_transport_fail(struct peer_transport *t, const char *why)
{
    if (t->is_failed)
        return;
    t->is_failed = true;
    if (t->is_connected)
        worker_count(t->worker, COUNT_CONNECTED, (uint64_t)-1);
    t->is_connected = false;
    t->events->failed(t->user, why);
}

static void check_connected(struct peer_transport *t)
{
    if (t->is_connected || !peer_transport_path(t))
        return;
    t->is_connected = true;
    t->is_failed = false;
    worker_count(t->worker, COUNT_CONNECTED, 1);
    t->events->connected(t->user, t->worker->now_us - t->started_us);
}

/* ---- DTLS ---- */

static void queue_dtls(struct peer_transport *t, const struct send_path *path, struct span datagram)
{
    memcpy(send_batch_slot(&t->worker->batch), datagram.data, datagram.len);
    send_batch_add(&t->worker->batch, path, datagram.len, SEND_CONTROL);
}

static void send_dtls(void *user, const void *datagram, size_t len)
{
    struct peer_transport *t = user;
    const struct send_path *path = t->endpoint.ice->ops->path(t->endpoint.ice);

    if (!path || len > SEND_SLOT_SIZE)
        return;
    if (t->held.n || !t->endpoint.ice->ops->may_send(t->endpoint.ice, len))
        held_flight_add(&t->held, span_of(datagram, len));
    else
        queue_dtls(t, path, span_of(datagram, len));
}

/* More has come from the address, or it has proven itself. */
static void send_held(struct peer_transport *t)
{
    while (t->held.n) {
        const struct send_path *path = t->endpoint.ice->ops->path(t->endpoint.ice);
        struct span first = held_flight_first(&t->held);

        if (!path || !t->endpoint.ice->ops->may_send(t->endpoint.ice, first.len))
            return;
        queue_dtls(t, path, first);
        held_flight_drop_first(&t->held);
    }
}

static void after_ice(struct peer_transport *t, enum ice_event event);

/* @param last the peer's datagram that ended the handshake, or NULL */
static void adopt_keys(struct peer_transport *t, const struct packet_slot *last)
{
    struct dtls_keys keys;

    if (dtls_transport_keys(t->dtls, &keys) < 0 || secure_rtp_init(&t->rtp, &keys) < 0) {
        peer_transport_fail(t, "no keys");
    } else {
        t->has_keys = true;
        t->keys_us = t->worker->now_us;
        worker_count(t->worker, COUNT_DTLS_DONE, 1);
        t->endpoint.ice->ops->set_secured(t->endpoint.ice, true);
        if (last)
            after_ice(t, t->endpoint.ice->ops->proven(t->endpoint.ice, last, t->worker->now_us));
        check_connected(t);
    }
    explicit_bzero(&keys, sizeof keys);
}

/* @param datagram what led to this state; NULL: time */
static void after_dtls(struct peer_transport *t, enum dtls_state state,
                       const struct packet_slot *datagram)
{
    if (state == DTLS_CONNECTED && !t->has_keys)
        adopt_keys(t, datagram);
    if (state == DTLS_FAILED) {
        worker_count(t->worker, COUNT_DTLS_FAILED, 1);
        peer_transport_fail(t, t->endpoint.ice->ops->path(t->endpoint.ice)
                                   ? dtls_transport_reason(t->dtls)
                                   : no_path);
    }
    /* the peer's close_notify ends nothing by itself: its signalling does, or its consent */
    int64_t due_us = dtls_transport_due_us(t->dtls);

    if (state == DTLS_HANDSHAKING && due_us != INT64_MAX)
        timer_wheel_set(&t->worker->wheel, &t->dtls_timer, due_us);
    else
        timer_cancel(&t->dtls_timer);
}

static void dtls_timer_fired(struct timer *timer, int64_t now_us)
{
    struct peer_transport *t = CONTAINER_OF(timer, struct peer_transport, dtls_timer);

    if (t->dtls)
        after_dtls(t, dtls_transport_tick(t->dtls, now_us), NULL);
}

static void drop_keys(struct peer_transport *t)
{
    /* packets wait in the batch for their protection by them */
    if (t->has_keys)
        send_batch_flush(&t->worker->batch);
    secure_rtp_release(&t->rtp);
    t->has_keys = false;
}

/* The handshake anew. As its client we wait for a path (path_appeared()): a first flight that
 * nobody can receive would be repeated a second later only. */
static void start_dtls(struct peer_transport *t)
{
    struct worker *w = t->worker;
    bool is_client = !t->remote.is_dtls_client;

    drop_keys(t);
    t->endpoint.ice->ops->set_secured(t->endpoint.ice, false);
    held_flight_release(&t->held);
    t->is_shaking = false;
    timer_cancel(&t->dtls_timer);
    dtls_transport_free(t->dtls);
    t->dtls = NULL;
    if (is_client && !t->endpoint.ice->ops->path(t->endpoint.ice))
        return;
    if (dtls_transport_new(&t->dtls, w->identity, is_client, t->remote.fingerprints,
                           t->remote.n_fingerprints, send_dtls, t, w->now_us) < 0) {
        peer_transport_fail(t, "no memory for DTLS");
        return;
    }
    after_dtls(t, dtls_transport_tick(t->dtls, w->now_us), NULL);
}

/* What we sent as the client went nowhere, or to the old path, unless the peer has answered. */
static void path_appeared(struct peer_transport *t)
{
    bool is_client = t->has_remote && !t->remote.is_dtls_client;

    if (is_client && !t->has_keys && !t->is_shaking)
        start_dtls(t);
}

static void keep_early(struct peer_transport *t, struct packet_slot **slot)
{
    if (t->n_early == EARLY_MAX)
        return; /* the peer repeats it */
    t->early[t->n_early++] = *slot;
    *slot = NULL;
}

static void drop_early(struct peer_transport *t)
{
    while (t->n_early > 0)
        slab_unref(&t->worker->slab, &t->early[--t->n_early]->packet);
}

void peer_transport_dtls(struct peer_transport *t, struct packet_slot **slot)
{
    struct worker *w = t->worker;

    if (!t->has_remote || !t->endpoint.ice->ops->path(t->endpoint.ice)) {
        /* a browser may start before its answer or its nomination is here */
        keep_early(t, slot);
        return;
    }
    if (!t->dtls || dtls_transport_state(t->dtls) >= DTLS_FAILED)
        return;
    if (!t->has_keys) {
        if (w->handshakes_left == 0) {
            worker_queue_handshake(w, *slot);
            *slot = NULL;
            return;
        }
        w->handshakes_left--;
        t->is_shaking = true;
    }
    t->endpoint.ice->ops->received(t->endpoint.ice, *slot);
    send_held(t);
    after_dtls(t, dtls_transport_receive(t->dtls, span_of((*slot)->data, (*slot)->len), w->now_us),
               *slot);
}

static void retry_early(struct peer_transport *t)
{
    struct packet_slot *early[EARLY_MAX];
    unsigned n = t->n_early;

    if (n == 0)
        return;
    memcpy(early, t->early, n * sizeof early[0]);
    t->n_early = 0;
    for (unsigned i = 0; i < n; i++) {
        peer_transport_dtls(t, &early[i]);
        if (early[i])
            slab_unref(&t->worker->slab, &early[i]->packet);
    }
}

/* ---- ICE ---- */

static void after_ice(struct peer_transport *t, enum ice_event event)
{
    switch (event) {
    case ICE_NOTHING:
        break;
    case ICE_CONNECTED:
        worker_count(t->worker, COUNT_ICE_CONNECTED, 1);
        path_appeared(t);
        retry_early(t);
        check_connected(t);
        break;
    case ICE_MOVED:
        worker_count(t->worker, COUNT_ICE_MOVED, 1);
        path_appeared(t);
        break;
    case ICE_LOST:
        worker_count(t->worker, COUNT_ICE_LOST, 1);
        peer_transport_fail(t, t->is_connected ? "no consent for 30 s" : no_path);
        break;
    }
}

void peer_transport_stun(struct peer_transport *t, struct packet_slot *slot)
{
    after_ice(t, t->endpoint.ice->ops->receive(t->endpoint.ice, slot, t->worker->now_us));
    send_held(t);
}

/* The peer itself sent this packet. An ordinary one came by the path in use. */
static void after_authentic(struct peer_transport *t, const struct packet_slot *slot)
{
    if (!t->endpoint.ice->ops->is_by_path(t->endpoint.ice, slot))
        after_ice(t, t->endpoint.ice->ops->proven(t->endpoint.ice, slot, t->worker->now_us));
}

/* ---- life ---- */

int peer_transport_init(struct peer_transport *t, struct worker *w, uint64_t connection,
                        const struct peer_transport_events *events, void *user)
{
    t->worker = w;
    t->events = events;
    t->user = user;
    t->started_us = w->now_us;
    t->dtls_timer.fire = dtls_timer_fired;
    return ice_endpoint_init(&t->endpoint, w, connection);
}

void peer_transport_release(struct peer_transport *t)
{
    timer_cancel(&t->dtls_timer);
    if (t->is_connected)
        worker_count(t->worker, COUNT_CONNECTED, (uint64_t)-1);
    t->is_connected = false;
    if (t->dtls)
        dtls_transport_close(t->dtls);
    dtls_transport_free(t->dtls);
    t->dtls = NULL;
    drop_keys(t);
    held_flight_release(&t->held);
    drop_early(t);
    sent_history_release(&t->sent);
    ice_endpoint_release(&t->endpoint);
}

size_t peer_transport_size(const struct peer_transport *t)
{
    size_t size = t->endpoint.ice->ops->size(t->endpoint.ice);

    if (t->dtls)
        size += DTLS_SESSION_BYTES;
    if (t->has_keys)
        size += SECURE_RTP_BYTES;
    return size + sent_history_size(&t->sent);
}

static void end_linger(struct peer_transport *t)
{
    bool is_proven = t->rtp.n_sources > 0;

    if (!t->dtls || !t->has_keys || (!is_proven && t->worker->now_us - t->keys_us < DTLS_LINGER_US))
        return;
    dtls_transport_free(t->dtls);
    t->dtls = NULL;
}

void peer_transport_tick(struct peer_transport *t)
{
    after_ice(t, t->endpoint.ice->ops->tick(t->endpoint.ice, t->worker->now_us));
    retry_early(t);
    end_linger(t);
}

int peer_transport_set_local(struct peer_transport *t, const struct ice_credentials *local)
{
    return t->endpoint.ice->ops->set_local(t->endpoint.ice, local);
}

void peer_transport_set_remote(struct peer_transport *t, const struct remote_transport *remote,
                               bool is_fresh)
{
    bool needs_dtls = !t->has_remote || (t->is_failed && !t->has_keys) ||
                      !remote_transport_same_fingerprints(&t->remote, remote);

    t->remote = *remote;
    t->has_remote = true;
    /* another attempt, whose failure is told as well */
    if (is_fresh || needs_dtls)
        t->is_failed = false;
    t->endpoint.ice->ops->set_remote(t->endpoint.ice, remote->ufrag, remote->pwd,
                                     t->worker->now_us);
    if (needs_dtls)
        start_dtls(t);
}

void peer_transport_described(struct peer_transport *t)
{
    retry_early(t);
    check_connected(t);
}

/* ---- RTP and RTCP ---- */

static void count_refused(struct peer_transport *t, int r)
{
    worker_count(t->worker,
                 r == ERR_WRONG_STATE ? COUNT_DROP_NO_KEYS
                 : r == ERR_EXISTS    ? COUNT_SRTP_REPLAY
                 : r == ERR_SYNTAX    ? COUNT_DROP_SYNTAX
                 : r == ERR_TOO_LARGE ? COUNT_DROP_SSRC
                                      : COUNT_SRTP_AUTH,
                 1);
}

static bool open_packet(struct peer_transport *t, struct packet_slot *slot,
                        int (*unprotect)(struct secure_rtp *s, void *packet, size_t *len))
{
    size_t len = slot->len;
    int r = unprotect(&t->rtp, slot->data, &len);

    if (r < 0) {
        count_refused(t, r);
        return false;
    }
    slot->len = (uint16_t)len;
    after_authentic(t, slot);
    return true;
}

bool peer_transport_open_rtp(struct peer_transport *t, struct packet_slot *slot)
{
    return open_packet(t, slot, secure_rtp_unprotect);
}

bool peer_transport_open_rtcp(struct peer_transport *t, struct packet_slot *slot)
{
    return open_packet(t, slot, secure_rtp_unprotect_rtcp);
}

size_t peer_transport_send_rtp(struct peer_transport *t, const struct send_path *path,
                               struct secure_rtp_stream *stream, size_t len,
                               enum send_class send_class)
{
    return send_batch_add_rtp(&t->worker->batch, path, &t->rtp.key, stream, len, send_class);
}

void peer_transport_send_rtcp(struct peer_transport *t, uint8_t *slot, size_t len)
{
    const struct send_path *path = peer_transport_path(t);

    if (!path || secure_rtp_protect_rtcp(&t->rtp, slot, &len, SEND_SLOT_SIZE) < 0)
        return;
    send_batch_add(&t->worker->batch, path, len, SEND_CONTROL);
    worker_count(t->worker, COUNT_RTCP_OUT, 1);
}
