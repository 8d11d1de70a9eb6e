#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stun/usages/ice.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/consent.h"
#include "mediad/rtc/ice_shared.h"
#include "mediad/rtc/send_path.h"

/* ---- consent: time is an argument ---- */

static void test_consent(void **state)
{
    static const struct {
        const char *name;
        int64_t age_us;
        enum consent_state want;
    } rows[] = {
        {"now", 0, CONSENT_FRESH},
        {"almost stale", CONSENT_DISCONNECTED_US - 1, CONSENT_FRESH},
        {"stale", CONSENT_DISCONNECTED_US, CONSENT_STALE},
        {"almost lost", CONSENT_LOST_US - 1, CONSENT_STALE},
        {"lost", CONSENT_LOST_US, CONSENT_LOST},
    };
    struct consent c;
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("row: %s\n", rows[i].name);
        consent_start(&c, 1000);
        consent_renew(&c, 5000);
        assert_int_equal(rows[i].want, consent_state(&c, 5000 + rows[i].age_us));
    }
    consent_start(&c, 0);
    for (unsigned i = 0; i < 200; i++)
        n += consent_allows_check(&c, i * 1000);
    assert_int_equal(CONSENT_CHECKS_PER_S, n);
    assert_true(consent_allows_check(&c, US_PER_S));
}

/* ---- a host that keeps book ---- */

struct host {
    struct ice *ice;
    struct binding binding;
    struct udp_socket sockets[1];
    StunAgent client;
    unsigned n_replies;
    size_t reply_bytes;
    unsigned n_asked; /* checks of its own that the server sent */
    uint16_t asked_port;
    uint8_t asked[BINDING_CHECK_MAX];
    size_t asked_len;
    uint8_t last[DATAGRAM_MAX]; /* the last check that was sent */
    size_t last_len;
    unsigned counts[5];
    unsigned n_forgotten;
    char ufrags[4][ICE_UFRAG_LEN + 1];
    struct net_address addresses[16];
    unsigned n_addresses;
    struct net_address taken; /* claims of this one are refused */
};

static void host_send(void *user, const struct send_path *path, const void *datagram, size_t len)
{
    struct host *h = user;

    assert_int_equal(AF_INET, path->udp.name.in.sin_family);
    assert_non_null(datagram);
    if (((const uint8_t *)datagram)[0] == 0x01) {
        h->n_replies++;
        h->reply_bytes += len;
        return;
    }
    assert_true(len <= sizeof h->asked);
    h->n_asked++;
    h->asked_port = path->udp.remote.port;
    memcpy(h->asked, datagram, len);
    h->asked_len = len;
}

static int host_claim_ufrag(void *user, const char *ufrag, struct ice *ice)
{
    struct host *h = user;

    assert_ptr_equal(h->ice, ice);
    for (unsigned i = 0; i < 4; i++) {
        if (h->ufrags[i][0])
            continue;
        snprintf(h->ufrags[i], sizeof h->ufrags[i], "%s", ufrag);
        return 0;
    }
    return ERR_NO_MEMORY;
}

static void host_release_ufrag(void *user, const char *ufrag)
{
    struct host *h = user;

    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(h->ufrags[i], ufrag) == 0) {
            h->ufrags[i][0] = '\0';
            return;
        }
    }
    fail_msg("%s was not claimed", ufrag);
}

static int find_claimed(const struct host *h, const struct net_address *a)
{
    for (unsigned i = 0; i < h->n_addresses; i++) {
        if (net_address_eq(&h->addresses[i], a))
            return (int)i;
    }
    return -1;
}

static int host_claim_address(void *user, const struct packet_slot *arrival)
{
    struct host *h = user;

    if (net_address_eq(&arrival->source, &h->taken))
        return ERR_EXISTS;
    if (find_claimed(h, &arrival->source) < 0)
        h->addresses[h->n_addresses++] = arrival->source;
    /* one more is claimed before the oldest goes */
    assert_true(h->n_addresses <= ICE_ADDRESSES_MAX + 1);
    return 0;
}

