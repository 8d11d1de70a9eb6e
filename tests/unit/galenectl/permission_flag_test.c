#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "galenectl/permission_flag.h"

static void test_flag(void **state)
{
    static const struct {
        const char *text;
        const char *user; /* JSON, or NULL when refused */
        const char *token;
    } rows[] = {
        {"op", "\"op\"", "[\"op\",\"present\",\"message\",\"caption\",\"token\"]"},
        {" present ", "\"present\"", "[\"present\",\"message\"]"},
        {"message", "\"message\"", "[\"message\"]"},
        {"observe", "\"observe\"", "[]"},
        {"caption", "\"caption\"", "[\"caption\"]"},
        {"admin", "\"admin\"", "[\"admin\"]"},
        {"king", "\"king\"", NULL},
        {"[\"present\",\"fly\"]", "[\"present\",\"fly\"]", "[\"present\",\"fly\"]"},
        {" []", "[]", "[]"},
        {"", NULL, NULL},
        {"  ", NULL, NULL},
        {"[1]", NULL, NULL},
        {"[\"a\"", NULL, NULL},
        {"[\"a\"] x", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *want[] = {rows[i].user, rows[i].token};

        for (size_t k = 0; k < 2; k++) {
            struct json_object *json = NULL;
            struct error e = {0};
            int r = k == 0 ? permission_flag_user(&json, rows[i].text, &e)
                           : permission_flag_token(&json, rows[i].text, &e);

            if ((r == 0) != (want[k] != NULL))
                fail_msg("%s: %d", rows[i].text, r);
            if (r == 0)
                assert_string_equal(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN),
                                    want[k]);
            else
                assert_true(e.text[0] != 0);
            json_object_put(json);
        }
    }
}

static void test_show(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } rows[] = {
        {"\"op\"", "op"},
        {"[\"message\",\"present\",\"token\"]", "[mpt]"},
        {"[]", "[]"},
        {"[\"\",\"op\"]", "[?o]"},
        {"[\"\xc3\xbc\",\"z\"]", "[z\xc3\xbc]"},
        {"\"\\u001b[2J\"", "\\x1B[2J"},
        {"null", "null"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].json);
        struct buf out = {0};

        permission_show(&out, json);
        assert_string_equal(buf_str(&out), rows[i].want);
        buf_release(&out);
        json_object_put(json);
    }
}

static void test_letters(void **state)
{
    static const struct {
        const char *json;
        char more;
        const char *want;
    } rows[] = {
        {"[\"op\",\"\",\"admin\"]", 'H', "?Hao"},
        {"[\"present\",\"message\"]", 0, "mp"},
        {"\"op\"", 'H', "Hcmopt"}, /* a role in a token (SIG-22) */
        {"\"observe\"", 0, ""},
        {"\"king\"", 0, ""},
        {"null", 'H', "H"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].json);
        struct buf out = {0};

        permission_letters(&out, json, rows[i].more);
        assert_string_equal(buf_str(&out), rows[i].want);
        buf_release(&out);
        json_object_put(json);
    }
}

static void test_array_has(void **state)
{
    struct json_object *json = json_tokener_parse("[\"op\",\"\",\"admin\"]");

    (void)state;
    assert_true(permission_array_has(json, "admin"));
    assert_false(permission_array_has(json, "present"));
    json_object_put(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flag),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_array_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
