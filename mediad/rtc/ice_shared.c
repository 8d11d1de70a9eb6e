#include "mediad/rtc/ice_shared.h"

#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/consent.h"

#define REMOTE_UFRAG_SIZE 257

struct known_address {
    struct udp_path path;
    int64_t last_check_us;
};

struct ice_shared {
    struct ice base;
    int selected; /* index of the address in use, -1: none; asked for every packet */
    unsigned n_addresses;
    const struct ice_host *host;
    void *user;
    struct binding *binding;
    const struct udp_socket *sockets;
    struct ice_credentials local;    /* "" until set */
    struct ice_credentials previous; /* "" unless a restart is going on */
    char remote_ufrag[REMOTE_UFRAG_SIZE];
    bool has_remote;
    struct known_address addresses[ICE_ADDRESSES_MAX];
    uint32_t nomination; /* highest value of NOMINATION so far */
    bool is_lost;
    struct consent consent;
};

static bool has_remote_address(const struct ice_shared *s, const struct net_address *remote,
                               unsigned except)
{
    for (unsigned i = 0; i < s->n_addresses; i++) {
        if (i != except && net_address_eq(&s->addresses[i].path.remote, remote))
            return true;
    }
    return false;
}

static void drop_address(struct ice_shared *s, unsigned index)
{
    unsigned last = s->n_addresses - 1;

    /* the same remote address may also be known towards another address of ours */
    if (!has_remote_address(s, &s->addresses[index].path.remote, index))
        s->host->release_address(s->user, &s->addresses[index].path.remote);
    s->host->forget_path(s->user, &s->addresses[index].path);
    if (index != last) {
        s->host->forget_path(s->user, &s->addresses[last].path);
        s->addresses[index] = s->addresses[last];
    }
    if (s->selected == (int)index)
        s->selected = -1;
    else if (s->selected == (int)last)
        s->selected = (int)index;
    s->n_addresses = last;
}

static void shared_free(struct ice *ice)
{
    struct ice_shared *s = (struct ice_shared *)ice;

    while (s->n_addresses)
        drop_address(s, s->n_addresses - 1);
    if (s->local.ufrag[0])
        s->host->release_ufrag(s->user, s->local.ufrag);
    if (s->previous.ufrag[0])
        s->host->release_ufrag(s->user, s->previous.ufrag);
    explicit_bzero(s, sizeof *s);
    free(s);
}

static int shared_set_local(struct ice *ice, const struct ice_credentials *local)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    int r = s->host->claim_ufrag(s->user, local->ufrag, ice);

    if (r < 0)
        return r;
    if (s->previous.ufrag[0])
        s->host->release_ufrag(s->user, s->previous.ufrag);
    s->previous = s->local;
    s->local = *local;
    return 0;
}

static void shared_set_remote(struct ice *ice, const char *ufrag, int64_t now_us)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    size_t len = strlen(ufrag);

    if (len >= sizeof s->remote_ufrag)
        return;
    /* a new generation counts its nominations anew */
    if (!s->has_remote || strcmp(s->remote_ufrag, ufrag) != 0)
        s->nomination = 0;
    memcpy(s->remote_ufrag, ufrag, len + 1);
    s->has_remote = true;
    if (s->selected < 0 || s->is_lost)
        consent_start(&s->consent, now_us);
    s->is_lost = false;
}

static int find_address(const struct ice_shared *s, const struct slot *d)
{
    for (unsigned i = 0; i < s->n_addresses; i++) {
        const struct udp_path *path = &s->addresses[i].path;

        if (net_address_eq(&path->remote, &d->source) && net_address_eq(&path->local, &d->local))
            return (int)i;
    }
    return -1;
}

static int oldest_unselected(const struct ice_shared *s)
{
    int oldest = -1;

    for (unsigned i = 0; i < s->n_addresses; i++) {
        if ((int)i != s->selected &&
            (oldest < 0 || s->addresses[i].last_check_us < s->addresses[oldest].last_check_us))
            oldest = (int)i;
    }
    return oldest;
}

/* @return index of the address, or -1 when it may not be had */
static int learn_address(struct ice_shared *s, const struct slot *d, int64_t now_us)
{
    int index = find_address(s, d);

    if (index < 0 && s->n_addresses == ICE_ADDRESSES_MAX)
        drop_address(s, (unsigned)oldest_unselected(s));
    /* also for a known one: the host may learn a new way by which its datagrams arrive */
    if (s->host->claim_address(s->user, d) < 0)
        return -1;
    if (index < 0) {
        index = (int)s->n_addresses++;
        udp_path_init(&s->addresses[index].path, &d->source, &d->local, d->socket, s->sockets);
    }
    s->addresses[index].last_check_us = now_us;
    return index;
}

/* draft-thatcher-ice-renomination: the highest value wins; plain USE-CANDIDATE: the latest. */
static bool follows_nomination(struct ice_shared *s, const struct binding_result *result)
{
    if (!result->is_nominating || result->nomination < s->nomination)
        return false;
    s->nomination = result->nomination;
    return true;
}