static void host_release_address(void *user, const struct net_address *address)
{
    struct host *h = user;
    int i = find_claimed(h, address);

    assert_true(i >= 0);
    h->addresses[i] = h->addresses[--h->n_addresses];
}

static void host_forget_path(void *user, const struct send_path *path)
{
    assert_non_null(path);
    ((struct host *)user)->n_forgotten++;
}

static void host_count(void *user, enum ice_shared_count what, const struct packet_slot *datagram)
{
    assert_non_null(datagram);
    ((struct host *)user)->counts[what]++;
}

static const struct ice_host functions = {
    .send = host_send,
    .claim_ufrag = host_claim_ufrag,
    .release_ufrag = host_release_ufrag,
    .claim_address = host_claim_address,
    .release_address = host_release_address,
    .forget_path = host_forget_path,
    .count = host_count,
};

static const struct ice_credentials first = {"AAfirstfragment1",
                                             "first-password-of-32-characters!"};
static const struct ice_credentials second = {"AAsecondfragmen2",
                                              "second-password-of-32-character!"};

static const char remote_pwd[] = "remote-password-of-32-characters";

static void host_init(struct host *h)
{
    static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                     STUN_ATTRIBUTE_PRIORITY, 0};

    memset(h, 0, sizeof *h);
    binding_init(&h->binding);
    h->sockets[0] = (struct udp_socket){.fd = -1, .family = 4};
    stun_agent_init(&h->client, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    assert_int_equal(0, ice_shared_new(&h->ice, &functions, h, &h->binding, h->sockets, 0));
    assert_int_equal(0, h->ice->ops->set_local(h->ice, &first));
    h->ice->ops->set_remote(h->ice, "remo", remote_pwd, 0);
}

static void host_release(struct host *h)
{
    h->ice->ops->free(h->ice);
    assert_int_equal(0, h->n_addresses);
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal("", h->ufrags[i]);
}

enum nomination { PLAIN, USE_CANDIDATE };

/* A datagram that comes from this port of the peer's host. */
static struct packet_slot *slot_from(uint16_t port, const uint8_t *data, size_t len)
{
    static _Alignas(64) uint8_t memory[SLOT_SIZE];
    struct packet_slot *slot = (struct packet_slot *)memory;

    memset(memory, 0, sizeof memory);
    assert_true(net_address_parse(&slot->source, "192.0.2.1"));
    slot->source.port = port;
    assert_true(net_address_parse(&slot->local, "192.0.2.99"));
    assert_true(len <= DATAGRAM_MAX);
    if (len)
        memcpy(slot->data, data, len);
    slot->len = (uint16_t)len;
    return slot;
}

/* The last check once more. */
static enum ice_event replay(struct host *h, uint16_t port, int64_t now_us)
{
    return h->ice->ops->receive(h->ice, slot_from(port, h->last, h->last_len), now_us);
}

