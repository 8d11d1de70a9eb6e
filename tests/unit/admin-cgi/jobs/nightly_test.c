/* When the nightly backup is due, and which are kept. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "admin-cgi/jobs/nightly.h"
#include "common/macros.h"
#include "common/now.h"

#define HOUR_US (INT64_C(3600) * US_PER_S)
#define DAY_US (24 * HOUR_US)

static int64_t at(const char *text)
{
    int64_t us = 0;

    if (time_parse_rfc3339(span_str(text), &us) < 0)
        fail_msg("%s", text);
    return us;
}

static void zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

static void test_due(void **state)
{
    static const struct {
        const char *name, *zone, *last, *now;
        int minute;
        bool due;
    } cases[] = {
        {"before it", "UTC0", "2026-11-28T03:00:10Z", "2026-11-29T02:59:00Z", 180, false},
        {"at it", "UTC0", "2026-11-28T03:00:10Z", "2026-11-29T03:00:00Z", 180, true},
        {"made", "UTC0", "2026-11-29T03:00:10Z", "2026-11-29T12:00:00Z", 180, false},
        {"off for a week", "UTC0", "2026-11-20T03:00:10Z", "2026-11-29T02:00:00Z", 180, true},
        {"made late, after being off", "UTC0", "2026-11-29T02:00:10Z", "2026-11-29T02:10:00Z", 180,
         false},
        {"local time", "CET-1", "2026-11-28T02:00:10Z", "2026-11-29T02:00:30Z", 180, true},
        {"local time, not yet", "CET-1", "2026-11-28T02:00:10Z", "2026-11-29T01:59:00Z", 180,
         false},
        {"midnight", "UTC0", "2026-11-28T00:00:10Z", "2026-11-29T00:00:00Z", 0, true},
        {"the night without 02:30", "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-28T01:30:10Z",
         "2026-03-29T12:00:00Z", 150, true},
        {"after it", "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T12:00:00Z", "2026-03-29T22:00:00Z",
         150, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        zone(cases[i].zone);
        if (nightly_is_due(at(cases[i].last), at(cases[i].now), cases[i].minute) != cases[i].due)
            fail_msg("%s", cases[i].name);
    }
    zone("UTC0");
}

static void test_keep(void **state)
{
    int64_t times[60];
    bool keep[60];
    size_t n = 0;

    (void)state;
    /* 2026-11-29 is a Sunday. */
    for (size_t i = 0; i < LENGTH(times); i++)
        times[i] = at("2026-11-29T03:00:00Z") - (int64_t)i * DAY_US;
    nightly_keep(times, LENGTH(times), keep);
    for (size_t i = 0; i < LENGTH(keep); i++) {
        /* A week of days, and the Sundays of the four weeks before. */
        bool wanted = i < 7 || (i % 7 == 0 && i <= 28);

        n += keep[i];
        if (keep[i] != wanted)
            fail_msg("%zu days ago: %d", i, keep[i]);
    }
    assert_int_equal(n, 11);
    nightly_keep(times, 0, keep);
    nightly_keep(times, 3, keep);
    assert_true(keep[0] && keep[1] && keep[2]);
}

static void test_minute(void **state)
{
    (void)state;
    assert_int_equal(nightly_minute("03:00"), 180);
    assert_int_equal(nightly_minute("23:59"), 1439);
    assert_int_equal(nightly_minute("24:00"), -1);
    assert_int_equal(nightly_minute("3:00"), -1);
    assert_int_equal(nightly_minute(""), -1);
    assert_int_equal(nightly_minute("aa:bb"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_keep),
        cmocka_unit_test(test_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
