#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/permissions.h"

/* Compares JSON text and consumes the object. */
static void assert_json(struct json_object *json, const char *want, const char *row)
{
    const char *got =
        json ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN) : "nothing";

    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s, want %s", row, got, want);
    json_object_put(json);
}

/* What is no role's, as after an operator gave or took a permission. */
static void test_role_of_a_set(void **state)
{
    static const struct {
        unsigned bits;
        enum permission_role role;
    } rows[] = {
        {PERMISSION_PRESENT | PERMISSION_MESSAGE | PERMISSION_TOKEN, ROLE_PRESENT},
        {PERMISSION_PRESENT | PERMISSION_MESSAGE | PERMISSION_OP, ROLE_ARRAY},
        {PERMISSION_PRESENT, ROLE_ARRAY},
        {PERMISSION_SYSTEM, ROLE_ARRAY},
        {0, ROLE_OBSERVE},
    };
    char *unknown[] = {"fly", NULL};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(permissions_role(&(struct permissions){.bits = rows[i].bits}),
                         rows[i].role);
    assert_int_equal(permissions_role(&(struct permissions){.unknown = unknown}), ROLE_ARRAY);
}

static void test_spec_expands(void **state)
{
    static const struct {
        const char *name;
        const char *json;
        bool recording, tokens;
        const char *expanded;
    } rows[] = {
        {"op", "\"op\"", false, false, "[\"op\",\"present\",\"message\",\"caption\",\"token\"]"},
        {"op with recording", "\"op\"", true, false,
         "[\"op\",\"present\",\"message\",\"caption\",\"token\",\"record\"]"},
        {"op, tokens change nothing", "\"op\"", false, true,
         "[\"op\",\"present\",\"message\",\"caption\",\"token\"]"},
        {"present", "\"present\"", true, false, "[\"present\",\"message\"]"},
        {"present with tokens", "\"present\"", false, true, "[\"present\",\"message\",\"token\"]"},
        {"message", "\"message\"", true, true, "[\"message\"]"},
        {"observe", "\"observe\"", true, true, "[]"},
        {"caption", "\"caption\"", true, true, "[\"caption\"]"},
        {"admin", "\"admin\"", true, true, "[\"admin\"]"},
        {"an array is literal", "[\"present\",\"op\"]", true, true, "[\"op\",\"present\"]"},
        {"unknown words are kept", "[\"fly\",\"token\",\"swim\"]", true, true,
         "[\"token\",\"fly\",\"swim\"]"},
        {"the empty array", "[]", true, true, "[]"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].json);
        struct permission_spec spec, copy;
        struct permissions set;

        assert_int_equal(permission_spec_parse(&spec, json, NULL), 0);
        json_object_put(json);
        assert_json(permission_spec_to_json(&spec), rows[i].json, rows[i].name);
        assert_int_equal(permission_spec_copy(&copy, &spec), 0);
        permission_spec_release(&spec);
        assert_json(permission_spec_to_json(&copy), rows[i].json, rows[i].name);
        assert_int_equal(permission_spec_expand(&set, &copy, rows[i].recording, rows[i].tokens), 0);
        assert_json(permissions_to_json(&set), rows[i].expanded, rows[i].name);
        if (copy.role != ROLE_ARRAY)
            assert_int_equal(permissions_role(&set), copy.role);
        permissions_release(&set);
        permission_spec_release(&copy);
    }
}

static void test_spec_absent(void **state)
{
    struct permission_spec spec;
    struct permissions set;

    (void)state;
    assert_int_equal(permission_spec_parse(&spec, NULL, NULL), 0);
    assert_int_equal(spec.role, ROLE_NONE);
    assert_null(permission_spec_to_json(&spec));
    assert_int_equal(permission_spec_expand(&set, &spec, true, true), 0);
    assert_int_equal(set.bits, 0);
}

static void test_spec_refused(void **state)
{
    static const struct {
        const char *json;
        const char *text;
    } rows[] = {
        {"\"king\"", "must be op, present, message, observe, caption or admin, or an array"},
        {"\"\"", "must be op, present, message, observe, caption or admin, or an array"},
        {"\"op\\u0000x\"", "must be op, present, message, observe, caption or admin, or an array"},
        {"7", "must be a string or an array of strings"},
        {"{}", "must be a string or an array of strings"},
        {"[\"op\",3]", "permission 2 must be a string"},
        {"[null]", "permission 1 must be a string"},
        {"[\"a\\u0000b\"]", "permission 1 contains a NUL"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].json);
        struct permission_spec spec;
        struct error e;

        assert_int_equal(permission_spec_parse(&spec, json, &e), ERR_INVALID);
        assert_string_equal(e.text, rows[i].text);
        json_object_put(json);
    }
}

static void test_include(void **state)
{
    static const struct {
        const char *name;
        const char *set[4];
        const char *sub[4];
        bool want;
    } rows[] = {
        {"nothing in nothing", {NULL}, {NULL}, true},
        {"nothing in something", {"op"}, {NULL}, true},
        {"the same", {"op", "token"}, {"token", "op"}, true},
        {"op implies nothing", {"op"}, {"present"}, false},
        {"an unknown word held", {"fly", "op"}, {"fly"}, true},
        {"an unknown word not held", {"op"}, {"fly"}, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct permission_spec set, sub;
        size_t n_set = 0, n_sub = 0;

        while (rows[i].set[n_set])
            n_set++;
        while (rows[i].sub[n_sub])
            n_sub++;
        assert_int_equal(permission_spec_literal(&set, rows[i].set, n_set), 0);
        assert_int_equal(permission_spec_literal(&sub, rows[i].sub, n_sub), 0);
        if (permissions_include(&set.literal, &sub.literal) != rows[i].want)
            fail_msg("%s", rows[i].name);
        permission_spec_release(&set);
        permission_spec_release(&sub);
    }
}

/* SIG-16: a change of one member's set must not reach another's. */
static void test_copies_are_values(void **state)
{
    static const char *const words[] = {"present", "fly"};
    struct permission_spec spec;
    struct permissions copy;

    (void)state;
    assert_int_equal(permission_spec_literal(&spec, words, 2), 0);
    assert_int_equal(permissions_copy(&copy, &spec.literal), 0);
    assert_ptr_not_equal(copy.unknown, spec.literal.unknown);
    copy.bits = 0;
    permissions_release(&copy);
    assert_json(permissions_to_json(&spec.literal), "[\"present\",\"fly\"]", "after the copy went");
    permission_spec_release(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_role_of_a_set), cmocka_unit_test(test_spec_expands),
        cmocka_unit_test(test_spec_absent),   cmocka_unit_test(test_spec_refused),
        cmocka_unit_test(test_include),       cmocka_unit_test(test_copies_are_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
