#include "mediad/rtc/ice_endpoint.h"

#include <string.h>

#include "mediad/rtc/connection.h"
#include "mediad/rtc/ice_shared.h"

static void host_send(void *user, const struct send_path *path, const void *datagram, size_t len)
{
    struct ice_endpoint *e = user;

    worker_send_now(e->worker, path, datagram, len);
}

static int host_claim_ufrag(void *user, const char *ufrag, struct ice *ice)
{
    struct ice_endpoint *e = user;

    (void)ice;
    return demux_add_ufrag(&e->worker->demux, ufrag, e);
}

static void host_release_ufrag(void *user, const char *ufrag)
{
    struct ice_endpoint *e = user;

    demux_remove_ufrag(&e->worker->demux, ufrag);
}

/* A check proves its sender's credentials, not its address: one that is in use by another live
 * connection is not given away, nor one that another worker has marked. */
static bool is_taken(const struct ice_endpoint *e, const struct net_address *address)
{
    const struct worker *w = e->worker;
    struct demux_owner found;

    if (!demux_by_address(&w->demux, address, &found) || found.endpoint == e)
        return false;
    if (!found.is_mine)
        return demux_is_foreign(&w->demux, address, w->now_us);
    const struct ice_endpoint *other = found.endpoint;

    return other->ice->ops->uses_address(other->ice, address) &&
           !other->ice->ops->is_stale(other->ice, w->now_us);
}

static int host_claim_address(void *user, const struct packet_slot *arrival)
{
    struct ice_endpoint *e = user;
    struct worker *w = e->worker;
    unsigned by = arrival->worker;

    if (is_taken(e, &arrival->source))
        return ERR_EXISTS;
    if (by != w->index) {
        struct mail mail = {.kind = MAIL_ROUTE_ADD, .number = w->index, .id = e->connection};

        _Static_assert(sizeof arrival->source <= sizeof mail.data, "an address fits into a mail");
        memcpy(mail.data, &arrival->source, sizeof arrival->source);
        /* woken at once, since the peer goes on as soon as it has our reply; when the ring is full
         * the next check says it again */
        if (worker_post(w, by, &mail))
            mailbox_notify(&w->workers[by].mailbox);
    }
    return demux_add_address(&w->demux, &arrival->source, e);
}

static void host_release_address(void *user, const struct net_address *address)
{
    struct ice_endpoint *e = user;
    struct worker *w = e->worker;
    struct mail mail = {.kind = MAIL_ROUTE_REMOVE, .number = w->index, .id = e->connection};
    struct demux_owner found;

    /* what has passed to another connection of this worker keeps its marks */
    if (!demux_by_address(&w->demux, address, &found) || found.endpoint != e)
        return;
    demux_remove_address(&w->demux, address, e);
    memcpy(mail.data, address, sizeof *address);
    for (unsigned i = 0; i < w->n_workers; i++) {
        /* one that is left over leads datagrams to a table that no longer knows them */
        if (i != w->index)
            (void)!worker_post(w, i, &mail);
    }
}

static void host_forget_path(void *user, const struct send_path *path)
{
    struct ice_endpoint *e = user;

    send_batch_forget(&e->worker->batch, path);
}

static void host_count(void *user, enum ice_shared_count what, const struct packet_slot *datagram)
{
    static const enum worker_count counts[] = {
        [ICE_CHECK_VALID] = COUNT_STUN_VALID,       [ICE_CHECK_REFUSED] = COUNT_STUN_REFUSED,
        [ICE_CHECK_FORGED] = COUNT_STUN_FORGED,     [ICE_CHECK_LIMITED] = COUNT_STUN_LIMITED,
        [ICE_CHECK_REPEATED] = COUNT_STUN_REPEATED,
    };
    struct ice_endpoint *e = user;
    struct worker *w = e->worker;

    worker_count(w, counts[what], 1);
    if (what == ICE_CHECK_FORGED)
        source_limit_count(&w->unproven, net_address_network_hash(&datagram->source), w->now_us);
}

static const struct ice_host host = {
    .send = host_send,
    .claim_ufrag = host_claim_ufrag,
    .release_ufrag = host_release_ufrag,
    .claim_address = host_claim_address,
    .release_address = host_release_address,
    .forget_path = host_forget_path,
    .count = host_count,
};

int ice_endpoint_init(struct ice_endpoint *e, struct worker *w, uint64_t connection)
{
    e->worker = w;
    e->connection = connection;
    return ice_shared_new(&e->ice, &host, e, &w->binding, w->sockets, w->now_us);
}

void ice_endpoint_release(struct ice_endpoint *e)
{
    if (e->ice)
        e->ice->ops->free(e->ice);
    e->ice = NULL;
}
