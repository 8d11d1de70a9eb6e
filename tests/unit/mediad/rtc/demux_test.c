#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/demux.h"
#include "mediad/rtc/source_limit.h"

static void test_classify(void **state)
{
    static const struct {
        const char *name;
        uint8_t first, second;
        enum demux_kind want;
    } rows[] = {
        {"STUN lowest", 0, 1, DEMUX_STUN},
        {"STUN highest", 3, 0, DEMUX_STUN},
        {"ZRTP", 16, 0, DEMUX_OTHER},
        {"between", 19, 0, DEMUX_OTHER},
        {"DTLS lowest", 20, 254, DEMUX_DTLS},
        {"DTLS highest", 63, 254, DEMUX_DTLS},
        {"TURN channel", 64, 0, DEMUX_OTHER},
        {"below RTP", 127, 0, DEMUX_OTHER},
        {"RTP lowest", 128, 96, DEMUX_RTP},
        {"RTP highest", 191, 96, DEMUX_RTP},
        {"RTP with marker", 128, 224, DEMUX_RTP},
        {"RTCP lowest", 128, 192, DEMUX_RTCP},
        {"RTCP SR", 128, 200, DEMUX_RTCP},
        {"RTCP highest", 129, 223, DEMUX_RTCP},
        {"RTP below RTCP", 128, 191, DEMUX_RTP},
        {"above RTP", 192, 200, DEMUX_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t bytes[2] = {rows[i].first, rows[i].second};

        print_message("row: %s\n", rows[i].name);
        assert_int_equal(rows[i].want, demux_classify(span_of(bytes, 2)));
        assert_int_equal(DEMUX_OTHER, demux_classify(span_of(bytes, 1)));
    }
    assert_int_equal(DEMUX_OTHER, demux_classify(span_of(NULL, 0)));
}

static struct net_address address(const char *ip, uint16_t port)
{
    struct net_address a;

    assert_true(net_address_parse(&a, ip));
    a.port = port;
    return a;
}

static void test_addresses(void **state)
{
    struct demux d;
    struct demux_owner found;
    int one, two;
    struct net_address a = address("192.0.2.1", 1), b = address("192.0.2.1", 2),
                       c = address("2001:db8::1", 1);

    (void)state;
    demux_init(&d, 1, 12345);
    assert_false(demux_by_address(&d, &a, &found));
    assert_int_equal(0, demux_add_address(&d, &a, &one));
    assert_int_equal(0, demux_add_foreign(&d, &b, 5, 0));
    assert_int_equal(0, demux_add_address(&d, &c, &two));
    assert_true(demux_by_address(&d, &a, &found));
    assert_true(found.is_mine && found.endpoint == &one && found.worker == 1);
    assert_true(demux_by_address(&d, &b, &found));
    assert_true(!found.is_mine && found.worker == 5);
    /* another worker's word does not take what is ours */
    assert_int_equal(ERR_EXISTS, demux_add_foreign(&d, &a, 5, 0));
    assert_true(demux_by_address(&d, &a, &found) && found.endpoint == &one);
    /* nor does an owner remove what has passed to another */
    demux_remove_address(&d, &a, &two);
    demux_remove_foreign(&d, &b, 4);
    assert_true(demux_by_address(&d, &a, &found) && demux_by_address(&d, &b, &found));
    demux_remove_address(&d, &a, &one);
    demux_remove_foreign(&d, &b, 5);
    assert_false(demux_by_address(&d, &a, &found));
    assert_false(demux_by_address(&d, &b, &found));
    assert_true(demux_by_address(&d, &c, &found) && found.endpoint == &two);
    demux_release(&d);
}

/* By TCP the same numbers are another peer. */
static void test_protocols(void **state)
{
    struct demux d;
    struct demux_owner found;
    int by_udp, by_tcp;
    struct net_address udp = address("192.0.2.1", 1), tcp = udp;

    (void)state;
    tcp.protocol = TRANSPORT_TCP;
    demux_init(&d, 1, 12345);
    assert_int_equal(0, demux_add_address(&d, &udp, &by_udp));
    assert_false(demux_by_address(&d, &tcp, &found));
    assert_int_equal(0, demux_add_address(&d, &tcp, &by_tcp));
    assert_true(demux_by_address(&d, &udp, &found) && found.endpoint == &by_udp);
    assert_true(demux_by_address(&d, &tcp, &found) && found.endpoint == &by_tcp);
    demux_release(&d);
}

/* A mark is its worker's until that one lets go, or has not said it for 30 s. */
static void test_foreign_marks(void **state)
{
    static const int64_t starts_s[] = {0, 65530, 1000000}; /* the mark's second wraps around */
    struct net_address a = address("192.0.2.1", 1);

    (void)state;
    for (size_t i = 0; i < LENGTH(starts_s); i++) {
        int64_t start_us = starts_s[i] * US_PER_S;
        struct demux d;
        struct demux_owner found;

        demux_init(&d, 1, 12345);
        assert_false(demux_is_foreign(&d, &a, start_us));
        assert_int_equal(0, demux_add_foreign(&d, &a, 4095, start_us));
        assert_true(demux_is_foreign(&d, &a, start_us));
        assert_int_equal(ERR_EXISTS, demux_add_foreign(&d, &a, 3, start_us + 29 * US_PER_S));
        assert_true(demux_by_address(&d, &a, &found) && !found.is_mine && found.worker == 4095);
        /* said again */
        assert_int_equal(0, demux_add_foreign(&d, &a, 4095, start_us + 29 * US_PER_S));
        assert_int_equal(ERR_EXISTS, demux_add_foreign(&d, &a, 3, start_us + 58 * US_PER_S));
        demux_remove_foreign(&d, &a, 3);
        assert_true(demux_is_foreign(&d, &a, start_us + 58 * US_PER_S));
        /* not any more, though its datagrams still find their way */
        assert_false(demux_is_foreign(&d, &a, start_us + 59 * US_PER_S));
        assert_true(demux_by_address(&d, &a, &found) && found.worker == 4095);
        assert_int_equal(0, demux_add_foreign(&d, &a, 3, start_us + 59 * US_PER_S));
        assert_true(demux_by_address(&d, &a, &found) && found.worker == 3);
        demux_remove_foreign(&d, &a, 3);
        assert_int_equal(0, demux_add_foreign(&d, &a, 0, start_us + 59 * US_PER_S));
        demux_release(&d);
    }
}

static void test_ufrags(void **state)
{
    static const unsigned workers[] = {0, 1, 63, 64, 4095};
    uint8_t random[DEMUX_UFRAG_RANDOM] = {0, 255, 64, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    int owner;

    (void)state;
    for (size_t i = 0; i < LENGTH(workers); i++) {
        struct demux d;
        struct demux_owner found;
        char ufrag[ICE_UFRAG_LEN + 1];

        demux_init(&d, workers[i], 1);
        demux_make_ufrag(ufrag, workers[i], random);
        assert_int_equal(ICE_UFRAG_LEN, strlen(ufrag));
        assert_false(demux_by_ufrag(&d, span_str(ufrag), &found)); /* ours, and nobody's */
        assert_int_equal(0, demux_add_ufrag(&d, ufrag, &owner));
        assert_true(demux_by_ufrag(&d, span_str(ufrag), &found));
        assert_true(found.is_mine && found.endpoint == &owner);
        demux_remove_ufrag(&d, ufrag);
        assert_false(demux_by_ufrag(&d, span_str(ufrag), &found));
        d.worker = 7;
        assert_true(demux_by_ufrag(&d, span_str(ufrag), &found));
        assert_true(!found.is_mine && found.worker == workers[i]);
        ufrag[0] = '-';
        assert_false(demux_by_ufrag(&d, span_str(ufrag), &found));
        assert_false(demux_by_ufrag(&d, span_str("short"), &found));
        demux_release(&d);
    }
}

/* Against a plain array: adding, replacing and removing in random order. */
static void test_table_against_model(void **state)
{
    enum { KEYS = 200, STEPS = 20000 };
    struct fixed_table t;
    int values[2];
    void *model[KEYS] = {NULL};
    size_t n = 0;

    (void)state;
    srandom(7);
    fixed_table_init(&t, sizeof(uint32_t), 99);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t key = (uint32_t)random() % KEYS;

        if (random() % 2) {
            void *value = &values[random() % 2];

            n += !model[key];
            model[key] = value;
            assert_int_equal(0, fixed_table_set(&t, &key, value));
        } else {
            n -= model[key] != NULL;
            assert_ptr_equal(model[key], fixed_table_remove(&t, &key));
            model[key] = NULL;
        }
        assert_int_equal(n, t.n);
        for (uint32_t k = 0; step % 100 == 0 && k < KEYS; k++)
            assert_ptr_equal(model[k], fixed_table_find(&t, &k));
    }
    fixed_table_release(&t);
}

static void test_source_limit(void **state)
{
    static struct source_limit l;
    int64_t now_us = 5000000;

    (void)state;
    source_limit_init(&l, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_false(source_limit_is_over(&l, 77, now_us));
        source_limit_count(&l, 77, now_us);
    }
    assert_true(source_limit_is_over(&l, 77, now_us + 999999));
    assert_false(source_limit_is_over(&l, 78, now_us));
    assert_false(source_limit_is_over(&l, 77, now_us + 1000000)); /* the next second */
    /* another source takes the cell over */
    source_limit_count(&l, 77 + SOURCE_LIMIT_CELLS, now_us);
    assert_false(source_limit_is_over(&l, 77, now_us));
}

static void test_whose_address(void **state)
{
    static const struct {
        const char *name, *a, *b;
        bool is_same_network, is_same_host;
    } rows[] = {
        {"the same", "192.0.2.1", "192.0.2.1", true, true},
        {"the same /24", "192.0.2.1", "192.0.2.200", true, false},
        {"another /24", "192.0.2.1", "192.0.3.1", false, false},
        {"the same /64", "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true, true},
        {"the same /56", "2001:db8:0:1::1", "2001:db8:0:ff::1", true, false},
        {"another /56", "2001:db8:0:1::1", "2001:db8:0:100::1", false, false},
        {"the same bytes of another family", "32.1.13.184", "2001:db8::", false, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct net_address a = address(rows[i].a, 1), b = address(rows[i].b, 2);

        print_message("row: %s\n", rows[i].name);
        assert_int_equal(rows[i].is_same_network,
                         net_address_network_hash(&a) == net_address_network_hash(&b));
        assert_int_equal(rows[i].is_same_host,
                         net_address_host_hash(&a) == net_address_host_hash(&b));
    }
}

static void test_addresses_as_text(void **state)
{
    static const struct {
        const char *text;
        bool is_loopback, is_link_local;
    } rows[] = {{"127.0.0.1", true, false},   {"127.9.9.9", true, false},
                {"192.0.2.1", false, false},  {"169.254.1.1", false, true},
                {"::1", true, false},         {"fe80::1", false, true},
                {"2001:db8::1", false, false}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct net_address a = address(rows[i].text, 5), back;
        struct sockaddr_storage sa;
        char text[NET_ADDRESS_TEXT_SIZE];

        assert_string_equal(rows[i].text, net_address_ip_text(&a, text));
        assert_int_equal(rows[i].is_loopback, net_address_is_loopback(&a));
        assert_int_equal(rows[i].is_link_local, net_address_is_link_local(&a));
        assert_true(net_address_to_sockaddr(&a, &sa) > 0);
        assert_true(net_address_from_sockaddr(&back, &sa));
        assert_true(net_address_eq(&a, &back));
    }
    struct net_address none = {0};

    assert_false(net_address_parse(&none, "example.org"));
    assert_false(net_address_parse(&none, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classify),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_protocols),
        cmocka_unit_test(test_foreign_marks),
        cmocka_unit_test(test_ufrags),
        cmocka_unit_test(test_table_against_model),
        cmocka_unit_test(test_source_limit),
        cmocka_unit_test(test_whose_address),
        cmocka_unit_test(test_addresses_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