static enum ice_event check_as(struct host *h, const struct ice_credentials *local,
                               const char *remote, uint16_t port, enum nomination nomination,
                               int64_t now_us)
{
    char name[64];
    StunMessage m;
    StunTransactionId id;

    snprintf(name, sizeof name, "%s:%s", local->ufrag, remote);
    h->last_len = stun_usage_ice_conncheck_create(
        &h->client, &m, h->last, sizeof h->last, (uint8_t *)name, strlen(name),
        (const uint8_t *)local->pwd, strlen(local->pwd), nomination == USE_CANDIDATE, true, 1, 42,
        NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    assert_true(h->last_len > 0);
    stun_message_id(&m, id);
    stun_agent_forget_transaction(&h->client, id);
    return replay(h, port, now_us);
}

/* The peer has sent something that nobody else can have made. */
static enum ice_event proof(struct host *h, uint16_t port, int64_t now_us)
{
    return h->ice->ops->proven(h->ice, slot_from(port, NULL, 0), now_us);
}

enum answer { GOOD, BAD_PASSWORD, BAD_ID, NO_INTEGRITY, ERROR_RESPONSE };

/* What the peer says to the server's last question. */
static enum ice_event answer(struct host *h, enum answer how, uint16_t port, int64_t now_us)
{
    const char *pwd = how == BAD_PASSWORD ? "another-password-of-32-character" : remote_pwd;
    char name[64];
    StunMessage question, m;
    StunDefaultValidaterData users[] = {{(uint8_t *)name, 0, (uint8_t *)(uintptr_t)remote_pwd, 32},
                                        {NULL, 0, NULL, 0}};
    uint8_t asked[BINDING_CHECK_MAX], out[BINDING_CHECK_MAX];

    users[0].username_len =
        (size_t)snprintf(name, sizeof name, "remo:%s", first.ufrag); /* theirs first */
    memcpy(asked, h->asked, h->asked_len);
    assert_int_equal(STUN_VALIDATION_SUCCESS,
                     stun_agent_validate(&h->client, &question, asked, h->asked_len,
                                         stun_agent_default_validater, users));
    assert_true(stun_message_has_attribute(&question, STUN_ATTRIBUTE_ICE_CONTROLLED));
    assert_false(stun_message_has_attribute(&question, STUN_ATTRIBUTE_USE_CANDIDATE));
    if (how == BAD_ID)
        asked[19] ^= 1;
    if (how == ERROR_RESPONSE)
        assert_true(stun_agent_init_error(&h->client, &m, out, sizeof out, &question,
                                          STUN_ERROR_ROLE_CONFLICT));
    else
        assert_true(stun_agent_init_response(&h->client, &m, out, sizeof out, &question));
    m.key = NULL;
    size_t len = stun_agent_finish_message(&h->client, &m, (const uint8_t *)pwd,
                                           how == NO_INTEGRITY ? 0 : strlen(pwd));

    assert_true(len > 0);
    return h->ice->ops->receive(h->ice, slot_from(port, out, len), now_us);
}

static enum ice_event check(struct host *h, uint16_t port, enum nomination nomination,
                            int64_t now_us)
{
    return check_as(h, &first, "remo", port, nomination, now_us);
}

static uint16_t selected_port(const struct host *h)
{
    const struct send_path *path = h->ice->ops->path(h->ice);

    return path ? path->udp.remote.port : 0;
}

static void test_nomination(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    assert_int_equal(ICE_NOTHING, check(&h, 1, PLAIN, 1000));
    assert_int_equal(0, selected_port(&h)); /* proven, but not chosen */
    assert_int_equal(ICE_CONNECTED, check(&h, 1, USE_CANDIDATE, 2000));
    assert_int_equal(1, selected_port(&h));
    assert_int_equal(ICE_NOTHING, check(&h, 1, USE_CANDIDATE, 3000));
    assert_int_equal(ICE_NOTHING, check(&h, 2, PLAIN, 4000));
    assert_int_equal(1, selected_port(&h));
    assert_int_equal(ICE_MOVED, check(&h, 2, USE_CANDIDATE, 5000));
    assert_int_equal(2, selected_port(&h));
    assert_int_equal(5, h.n_replies);
    host_release(&h);
}

static void test_addresses_are_bounded(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    assert_int_equal(ICE_CONNECTED, check(&h, 1, USE_CANDIDATE, 0));
    for (uint16_t port = 2; port < 40; port++)
        check(&h, port, PLAIN, port * US_PER_S);
    assert_int_equal(ICE_ADDRESSES_MAX, h.n_addresses);
    assert_int_equal(1, selected_port(&h)); /* the selected one stays */
    host_release(&h);
}

static void test_who_is_refused(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    assert_int_equal(ICE_NOTHING, check_as(&h, &second, "remo", 1, USE_CANDIDATE, 0));
    assert_int_equal(ICE_NOTHING, check_as(&h, &first, "else", 1, USE_CANDIDATE, 0));
    assert_int_equal(2, h.counts[ICE_CHECK_FORGED]);
    assert_int_equal(0, h.n_replies);
    /* an address of another live connection */
    assert_true(net_address_parse(&h.taken, "192.0.2.1"));
    h.taken.port = 7;
    assert_int_equal(ICE_NOTHING, check(&h, 7, USE_CANDIDATE, 0));
    assert_int_equal(1, h.counts[ICE_CHECK_LIMITED]);
    assert_int_equal(0, h.n_replies);
    /* over the rate */
    for (unsigned i = 0; i < 200; i++)
        check(&h, 1, USE_CANDIDATE, 100);
    assert_int_equal(CONSENT_CHECKS_PER_S - 1, h.n_replies);
    host_release(&h);
}

static void test_before_the_answer(void **state)
{
    struct host h;

    (void)state;
    memset(&h, 0, sizeof h);
    host_init(&h);
    h.ice->ops->free(h.ice);
    assert_int_equal(0, ice_shared_new(&h.ice, &functions, &h, &h.binding, h.sockets, 0));
    assert_int_equal(0, h.ice->ops->set_local(h.ice, &first));
    /* the browser checks while its answer is still on the way: any fragment of its own will do */
    assert_int_equal(ICE_CONNECTED, check_as(&h, &first, "anything", 1, USE_CANDIDATE, 0));
    h.ice->ops->set_remote(h.ice, "remo", remote_pwd, 0);
    check_as(&h, &first, "anything", 1, USE_CANDIDATE, 0);
    assert_int_equal(1, h.counts[ICE_CHECK_FORGED]);
    host_release(&h);
}

static void test_loss_of_consent(void **state)
{
    struct host h;
    int64_t now_us = 0;

    (void)state;
    host_init(&h);
    assert_int_equal(ICE_CONNECTED, check(&h, 1, USE_CANDIDATE, now_us));
    for (; now_us < 60 * US_PER_S; now_us += 3 * US_PER_S) {
        check(&h, 1, PLAIN, now_us);
        assert_int_equal(ICE_NOTHING, h.ice->ops->tick(h.ice, now_us));
        assert_false(h.ice->ops->is_stale(h.ice, now_us));
    }
    int64_t last_us = now_us - 3 * US_PER_S;

    assert_true(h.ice->ops->is_stale(h.ice, last_us + CONSENT_DISCONNECTED_US));
    assert_int_equal(ICE_NOTHING, h.ice->ops->tick(h.ice, last_us + CONSENT_LOST_US - 1));
    assert_int_equal(1, selected_port(&h));
    assert_int_equal(ICE_LOST, h.ice->ops->tick(h.ice, last_us + CONSENT_LOST_US));
    assert_int_equal(0, selected_port(&h)); /* nothing may be sent, no address is ours any more */
    assert_int_equal(0, h.n_addresses);
    assert_int_equal(ICE_NOTHING, h.ice->ops->tick(h.ice, last_us + 2 * CONSENT_LOST_US));
    /* the peer is back: only by a nomination */
    assert_int_equal(ICE_NOTHING, check(&h, 1, PLAIN, last_us + 3 * CONSENT_LOST_US));
    assert_int_equal(ICE_CONNECTED, check(&h, 1, USE_CANDIDATE, last_us + 3 * CONSENT_LOST_US));
    host_release(&h);
}

static void test_never_checked(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    assert_int_equal(ICE_NOTHING, h.ice->ops->tick(h.ice, CONSENT_LOST_US - 1));
    assert_int_equal(ICE_LOST, h.ice->ops->tick(h.ice, CONSENT_LOST_US));
    /* another description gives another 30 s */
    h.ice->ops->set_remote(h.ice, "anew", remote_pwd, 2 * CONSENT_LOST_US);
    assert_int_equal(ICE_NOTHING, h.ice->ops->tick(h.ice, 3 * CONSENT_LOST_US - 1));
    assert_int_equal(ICE_LOST, h.ice->ops->tick(h.ice, 3 * CONSENT_LOST_US));
    host_release(&h);
}

static void test_restart(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    assert_int_equal(ICE_CONNECTED, check(&h, 1, USE_CANDIDATE, 0));
    assert_int_equal(0, h.ice->ops->set_local(h.ice, &second));
    /* the old ones count until the first check with the new ones */
    check(&h, 1, USE_CANDIDATE, 1000);
    assert_int_equal(2, h.counts[ICE_CHECK_VALID]);
    h.ice->ops->set_remote(h.ice, "anew", remote_pwd, 2000);
    check(&h, 1, USE_CANDIDATE, 3000);
    assert_int_equal(3, h.counts[ICE_CHECK_VALID]);
    assert_int_equal(ICE_MOVED, check_as(&h, &second, "anew", 2, USE_CANDIDATE, 4000));
    assert_int_equal(4, h.counts[ICE_CHECK_VALID]);
    check(&h, 1, USE_CANDIDATE, 5000);
    assert_int_equal(1, h.counts[ICE_CHECK_FORGED]);
    assert_int_equal(2, selected_port(&h));
    host_release(&h);
}

/* ---- a path that is in use ---- */

/* Connected over port 1, with keys. */
static void secure_init(struct host *h)
{
    host_init(h);
    assert_int_equal(ICE_CONNECTED, check(h, 1, USE_CANDIDATE, 0));
    h->ice->ops->set_secured(h->ice, true);
    assert_int_equal(ICE_NOTHING, proof(h, 1, 0));
    h->n_asked = 0;
}

/* A nomination alone moves nothing; the peer's packets from there do (RFC 9146 section 6 has the
 * same rule for DTLS). */
static void test_moves_after_proof(void **state)
{
    struct host h;

    (void)state;
    secure_init(&h);
    assert_int_equal(ICE_NOTHING, proof(&h, 2, 100)); /* of an address that nobody checked */
    assert_int_equal(ICE_NOTHING, check(&h, 2, PLAIN, 200));
    assert_int_equal(0, h.n_asked);
    assert_int_equal(ICE_NOTHING, proof(&h, 2, 300)); /* proven, but not chosen */
    assert_int_equal(ICE_NOTHING, check(&h, 2, USE_CANDIDATE, 400));
    assert_int_equal(1, selected_port(&h));
    assert_int_equal(0, h.n_forgotten); /* nothing that is queued is lost */
    assert_int_equal(ICE_NOTHING, proof(&h, 1, 500));
    assert_int_equal(1, selected_port(&h));
    assert_int_equal(ICE_MOVED, proof(&h, 2, 600));
    assert_int_equal(2, selected_port(&h));
    /* and back again: an old proof does not count */
    assert_int_equal(ICE_NOTHING, check(&h, 1, USE_CANDIDATE, 700));
    assert_int_equal(2, selected_port(&h));
    /* the peer thinks better of it */
    assert_int_equal(ICE_NOTHING, check(&h, 2, USE_CANDIDATE, 800));
    assert_int_equal(ICE_NOTHING, proof(&h, 1, 900));
    assert_int_equal(2, selected_port(&h));
    host_release(&h);
}

static void test_moves_after_answer(void **state)
{
    static const struct {
        const char *name;
        enum answer how;
        uint16_t port;
        enum ice_event want;
    } rows[] = {
        {"another password", BAD_PASSWORD, 2, ICE_NOTHING},
        {"another transaction", BAD_ID, 2, ICE_NOTHING},
        {"no integrity", NO_INTEGRITY, 2, ICE_NOTHING},
        {"an error", ERROR_RESPONSE, 2, ICE_NOTHING},
        {"from the old address", GOOD, 1, ICE_NOTHING},
        {"from a third address", GOOD, 3, ICE_NOTHING},
        {"good", GOOD, 2, ICE_MOVED},
        {"good, again", GOOD, 2, ICE_NOTHING},
    };
    struct host h;

    (void)state;
    secure_init(&h);
    check(&h, 3, PLAIN, 500);
    assert_int_equal(ICE_NOTHING, check(&h, 2, USE_CANDIDATE, 1000));
    assert_int_equal(1, h.n_asked);
    assert_int_equal(2, h.asked_port);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("row: %s\n", rows[i].name);
        assert_int_equal(rows[i].want, answer(&h, rows[i].how, rows[i].port, 2000));
        assert_int_equal(rows[i].want == ICE_MOVED || i > 6 ? 2 : 1, selected_port(&h));
    }
    host_release(&h);
}

