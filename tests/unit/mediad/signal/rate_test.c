#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "mediad/signal/rate.h"

/* 10 a second, burst 5. @return verdict of the nth of messages sent at once */
static enum rate_verdict nth(int n)
{
    struct rate r = {0};
    enum rate_verdict v = RATE_OK;
    int64_t pause_us = 0;

    for (int i = 0; i < n; i++)
        v = rate_take(&r, 10, 5, 100, US_PER_S, &pause_us);
    return v;
}

static void test_burst(void **state)
{
    (void)state;
    assert_int_equal(nth(1), RATE_OK);
    assert_int_equal(nth(5), RATE_OK);
    assert_int_equal(nth(6), RATE_PAUSE);
}

static void test_pause_is_until_there_is_room(void **state)
{
    struct rate r = {0};
    int64_t pause_us = 0, now_us = US_PER_S;

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(rate_take(&r, 10, 5, 100, now_us, &pause_us), RATE_OK);
    assert_int_equal(rate_take(&r, 10, 5, 100, now_us, &pause_us), RATE_PAUSE);
    assert_int_equal(pause_us, US_PER_S / 10);
    now_us += pause_us + US_PER_S / 10;
    assert_int_equal(rate_take(&r, 10, 5, 100, now_us, &pause_us), RATE_OK);
}

static void test_steady_pace_is_never_paused(void **state)
{
    struct rate r = {0};
    int64_t pause_us = 0;

    (void)state;
    for (int i = 1; i < 1000; i++)
        assert_int_equal(rate_take(&r, 10, 5, 100, i * US_PER_S / 10, &pause_us), RATE_OK);
}

static void test_weight(void **state)
{
    struct rate r = {0};
    int64_t pause_us = 0;

    (void)state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(rate_take(&r, 10, 5, 25, US_PER_S, &pause_us), RATE_OK);
    assert_int_equal(rate_take(&r, 10, 5, 25, US_PER_S, &pause_us), RATE_PAUSE);
}

static void test_who_never_stops(void **state)
{
    struct rate r = {0};
    int64_t pause_us = 0, now_us = US_PER_S;
    int warnings = 0, n = 0;
    enum rate_verdict v = RATE_OK;

    (void)state;
    while (v != RATE_END && n++ < 10000) {
        v = rate_take(&r, 10, 5, 100, now_us, &pause_us);
        if (v == RATE_WARN)
            warnings++;
        if (v == RATE_WARN || v == RATE_PAUSE)
            now_us += pause_us;
    }
    assert_int_equal(v, RATE_END);
    assert_int_equal(warnings, 1);
}

static void test_rest_forgives(void **state)
{
    struct rate r = {0};
    int64_t pause_us = 0, now_us = US_PER_S;

    (void)state;
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 8; i++)
            assert_int_not_equal(rate_take(&r, 10, 5, 100, now_us, &pause_us), RATE_END);
        now_us += 10 * US_PER_S;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_pause_is_until_there_is_room),
        cmocka_unit_test(test_steady_pace_is_never_paused),
        cmocka_unit_test(test_weight),
        cmocka_unit_test(test_who_never_stops),
        cmocka_unit_test(test_rest_forgives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
