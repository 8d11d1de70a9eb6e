#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/json_scan.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/token.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;

    if (json_scan_parse(&value, span_str(text), &json_limits_file, NULL) < 0)
        fail_msg("not JSON: %s", text);
    return value;
}

static struct token token_from(const char *text)
{
    struct json_object *json = parse(text);
    struct token t = {0};
    struct error e;

    if (token_from_json(&t, json, &e) < 0)
        fail_msg("%s: %s: %s", text, e.place, e.text);
    json_object_put(json);
    return t;
}

static void assert_written(const struct token *t, const char *want, const char *row)
{
    struct json_object *json = token_to_json(t);
    const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE);

    if (strcmp(text, want) != 0)
        fail_msg("%s: written %s, want %s", row, text, want);
    json_object_put(json);
}

static void test_round_trip(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"what is always written", "{\"token\":\"t\"}",
         "{\"token\":\"t\",\"group\":\"\",\"permissions\":null}"},
        {"everything",
         "{\"issuedBy\":\"olga\",\"issuedAt\":\"2026-11-24T09:30:00Z\",\"token\":\"t\","
         "\"group\":\"g/h\",\"includeSubgroups\":true,\"username\":\"john\","
         "\"permissions\":[\"message\",\"present\"],\"expires\":\"2026-11-25T00:00:00+01:00\","
         "\"not-before\":\"2026-11-24T00:00:00.123456789Z\"}",
         "{\"token\":\"t\",\"group\":\"g/h\",\"includeSubgroups\":true,\"username\":\"john\","
         "\"permissions\":[\"message\",\"present\"],\"expires\":\"2026-11-25T00:00:00+01:00\","
         "\"not-before\":\"2026-11-24T00:00:00.123456789Z\",\"issuedAt\":\"2026-11-24T09:30:00Z\","
         "\"issuedBy\":\"olga\"}"},
        {"members we do not know",
         "{\"token\":\"t\",\"group\":\"g\",\"future\":{\"x\":[1,null]},\"nothing\":null}",
         "{\"token\":\"t\",\"group\":\"g\",\"permissions\":null,\"future\":{\"x\":[1,null]},"
         "\"nothing\":null}"},
        {"null is absent",
         "{\"token\":\"t\",\"group\":null,\"username\":null,\"permissions\":null,"
         "\"expires\":null,\"includeSubgroups\":null}",
         "{\"token\":\"t\",\"group\":\"\",\"permissions\":null}"},
        {"empty name and permissions are kept",
         "{\"token\":\"t\",\"group\":\"g\",\"username\":\"\",\"permissions\":[]}",
         "{\"token\":\"t\",\"group\":\"g\",\"username\":\"\",\"permissions\":[]}"},
        {"SIG-22: a role stays a role", "{\"token\":\"t\",\"group\":\"g\",\"permissions\":\"op\"}",
         "{\"token\":\"t\",\"group\":\"g\",\"permissions\":\"op\"}"},
        {"words we do not know, twice",
         "{\"token\":\"t\",\"group\":\"g\",\"permissions\":[\"fly\",\"op\",\"fly\"]}",
         "{\"token\":\"t\",\"group\":\"g\",\"permissions\":[\"fly\",\"op\",\"fly\"]}"},
        {"false is left out", "{\"token\":\"t\",\"group\":\"g\",\"includeSubgroups\":false}",
         "{\"token\":\"t\",\"group\":\"g\",\"permissions\":null}"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct token t = token_from(rows[i].text);
        struct token copy;

        assert_written(&t, rows[i].want, rows[i].name);
        assert_int_equal(token_copy(&copy, &t), 0);
        token_release(&t);
        assert_written(&copy, rows[i].want, rows[i].name);
        token_release(&copy);
    }
}

