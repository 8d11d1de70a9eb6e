#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/limits.h"

static void test_settings(void **state)
{
    static const struct {
        const char *name, *text;
        int want;
        const char *place; /* of the complaint; NULL: none */
        int64_t streams;
        const char *ancestors;
    } rows[] = {
        {"empty", "{}", 0, NULL, 16, "'none'"},
        {"a limit", "{\"limits\":{\"streams-per-member\":3}}", 0, NULL, 3, "'none'"},
        {"too small", "{\"limits\":{\"streams-per-member\":0}}", 0, "limits.streams-per-member", 16,
         "'none'"},
        {"one wrong, one right", "{\"limits\":{\"members\":\"many\",\"streams-per-member\":4}}", 0,
         "limits.members", 4, "'none'"},
        {"limits is an array", "{\"limits\":[]}", 0, "limits", 16, "'none'"},
        {"origins", "{\"frame-ancestors\":[\"https://a.example.org\",\"'self'\"]}", 0, NULL, 16,
         "https://a.example.org 'self'"},
        {"no origin", "{\"frame-ancestors\":[\"https://a; script-src *\"]}", 0, "frame-ancestors",
         16, "'none'"},
        {"an empty word", "{\"frame-ancestors\":[\"\"]}", 0, "frame-ancestors", 16, "'none'"},
        {"not an object", "[]", ERR_SYNTAX, "line 1 column 1", 0, NULL},
        {"not JSON", "{", ERR_SYNTAX, "line 1 column 2", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct settings s;
        struct error e = {0};
        int r = settings_parse(&s, span_str(rows[i].text), &e);

        if (r != rows[i].want || strcmp(e.place, rows[i].place ? rows[i].place : "") != 0)
            fail_msg("%s: %d '%s' %s", rows[i].name, r, e.place, e.text);
        if (r < 0)
            continue;
        if (s.limits.streams_per_member != rows[i].streams ||
            strcmp(s.frame_ancestors, rows[i].ancestors) != 0)
            fail_msg("%s: %s", rows[i].name, s.frame_ancestors);
        settings_release(&s);
    }
}

static void test_recording(void **state)
{
    static const struct {
        const char *text;
        int64_t floor, group, total;
        const char *place; /* of the complaint */
    } rows[] = {
        {"{}", -1, 0, 0, ""},
        {"{\"recording\":{}}", -1, 0, 0, ""},
        {"{\"recording\":{\"free-bytes\":0}}", 0, 0, 0, ""},
        {"{\"recording\":{\"free-bytes\":5,\"group-bytes\":6,"
         "\"total-bytes\":7}}",
         5, 6, 7, ""},
        {"{\"recording\":{\"free-bytes\":-1,\"group-bytes\":6}}", -1, 6, 0, "recording.free-bytes"},
        {"{\"recording\":7}", -1, 0, 0, "recording"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct settings s;
        struct error e = {0};

        assert_int_equal(settings_parse(&s, span_str(rows[i].text), &e), 0);
        if (s.recording.free_floor_bytes != rows[i].floor ||
            s.recording.group_quota_bytes != rows[i].group ||
            s.recording.total_quota_bytes != rows[i].total || strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: '%s' %s", rows[i].text, e.place, e.text);
        settings_release(&s);
    }
}

static void test_last_n(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
        const char *place; /* of the complaint */
    } rows[] = {
        {"{}", 0, ""},
        {"{\"last-n\":null}", 0, ""},
        {"{\"last-n\":9}", 9, ""},
        {"{\"last-n\":1000,\"frame-ancestors\":[\"\"]}", 1000, "frame-ancestors"},
        {"{\"last-n\":1001}", 0, "last-n"},
        {"{\"last-n\":-1}", 0, "last-n"},
        {"{\"last-n\":\"9\"}", 0, "last-n"},
        {"{\"limits\":{\"last-n\":9}}", 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct settings s;
        struct error e = {0};

        assert_int_equal(settings_parse(&s, span_str(rows[i].text), &e), 0);
        if (s.last_n != rows[i].want || strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %d, '%s' %s", rows[i].text, (int)s.last_n, e.place, e.text);
        settings_release(&s);
    }
}

static void test_announce(void **state)
{
    struct settings s;

    (void)state;
    assert_int_equal(
        settings_parse(&s, span_str("{\"announce\":[\"192.0.2.1\",\"2001:db8::1\"]}"), NULL), 0);
    assert_string_equal(s.announce[0], "192.0.2.1");
    assert_string_equal(s.announce[1], "2001:db8::1");
    assert_null(s.announce[2]);
    settings_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_last_n),
        cmocka_unit_test(test_recording),
        cmocka_unit_test(test_announce),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