/* The same question is asked again when the peer checks again, so that a slow answer counts. */
static void test_asks_again(void **state)
{
    struct host h;
    uint8_t id[BINDING_ID_SIZE];

    (void)state;
    secure_init(&h);
    check(&h, 2, USE_CANDIDATE, 0);
    memcpy(id, h.asked + 8, sizeof id);
    check(&h, 2, USE_CANDIDATE, 50 * US_PER_MS);
    assert_int_equal(1, h.n_asked);
    check(&h, 2, USE_CANDIDATE, 150 * US_PER_MS);
    assert_int_equal(2, h.n_asked);
    assert_memory_equal(id, h.asked + 8, sizeof id);
    assert_int_equal(ICE_MOVED, answer(&h, GOOD, 2, 200 * US_PER_MS));
    check(&h, 2, USE_CANDIDATE, US_PER_S);
    assert_int_equal(2, h.n_asked);
    check(&h, 1, USE_CANDIDATE, 2 * US_PER_S);
    assert_int_equal(3, h.n_asked);
    assert_memory_not_equal(id, h.asked + 8, sizeof id);
    host_release(&h);
}

/* RFC 8489 section 6.3.1: a retransmission gets its answer; it is no new check. */
static void test_repeated_transaction(void **state)
{
    struct host h;

    (void)state;
    secure_init(&h);
    unsigned n_replies = h.n_replies, n_addresses = h.n_addresses;

    for (uint16_t port = 2; port < 40; port++)
        assert_int_equal(ICE_NOTHING, replay(&h, port, port * US_PER_S / 2));
    assert_int_equal(n_replies, h.n_replies);
    assert_int_equal(0, h.n_asked);
    assert_int_equal(n_addresses, h.n_addresses);
    assert_int_equal(38, h.counts[ICE_CHECK_REPEATED]);
    /* a flood of them does not keep the peer's own out */
    for (unsigned i = 0; i < 200; i++) {
        replay(&h, 2, 25 * US_PER_S);
        replay(&h, 1, 25 * US_PER_S);
    }
    assert_int_equal(n_replies + CONSENT_REPEATS_PER_S, h.n_replies);
    n_replies = h.n_replies;
    /* with the peer's address forged */
    assert_int_equal(ICE_NOTHING, replay(&h, 1, 29 * US_PER_S));
    assert_int_equal(n_replies + 1, h.n_replies);
    assert_int_equal(ICE_LOST, h.ice->ops->tick(h.ice, CONSENT_LOST_US));
    assert_int_equal(ICE_NOTHING, replay(&h, 1, CONSENT_LOST_US));
    assert_int_equal(0, selected_port(&h));
    host_release(&h);
    secure_init(&h);
    for (unsigned i = 0; i < 200; i++)
        replay(&h, 1, 0);
    unsigned n_valid = h.counts[ICE_CHECK_VALID];

    check(&h, 1, USE_CANDIDATE, 0);
    assert_int_equal(n_valid + 1, h.counts[ICE_CHECK_VALID]);
    host_release(&h);
}

