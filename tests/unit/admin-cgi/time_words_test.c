/* Times in words: each step, both directions, and where they stand in a page's data. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/time_words.h"

#include "admin-cgi/page.h"
#include "common/macros.h"
#include "common/now.h"

#define NOW (INT64_C(1800000000) * US_PER_S)
#define MINUTE 60
#define HOUR 3600
#define DAY 86400

static void steps(void **state)
{
    static const struct {
        int64_t ago_s;
        const char *words;
    } rows[] = {
        {0, "just now"},
        {44, "just now"},
        {45, "1 minute ago"},
        {89, "1 minute ago"},
        {90, "2 minutes ago"},
        {89 * MINUTE, "89 minutes ago"},
        {90 * MINUTE, "2 hours ago"},
        {35 * HOUR, "35 hours ago"},
        {36 * HOUR, "2 days ago"},
        {59 * DAY, "59 days ago"},
        {60 * DAY, "2 months ago"},
        {364 * DAY, "12 months ago"},
        {365 * DAY, "1 year ago"},
        {800 * DAY, "2 years ago"},
        {-10, "in a moment"},
        {-3 * MINUTE, "in 3 minutes"},
        {-2 * DAY, "in 2 days"},
        {-500 * INT64_C(365) * DAY, "in 500 years"},
    };
    struct arena a = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_string_equal(time_words(&a, NOW - rows[i].ago_s * US_PER_S, NOW), rows[i].words);
    arena_release(&a);
}

static const char *text(struct json_object *o, const char *name)
{
    return json_object_get_string(json_object_object_get(o, name));
}

static void pages(void **state)
{
    struct json_object *page = json_object_new_object();
    struct json_object *row = page_row(page_list(page, "rows"));

    (void)state;
    page_time(page, "since", NOW - 120 * US_PER_S);
    page_time(row, "until", NOW + 3 * (int64_t)HOUR * US_PER_S);
    page_text(row, "other_iso", "2026-01-01T00:00:00Z");
    page_text(row, "broken_iso", "never");
    page_text(row, "broken_ago", "as it was");
    time_words_fill(page, NOW, NULL);
    assert_string_equal(text(page, "since_ago"), "2 minutes ago");
    assert_string_equal(text(page, "since"), "2027-01-15 07:58 UTC");
    assert_string_equal(text(row, "until_ago"), "in 3 hours");
    assert_null(text(row, "other_ago"));
    assert_string_equal(text(row, "broken_ago"), "as it was");
    json_object_put(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps), cmocka_unit_test(pages)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
