#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/now.h"
#include "mediad/signal/census.h"

#define MANY 64

struct house {
    struct census census;
    struct limits limits;
    struct census_entry entries[MANY];
    size_t n;
    int64_t now_us;
    struct census_entry *victim;
};

static void set_up(struct house *h)
{
    memset(h, 0, sizeof *h);
    h->limits = limits_default;
    h->limits.unjoined = 4;
    h->limits.unjoined_per_address = 3;
    h->limits.clients = 8;
    h->limits.clients_per_address = 6;
    h->now_us = US_PER_S;
}

static void tear_down(struct house *h)
{
    for (size_t i = 0; i < h->n; i++)
        census_leave(&h->census, &h->entries[i]);
    assert_int_equal(census_count(&h->census), 0);
    assert_int_equal(h->census.addresses.n, 0);
}

/* @return the newcomer, or NULL when refused; h->victim is who went */
static struct census_entry *come(struct house *h, const char *address)
{
    struct census_entry *entry = &h->entries[h->n];
    bool has_room = census_has_room(&h->census, &h->limits, address, h->now_us);
    int r = census_enter(&h->census, &h->limits, entry, address, h->now_us, &h->victim);

    assert_true(h->n < MANY);
    h->now_us++;
    if (r < 0) {
        assert_int_equal(r, ERR_BUSY);
        assert_false(has_room);
        return NULL;
    }
    h->n++;
    return entry;
}

static int greet(struct house *h, struct census_entry *entry)
{
    return census_greeted(&h->census, &h->limits, entry, h->now_us++, &h->victim);
}

static void join(struct house *h, const char *address)
{
    struct census_entry *entry = come(h, address);

    assert_non_null(entry);
    assert_int_equal(greet(h, entry), 0);
    census_joined(&h->census, entry, h->now_us);
}

static void test_newest_of_the_fullest_goes(void **state)
{
    struct house h;
    struct census_entry *last;

    (void)state;
    set_up(&h);
    come(&h, "192.0.2.1");
    come(&h, "192.0.2.2");
    come(&h, "192.0.2.1");
    last = come(&h, "192.0.2.1");
    assert_null(h.victim);
    assert_non_null(come(&h, "192.0.2.3"));
    assert_ptr_equal(h.victim, last);
    assert_null(last->address);
    assert_int_equal(census_count(&h.census), 4);
    assert_null(come(&h, "192.0.2.1"));
    tear_down(&h);
}

/* Of many who are alike, who has idled longest goes: the newest is perhaps about to speak. */
static void test_many_addresses(void **state)
{
    struct house h;
    struct census_entry *first;

    (void)state;
    set_up(&h);
    first = come(&h, "192.0.2.1");
    come(&h, "192.0.2.2");
    come(&h, "192.0.2.3");
    come(&h, "192.0.2.4");
    assert_non_null(come(&h, "192.0.2.5"));
    assert_ptr_equal(h.victim, first);
    tear_down(&h);
}

static void test_silent_ones_take_no_place_of_others(void **state)
{
    struct house h;

    (void)state;
    set_up(&h);
    for (int i = 0; i < 4; i++) {
        char address[32];

        snprintf(address, sizeof address, "198.51.100.%d", i);
        assert_non_null(come(&h, address));
    }
    for (int i = 0; i < 8; i++) {
        char address[32];

        snprintf(address, sizeof address, "192.0.2.%d", i);
        join(&h, address);
    }
    assert_int_equal(h.census.n_in[CENSUS_JOINED], 8);
    assert_true(h.census.n_in[CENSUS_SILENT] <= 4);
    tear_down(&h);
}

/* Members never go for a newcomer; who greeted and joins nothing does. */
static void test_clients(void **state)
{
    struct house h;
    struct census_entry *waiting, *newcomer;

    (void)state;
    set_up(&h);
    for (int i = 0; i < 7; i++) {
        char address[32];

        snprintf(address, sizeof address, "192.0.2.%d", i);
        join(&h, address);
    }
    waiting = come(&h, "198.51.100.1");
    assert_int_equal(greet(&h, waiting), 0);
    newcomer = come(&h, "198.51.100.2");
    assert_int_equal(greet(&h, newcomer), 0);
    assert_ptr_equal(h.victim, waiting);
    census_joined(&h.census, newcomer, h.now_us);
    assert_false(census_has_room(&h.census, &h.limits, "198.51.100.4", h.now_us));
    tear_down(&h);
}

/* Behind one address, who idles gives way after a while. */
static void test_patience(void **state)
{
    struct house h;
    struct census_entry *first;

    (void)state;
    set_up(&h);
    first = come(&h, "192.0.2.1");
    come(&h, "192.0.2.1");
    come(&h, "192.0.2.1");
    assert_null(come(&h, "192.0.2.1"));
    h.now_us += 2 * US_PER_S;
    assert_non_null(come(&h, "192.0.2.1"));
    assert_ptr_equal(h.victim, first);
    tear_down(&h);
}

/* A household has a /64 (RFC 6177 section 2): its addresses are one. */
static void test_ipv6(void **state)
{
    struct house h;

    (void)state;
    set_up(&h);
    assert_non_null(come(&h, "2001:db8::1"));
    assert_non_null(come(&h, "2001:db8::2:0:0:1"));
    assert_non_null(come(&h, "2001:db8:0:0:ffff::"));
    assert_null(come(&h, "2001:db8::3"));
    assert_non_null(come(&h, "2001:db8:0:1::3"));
    tear_down(&h);
}

static void test_leaving_a_group(void **state)
{
    struct house h;
    struct census_entry *entry;

    (void)state;
    set_up(&h);
    entry = come(&h, "192.0.2.1");
    assert_int_equal(greet(&h, entry), 0);
    census_joined(&h.census, entry, h.now_us);
    assert_int_equal(census_count_unjoined(&h.census), 0);
    census_unjoined(&h.census, entry, h.now_us);
    assert_int_equal(census_count_unjoined(&h.census), 1);
    tear_down(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newest_of_the_fullest_goes),
        cmocka_unit_test(test_many_addresses),
        cmocka_unit_test(test_silent_ones_take_no_place_of_others),
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_leaving_a_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
