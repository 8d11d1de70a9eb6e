#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/now.h"
#include "common/recording_name.h"
#include "common/span.h"

static int set_zone(void **state)
{
    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    return 0;
}

static void test_read(void **state)
{
    static const struct {
        const char *name;
        int64_t ms; /* since 1970; -1: no time */
        const char *user;
    } rows[] = {
        {"2026-03-04T05:06:07.089-ada.webm", 1772597167089, "ada"},
        {"2026-07-04T05:06:07.089-ada.mkv", 1783134367089, "ada"}, /* summer */
        {"2026-03-04T05-06-07.089-ada.webm", 1772597167089, "ada"},
        {"2026-03-04T05:06:07.089.webm", 1772597167089, ""},
        {"2026-03-04T05:06:07.089-01.webm", 1772597167089, ""},
        {"2026-03-04T05:06:07.089-ada-01.webm", 1772597167089, "ada"},
        {"2026-03-04T05:06:07.089-ada.webm.part", 1772597167089, "ada"},
        {"2026-03-04T05:06:07.089-a.b-c.webm", 1772597167089, "a.b-c"},
        {"2026-03-04T05:06:07.089-x-slash-y-backslash-z.webm", 1772597167089, "x/y\\z"},
        {"2026-03-04T05:06:07.089-ada", 1772597167089, "ada"},
        {"2026-03-04T05:06:07.089-longer than there is room for.webm", 1772597167089, ""},
        {"2026-03-04T05:06:07.089-\xff.webm", 1772597167089, ""},
        {"2026-03-04T05:06:07.089", 1772597167089, ""},
        {"2026-03-04T05:06:07.089.part", 1772597167089, ""},
        {"2026-03-04T05:06:07.08", -1, ""},
        {"2026-13-04T05:06:07.089-ada.webm", -1, ""},
        {"2026-00-04T05:06:07.089-ada.webm", -1, ""},
        {"2026-03-04T24:06:07.089-ada.webm", -1, ""},
        {"2026-03-04 05:06:07.089-ada.webm", -1, ""},
        {"2026-03-04T05:06:07-ada.webm", -1, ""},
        {"talk.webm", -1, ""},
        {".part", -1, ""},
        {"", -1, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t us = -1;
        char user[20];

        print_message("%s\n", rows[i].name);
        assert_int_equal(recording_name_time(rows[i].name, &us), rows[i].ms >= 0);
        assert_int_equal(us, rows[i].ms >= 0 ? rows[i].ms * US_PER_MS : -1);
        recording_name_user(rows[i].name, user, sizeof user);
        assert_string_equal(user, rows[i].user);
    }
}

static void test_make(void **state)
{
    static const struct {
        const char *username, *want;
    } rows[] = {
        {"", "2026-03-04T05:06:07.089"},
        {"ada", "2026-03-04T05:06:07.089-ada"},
        {"sam/vimes\\night", "2026-03-04T05:06:07.089-sam-slash-vimes-backslash-night"},
        {"a\x01\x1b[2J\x7f\xc2\x9b\n", "2026-03-04T05:06:07.089-a[2J"},
        {"..", "2026-03-04T05:06:07.089-.."},
        {"J\xc3\xb6rg \xff", "2026-03-04T05:06:07.089-J\xc3\xb6rg "},
    };
    const int64_t started_us = INT64_C(1772597167089000);
    char name[RECORDING_NAME_MAX + 1], longest[401] = "";

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        recording_name_make(name, started_us, rows[i].username);
        assert_string_equal(rows[i].want, name);
    }
    for (unsigned i = 0; i < 200; i++)
        memcpy(longest + 2 * i, "\xc3\xb6", 3);
    recording_name_make(name, started_us, longest);
    assert_in_range(strlen(name), 190, RECORDING_NAME_MAX - 3);
    assert_true(span_is_utf8(span_str(name)));
}

static void test_again(void **state)
{
    static const char *const users[] = {"", "ada", "a/b\\c", "J\xc3\xb6rg", "a.b", "-", "x-1"};

    (void)state;
    for (size_t i = 0; i < LENGTH(users); i++) {
        char base[RECORDING_NAME_MAX + 1], name[sizeof base + sizeof ".webm.part"], user[256];
        int64_t us = 0;

        recording_name_make(base, INT64_C(1783134367089000), users[i]);
        snprintf(name, sizeof name, "%s.webm.part", base);
        assert_true(recording_name_time(name, &us));
        assert_int_equal(us, INT64_C(1783134367089000));
        recording_name_user(name, user, sizeof user);
        assert_string_equal(user, users[i]);
    }
}

static void test_part(void **state)
{
    (void)state;
    assert_true(recording_name_is_part("a.webm.part"));
    assert_false(recording_name_is_part("a.webm"));
    assert_false(recording_name_is_part(".part"));
    assert_false(recording_name_is_part("part"));
    assert_false(recording_name_is_part(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_part),
    };

    return cmocka_run_group_tests(tests, set_zone, NULL);
}
