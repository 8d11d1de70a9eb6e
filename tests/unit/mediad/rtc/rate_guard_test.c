#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/rate_guard.h"

#define MS 1000

/* What gets in of a sender who sends packets of `size` every `interval_us` for ten seconds. */
static uint64_t run(struct rate_guard *g, size_t size, int64_t interval_us)
{
    uint64_t n = 0;

    for (int64_t now_us = 0; now_us < 10000 * MS; now_us += interval_us)
        n += rate_guard_take(g, size, now_us);
    return n;
}

static void test_limits(void **state)
{
    static const struct {
        const char *name;
        uint64_t rate_bps;
        uint32_t packets_per_s;
        size_t size;
        int64_t interval_us;
        uint64_t min, max;
    } rows[] = {
        {"a camera passes", 0, 0, 1100, 5 * MS, 2000, 2000},
        {"packets are limited", 0, 0, 50, 50, 54990, 55010},
        {"bits are limited: 20 Mbit/s", 0, 0, 1250, 100, 21990, 22010},
        {"own limits", 1000000, 100, 1250, 1 * MS, 1095, 1105},
        {"larger than a second of rate", 8000, 100, 1001, 1 * MS, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rate_guard g;
        uint64_t n;

        rate_guard_init(&g, rows[i].rate_bps, rows[i].packets_per_s);
        n = run(&g, rows[i].size, rows[i].interval_us);
        if (n < rows[i].min || n > rows[i].max)
            print_error("%s: %llu\n", rows[i].name, (unsigned long long)n);
        assert_in_range(n, rows[i].min, rows[i].max);
        assert_int_equal(g.n_dropped, (uint64_t)(10000 * MS / rows[i].interval_us) - n);
    }
}

static void test_burst_and_time(void **state)
{
    struct rate_guard g;
    unsigned n = 0;

    (void)state;
    rate_guard_init(&g, 8000000, 10);
    while (n < 100 && rate_guard_take(&g, 100, 5000 * MS))
        n++;
    assert_int_equal(n, 10);                           /* one second's worth at once */
    assert_false(rate_guard_take(&g, 100, 4000 * MS)); /* a clock that goes back gives nothing */
    assert_false(rate_guard_take(&g, 100, 5000 * MS));
    assert_true(rate_guard_take(&g, 100, 5100 * MS));
    assert_false(rate_guard_take(&g, 100, 5100 * MS));
    assert_true(rate_guard_take(&g, 100, INT64_MAX)); /* and a long silence does not overflow */
}

static void test_notice(void **state)
{
    struct rate_guard g;

    (void)state;
    rate_guard_init(&g, 8000, 1);
    assert_false(rate_guard_notice(&g, 0));
    assert_true(rate_guard_take(&g, 10, 0));
    assert_false(rate_guard_notice(&g, 0));
    assert_false(rate_guard_take(&g, 10, 0));
    assert_true(rate_guard_notice(&g, 0));
    assert_false(rate_guard_notice(&g, 20000 * MS)); /* nothing new */
    assert_true(rate_guard_take(&g, 10, 20000 * MS));
    assert_false(rate_guard_take(&g, 10, 20000 * MS));
    assert_true(rate_guard_notice(&g, 20000 * MS));
    assert_false(rate_guard_take(&g, 10, 20001 * MS));
    assert_false(rate_guard_notice(&g, 29999 * MS)); /* once in 10 s */
    assert_true(rate_guard_notice(&g, 30000 * MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_burst_and_time),
        cmocka_unit_test(test_notice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
