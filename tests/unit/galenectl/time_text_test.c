#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "galenectl/time_text.h"

#include <time.h>

static void test_local_offset(void **state)
{
    static const struct {
        const char *zone;
        int64_t time_ns;
        const char *rfc3339;
        const char *shown;
    } rows[] = {
        {"UTC0", INT64_C(1795509000123456789), "2026-11-24T08:30:00.123456789+00:00",
         "2026-11-24 08:30:00+00:00"},
        {"CET-1", INT64_C(1795509000000000000), "2026-11-24T09:30:00.000000000+01:00",
         "2026-11-24 09:30:00+01:00"},
        {"NST3:30", INT64_C(1795509000000000001), "2026-11-24T05:00:00.000000001-03:30",
         "2026-11-24 05:00:00-03:30"},
        {"UTC0", -1, "1969-12-31T23:59:59.999999999+00:00", "1969-12-31 23:59:59+00:00"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char text[TIME_TEXT_SIZE];
        int64_t time_us = rows[i].time_ns < 0 ? -1 : rows[i].time_ns / 1000;

        setenv("TZ", rows[i].zone, 1);
        tzset();
        assert_string_equal(time_text_rfc3339(text, rows[i].time_ns), rows[i].rfc3339);
        assert_string_equal(time_text_shown(text, time_us), rows[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_offset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