/* RFC 7675 section 5.1: consent is for one path. */
static void test_consent_by_another_address(void **state)
{
    struct host h;

    (void)state;
    secure_init(&h);
    for (int64_t now_us = 0; now_us < CONSENT_LOST_US; now_us += US_PER_S)
        check(&h, 2, USE_CANDIDATE, now_us);
    assert_int_equal(ICE_LOST, h.ice->ops->tick(h.ice, CONSENT_LOST_US));
    /* who comes back has to prove it as well */
    assert_int_equal(ICE_NOTHING, check(&h, 2, USE_CANDIDATE, CONSENT_LOST_US));
    assert_int_equal(0, selected_port(&h));
    assert_true(h.ice->ops->is_stale(h.ice, CONSENT_LOST_US));
    assert_int_equal(ICE_CONNECTED, answer(&h, GOOD, 2, CONSENT_LOST_US));
    assert_int_equal(2, selected_port(&h));
    assert_false(h.ice->ops->is_stale(h.ice, CONSENT_LOST_US));
    host_release(&h);
}

/* Others' addresses push none of the peer's out, and what is about to be used stays. */
static void test_who_is_forgotten(void **state)
{
    struct host h;

    (void)state;
    secure_init(&h);
    for (uint16_t port = 2; port <= ICE_ADDRESSES_MAX; port++)
        check(&h, port, PLAIN, port * US_PER_S);
    check(&h, 2, USE_CANDIDATE, 10 * US_PER_S);
    assert_int_equal(ICE_ADDRESSES_MAX, h.n_addresses);
    assert_true(net_address_parse(&h.taken, "192.0.2.1"));
    h.taken.port = 77;
    check(&h, 77, PLAIN, 11 * US_PER_S);
    assert_int_equal(ICE_ADDRESSES_MAX, h.n_addresses);
    for (uint16_t port = 3; port < 30; port++)
        check(&h, port, PLAIN, (10 + port) * US_PER_S);
    assert_int_equal(ICE_ADDRESSES_MAX, h.n_addresses);
    assert_int_equal(1, selected_port(&h));
    assert_int_equal(ICE_MOVED, proof(&h, 2, 40 * US_PER_S));
    host_release(&h);
}

