/* When a program that ended is started again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/backoff.h"

static void waits_double_up_to_the_longest(void **state)
{
    static const int64_t want_us[] = {100000,  200000,  400000,  800000, 1600000,
                                      3200000, 5000000, 5000000, 5000000};
    struct backoff b = {0};
    int64_t now_us = 1000;

    (void)state;
    for (size_t i = 0; i < sizeof(want_us) / sizeof(want_us[0]); i++) {
        backoff_started(&b, now_us);
        now_us += 10;
        assert_true(backoff_ended(&b, now_us));
        assert_int_equal(b.restart_at_us - now_us, want_us[i]);
        now_us = b.restart_at_us;
    }
    backoff_started(&b, now_us);
    assert_false(backoff_ended(&b, now_us + BACKOFF_ALIVE_US - 1));
}

static void a_long_life_starts_the_count_anew(void **state)
{
    struct backoff b = {0};

    (void)state;
    for (int i = 0; i < 3 * BACKOFF_TRIES; i++) {
        backoff_started(&b, 0);
        assert_true(backoff_ended(&b, BACKOFF_ALIVE_US));
        assert_int_equal(b.restart_at_us, BACKOFF_ALIVE_US + BACKOFF_FIRST_US);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_longest),
        cmocka_unit_test(a_long_life_starts_the_count_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
