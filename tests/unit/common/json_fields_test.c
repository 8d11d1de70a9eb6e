#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;

    assert_int_equal(json_scan_parse(&value, span_str(text), &json_limits_message, NULL), 0);
    return value;
}

static void test_good_members(void **state)
{
    struct json_object *object =
        parse("{\"s\":\"text\",\"nul\":\"a\\u0000b\",\"b\":true,\"i\":-5,\"d\":3.0,"
              "\"t\":\"2026-11-24T09:30:00+01:00\",\"o\":{},\"w\":[\"x\",\"\"]}");
    struct error e = {0};
    struct json_fields f = {.object = object, .e = &e};
    const char *s = NULL;
    struct span nul = {0};
    bool b = false;
    int64_t i = 0;
    int64_t d = 0;
    int64_t t = 0;
    struct json_object *o = NULL;
    char **words = NULL;
    size_t n_words = 0;

    (void)state;
    json_fields_string(&f, "s", &s);
    json_fields_span(&f, "nul", &nul);
    json_fields_bool(&f, "b", &b);
    json_fields_int(&f, "i", -10, 10, &i);
    json_fields_int(&f, "d", 0, 10, &d);
    json_fields_time(&f, "t", &t);
    json_fields_object(&f, "o", &o);
    json_fields_strings(&f, "w", &words, &n_words);
    assert_int_equal(f.result, 0);
    assert_string_equal(s, "text");
    assert_int_equal(nul.len, 3);
    assert_true(b);
    assert_int_equal(i, -5);
    assert_int_equal(d, 3);
    assert_true(t == INT64_C(1795509000000000));
    assert_non_null(o);
    assert_int_equal(n_words, 2);
    assert_string_equal(words[0], "x");
    assert_string_equal(words[1], "");
    assert_null(words[2]);
    free(words);
    json_object_put(object);
}

enum getter { STRING, SPAN, BOOL, INT, TIME, OBJECT, STRINGS };

/* Calls one getter on member "m", with outputs that show whether they were touched. */
static bool get(struct json_fields *f, enum getter getter)
{
    static const char before[] = "before";
    const char *s = before;
    struct span span = span_str(before);
    bool b = true;
    int64_t number = 77;
    struct json_object *json = f->object;
    char **words = NULL;
    size_t n_words = 77;

    switch (getter) {
    case STRING:
        json_fields_string(f, "m", &s);
        break;
    case SPAN:
        json_fields_span(f, "m", &span);
        break;
    case BOOL:
        json_fields_bool(f, "m", &b);
        break;
    case INT:
        json_fields_int(f, "m", 0, 10, &number);
        break;
    case TIME:
        json_fields_time(f, "m", &number);
        break;
    case OBJECT:
        json_fields_object(f, "m", &json);
        break;
    case STRINGS:
        json_fields_strings(f, "m", &words, &n_words);
        break;
    }
    return s == before && span.data == (const uint8_t *)before && b && number == 77 &&
           json == f->object && !words && n_words == 77;
}

static void test_refused_members(void **state)
{
    static const struct {
        const char *name;
        enum getter getter;
        const char *text;
    } rows[] = {
        {"string from number", STRING, "{\"m\":1}"},
        {"string from array", STRING, "{\"m\":[]}"},
        {"string with NUL", STRING, "{\"m\":\"a\\u0000b\"}"},
        {"span from bool", SPAN, "{\"m\":true}"},
        {"bool from string", BOOL, "{\"m\":\"true\"}"},
        {"bool from number", BOOL, "{\"m\":1}"},
        {"int from string", INT, "{\"m\":\"1\"}"},
        {"int from fraction", INT, "{\"m\":1.5}"},
        {"int from a double that is not exact", INT, "{\"m\":1e30}"},
        {"int below", INT, "{\"m\":-1}"},
        {"int above", INT, "{\"m\":11}"},
        {"time from number", TIME, "{\"m\":17}"},
        {"time without zone", TIME, "{\"m\":\"2026-11-24T09:30:00\"}"},
        {"object from array", OBJECT, "{\"m\":[]}"},
        {"strings from string", STRINGS, "{\"m\":\"x\"}"},
        {"strings with a number", STRINGS, "{\"m\":[\"x\",1]}"},
        {"strings with null", STRINGS, "{\"m\":[null]}"},
        {"strings with NUL", STRINGS, "{\"m\":[\"a\\u0000\"]}"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct error e = {0};
        struct json_fields f = {.object = parse(rows[i].text), .prefix = "users.anna", .e = &e};
        bool untouched = get(&f, rows[i].getter);

        if (f.result != ERR_INVALID || e.code != ERR_INVALID || !e.text[0] ||
            strcmp(e.place, "users.anna.m") != 0)
            fail_msg("%s: %d, %s: %s", rows[i].name, f.result, e.place, e.text);
        if (!untouched)
            fail_msg("%s: the output was touched", rows[i].name);
        json_object_put(f.object);
    }
}

static void test_absent_and_null(void **state)
{
    static const char *const texts[] = {"{}", "{\"m\":null}", "{\"M\":1}"};

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        for (enum getter getter = STRING; getter <= STRINGS; getter++) {
            struct json_fields f = {.object = parse(texts[i])};

            assert_true(get(&f, getter));
            assert_int_equal(f.result, 0);
            json_object_put(f.object);
        }
    }
}

static void test_any_case(void **state)
{
    struct json_object *object = parse("{\"NAME\":\"a\",\"name\":\"b\",\"Other\":\"c\"}");
    struct json_fields f = {.object = object, .any_case = true};
    const char *s = NULL;

    (void)state;
    json_fields_string(&f, "name", &s);
    assert_string_equal(s, "b");
    json_fields_string(&f, "oTHER", &s);
    assert_string_equal(s, "c");
    assert_int_equal(f.result, 0);
    json_object_put(object);
}

static void test_first_failure_is_kept(void **state)
{
    struct json_object *object = parse("{\"a\":1,\"b\":2,\"c\":\"x\"}");
    struct error e = {0};
    struct json_fields f = {.object = object, .e = &e};
    const char *s = NULL;

    (void)state;
    json_fields_string(&f, "a", &s);
    json_fields_string(&f, "b", &s);
    json_fields_string(&f, "c", &s);
    assert_null(s);
    assert_null(json_fields_get(&f, "c"));
    assert_int_equal(json_fields_fail(&f, ERR_EXISTS, "c", "x"), ERR_INVALID);
    assert_string_equal(e.place, "a");
    json_object_put(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_members),          cmocka_unit_test(test_refused_members),
        cmocka_unit_test(test_absent_and_null),       cmocka_unit_test(test_any_case),
        cmocka_unit_test(test_first_failure_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