/* RFC 9000 section 8.1: three times what came, until the address is proven. */
static void test_what_may_be_sent(void **state)
{
    struct host h;
    size_t left;

    (void)state;
    host_init(&h);
    assert_false(h.ice->ops->may_send(h.ice, 1));
    assert_int_equal(ICE_CONNECTED, check(&h, 1, USE_CANDIDATE, 0));
    assert_int_equal(1, h.n_asked);
    left = 3 * h.last_len - h.reply_bytes - h.asked_len;
    assert_false(h.ice->ops->may_send(h.ice, left + 1));
    assert_true(h.ice->ops->may_send(h.ice, left));
    assert_false(h.ice->ops->may_send(h.ice, 1));
    /* a handshake's datagram counts */
    h.ice->ops->received(h.ice, slot_from(1, h.last, 50));
    h.ice->ops->received(h.ice, slot_from(2, h.last, 50));
    assert_false(h.ice->ops->may_send(h.ice, 151));
    assert_true(h.ice->ops->may_send(h.ice, 150));
    /* an address gets what came from it, not what came from another */
    assert_int_equal(ICE_MOVED, check(&h, 2, USE_CANDIDATE, 1000));
    left = 3 * h.last_len - 64 - h.asked_len;
    assert_false(h.ice->ops->may_send(h.ice, left + 1));
    assert_true(h.ice->ops->may_send(h.ice, left));
    answer(&h, GOOD, 2, 2000);
    assert_true(h.ice->ops->may_send(h.ice, 100000));
    host_release(&h);
}

/* The handshake ended elsewhere than where the last nomination pointed. */
static void test_handshake_proves(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    assert_int_equal(ICE_CONNECTED, check(&h, 1, USE_CANDIDATE, 0));
    assert_int_equal(ICE_MOVED, check(&h, 2, USE_CANDIDATE, 0));
    h.ice->ops->set_secured(h.ice, true);
    assert_int_equal(ICE_MOVED, proof(&h, 1, 1000));
    assert_int_equal(1, selected_port(&h));
    host_release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_consent),
        cmocka_unit_test(test_nomination),
        cmocka_unit_test(test_addresses_are_bounded),
        cmocka_unit_test(test_who_is_refused),
        cmocka_unit_test(test_before_the_answer),
        cmocka_unit_test(test_loss_of_consent),
        cmocka_unit_test(test_never_checked),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_moves_after_proof),
        cmocka_unit_test(test_moves_after_answer),
        cmocka_unit_test(test_asks_again),
        cmocka_unit_test(test_repeated_transaction),
        cmocka_unit_test(test_consent_by_another_address),
        cmocka_unit_test(test_who_is_forgotten),
        cmocka_unit_test(test_what_may_be_sent),
        cmocka_unit_test(test_handshake_proves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
