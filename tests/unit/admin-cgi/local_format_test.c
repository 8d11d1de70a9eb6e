/* How each language writes numbers, percents, times and what is counted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/say.h"
#include "admin-cgi/time_words.h"
#include "admin-cgi/zone.h"
#include "common/macros.h"
#include "common/now.h"
#include "our_words.h"

#define AT_US (INT64_C(1780992000) * US_PER_S) /* 2026-06-09T08:00:00Z */
#define NBSP "\u00a0"
#define NARROW "\u202f"

static void test_languages(void **state)
{
    static const struct {
        const char *tag; /* "": none */
        const char *millions, *thousands, *percent, *berlin, *utc, *day, *size, *days;
    } rows[] = {
        {"", "-1234567.5", "1234", "12.5 %", "2026-06-09 10:00 +02:00", "2026-06-09 08:00 UTC",
         "06-09", "1.5 GB", "1234 days ago"},
        {"en", "-1,234,567.5", "1,234", "12.5" NBSP "%", "2026-06-09 10:00 +02:00",
         "2026-06-09 08:00 UTC", "9 Jun", "1.5 GB", "1,234 days ago"},
        {"de", "-1.234.567,5", "1.234", "12,5" NBSP "%", "09.06.2026, 10:00 +02:00",
         "09.06.2026, 08:00 UTC", "9.6.", "1,5" NBSP "GB", "vor 1.234 Tagen"},
        {"fr", "-1" NARROW "234" NARROW "567,5", "1" NARROW "234", "12,5" NARROW "%",
         "9 juin 2026 à 10:00 +02:00", "9 juin 2026 à 08:00 UTC", "09/06", "1,5" NARROW "Go",
         "il y a 1" NARROW "234 jours"},
        {"es", "-1.234.567,5", "1234", "12,5" NBSP "%", "9 jun 2026, 10:00 +02:00",
         "9 jun 2026, 08:00 UTC", "9/6", "1,5" NBSP "GB", "hace 1234 días"},
        {"ar", "-1,234,567.5", "1,234", "12.5%", "9 يونيو 2026، 10:00 +02:00",
         "9 يونيو 2026، 08:00 UTC", "9/6", "\u20681.5\u2069 غيغابايت", "قبل 1,234 يومًا"},
        {"zh", "-1,234,567.5", "1,234", "12.5%", "2026年6月9日 10:00 +02:00",
         "2026年6月9日 08:00 UTC", "6月9日", "1.5 GB", "1,234 天前"},
    };
    struct words *w = our_words();
    time_t at = (time_t)(AT_US / US_PER_S);
    struct tm tm;

    (void)state;
    assert_non_null(gmtime_r(&at, &tm));
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct arena a = {.language = *rows[i].tag ? words_find(w, span_str(rows[i].tag)) : NULL};
        struct buf day = {0};

        assert_string_equal(local_number(&a, -1234567.5, 1), rows[i].millions);
        assert_string_equal(local_number(&a, 1233.9, 0), rows[i].thousands);
        assert_string_equal(local_number(&a, 999, 0), "999");
        assert_string_equal(local_percent(&a, 12.54, 1), rows[i].percent);
        assert_string_equal(zone_time_text(&a, "Europe/Berlin", AT_US), rows[i].berlin);
        assert_string_equal(zone_time_text(&a, NULL, AT_US), rows[i].utc);
        assert_string_equal(recording_view_size(&a, 1500000000), rows[i].size);
        assert_string_equal(say_count(&a, "{n} days ago", "{n} day ago", 1234), rows[i].days);
        local_day_add(&day, a.language, &tm);
        assert_string_equal(buf_str(&day), rows[i].day);
        buf_release(&day);
        arena_release(&a);
    }
    words_free(w);
}

/* Arabic has six forms of what is counted, and so of how long ago something was. */
static void test_arabic_days_ago(void **state)
{
    static const struct {
        unsigned days;
        const char *words;
    } rows[] = {
        {2, "قبل يومين"},    {3, "قبل 3 أيام"},   {10, "قبل 10 أيام"},
        {11, "قبل 11 يومًا"}, {59, "قبل 59 يومًا"},
    };
    struct words *w = our_words();
    struct arena a = {.language = words_find(w, span_str("ar"))};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_string_equal(time_words(&a, AT_US - (int64_t)rows[i].days * 86400 * US_PER_S, AT_US),
                            rows[i].words);
    arena_release(&a);
    words_free(w);
}

/* What the health checks kept in the database. */
static void test_reported(void **state)
{
    static const struct {
        const char *reported, *said;
    } rows[] = {
        {"sound, 1.5 GB", "in Ordnung, 1,5" NBSP "GB"},
        {"sound, 999 kB", "in Ordnung, 999" NBSP "kB"},
        {"sound, 1.5.1 GB", "in Ordnung, 1.5.1 GB"},
        {"sound, 1.5", "in Ordnung, 1.5"},
    };
    struct words *w = our_words();
    struct arena a = {.language = words_find(w, span_str("de"))};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_string_equal(say_reported(&a, rows[i].reported), rows[i].said);
    arena_release(&a);
    words_free(w);
}

/* Numbers that a page's form or script takes stay as they are. */
static void test_counts(void **state)
{
    struct words *w = our_words();
    struct json_object *page =
        json_tokener_parse("{\"n_groups\": 10000, \"seq\": 10000, \"rows\": [{\"n_users\": 7}]}");

    (void)state;
    local_counts(page, words_find(w, span_str("de")));
    assert_string_equal(json_object_to_json_string_ext(page, JSON_C_TO_STRING_PLAIN),
                        "{\"n_groups\":\"10.000\",\"seq\":10000,\"rows\":[{\"n_users\":\"7\"}]}");
    json_object_put(page);
    words_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_arabic_days_ago),
        cmocka_unit_test(test_reported),
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