static enum ice_event accept_check(struct ice_shared *s, const struct slot *d,
                                   const struct binding_result *result, const uint8_t *reply,
                                   int64_t now_us)
{
    int index = consent_allows_check(&s->consent, now_us) ? learn_address(s, d, now_us) : -1;

    if (index < 0) {
        s->host->count(s->user, ICE_CHECK_LIMITED, d);
        return ICE_NOTHING;
    }
    s->host->count(s->user, ICE_CHECK_VALID, d);
    s->host->send(s->user, &s->addresses[index].path, reply, result->reply_len);
    bool is_nominated = follows_nomination(s, result);

    if (index == s->selected || s->selected < 0)
        consent_renew(&s->consent, now_us);
    if (!is_nominated || index == s->selected)
        return ICE_NOTHING;
    bool is_first = s->selected < 0;

    if (!is_first)
        s->host->forget_path(s->user, &s->addresses[s->selected].path);
    s->selected = index;
    s->is_lost = false;
    consent_renew(&s->consent, now_us);
    return is_first ? ICE_CONNECTED : ICE_MOVED;
}

static enum ice_event shared_receive(struct ice *ice, const struct slot *d, int64_t now_us)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    struct span datagram = span_of(d->data, d->len);
    uint8_t reply[BINDING_REPLY_MAX];
    struct span ufrag;

    if (!binding_peek_ufrag(datagram, &ufrag))
        return ICE_NOTHING;
    bool is_previous = s->previous.ufrag[0] && span_eq_str(ufrag, s->previous.ufrag);
    const struct ice_credentials *local = is_previous ? &s->previous : &s->local;
    /* during a restart checks of the old generation still carry the old remote fragment */
    const char *remote_ufrag = s->has_remote && !is_previous ? s->remote_ufrag : NULL;
    struct binding_result result = binding_check(s->binding, datagram, local->ufrag, local->pwd,
                                                 remote_ufrag, &d->source, reply);

    if (result.verdict == BINDING_DROP) {
        s->host->count(s->user, ICE_CHECK_FORGED, d);
        return ICE_NOTHING;
    }
    if (result.verdict == BINDING_REFUSE) {
        s->host->count(s->user, ICE_CHECK_REFUSED, d);
        if (result.reply_len && consent_allows_check(&s->consent, now_us)) {
            struct udp_path path;

            udp_path_init(&path, &d->source, &d->local, d->socket, s->sockets);
            s->host->send(s->user, &path, reply, result.reply_len);
        }
        return ICE_NOTHING;
    }
    if (!is_previous && s->previous.ufrag[0]) {
        s->host->release_ufrag(s->user, s->previous.ufrag);
        memset(&s->previous, 0, sizeof s->previous);
    }
    return accept_check(s, d, &result, reply, now_us);
}

/* Addresses that were not checked for 30 s may not be used any more (S53). */
static void forget_old_addresses(struct ice_shared *s, int64_t now_us)
{
    for (unsigned i = 0; i < s->n_addresses;) {
        bool is_old = now_us - s->addresses[i].last_check_us >= CONSENT_LOST_US;

        if (is_old && (int)i != s->selected)
            drop_address(s, i);
        else
            i++;
    }
}

static enum ice_event shared_tick(struct ice *ice, int64_t now_us)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    bool becomes_lost =
        s->has_remote && !s->is_lost && consent_state(&s->consent, now_us) == CONSENT_LOST;

    if (becomes_lost) {
        s->is_lost = true;
        if (s->selected >= 0)
            s->host->forget_path(s->user, &s->addresses[s->selected].path);
        s->selected = -1;
    }
    forget_old_addresses(s, now_us);
    return becomes_lost ? ICE_LOST : ICE_NOTHING;
}

static const struct udp_path *shared_path(const struct ice *ice)
{
    const struct ice_shared *s = (const struct ice_shared *)ice;

    return s->selected < 0 ? NULL : &s->addresses[s->selected].path;
}

static bool shared_is_stale(const struct ice *ice, int64_t now_us)
{
    const struct ice_shared *s = (const struct ice_shared *)ice;

    return consent_state(&s->consent, now_us) != CONSENT_FRESH;
}

static const struct ice_ops shared_ops = {
    .size_bytes = sizeof(struct ice_shared),
    .free = shared_free,
    .set_local = shared_set_local,
    .set_remote = shared_set_remote,
    .receive = shared_receive,
    .tick = shared_tick,
    .path = shared_path,
    .is_stale = shared_is_stale,
};

int ice_shared_new(struct ice **out, const struct ice_host *host, void *user,
                   struct binding *binding, const struct udp_socket *sockets, int64_t now_us)
{
    struct ice_shared *s = calloc(1, sizeof *s);

    if (!s)
        return ERR_NO_MEMORY;
    s->base.ops = &shared_ops;
    s->host = host;
    s->user = user;
    s->binding = binding;
    s->sockets = sockets;
    s->selected = -1;
    consent_start(&s->consent, now_us);
    *out = &s->base;
    return 0;
}
