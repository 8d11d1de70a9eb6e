#include "mediad/rtc/ice_shared.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/now.h"
#include "mediad/rtc/consent.h"
#include "mediad/rtc/seen_checks.h"
#include "mediad/rtc/send_path.h"

#define REMOTE_SIZE 257
/* An address that proved nothing gets at most so many times what came from it. */
#define UNPROVEN_FACTOR 3
/* A question is asked again when the peer checks again, but no sooner than this. */
#define ASK_AGAIN_US (100 * US_PER_MS)

struct known_address {
    struct send_path path;
    int64_t last_check_us;
    bool is_proven; /* something came from it that only the peer could send: no limit any more */
    uint64_t received_bytes;
    uint64_t sent_bytes;
    bool is_asked; /* a question of ours is out */
    int64_t asked_us;
    uint8_t question[BINDING_ID_SIZE];
};

struct ice_shared {
    struct ice base;
    int selected; /* index of the address in use, -1: none; asked for every packet */
    int pending;  /* index of the address that was nominated and has to prove itself, -1: none */
    unsigned n_addresses;
    /* owned; they stay where they are, for the send batch knows their paths */
    struct known_address *addresses[ICE_ADDRESSES_MAX + 1]; /* one more while one takes a place */
    const struct ice_host *host;
    void *user;
    struct binding *binding;
    const struct udp_socket *sockets;
    struct ice_credentials local;    /* "" until set */
    struct ice_credentials previous; /* "" unless a restart is going on */
    char remote_ufrag[REMOTE_SIZE];
    char remote_pwd[REMOTE_SIZE];
    bool has_remote;
    bool has_keys;
    uint32_t nomination; /* highest value of NOMINATION so far */
    bool is_lost;
    struct consent consent;
    struct seen_checks seen;
};

static bool has_remote_address(const struct ice_shared *s, const struct net_address *remote,
                               unsigned except)
{
    for (unsigned i = 0; i < s->n_addresses; i++) {
        if (i != except && net_address_eq(&s->addresses[i]->path.udp.remote, remote))
            return true;
    }
    return false;
}

/* The last address takes the place of the dropped one. */
static int index_after_drop(int i, int dropped, int last)
{
    return i == dropped ? -1 : i == last ? dropped : i;
}

static void drop_address(struct ice_shared *s, unsigned index)
{
    unsigned last = s->n_addresses - 1;
    struct known_address *dropped = s->addresses[index];

    /* the same remote address may also be known towards another address of ours */
    if (!has_remote_address(s, &dropped->path.udp.remote, index))
        s->host->release_address(s->user, &dropped->path.udp.remote);
    s->host->forget_path(s->user, &dropped->path);
    free(dropped);
    s->addresses[index] = s->addresses[last];
    s->selected = index_after_drop(s->selected, (int)index, (int)last);
    s->pending = index_after_drop(s->pending, (int)index, (int)last);
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

static void shared_set_remote(struct ice *ice, const char *ufrag, const char *pwd, int64_t now_us)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    size_t len = strlen(ufrag), pwd_len = strlen(pwd);

    if (len >= sizeof s->remote_ufrag || pwd_len >= sizeof s->remote_pwd)
        return;
    /* a new generation counts its nominations anew */
    if (!s->has_remote || strcmp(s->remote_ufrag, ufrag) != 0)
        s->nomination = 0;
    memcpy(s->remote_ufrag, ufrag, len + 1);
    memcpy(s->remote_pwd, pwd, pwd_len + 1);
    s->has_remote = true;
    if (s->selected < 0 || s->is_lost)
        consent_start(&s->consent, now_us);
    s->is_lost = false;
}

static int find_address(const struct ice_shared *s, const struct packet_slot *d)
{
    for (unsigned i = 0; i < s->n_addresses; i++) {
        const struct udp_path *path = &s->addresses[i]->path.udp;

        if (net_address_eq(&path->remote, &d->source) && net_address_eq(&path->local, &d->local))
            return (int)i;
    }
    return -1;
}

