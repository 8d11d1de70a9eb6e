#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/signal/token_value.h"

#define NOW_US (INT64_C(1800000000) * US_PER_S)

/* Texts are the protocol's (docs/PROTOCOL.md), in the order in which the fields are looked at. */
static void test_refused(void **state)
{
    static const struct {
        const char *value, *text;
    } rows[] = {
        {"null", "bad token value"},
        {"\"x\"", "bad token value"},
        {"[]", "bad token value"},
        {"{\"colour\":\"red\"}", "unknown field in token: colour"},
        {"{\"includeSubgroups\":true}", "unknown field in token: includeSubgroups"},
        {"{\"token\":1}", "bad string value"},
        {"{\"group\":{}}", "bad string value"},
        {"{\"username\":[],\"permissions\":1,\"expires\":{}}", "bad string value"},
        {"{\"permissions\":[1],\"expires\":{}}", "bad string list"},
        {"{\"permissions\":\"king\"}", "bad string list"},
        {"{\"permissions\":[\"present\"],\"expires\":\"tomorrow\"}", "bad time value"},
        {"{\"expires\":\"\"}", "bad time value"},
        {"{\"expires\":true}", "bad time value"},
        {"{\"expires\":1e300}", "bad time value"},
        {"{\"permissions\":[\"x\",\"y\"],\"not-before\":[]}", "bad time value"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].value);
        struct token_value v = {0};
        struct error e = {0};

        if (token_value_read(&v, json, NOW_US, &e) != ERR_INVALID)
            fail_msg("accepted: %s", rows[i].value);
        if (strcmp(e.text, rows[i].text) != 0)
            fail_msg("%s: %s", rows[i].value, e.text);
        json_object_put(json);
    }
}

static void test_times(void **state)
{
    static const struct {
        const char *value;
        bool has_expires;
        int64_t expires_us;
        bool has_not_before;
        int64_t not_before_us;
        bool forgets;
    } rows[] = {
        {"{}", false, 0, false, 0, false},
        {"{\"expires\":null,\"colour\":null}", false, 0, false, 0, false},
        {"{\"expires\":1500}", true, NOW_US + 1500000, false, 0, false},
        {"{\"expires\":-0.5}", true, NOW_US - 500, false, 0, false},
        {"{\"expires\":\"2027-01-15T08:00:01Z\"}", true, NOW_US + US_PER_S, false, 0, false},
        {"{\"not-before\":60000}", false, 0, true, NOW_US + 60 * US_PER_S, false},
        {"{\"not-before\":\"\"}", false, 0, false, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].value);
        struct token_value v = {0};

        assert_int_equal(token_value_read(&v, json, NOW_US, NULL), 0);
        if (v.has_expires != rows[i].has_expires || v.expires_us != rows[i].expires_us ||
            v.has_not_before != rows[i].has_not_before || v.forgets_not_before != rows[i].forgets ||
            (v.has_not_before && v.not_before_us != rows[i].not_before_us))
            fail_msg("%s: %lld %lld", rows[i].value, (long long)v.expires_us,
                     (long long)v.not_before_us);
        token_value_release(&v);
        json_object_put(json);
    }
}

static void test_strings(void **state)
{
    struct json_object *json = json_tokener_parse(
        "{\"token\":\"t\",\"group\":\"\",\"username\":\"ada\",\"permissions\":[\"op\",\"fly\"],"
        "\"issuedBy\":1,\"issuedAt\":{}}");
    struct token_value v = {0};

    (void)state;
    assert_int_equal(token_value_read(&v, json, NOW_US, NULL), 0);
    assert_string_equal(v.token, "t");
    assert_string_equal(v.group, "");
    assert_string_equal(v.username, "ada");
    assert_int_equal(v.permissions.role, ROLE_ARRAY);
    token_value_release(&v);
    assert_null(v.token);
    json_object_put(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
