#include "mediad/rtc/peer_connection.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/downlink.h"
#include "mediad/rtc/rtcp_feedback.h"
#include "mediad/rtc/up_connection.h"

#define TICK_US INT64_C(500000)

struct peer_connection *peer_connection_new(uint64_t id, uint64_t client_id, bool is_up,
                                            struct connection_stats *stats)
{
    struct peer_connection *pc = calloc(1, sizeof *pc);

    if (!pc)
        return NULL;
    pc->id = id;
    pc->client_id = client_id;
    pc->up = is_up ? up_connection_new(stats) : NULL;
    pc->down = is_up ? NULL : down_connection_new(stats);
    if (!pc->up && !pc->down) {
        free(pc);
        return NULL;
    }
    pc->stats = stats;
    return pc;
}

struct peer_connection *peer_connection_of(struct ice_endpoint *endpoint)
{
    return CONTAINER_OF(endpoint, struct peer_connection, transport.endpoint);
}

/* ---- events for the control thread ---- */

static void fill_event(const struct peer_connection *pc, enum connection_event event,
                       struct mail *mail)
{
    switch (event) {
    case CONNECTION_CONNECTED:
        mail->data[0] = (uint64_t)(pc->took_us / US_PER_MS);
        break;
    case CONNECTION_FAILED:
        /* a mail's pointer is not const; this one is only read */
        mail->pointer = (void *)(uintptr_t)pc->why_failed;
        break;
    case CONNECTION_DEMAND:
        mail->data[0] = pc->up->demand.told;
        break;
    case CONNECTION_LIMIT:
        mail->data[0] = (uint64_t)pc->up->report.page_bps;
        break;
    case CONNECTION_ALLOCATED:
        memcpy(mail->data, &pc->down->allocation, sizeof pc->down->allocation);
        break;
    case CONNECTION_OVER_RATE:
    case CONNECTION_EVENTS:
        break;
    }
}

static void deliver_events(struct peer_connection *pc)
{
    for (unsigned event = 0; event < CONNECTION_EVENTS; event++) {
        struct mail mail = {.kind = MAIL_EVENT, .id = pc->id, .number = event};

        if (!(pc->events & (1u << event)))
            continue;
        fill_event(pc, (enum connection_event)event, &mail);
        if (worker_post_control(pc->worker, &mail))
            pc->events &= ~(1u << event);
    }
}

/* Now, or when there is room: what does not fit into the ring is offered again at the next tick. */
static void tell_control(struct peer_connection *pc, enum connection_event event)
{
    pc->events |= 1u << event;
    deliver_events(pc);
}

static void transport_failed(void *user, const char *why)
{
    struct peer_connection *pc = user;

    pc->events &= ~(1u << CONNECTION_CONNECTED);
    pc->why_failed = why;
    tell_control(pc, CONNECTION_FAILED);
}

static void transport_connected(void *user, int64_t took_us)
{
    struct peer_connection *pc = user;

    pc->events &= ~(1u << CONNECTION_FAILED);
    pc->took_us = took_us;
    tell_control(pc, CONNECTION_CONNECTED);
    if (!pc->down)
        return;
    down_connection_flow(pc->down);
    downlink_update(pc->down);
}

static const struct peer_transport_events transport_events = {
    .connected = transport_connected,
    .failed = transport_failed,
};

static void demand_changed(void *user)
{
    tell_control(user, CONNECTION_DEMAND);
}

static void limit_changed(void *user)
{
    tell_control(user, CONNECTION_LIMIT);
}

static const struct up_connection_events up_events = {.demand_changed = demand_changed,
                                                      .limit_changed = limit_changed};

static void allocated(void *user)
{
    tell_control(user, CONNECTION_ALLOCATED);
}

static const struct down_connection_events down_events = {.allocated = allocated};

/* ---- life ---- */

/* What the connection takes now: rings follow their track's rate, and its slots the packets that
 * are kept. */
static void count_memory(struct peer_connection *pc)
{
    size_t size = sizeof *pc + sizeof *pc->stats + peer_transport_size(&pc->transport);

    size += pc->up ? up_connection_size(pc->up) : down_connection_size(pc->down);
    worker_count(pc->worker, COUNT_CONNECTION_BYTES, size - pc->counted_bytes);
    pc->counted_bytes = size;
}

static void publish_remote(struct peer_connection *pc)
{
    const struct send_path *path = peer_transport_path(&pc->transport);

    atomic_store_explicit(&pc->stats->remote, path ? net_address_fingerprint(&path->udp.remote) : 0,
                          memory_order_relaxed);
}