/* Of those that may go: the address in use stays, and so does the one that is about to be. */
static int oldest_unused(const struct ice_shared *s)
{
    int oldest = -1;

    for (unsigned i = 0; i < ICE_ADDRESSES_MAX; i++) {
        if ((int)i != s->selected && (int)i != s->pending &&
            (oldest < 0 || s->addresses[i]->last_check_us < s->addresses[oldest]->last_check_us))
            oldest = (int)i;
    }
    return oldest;
}

static struct known_address *new_address(const struct ice_shared *s, const struct packet_slot *d)
{
    struct known_address *a = calloc(1, sizeof *a);

    if (a)
        udp_path_init(&a->path.udp, &d->source, &d->local, d->socket, s->sockets);
    return a;
}

/* @return index of the address, or -1 when it may not be had */
static int learn_address(struct ice_shared *s, const struct packet_slot *d, int64_t now_us)
{
    int index = find_address(s, d);
    struct known_address *fresh = index < 0 ? new_address(s, d) : NULL;

    /* also for a known one: the host may learn a new way by which its datagrams arrive */
    if ((index < 0 && !fresh) || s->host->claim_address(s->user, d) < 0) {
        free(fresh);
        return -1;
    }
    if (fresh) {
        index = (int)s->n_addresses++;
        s->addresses[index] = fresh;
        if (s->n_addresses > ICE_ADDRESSES_MAX) {
            int oldest = oldest_unused(s);

            drop_address(s, (unsigned)oldest);
            index = oldest;
        }
    }
    s->addresses[index]->last_check_us = now_us;
    return index;
}

/* ---- what an address may have ---- */

static bool may_have(struct known_address *a, size_t len)
{
    if (!a->is_proven && a->sent_bytes + len > UNPROVEN_FACTOR * a->received_bytes)
        return false;
    a->sent_bytes += len;
    return true;
}

static void shared_received(struct ice *ice, const struct packet_slot *d)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    int index = find_address(s, d);

    if (index >= 0)
        s->addresses[index]->received_bytes += d->len;
}

static bool shared_may_send(struct ice *ice, size_t len)
{
    struct ice_shared *s = (struct ice_shared *)ice;

    return s->selected >= 0 && may_have(s->addresses[s->selected], len);
}

static void send_to(struct ice_shared *s, int index, const uint8_t *datagram, size_t len)
{
    if (may_have(s->addresses[index], len))
        s->host->send(s->user, &s->addresses[index]->path, datagram, len);
}

/* ---- proof ---- */

static enum ice_event select_address(struct ice_shared *s, int index, int64_t now_us)
{
    bool is_first = s->selected < 0;

    if (!is_first)
        s->host->forget_path(s->user, &s->addresses[s->selected]->path);
    s->selected = index;
    s->pending = -1;
    s->is_lost = false;
    consent_renew(&s->consent, now_us);
    return is_first ? ICE_CONNECTED : ICE_MOVED;
}

static enum ice_event address_proven(struct ice_shared *s, int index, int64_t now_us)
{
    /* a handshake may end elsewhere than where the last nomination before it pointed */
    bool is_better = s->has_keys && s->selected >= 0 && !s->addresses[s->selected]->is_proven;

    s->addresses[index]->is_proven = true;
    s->addresses[index]->is_asked = false;
    if (index == s->selected)
        return ICE_NOTHING;
    return index == s->pending || is_better ? select_address(s, index, now_us) : ICE_NOTHING;
}

static enum ice_event shared_proven(struct ice *ice, const struct packet_slot *d, int64_t now_us)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    int index = find_address(s, d);

    return index < 0 ? ICE_NOTHING : address_proven(s, index, now_us);
}

static struct binding_question question_to(const struct ice_shared *s,
                                           const struct known_address *a)
{
    return (struct binding_question){s->local.ufrag, s->remote_ufrag, s->remote_pwd, a->question};
}

