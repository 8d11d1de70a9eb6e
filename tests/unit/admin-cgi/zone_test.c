#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "admin-cgi/page.h"
#include "admin-cgi/zone.h"
#include "common/macros.h"
#include "common/now.h"

static void test_times(void **state)
{
    static const struct {
        const char *zone;
        int64_t at_s;
        const char *text;
    } cases[] = {
        {NULL, 1780992000, "2026-06-09 08:00 UTC"},
        {"", 1780992000, "2026-06-09 08:00 UTC"},
        {"Europe/Berlin", 1780992000, "2026-06-09 10:00 +02:00"},
        {"Europe/Berlin", 1767225600, "2026-01-01 01:00 +01:00"},
        {"America/St_Johns", 1780992000, "2026-06-09 05:30 -02:30"},
        {"Asia/Kathmandu", 1780992000, "2026-06-09 13:45 +05:45"},
        {"Pacific/Auckland", 1780992000, "2026-06-09 20:00 +12:00"},
    };
    struct arena a = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_string_equal(zone_time_text(&a, cases[i].zone, cases[i].at_s * US_PER_S),
                            cases[i].text);
    arena_release(&a);
}

/* What a form shows comes back as the same instant, written with the offset of its day. */
static void test_fields(void **state)
{
    static const struct {
        const char *zone, *text, *rfc3339, *shown;
    } cases[] = {
        {NULL, "2026-06-09T08:00", "2026-06-09T08:00:00Z", "2026-06-09T08:00"},
        {"Europe/Berlin", "2026-06-09T10:00", "2026-06-09T10:00:00+02:00", "2026-06-09T10:00"},
        {"Europe/Berlin", "2026-12-09T10:00:30", "2026-12-09T10:00:30+01:00",
         "2026-12-09T10:00:30"},
        {"America/St_Johns", "2026-06-09T05:30", "2026-06-09T05:30:00-02:30", "2026-06-09T05:30"},
        {"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:30:00+02:00", "2026-03-29T03:30"},
        {"Europe/Berlin", "tomorrow", NULL, NULL},
        {"Europe/Berlin", "2026-02-30T10:00", NULL, NULL},
    };
    struct arena a = {0};
    char text[FORM_TIME_SIZE];
    int64_t at_us = 0, same_us = 0;

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        bool is_time = zone_field_read(cases[i].zone, cases[i].text, text, &at_us);

        if (is_time != (cases[i].rfc3339 != NULL))
            fail_msg("%s", cases[i].text);
        if (!is_time)
            continue;
        assert_string_equal(text, cases[i].rfc3339);
        assert_int_equal(time_parse_rfc3339(span_str(text), &same_us), 0);
        assert_int_equal(same_us, at_us);
        assert_string_equal(zone_field_text(&a, cases[i].zone, at_us), cases[i].shown);
    }
    arena_release(&a);
}

static const char *text_of(struct json_object *o, const char *name)
{
    return json_object_get_string(json_object_object_get(o, name));
}

static void test_page(void **state)
{
    struct json_object *page = json_object_new_object(), *row;

    (void)state;
    setenv("TZ", "Asia/Tokyo", 1);
    page_time(page, "seen", 1780992000 * US_PER_S);
    row = page_row(page_list(page, "rows"));
    page_time(row, "until", 1780992000 * US_PER_S);
    page_text(row, "name", "2026-06-09 08:00 UTC"); /* of a person */
    page_text(row, "other", "just now");            /* a time in words stays */
    page_text(row, "other_iso", "2026-06-09T08:00:00Z");
    zone_localise(page, "Europe/Berlin", NULL);
    assert_string_equal(text_of(page, "seen"), "2026-06-09 10:00 +02:00");
    assert_string_equal(text_of(page, "seen_iso"), "2026-06-09T10:00:00+02:00");
    assert_string_equal(text_of(row, "until"), "2026-06-09 10:00 +02:00");
    assert_string_equal(text_of(row, "name"), "2026-06-09 08:00 UTC");
    assert_string_equal(text_of(row, "other"), "just now");
    assert_string_equal(getenv("TZ"), "Asia/Tokyo"); /* the process has its own again */
    unsetenv("TZ");
    json_object_put(page);
}

static void test_names(void **state)
{
    struct arena a = {0};

    (void)state;
    assert_true(zone_is_known(&a, ""));
    assert_true(zone_is_known(&a, "Europe/Berlin"));
    assert_false(zone_is_known(&a, "Europe/Atlantis"));
    assert_false(zone_is_known(&a, "../../etc/passwd"));
    assert_string_equal(json_object_get_string(json_object_array_get_idx(zone_names(&a), 0)),
                        "Africa/Abidjan");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
