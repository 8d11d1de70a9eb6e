#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/rtc/resend.h"

#define MS 1000

static int want(const struct resend_ring *r, uint16_t seq, int64_t rtt_us, int64_t now_us)
{
    struct resend_packet packet;

    return resend_want(r, seq, rtt_us, now_us, &packet);
}

static void sent(struct resend_ring *r, uint16_t seq, uint16_t source_seq, int64_t now_us)
{
    struct resend_packet packet = {source_seq, 3, source_seq % 2};

    resend_sent(r, seq, &packet, 1000, now_us);
}

static void test_rules(void **state)
{
    struct resend_ring r;
    struct resend_packet packet = {0};
    int64_t now_us = 5000 * MS;

    (void)state;
    assert_int_equal(resend_init(&r, 16), 0);
    assert_int_equal(want(&r, 0, 50 * MS, now_us), ERR_NOT_FOUND); /* nothing sent yet */
    sent(&r, 65534, 99, now_us);
    assert_int_equal(resend_want(&r, 65534, 50 * MS, now_us, &packet), 0);
    assert_true(packet.marker); /* as it went out, not as it came */
    sent(&r, 65535, 100, now_us);
    assert_int_equal(resend_want(&r, 65535, 50 * MS, now_us, &packet), 0);
    assert_int_equal(packet.source_seq, 100);
    assert_int_equal(packet.pid_delta, 3);
    assert_false(packet.marker);
    assert_int_equal(want(&r, 15, 50 * MS, now_us), ERR_NOT_FOUND); /* same place, other number */

    assert_true(resend_repeated(&r, 65535, 1000, now_us));
    assert_int_equal(want(&r, 65535, 50 * MS, now_us + 40 * MS), ERR_BUSY); /* within the RTT */
    assert_int_equal(want(&r, 65535, 50 * MS, now_us + 60 * MS), 0);
    assert_int_equal(want(&r, 65535, -1, now_us + 80 * MS), ERR_BUSY); /* unknown: 100 ms */
    assert_int_equal(want(&r, 65535, -1, now_us + 110 * MS), 0);
    for (int i = 1; i < RESEND_TIMES_MAX; i++) {
        now_us += 100 * MS;
        assert_int_equal(want(&r, 65535, 50 * MS, now_us), 0);
        assert_true(resend_repeated(&r, 65535, 1000, now_us));
    }
    assert_int_equal(want(&r, 65535, 50 * MS, now_us + 100 * MS), ERR_BUSY); /* often enough */
    sent(&r, 0, 101, now_us);
    assert_int_equal(want(&r, 0, 50 * MS, now_us + 990 * MS), 0);
    assert_int_equal(want(&r, 0, 50 * MS, now_us + 1020 * MS), ERR_NOT_FOUND); /* too old */
    sent(&r, 15, 116, now_us);
    assert_int_equal(want(&r, 65535, 50 * MS, now_us), ERR_NOT_FOUND); /* overwritten */
    assert_false(resend_repeated(&r, 65535, 1, now_us));
    resend_release(&r);
}

/* Whatever is asked for, repeats stay at a quarter of what was sent, after a first allowance. */
static void test_budget(void **state)
{
    struct resend_ring r;
    int64_t total = 0, repeated = 0;

    (void)state;
    assert_int_equal(resend_init(&r, RESEND_VIDEO), 0);
    for (unsigned i = 0; i < 20000; i++) {
        int64_t now_us = (int64_t)i * MS;

        sent(&r, (uint16_t)i, (uint16_t)i, now_us);
        total += 1000;
        if (resend_repeated(&r, (uint16_t)i, 1000, now_us))
            repeated += 1000;
    }
    assert_true(repeated <= RESEND_BUDGET_FIRST + total / 4);
    assert_true(repeated >= total / 4 - 1000);
    assert_true(r.n_refused > 0);
    for (unsigned i = 0; i < 100000; i++) /* savings have a cap */
        sent(&r, (uint16_t)i, (uint16_t)i, 0);
    assert_int_equal(r.budget_bytes, RESEND_BUDGET_MAX);
    resend_set_rate(&r, 400000); /* an eighth of a second of the receiver's line */
    assert_int_equal(r.budget_bytes, 6250);
    sent(&r, 0, 0, 0);
    assert_int_equal(r.budget_bytes, 6250);
    resend_set_rate(&r, 1);
    assert_int_equal(r.budget_bytes, RESEND_BUDGET_MIN);
    resend_set_rate(&r, INT64_MAX);
    assert_int_equal(r.budget_max_bytes, RESEND_BUDGET_MAX);
    resend_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