/* A check of our own, which only the peer can answer, and only when it is there. */
static void ask(struct ice_shared *s, int index, int64_t now_us)
{
    struct known_address *a = s->addresses[index];
    uint8_t check[BINDING_CHECK_MAX];

    if (!s->has_remote || (a->is_asked && now_us - a->asked_us < ASK_AGAIN_US))
        return;
    /* asked again it is the same question, so that a slow answer still counts */
    if (!a->is_asked && gnutls_rnd(GNUTLS_RND_NONCE, a->question, sizeof a->question) < 0)
        return;
    struct binding_question q = question_to(s, a);
    size_t len = binding_ask(s->binding, &q, check);

    if (!len)
        return;
    a->is_asked = true;
    a->asked_us = now_us;
    send_to(s, index, check, len);
}

static enum ice_event hear_answer(struct ice_shared *s, const struct packet_slot *d, int64_t now_us)
{
    struct span datagram = span_of(d->data, d->len);
    int index = find_address(s, d);
    struct known_address *a = index < 0 ? NULL : s->addresses[index];

    /* late ones, and errors, are no attack */
    if (!a || !a->is_asked || memcmp(binding_id(datagram), a->question, sizeof a->question) != 0)
        return ICE_NOTHING;
    a->received_bytes += d->len;
    struct binding_question q = question_to(s, a);

    if (!binding_is_answered(s->binding, &q, datagram))
        return ICE_NOTHING;
    if (index == s->selected)
        consent_renew(&s->consent, now_us);
    return address_proven(s, index, now_us);
}

static void shared_set_secured(struct ice *ice, bool has_keys)
{
    struct ice_shared *s = (struct ice_shared *)ice;

    s->has_keys = has_keys;
    if (!has_keys)
        s->pending = -1;
}

/* ---- checks of the peer ---- */

/* draft-thatcher-ice-renomination: the highest value wins; plain USE-CANDIDATE: the latest. */
static bool follows_nomination(struct ice_shared *s, const struct binding_result *result)
{
    if (!result->is_nominating || result->nomination < s->nomination)
        return false;
    s->nomination = result->nomination;
    return true;
}

/* The peer wants this path. */
static enum ice_event nominated(struct ice_shared *s, int index, int64_t now_us)
{
    if (index == s->selected) {
        s->pending = -1;
    } else if (s->has_keys && index != s->pending) {
        s->pending = index;
        s->addresses[index]->is_asked = false; /* it is asked anew */
    }
    if (index == s->pending || !s->addresses[index]->is_proven)
        ask(s, index, now_us);
    if (index == s->selected || index == s->pending)
        return ICE_NOTHING;
    return select_address(s, index, now_us);
}

static enum ice_event accept_check(struct ice_shared *s, const struct packet_slot *d,
                                   const struct binding_result *result, const uint8_t *reply,
                                   int64_t now_us)
{
    int index = learn_address(s, d, now_us);

    if (index < 0) {
        s->host->count(s->user, ICE_CHECK_LIMITED, d);
        return ICE_NOTHING;
    }
    s->host->count(s->user, ICE_CHECK_VALID, d);
    seen_checks_add(&s->seen, binding_id(span_of(d->data, d->len)), &d->source);
    s->addresses[index]->received_bytes += d->len;
    send_to(s, index, reply, result->reply_len);
    /* with keys a check renews consent to the path it came by, and to no other */
    if (index == s->selected || (s->selected < 0 && !s->has_keys))
        consent_renew(&s->consent, now_us);
    return follows_nomination(s, result) ? nominated(s, index, now_us) : ICE_NOTHING;
}

/* To an address that may be unknown: never more than what came. */
static void reply_once(struct ice_shared *s, const struct packet_slot *d, const uint8_t *reply,
                       size_t len)
{
    struct send_path path;

    udp_path_init(&path.udp, &d->source, &d->local, d->socket, s->sockets);
    s->host->send(s->user, &path, reply, len);
}

