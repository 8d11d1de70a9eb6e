/* What nereid-network-test writes is what admin-cgi reads; what is anything else is a failure. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/probe_result.h"

#include <stdio.h>

#include "common/macros.h"

static void test_there_and_back(void **state)
{
    (void)state;
    for (int i = 0; i <= PROBE_FAILED; i++) {
        struct probe_result in = {.outcome = (enum probe_outcome)i, .code = 400 + i, .took_us = 7},
                            out;
        struct json_object *json;

        snprintf(in.text, sizeof in.text, "[2001:db8::%d]:3478", i);
        json = probe_result_to_json(&in);
        assert_non_null(json);
        probe_result_from_json(&out, json);
        assert_int_equal(out.outcome, in.outcome);
        assert_int_equal(out.code, in.code);
        assert_int_equal(out.took_us, in.took_us);
        assert_string_equal(out.text, in.text);
        json_object_put(json);
    }
}

static void test_anything_else_failed(void **state)
{
    static const char *const texts[] = {
        "null", "[]", "7", "{}", "{\"outcome\":\"such\"}", "{\"outcome\":1,\"text\":[1]}"};

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct json_object *json = json_tokener_parse(texts[i]);
        struct probe_result out;

        probe_result_from_json(&out, json);
        assert_int_equal(out.outcome, PROBE_FAILED);
        json_object_put(json);
    }
}

static void test_row(void **state)
{
    struct json_object *server = json_tokener_parse("{\"username\": \"u\", \"credential\": 7}");
    struct json_object *url = json_object_new_string("stun:a");
    struct probe_row row = probe_row_of(url, server);

    (void)state;
    assert_string_equal("stun:a", row.url);
    assert_string_equal("u", row.username);
    assert_null(row.password);
    assert_string_equal("", probe_row_of(server, NULL).url);
    assert_null(probe_row_of(NULL, NULL).username);
    json_object_put(url);
    json_object_put(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_anything_else_failed),
        cmocka_unit_test(test_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
