#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stun/usages/ice.h>

#include "common/now.h"
#include "mediad/rtc/consent.h"
#include "mediad/rtc/ice_shared.h"

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
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
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
    unsigned counts[4];
    unsigned n_forgotten;
    char ufrags[4][ICE_UFRAG_LEN + 1];
    struct net_address addresses[16];
    unsigned n_addresses;
    struct net_address taken; /* claims of this one are refused */
};

static void host_send(void *user, const struct udp_path *path, const void *datagram, size_t len)
{
    struct host *h = user;

    assert_int_equal(AF_INET, path->name.in.sin_family);
    assert_non_null(datagram);
    h->n_replies++;
    h->reply_bytes += len;
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

static int host_claim_address(void *user, const struct slot *arrival)
{
    struct host *h = user;

    if (net_address_eq(&arrival->source, &h->taken))
        return ERR_EXISTS;
    if (find_claimed(h, &arrival->source) < 0)
        h->addresses[h->n_addresses++] = arrival->source;
    assert_true(h->n_addresses <= ICE_ADDRESSES_MAX);
    return 0;
}

static void host_release_address(void *user, const struct net_address *address)
{
    struct host *h = user;
    int i = find_claimed(h, address);

    assert_true(i >= 0);
    h->addresses[i] = h->addresses[--h->n_addresses];
}

static void host_forget_path(void *user, const struct udp_path *path)
{
    assert_non_null(path);
    ((struct host *)user)->n_forgotten++;
}

static void host_count(void *user, enum ice_shared_count what, const struct slot *datagram)
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

static void host_init(struct host *h)
{
    static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, 0};

    memset(h, 0, sizeof *h);
    binding_init(&h->binding);
    h->sockets[0] = (struct udp_socket){.fd = -1, .family = 4};
    stun_agent_init(&h->client, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    assert_int_equal(0, ice_shared_new(&h->ice, &functions, h, &h->binding, h->sockets, 0));
    assert_int_equal(0, h->ice->ops->set_local(h->ice, &first));
    h->ice->ops->set_remote(h->ice, "remo", 0);
}

static void host_release(struct host *h)
{
    h->ice->ops->free(h->ice);
    assert_int_equal(0, h->n_addresses);
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal("", h->ufrags[i]);
}

enum nomination { PLAIN, USE_CANDIDATE };

static enum ice_event check_as(struct host *h, const struct ice_credentials *local,
                               const char *remote, uint16_t port, enum nomination nomination,
                               int64_t now_us)
{
    static _Alignas(64) uint8_t memory[SLOT_SIZE];
    struct slot *slot = (struct slot *)memory;
    char name[64];
    StunMessage m;
    StunTransactionId id;

    memset(memory, 0, sizeof memory);
    assert_true(net_address_parse(&slot->source, "192.0.2.1"));
    slot->source.port = port;
    assert_true(net_address_parse(&slot->local, "192.0.2.99"));
    snprintf(name, sizeof name, "%s:%s", local->ufrag, remote);
    slot->len = (uint16_t)stun_usage_ice_conncheck_create(
        &h->client, &m, slot->data, DATAGRAM_MAX, (uint8_t *)name, strlen(name),
        (const uint8_t *)local->pwd, strlen(local->pwd), nomination == USE_CANDIDATE, true, 1, 42,
        NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    assert_true(slot->len > 0);
    stun_message_id(&m, id);
    stun_agent_forget_transaction(&h->client, id);
    return h->ice->ops->receive(h->ice, slot, now_us);
}

static enum ice_event check(struct host *h, uint16_t port, enum nomination nomination,
                            int64_t now_us)
{
    return check_as(h, &first, "remo", port, nomination, now_us);
}

static uint16_t selected_port(const struct host *h)
{
    const struct udp_path *path = h->ice->ops->path(h->ice);

    return path ? path->remote.port : 0;
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
    h.ice->ops->set_remote(h.ice, "remo", 0);
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
    h.ice->ops->set_remote(h.ice, "anew", 2 * CONSENT_LOST_US);
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
    h.ice->ops->set_remote(h.ice, "anew", 2000);
    check(&h, 1, USE_CANDIDATE, 3000);
    assert_int_equal(3, h.counts[ICE_CHECK_VALID]);
    assert_int_equal(ICE_MOVED, check_as(&h, &second, "anew", 2, USE_CANDIDATE, 4000));
    assert_int_equal(4, h.counts[ICE_CHECK_VALID]);
    check(&h, 1, USE_CANDIDATE, 5000);
    assert_int_equal(1, h.counts[ICE_CHECK_FORGED]);
    assert_int_equal(2, selected_port(&h));
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