/* Authentic and in order. A repeated check takes no new check's turn. */
static enum ice_event hear_check(struct ice_shared *s, const struct packet_slot *d,
                                 const struct binding_result *result, const uint8_t *reply,
                                 int64_t now_us)
{
    enum seen_verdict seen =
        seen_checks_find(&s->seen, binding_id(span_of(d->data, d->len)), &d->source);

    if (seen != SEEN_NEVER) {
        s->host->count(s->user, ICE_CHECK_REPEATED, d);
        if (seen == SEEN_HERE && consent_allows_repeat(&s->consent, now_us))
            reply_once(s, d, reply, result->reply_len);
        return ICE_NOTHING;
    }
    if (!consent_allows_check(&s->consent, now_us)) {
        s->host->count(s->user, ICE_CHECK_LIMITED, d);
        return ICE_NOTHING;
    }
    return accept_check(s, d, result, reply, now_us);
}

static enum ice_event shared_receive(struct ice *ice, const struct packet_slot *d, int64_t now_us)
{
    struct ice_shared *s = (struct ice_shared *)ice;
    struct span datagram = span_of(d->data, d->len);
    uint8_t reply[BINDING_REPLY_MAX];
    struct span ufrag;

    if (binding_is_answer(datagram))
        return hear_answer(s, d, now_us);
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
        if (result.reply_len && consent_allows_check(&s->consent, now_us))
            reply_once(s, d, reply, result.reply_len);
        return ICE_NOTHING;
    }
    if (!is_previous && s->previous.ufrag[0]) {
        s->host->release_ufrag(s->user, s->previous.ufrag);
        memset(&s->previous, 0, sizeof s->previous);
    }
    return hear_check(s, d, &result, reply, now_us);
}

/* Addresses that were not checked for 30 s may not be used any more. */
static void forget_old_addresses(struct ice_shared *s, int64_t now_us)
{
    for (unsigned i = 0; i < s->n_addresses;) {
        bool is_old = now_us - s->addresses[i]->last_check_us >= CONSENT_LOST_US;

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
            s->host->forget_path(s->user, &s->addresses[s->selected]->path);
        s->selected = -1;
    }
    forget_old_addresses(s, now_us);
    return becomes_lost ? ICE_LOST : ICE_NOTHING;
}

static const struct udp_path *selected_path(const struct ice_shared *s)
{
    return s->selected < 0 ? NULL : &s->addresses[s->selected]->path.udp;
}

static bool shared_is_by_path(const struct ice *ice, const struct packet_slot *d)
{
    const struct udp_path *path = selected_path((const struct ice_shared *)ice);

    return path && net_address_eq(&path->remote, &d->source) &&
           net_address_eq(&path->local, &d->local);
}

static bool shared_uses_address(const struct ice *ice, const struct net_address *remote)
{
    const struct udp_path *path = selected_path((const struct ice_shared *)ice);

    return path && net_address_eq(&path->remote, remote);
}

static const struct send_path *shared_path(const struct ice *ice)
{
    const struct ice_shared *s = (const struct ice_shared *)ice;

    return s->selected < 0 ? NULL : &s->addresses[s->selected]->path;
}

static bool shared_is_stale(const struct ice *ice, int64_t now_us)
{
    const struct ice_shared *s = (const struct ice_shared *)ice;

    return consent_state(&s->consent, now_us) != CONSENT_FRESH;
}

static size_t shared_size(const struct ice *ice)
{
    const struct ice_shared *s = (const struct ice_shared *)ice;

    return sizeof *s + s->n_addresses * sizeof *s->addresses[0];
}

static const struct ice_ops shared_ops = {
    .size = shared_size,
    .free = shared_free,
    .set_local = shared_set_local,
    .set_remote = shared_set_remote,
    .set_secured = shared_set_secured,
    .receive = shared_receive,
    .proven = shared_proven,
    .received = shared_received,
    .may_send = shared_may_send,
    .tick = shared_tick,
    .path = shared_path,
    .is_by_path = shared_is_by_path,
    .uses_address = shared_uses_address,
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
    s->pending = -1;
    consent_start(&s->consent, now_us);
    *out = &s->base;
    return 0;
}
