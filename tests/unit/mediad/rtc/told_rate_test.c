#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/told_rate.h"

#define S INT64_C(1000000)
#define NONE TOLD_RATE_UNKNOWN

static void test_told(void **state)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        int64_t least_bps, max_bps;
        int64_t want_bps;
    } rows[] = {
        {"nobody has a limit", 0, NONE, 2500000, 2500000},
        {"it falls at once", 100, 400000, 2500000, 400000},
        {"never below the least", 200, 1, 2500000, 150000},
        {"rises by half a second", 1200, 2500000, 2500000, 225000},
        {"less time, less", 1700, NONE, 2500000, 281250},
        {"more time, no more", 9000, NONE, 2500000, 421875},
        {"a small step is taken whole", 10000, 430000, 2500000, 430000},
        {"a lower layer has a lower limit", 11000, NONE, 102400, 102400},
        {"which the least does not lift", 12000, 200000, 102400, 102400},
    };
    struct told_rate t = {0};

    (void)state;
    assert_false(told_rate_is_over(&t, 1)); /* nothing was told yet */
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t got_bps =
            told_rate_update(&t, rows[i].least_bps, rows[i].max_bps, S + rows[i].at_ms * 1000);

        if (got_bps != rows[i].want_bps)
            fail_msg("%s: %lld", rows[i].name, (long long)got_bps);
    }
    t.bps = 320000;
    assert_false(told_rate_is_over(&t, 310000)); /* not worth a packet */
    assert_true(told_rate_is_over(&t, 309999));
    t.bps = TOLD_RATE_MIN_BPS;
    assert_false(told_rate_is_over(&t, 1));
}

static void test_kept(void **state)
{
    (void)state;
    assert_true(told_rate_is_kept(400000, 450000));
    assert_false(told_rate_is_kept(400000, 450001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
