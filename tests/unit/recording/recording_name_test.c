#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "common/macros.h"
#include "common/now.h"
#include "recording/opus_packet.h"
#include "recording/recording_name.h"

static void test_time(void **state)
{
    static const struct {
        const char *name;
        int64_t ms; /* since 1970; -1: no time */
    } rows[] = {
        {"2026-11-29T12:00:00.123-ada.webm", 1795953600123},
        {"2026-11-29T12-00-00.123-ada.webm", 1795953600123},
        {"2026-11-29T12:00:00.123.webm", 1795953600123},
        {"2026-11-29T12:00:00.123", 1795953600123},
        {"2026-11-29T12:00:00.12", -1},
        {"2026-13-29T12:00:00.123.webm", -1},
        {"2026-00-29T12:00:00.123.webm", -1},
        {"2026-11-29T24:00:00.123.webm", -1},
        {"2026-11-29 12:00:00.123.webm", -1},
        {"film.webm", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t us = -1;

        print_message("%s\n", rows[i].name);
        assert_int_equal(recording_name_time(rows[i].name, &us), rows[i].ms >= 0);
        assert_int_equal(us, rows[i].ms >= 0 ? rows[i].ms * US_PER_MS : -1);
    }
}

static void test_user(void **state)
{
    static const struct {
        const char *name, *user;
    } rows[] = {
        {"2026-11-29T12:00:00.123-ada.webm", "ada"},
        {"2026-11-29T12:00:00.123-ada-01.webm", "ada"},
        {"2026-11-29T12:00:00.123-a.b-c.webm", "a.b-c"},
        {"2026-11-29T12:00:00.123-01.webm", ""},
        {"2026-11-29T12:00:00.123.webm", ""},
        {"ada.webm", ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char user[20];

        print_message("%s\n", rows[i].name);
        recording_name_user(rows[i].name, user, sizeof user);
        assert_string_equal(user, rows[i].user);
    }
}

static void test_opus_duration(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[2];
        size_t len;
        int64_t us;
    } rows[] = {
        {"silence of CELT", {0xf8, 0xff}, 2, 20000},
        {"CELT, 2.5 ms", {0x80}, 1, 2500},
        {"SILK, 60 ms", {0x18}, 1, 60000},
        {"hybrid, 10 ms", {0x60}, 1, 10000},
        {"two frames", {0xf9}, 1, 40000},
        {"three frames", {0xfb, 3}, 2, 60000},
        {"more than 120 ms", {0xfb, 7}, 2, 0},
        {"the count is missing", {0xfb}, 1, 0},
        {"empty", {0}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(opus_packet_duration_us(span_of(rows[i].bytes, rows[i].len)), rows[i].us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_opus_duration),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
