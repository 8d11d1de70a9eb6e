#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/rtc/resend.h"

#define MS 1000

static int want(const struct resend_ring *r, uint16_t seq, int64_t rtt_us, int64_t now_us)
{
    uint16_t source, pid_delta;

    return resend_want(r, seq, rtt_us, now_us, &source, &pid_delta);
}

static void test_rules(void **state)
{
    struct resend_ring r;
    uint16_t source = 0, pid_delta = 0;
    int64_t now_us = 5000 * MS;

    (void)state;
    assert_int_equal(resend_init(&r, 16), 0);
    assert_int_equal(want(&r, 0, 50 * MS, now_us), ERR_NOT_FOUND); /* nothing sent yet */
    resend_sent(&r, 65535, 100, 3, 1000, now_us);
    assert_int_equal(resend_want(&r, 65535, 50 * MS, now_us, &source, &pid_delta), 0);
    assert_int_equal(source, 100);
    assert_int_equal(pid_delta, 3);
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
    resend_sent(&r, 0, 101, 0, 1000, now_us);
    assert_int_equal(want(&r, 0, 50 * MS, now_us + 990 * MS), 0);
    assert_int_equal(want(&r, 0, 50 * MS, now_us + 1020 * MS), ERR_NOT_FOUND); /* too old */
    resend_sent(&r, 15, 116, 0, 1000, now_us);
    assert_int_equal(want(&r, 65535, 50 * MS, now_us), ERR_NOT_FOUND); /* overwritten */
    assert_false(resend_repeated(&r, 65535, 1, now_us));
    resend_release(&r);
}

/* Whatever is asked for, repeats stay at a quarter of what was sent, after a first allowance. */
static void test_budget(void **state)
{
    struct resend_ring r;
    int64_t sent = 0, repeated = 0;

    (void)state;
    assert_int_equal(resend_init(&r, RESEND_VIDEO), 0);
    for (unsigned i = 0; i < 20000; i++) {
        int64_t now_us = (int64_t)i * MS;

        resend_sent(&r, (uint16_t)i, (uint16_t)i, 0, 1000, now_us);
        sent += 1000;
        if (resend_repeated(&r, (uint16_t)i, 1000, now_us))
            repeated += 1000;
    }
    assert_true(repeated <= RESEND_BUDGET_FIRST + sent / 4);
    assert_true(repeated >= sent / 4 - 1000);
    assert_true(r.n_refused > 0);
    for (unsigned i = 0; i < 100000; i++) /* savings have a cap */
        resend_sent(&r, (uint16_t)i, (uint16_t)i, 0, 1000, 0);
    assert_int_equal(r.budget_bytes, RESEND_BUDGET_MAX);
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