static void tick(struct timer *timer, int64_t now_us)
{
    struct peer_connection *pc = CONTAINER_OF(timer, struct peer_connection, tick_timer);
    bool is_whole_second = ++pc->n_ticks % 2 == 0;

    (void)now_us;
    timer_wheel_set(&pc->worker->wheel, timer, timer->due_us + TICK_US);
    peer_transport_tick(&pc->transport);
    if (pc->down)
        down_connection_tick(pc->down, is_whole_second);
    else if (up_connection_tick(pc->up, is_whole_second))
        tell_control(pc, CONNECTION_OVER_RATE);
    count_memory(pc);
    publish_remote(pc);
    deliver_events(pc);
}

static int start_direction(struct peer_connection *pc)
{
    if (pc->up) {
        up_connection_start(pc->up, &pc->transport, &up_events, pc);
        return 0;
    }
    down_connection_start(pc->down, &pc->transport, &down_events, pc);
    return downlink_join(pc->down, &pc->client);
}

void peer_connection_start(struct worker *w, struct peer_connection *pc)
{
    pc->worker = w;
    if (peer_transport_init(&pc->transport, w, pc->id, &transport_events, pc) < 0 ||
        client_join(&pc->client, &w->clients, pc->client_id) < 0 ||
        fixed_table_set(&w->connections, &pc->id, pc) < 0 || start_direction(pc) < 0) {
        transport_failed(pc, "out of memory");
        peer_connection_free(pc);
        return;
    }
    worker_count(w, COUNT_CONNECTIONS, 1);
    pc->tick_timer.fire = tick;
    /* spread over the half second, so that reports do not leave in bursts */
    timer_wheel_set(&w->wheel, &pc->tick_timer,
                    w->now_us + (int64_t)(pc->id * 7919 % 50 + 1) * TIMER_WHEEL_TICK_US);
}

void peer_connection_free(struct peer_connection *pc)
{
    struct worker *w = pc->worker;

    timer_cancel(&pc->tick_timer);
    if (w && fixed_table_find(&w->connections, &pc->id) == pc) {
        fixed_table_remove(&w->connections, &pc->id);
        worker_count(w, COUNT_CONNECTIONS, (uint64_t)-1);
        worker_count(w, COUNT_CONNECTION_BYTES, 0 - (uint64_t)pc->counted_bytes);
    }
    if (pc->down)
        downlink_leave(pc->down);
    client_leave(&pc->client);
    up_connection_free(pc->up);
    down_connection_free(pc->down);
    peer_transport_release(&pc->transport);
    connection_stats_unref(pc->stats);
    free(pc);
}

void peer_connection_mute(struct peer_connection *pc, bool is_muted)
{
    if (pc->up)
        pc->up->is_muted = is_muted;
}

void peer_connection_wish(struct peer_connection *pc, const struct mail *mail)
{
    struct allocate_wish wish;

    memcpy(&wish, mail->data, sizeof wish);
    if (!pc->down)
        return;
    down_connection_wish(pc->down, &wish);
    downlink_update(pc->down);
}

void peer_connection_update(struct peer_connection *pc, struct connection_update *u)
{
    int r = 0;

    if (u->has_local)
        r = peer_transport_set_local(&pc->transport, &u->local);
    if (u->has_remote)
        peer_transport_set_remote(&pc->transport, &u->remote, u->is_fresh_remote);
    if (r == 0 && u->up)
        r = up_connection_update(pc->up, u);
    if (r == 0 && u->has_down)
        r = down_connection_update(pc->down, u);
    if (u->has_down && pc->down)
        downlink_update(pc->down);
    connection_update_free(u);
    if (r < 0)
        peer_transport_fail(&pc->transport, err_text(r));
    else
        peer_transport_described(&pc->transport);
}

/* ---- datagrams ---- */

void peer_connection_stun(struct peer_connection *pc, struct packet_slot *slot)
{
    peer_transport_stun(&pc->transport, slot);
}

void peer_connection_dtls(struct peer_connection *pc, struct packet_slot **slot)
{
    peer_transport_dtls(&pc->transport, slot);
}

void peer_connection_rtp(struct peer_connection *pc, struct packet_slot **slot)
{
    if (!peer_transport_open_rtp(&pc->transport, *slot))
        return;
    worker_count(pc->worker, COUNT_RTP_IN, 1);
    worker_count(pc->worker, COUNT_RTP_IN_BYTES, (*slot)->len);
    if (pc->up)
        up_connection_rtp(pc->up, slot);
    else
        worker_count(pc->worker, COUNT_DROP_SSRC, 1);
}

void peer_connection_rtcp(struct peer_connection *pc, struct packet_slot *slot)
{
    if (!peer_transport_open_rtcp(&pc->transport, slot))
        return;
    worker_count(pc->worker, COUNT_RTCP_IN, 1);
    if (pc->up)
        rtcp_feedback_up(pc->up, span_of(slot->data, slot->len));
    else
        rtcp_feedback_down(pc->down, span_of(slot->data, slot->len));
}