static void test_changed_times(void **state)
{
    struct token t = token_from("{\"token\":\"t\",\"group\":\"g\","
                                "\"expires\":\"2026-11-24T09:30:00.123456789+01:00\","
                                "\"not-before\":\"2026-11-24T09:30:00+01:00\"}");

    (void)state;
    t.expires_us += US_PER_S;
    t.has_not_before = false;
    assert_written(&t,
                   "{\"token\":\"t\",\"group\":\"g\",\"permissions\":null,"
                   "\"expires\":\"2026-11-24T08:30:01.123Z\"}",
                   "changed");
    token_release(&t);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *place;
    } rows[] = {
        {"[]", ""},
        {"\"t\"", ""},
        {"{\"token\":1}", "token"},
        {"{\"token\":\"a\\u0000b\"}", "token"},
        {"{\"group\":[]}", "group"},
        {"{\"username\":false}", "username"},
        {"{\"includeSubgroups\":\"true\"}", "includeSubgroups"},
        {"{\"permissions\":\"king\"}", "permissions"},
        {"{\"permissions\":\"op\\u0000\"}", "permissions"},
        {"{\"permissions\":{}}", "permissions"},
        {"{\"permissions\":[1]}", "permissions"},
        {"{\"expires\":1800000000}", "expires"},
        {"{\"expires\":\"tomorrow\"}", "expires"},
        {"{\"not-before\":\"2026-11-24\"}", "not-before"},
        {"{\"issuedAt\":\"x\"}", "issuedAt"},
        {"{\"issuedBy\":{}}", "issuedBy"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = parse(rows[i].text);
        struct token t;
        struct error e = {0};

        if (token_from_json(&t, json, &e) != ERR_INVALID || strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %s: %s", rows[i].text, e.place, e.text);
        json_object_put(json);
    }
}

static void test_validity(void **state)
{
    static const int64_t now_us = INT64_C(1800000000000000); /* 2027-01-15T08:00:00Z */
    static const struct {
        const char *name, *token, *group;
        bool want;
    } rows[] = {
        {"its group", "\"group\":\"g\",\"expires\":\"2027-01-15T08:00:00Z\"", "g", true},
        {"expired by a millisecond", "\"group\":\"g\",\"expires\":\"2027-01-15T07:59:59.999Z\"",
         "g", false},
        {"no expiry", "\"group\":\"g\"", "g", false},
        {"another group", "\"group\":\"g\",\"expires\":\"2027-02-01T00:00:00Z\"", "h", false},
        {"a subgroup", "\"group\":\"g\",\"expires\":\"2027-02-01T00:00:00Z\"", "g/s", false},
        {"a subgroup, included",
         "\"group\":\"g\",\"includeSubgroups\":true,\"expires\":\"2027-02-01T00:00:00Z\"", "g/s/t",
         true},
        {"the group itself, with subgroups",
         "\"group\":\"g\",\"includeSubgroups\":true,\"expires\":\"2027-02-01T00:00:00Z\"", "g",
         true},
        {"half a name",
         "\"group\":\"g\",\"includeSubgroups\":true,\"expires\":\"2027-02-01T00:00:00Z\"", "gg",
         false},
        {"whole server",
         "\"group\":\"\",\"includeSubgroups\":true,\"expires\":\"2027-02-01T00:00:00Z\"", "g/s",
         true},
        {"empty group without subgroups", "\"group\":\"\",\"expires\":\"2027-02-01T00:00:00Z\"",
         "g", false},
        {"empty group without subgroups, for the empty name",
         "\"group\":\"\",\"expires\":\"2027-02-01T00:00:00Z\"", "", false},
        {"starts now",
         "\"group\":\"g\",\"expires\":\"2027-02-01T00:00:00Z\","
         "\"not-before\":\"2027-01-15T08:00:00Z\"",
         "g", true},
        {"starts later",
         "\"group\":\"g\",\"expires\":\"2027-02-01T00:00:00Z\","
         "\"not-before\":\"2027-01-15T08:00:00.001Z\"",
         "g", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf text = {0};
        struct token t;

        buf_printf(&text, "{\"token\":\"t\",%s}", rows[i].token);
        t = token_from(buf_str(&text));
        if (token_is_valid_for(&t, span_str(rows[i].group), now_us) != rows[i].want)
            fail_msg("%s", rows[i].name);
        token_release(&t);
        buf_release(&text);
    }
}

static void test_global(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{\"group\":\"\",\"includeSubgroups\":true}", true},
        {"{\"includeSubgroups\":true}", true},
        {"{\"group\":\"\"}", false},
        {"{\"group\":\"g\",\"includeSubgroups\":true}", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct token t = token_from(rows[i].text);

        if (token_is_global(&t) != rows[i].want)
            fail_msg("%s", rows[i].text);
        token_release(&t);
    }
}

static void test_new_names(void **state)
{
    char a[TOKEN_NAME_SIZE];
    char b[TOKEN_NAME_SIZE];

    (void)state;
    assert_int_equal(token_new_name(a), 0);
    assert_int_equal(token_new_name(b), 0);
    assert_int_equal(strlen(a), 22);
    assert_int_equal(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     22);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_changed_times),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_validity),
        cmocka_unit_test(test_global),     cmocka_unit_test(test_new_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
