/* A burst leaves at the rate that was set; what waits too long is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/pacer.h"

#define MS 1000

static struct packet packet;

static int put(struct pacer *p, uint16_t seq, int64_t now_us)
{
    return pacer_put(p, &(struct paced_packet){&packet, {.seq = seq}, now_us});
}

static void drop_all(struct pacer *p)
{
    struct paced_packet paced;

    while (pacer_drop(p, &paced))
        continue;
    assert_null(p->queue);
}

static void test_without_rate(void **state)
{
    struct pacer p = {0};

    (void)state;
    assert_true(pacer_is_open(&p, 1 * MS));
    pacer_spend(&p, 1000000);
    assert_true(pacer_is_open(&p, 1 * MS));
    assert_int_equal(INT64_MAX, pacer_next_us(&p));
}

static void test_burst(void **state)
{
    struct pacer p = {0};
    struct paced_packet paced;
    int64_t now_us = 1000 * MS, start_us = now_us;
    unsigned n = 0;

    (void)state;
    pacer_set_rate(&p, 800000, true, now_us); /* a packet of 1,000 bytes each 10 ms */
    for (uint16_t i = 0; i < 50; i++) {
        if (pacer_is_open(&p, now_us)) {
            pacer_spend(&p, 1000);
            n++;
        } else {
            assert_int_equal(0, put(&p, i, now_us));
        }
    }
    assert_in_range(n, 2, 4);
    uint16_t next = (uint16_t)n;

    while (p.n) {
        now_us = pacer_next_us(&p);
        assert_false(pacer_is_open(&p, now_us)); /* the order stays */
        while (pacer_take(&p, now_us, &paced)) {
            assert_int_equal(next++, paced.out.seq);
            pacer_spend(&p, 1000);
        }
    }
    assert_int_equal(50, next);
    assert_in_range(now_us - start_us, 440 * MS, 500 * MS);
    assert_null(p.queue);
}

static void test_what_is_too_much(void **state)
{
    struct pacer p = {0};
    int64_t now_us = 1000 * MS;

    (void)state;
    pacer_set_rate(&p, 1000, true, now_us);
    assert_int_equal(0, put(&p, 1, now_us));
    assert_int_equal(0, put(&p, 2, now_us + PACER_AGE_MAX_US));
    assert_int_equal(ERR_TOO_LARGE, put(&p, 3, now_us + PACER_AGE_MAX_US + 1));
    drop_all(&p);
    for (unsigned i = 0; i < PACER_PACKETS_MAX; i++)
        assert_int_equal(0, put(&p, (uint16_t)i, now_us));
    assert_int_equal(ERR_TOO_LARGE, put(&p, 0, now_us));
    drop_all(&p);
}

/* What waits does not wait much longer than a quarter of a second, whatever the rate. */
static void test_much_waits(void **state)
{
    struct pacer p = {0};
    struct paced_packet paced;
    int64_t now_us = 1000 * MS, start_us = now_us;

    (void)state;
    packet.len = 1000;
    pacer_set_rate(&p, 100000, false, now_us); /* a second and more for what follows */
    for (uint16_t i = 0; i < 100; i++)
        assert_int_equal(0, put(&p, i, now_us));
    assert_int_equal(100000, p.waiting_bytes);
    for (unsigned n = 100; n > 10;) {
        now_us = pacer_next_us(&p);
        for (; pacer_take(&p, now_us, &paced); n--)
            pacer_spend(&p, paced.packet->len);
    }
    assert_in_range(now_us - start_us, 300 * MS, 700 * MS);
    drop_all(&p);
    assert_int_equal(0, p.waiting_bytes);
    packet.len = 0;
}

/* Another rate counts from now on. */
static void test_rate_changes(void **state)
{
    struct pacer p = {0};
    struct paced_packet paced;
    int64_t now_us = 1000 * MS;

    (void)state;
    pacer_set_rate(&p, 100000, true, now_us);
    (void)pacer_is_open(&p, now_us);
    pacer_spend(&p, 10000);
    assert_int_equal(0, put(&p, 1, now_us));
    assert_false(pacer_take(&p, now_us + 50 * MS, &paced));
    pacer_set_rate(&p, 0, true, now_us + 50 * MS);
    assert_true(pacer_take(&p, now_us + 50 * MS, &paced));
}

/* What had to leave at once is not made up for over longer than what waits is given. */
static void test_debt(void **state)
{
    struct pacer p = {0};
    int64_t now_us = 1000 * MS;

    (void)state;
    pacer_set_rate(&p, 200000, true, now_us);
    pacer_spend(&p, 80000);
    assert_false(pacer_is_open(&p, now_us));
    assert_false(pacer_is_open(&p, now_us + 200 * MS));
    assert_true(pacer_is_open(&p, now_us + 300 * MS));
}

/* Nothing leaves while it rests, which it does for half a second at most. */
static void test_rest(void **state)
{
    static const struct {
        int64_t wanted_ms, rests_ms;
    } rows[] = {{-100, 0}, {200, 200}, {5000, 500}};

    (void)state;
    packet.len = 1000;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pacer p = {0};
        struct paced_packet paced;
        int64_t now_us = 1000 * MS, end_us = now_us + rows[i].rests_ms * MS;

        pacer_set_rate(&p, 1000000, false, now_us - 400 * MS); /* the last look */
        pacer_rest(&p, now_us + rows[i].wanted_ms * MS, now_us);
        assert_int_equal(rows[i].rests_ms == 0, pacer_is_open(&p, now_us));
        assert_int_equal(0, put(&p, 1, now_us));
        if (rows[i].rests_ms) {
            pacer_set_rate(&p, 500000, false, now_us + MS); /* meanwhile */
            assert_false(pacer_take(&p, end_us - MS, &paced));
            assert_in_range(pacer_next_us(&p), end_us, end_us + MS);
        }
        assert_true(pacer_take(&p, end_us + MS, &paced));
        drop_all(&p);
    }
    packet.len = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_rate),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_what_is_too_much),
        cmocka_unit_test(test_much_waits),
        cmocka_unit_test(test_rate_changes),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_debt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
