#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/json_build.h"

static void test_members_and_elements(void **state)
{
    struct json_object *object = json_object_new_object();
    struct json_object *array = json_object_new_array();

    (void)state;
    assert_true(json_build_append(array, json_object_new_int(7)));
    assert_false(json_build_append(array, NULL)); /* as from an allocation that failed */
    assert_true(json_build_set(object, "a", array));
    assert_true(json_build_set(object, "b", json_object_new_string("x")));
    assert_true(json_build_set(object, "b", json_object_new_string("y")));
    assert_false(json_build_set(object, "c", NULL));
    assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
                        "{\"a\":[7],\"b\":\"y\"}");
    json_object_put(object);
}

static void test_shared_elements(void **state)
{
    struct json_object *array = json_object_new_array(), *value = json_object_new_int(7);

    (void)state;
    assert_true(json_build_share(array, value));
    assert_true(json_build_share(array, NULL)); /* JSON's null */
    assert_string_equal(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN), "[7,null]");
    json_object_put(array);
    assert_int_equal(json_object_put(value), 1); /* the last reference */
}

/* json-c refuses to make an object its own member: the reference is given back all the same. */
static void test_refused_values_are_taken(void **state)
{
    struct json_object *object = json_object_new_object();

    (void)state;
    assert_false(json_build_set(object, "self", json_object_get(object)));
    assert_int_equal(json_object_put(object), 1); /* the last reference */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_and_elements),
        cmocka_unit_test(test_shared_elements),
        cmocka_unit_test(test_refused_values_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
