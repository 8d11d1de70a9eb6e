#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/now.h"

/* The first five are the examples of RFC 3339 section 5.8. */
static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t want_us;
        const char *written;
    } rows[] = {
        {"1985-04-12T23:20:50.52Z", INT64_C(482196050520000), "1985-04-12T23:20:50.520Z"},
        {"1996-12-19T16:39:57-08:00", INT64_C(851042397000000), "1996-12-20T00:39:57.000Z"},
        {"1990-12-31T23:59:60Z", INT64_C(662687999000000), "1990-12-31T23:59:59.000Z"},
        {"1990-12-31T15:59:60-08:00", INT64_C(662687999000000), "1990-12-31T23:59:59.000Z"},
        {"1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130000), "1937-01-01T11:40:27.870Z"},
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"},
        {"1969-12-31T23:59:59.999Z", -1000, "1969-12-31T23:59:59.999Z"},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000000), "2000-02-29T00:00:00.000Z"},
        {"2024-02-29t12:00:00z", INT64_C(1709208000000000), "2024-02-29T12:00:00.000Z"},
        {"2026-11-24T09:30:00.5+01:00", INT64_C(1795509000500000), "2026-11-24T08:30:00.500Z"},
        {"2026-11-24T09:30:00.123456789Z", INT64_C(1795512600123456), "2026-11-24T09:30:00.123Z"},
        {"2026-11-24T09:30:00-00:00", INT64_C(1795512600000000), "2026-11-24T09:30:00.000Z"},
        {"0000-01-01T00:00:00Z", INT64_C(-62167219200000000), "0000-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999), "9999-12-31T23:59:59.999Z"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char text[TIME_RFC3339_SIZE];
        int64_t got_us = 1;

        if (time_parse_rfc3339(span_str(rows[i].text), &got_us) < 0 || got_us != rows[i].want_us)
            fail_msg("%s: %lld", rows[i].text, (long long)got_us);
        assert_string_equal(time_format_rfc3339(got_us, text), rows[i].written);
    }
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2026-11-24",
        "2026-11-24T09:30:00",
        "2026-11-24T09:30Z",
        "2026-11-24 09:30:00Z",
        "2026-11-24T09:30:00 Z",
        "2026-11-24T09:30:00.Z",
        "2026-11-24T09:30:00,5Z",
        "2026-11-24T09:30:00+0100",
        "2026-11-24T09:30:00+1:00",
        "2026-11-24T09:30:00+24:00",
        "2026-11-24T09:30:00+01:60",
        "2026-11-24T09:30:00Zx",
        " 2026-11-24T09:30:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T09:60:00Z",
        "2026-11-24T09:30:61Z",
        "2026-00-24T09:30:00Z",
        "2026-13-24T09:30:00Z",
        "2026-11-00T09:30:00Z",
        "2026-11-31T09:30:00Z",
        "2026-02-29T09:30:00Z",
        "1900-02-29T09:30:00Z",
        "26-11-24T09:30:00Z",
        "-026-11-24T09:30:00Z",
        "2026-1-24T09:30:00Z",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        int64_t got_us = 4711;

        if (time_parse_rfc3339(span_str(texts[i]), &got_us) != ERR_SYNTAX || got_us != 4711)
            fail_msg("%s is accepted", texts[i]);
    }
}

static void test_format(void **state)
{
    const int64_t time_us = INT64_C(1795822200) * US_PER_S + 999999; /* 2026-11-27T23:30:00 */
    char text[20];

    (void)state;
    assert_true(time_format_utc(text, sizeof text, time_us, "%Y-%m-%d %H:%M:%S"));
    assert_string_equal(text, "2026-11-27 23:30:00");
    assert_false(time_format_utc(text, 19, time_us, "%Y-%m-%d %H:%M:%S"));
}

/* Each day of four centuries, there and back. */
static void test_calendar(void **state)
{
    int64_t day_us = 86400 * US_PER_S;
    int64_t time_us = INT64_C(-2208988800) * US_PER_S; /* 1900-01-01 */

    (void)state;
    for (int i = 0; i < 146097; i++, time_us += day_us) {
        char text[TIME_RFC3339_SIZE];
        int64_t got_us = 1;

        time_format_rfc3339(time_us, text);
        if (time_parse_rfc3339(span_str(text), &got_us) < 0 || got_us != time_us)
            fail_msg("%s", text);
    }
}

static void test_clocks(void **state)
{
    int64_t before_us = now_monotonic_us();

    (void)state;
    assert_true(now_monotonic_us() >= before_us);
    assert_true(now_realtime_us() > INT64_C(1700000000) * US_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_format), cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_clocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
