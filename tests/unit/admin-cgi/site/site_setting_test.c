/* How a server presents itself: what is a value, and what a welcome text becomes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/site/site_look.h"
#include "admin-cgi/site/site_setting.h"

#include <string.h>

#include "common/macros.h"

static void presets(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
        const struct site_setting *s = &site_settings[i];
        struct error e = {0};

        assert_non_null(strchr(s->key, '.'));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(site_setting_name(s), site_setting_name(&site_settings[k]));
        assert_true(s->label[0] && s->help[0] && s->max_bytes > 0);
        assert_int_equal(site_setting_check(s, span_str(s->preset), &e), 0);
        assert_int_equal(site_setting_check(s, span_str(""), &e), 0);
    }
}

static void links(void **state)
{
    static const char *const good[] = {"https://example.org", "https://example.org:8443/a?b=c#d",
                                       "https://[2001:db8::1]/x", "mailto:help@example.org"};
    static const char *const bad[] = {"http://example.org",
                                      "javascript:alert(1)",
                                      "https://",
                                      "https:///x",
                                      "https://example.org/a b",
                                      "https://example.org/\"onclick=",
                                      "https://example.org/<b>",
                                      "https://user@example.org/",
                                      "mailto:",
                                      "mailto:@",
                                      "mailto:somebody",
                                      "mailto:somebody@",
                                      "data:text/html,x",
                                      "//example.org",
                                      "/admin/",
                                      "HTTPS://example.org"};

    (void)state;
    for (size_t i = 0; i < LENGTH(good); i++)
        assert_true(site_link_check(span_str(good[i])));
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(site_link_check(span_str(bad[i])));
    assert_false(site_link_check(span_of("https://a.org/\0", 15)));
}

static void refused(void **state)
{
    static const struct {
        enum site_setting_id id;
        const char *value, *says;
    } rows[] = {
        {SITE_NAME, "two\nlines", "control character"},
        {SITE_NAME, "1234567890123456789012345678901234567890123456789012345678901", "at most 60"},
        {SITE_WELCOME, "a\tb", "control character"},
        {SITE_ACCENT, "teal", "#rrggbb"},
        {SITE_ACCENT, "#ffff00", "too bright"},
        {SITE_PRIVACY, "javascript:alert(1)", "https://"},
        {SITE_SESSION_IDLE, "4", "from 5 to 1440"},
        {SITE_SESSION_IDLE, "1441", "from 5 to 1440"},
        {SITE_SESSION_IDLE, "-5", "whole number"},
        {SITE_SESSION_IDLE, "5.5", "whole number"},
        {SITE_KEEP_AUDIT, "89", "from 90"},
        {SITE_LIMIT_OPEN, "no", "tick"},
        {SITE_SECOND_FACTOR, "nobody", "list"},
        {SITE_LIMIT_REDIRECT, "a.example\nhttps://b.example", "https://b.example is not"},
        {SITE_NEW_CODECS, "vp8 mp3", "vp8 vp9"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct error e = {0};

        assert_true(site_setting_check(&site_settings[rows[i].id], span_str(rows[i].value), &e) <
                    0);
        assert_non_null(strstr(e.text, rows[i].says));
    }
}

static void welcome(void **state)
{
    static const struct {
        const char *text, *json;
    } rows[] = {
        {"", "[]"},
        {" \n\n \n\n", "[]"},
        {"One\n\n\nTwo",
         "[{\"pieces\":[{\"text\":\"One\",\"url\":\"\"}]},{\"pieces\":[{\"text\":\"Two\",\"url\":"
         "\"\"}]}]"},
        {"See https://a.org/x, please",
         "[{\"pieces\":[{\"text\":\"See \",\"url\":\"\"},{\"text\":\"https://a.org/x\",\"url\":"
         "\"https://a.org/x\"},{\"text\":\", please\",\"url\":\"\"}]}]"},
        {"https://a.org and https://b.org.",
         "[{\"pieces\":[{\"text\":\"https://a.org\",\"url\":\"https://a.org\"},{\"text\":\" and "
         "\",\"url\":\"\"},"
         "{\"text\":\"https://b.org\",\"url\":\"https://b.org\"},{\"text\":\".\",\"url\":\"\"}]}]"},
        {"https://", "[{\"pieces\":[{\"text\":\"https://\",\"url\":\"\"}]}]"},
        {"https://a.org/<b>", "[{\"pieces\":[{\"text\":\"https://a.org/<b>\",\"url\":\"\"}]}]"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *page = json_object_new_object();
        struct arena a = {0};

        site_welcome_add(page, &a, rows[i].text);
        assert_string_equal(
            json_object_to_json_string_ext(json_object_object_get(page, "welcome"),
                                           JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
            rows[i].json);
        json_object_put(page);
        arena_release(&a);
    }
}

static void style(void **state)
{
    struct buf out = {0};

    (void)state;
    site_style(&out, "#a00000");
    assert_int_equal(buf_check(&out), 0);
    assert_non_null(strstr(buf_str(&out), "--accent: light-dark(#a00000, #"));
    buf_clear(&out);
    site_style(&out, "#ffffff");
    site_style(&out, "red}");
    assert_int_equal(buf_span(&out).len, 0);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets), cmocka_unit_test(links), cmocka_unit_test(refused),
        cmocka_unit_test(welcome), cmocka_unit_test(style),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
