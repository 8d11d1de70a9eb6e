#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/json_edit.h"
#include "common/json_scan.h"
#include "common/macros.h"

#define PATH_MAX_ELEMENTS 4

static size_t path_len(const char *const path[PATH_MAX_ELEMENTS])
{
    size_t n = 0;

    while (n < PATH_MAX_ELEMENTS && path[n])
        n++;
    return n;
}

static const char pretty[] = "{\n"
                             "    \"users\": {\n"
                             "        \"anna\": {\"password\": \"x\"},\n"
                             "        \"b\\u00e9a\": {\"permissions\" : [\"op\", \"present\"]}\n"
                             "    },\n"
                             "    \"public\":   true\n"
                             "}\n";

static void test_find(void **state)
{
    static const struct {
        const char *name;
        const char *path[PATH_MAX_ELEMENTS];
        const char *value; /* NULL: not found */
        const char *key;
        unsigned line, column;
    } rows[] = {
        {"top member", {"public"}, "true", "\"public\"", 6, 5},
        {"deep member", {"users", "anna", "password"}, "\"x\"", "\"password\"", 3, 18},
        {"name written with an escape",
         {"users", "b\xC3\xA9"
                   "a"},
         "{\"permissions\" : [\"op\", \"present\"]}",
         "\"b\\u00e9a\"",
         4,
         9},
        {"array element",
         {"users",
          "b\xC3\xA9"
          "a",
          "permissions", "1"},
         "\"present\"",
         "",
         4,
         45},
        {"index behind the end",
         {"users",
          "b\xC3\xA9"
          "a",
          "permissions", "2"},
         NULL,
         NULL,
         0,
         0},
        {"no such member", {"nothing"}, NULL, NULL, 0, 0},
        {"no such object", {"nothing", "anna"}, NULL, NULL, 0, 0},
        {"below a scalar", {"public", "x"}, NULL, NULL, 0, 0},
        {"prefix of a name", {"publi"}, NULL, NULL, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_place place;
        int r = json_edit_find(&place, span_str(pretty), rows[i].path, path_len(rows[i].path));

        if (r != (rows[i].value ? 0 : ERR_NOT_FOUND))
            fail_msg("%s: result %s", rows[i].name, err_name(r));
        if (r < 0)
            continue;
        if (!span_eq_str(place.value, rows[i].value) || !span_eq_str(place.key, rows[i].key))
            fail_msg("%s: value %.*s", rows[i].name, (int)place.value.len, place.value.data);
        if (place.line != rows[i].line || place.column != rows[i].column)
            fail_msg("%s: at %u:%u", rows[i].name, place.line, place.column);
        assert_ptr_equal(place.member.data, rows[i].key[0] ? place.key.data : place.value.data);
        assert_ptr_equal(place.member.data + place.member.len, place.value.data + place.value.len);
    }
}

static void test_find_whole_and_bad(void **state)
{
    static const char *const path[] = {"a"};
    struct json_place place;

    (void)state;
    assert_int_equal(json_edit_find(&place, span_str(" [1] "), NULL, 0), 0);
    assert_true(span_eq_str(place.value, "[1]"));
    assert_int_equal(place.column, 2);
    assert_int_equal(json_edit_find(&place, span_str("{\"a\":1"), path, 1), ERR_SYNTAX);
    assert_int_equal(json_edit_find(&place, span_str("{\"a\":{\"b\":1},\"a\":2}"), path, 1), 0);
    assert_true(span_eq_str(place.value, "2"));
}

struct edit_row {
    const char *name;
    const char *text;
    const char *path[PATH_MAX_ELEMENTS];
    const char *value;
    const char *want; /* NULL: refused with code */
    int code;
};

static void check_edits(const struct edit_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buf out = {0};
        struct error e = {0};
        int r;

        buf_add_str(&out, ">");
        r = json_edit_set(&out, span_str(rows[i].text), rows[i].path, path_len(rows[i].path),
                          span_str(rows[i].value), &e);
        if (r != (rows[i].want ? 0 : rows[i].code))
            fail_msg("%s: result %s (%s: %s)", rows[i].name, err_name(r), e.place, e.text);
        if (strcmp(buf_str(&out) + 1, rows[i].want ? rows[i].want : "") != 0)
            fail_msg("%s: got\n%s\nwant\n%s", rows[i].name, buf_str(&out) + 1, rows[i].want);
        buf_release(&out);
    }
}

static void test_edit(void **state)
{
    static const struct edit_row rows[] = {
        {"change", "{\"a\" :1, \"b\":  2 }", {"b"}, "[3]", "{\"a\" :1, \"b\":  [3] }", 0},
        {"change deep",
         "{\"a\":{\"b\":{\"c\":1}}}",
         {"a", "b", "c"},
         "2",
         "{\"a\":{\"b\":{\"c\":2}}}",
         0},
        {"add to one line", "{\"a\":1}", {"b"}, "2", "{\"a\":1,\"b\":2}", 0},
        {"add to one line with spaces", "{\"a\": 1}", {"b"}, "2", "{\"a\": 1, \"b\": 2}", 0},
        {"add to several lines",
         "{\n  \"a\": 1\n}\n",
         {"b"},
         "2",
         "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
         0},
        {"add keeps CRLF",
         "{\r\n\t\"a\": 1\r\n}\r\n",
         {"b"},
         "2",
         "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}\r\n",
         0},
        {"add below",
         "{\n  \"u\": {\n    \"x\": 1\n  }\n}",
         {"u", "y"},
         "2",
         "{\n  \"u\": {\n    \"x\": 1,\n    \"y\": 2\n  }\n}",
         0},
        {"add to an empty object on one line", "{}", {"a"}, "1", "{\"a\": 1}", 0},
        {"add to an empty object in lines",
         "{\n  \"u\": {}\n}",
         {"u", "x"},
         "1",
         "{\n  \"u\": {\n    \"x\": 1\n  }\n}",
         0},
        {"make what is missing",
         "{\n  \"a\": 1\n}",
         {"u", "anna", "p"},
         "1",
         "{\n  \"a\": 1,\n  \"u\": {\n    \"anna\": {\n      \"p\": 1\n    }\n  }\n}",
         0},
        {"null on the way is missing", "{\"u\":null}", {"u", "x"}, "1", "{\"u\":{\"x\":1}}", 0},
        {"name that needs escapes", "{}", {"a\"b"}, "1", "{\"a\\\"b\": 1}", 0},
        {"remove the first", "{\n  \"a\": 1,\n  \"b\": 2\n}", {"a"}, "", "{\n  \"b\": 2\n}", 0},
        {"remove from the middle",
         "{\"a\": 1, \"b\": 2, \"c\": 3}",
         {"b"},
         "",
         "{\"a\": 1, \"c\": 3}",
         0},
        {"remove the last", "{\n  \"a\": 1,\n  \"b\": 2\n}", {"b"}, "", "{\n  \"a\": 1\n}", 0},
        {"remove the only one", "{\n  \"a\": 1\n}\n", {"a"}, "", "{}\n", 0},
        {"remove what is not there", "{ \"a\":1}", {"b"}, "", "{ \"a\":1}", 0},
        {"remove below what is not there", "{ \"a\":1}", {"b", "c"}, "", "{ \"a\":1}", 0},
        {"remove below null", "{ \"a\":null}", {"a", "c"}, "", "{ \"a\":null}", 0},
        {"change an element", "{\"a\":[1, 2]}", {"a", "1"}, "3", "{\"a\":[1, 3]}", 0},
        {"remove an element", "{\"a\":[1, 2, 3]}", {"a", "1"}, "", "{\"a\":[1, 3]}", 0},
        {"add below an element", "[{\"k\":1}]", {"0", "l"}, "2", "[{\"k\":1,\"l\":2}]", 0},
        {"no such element", "{\"a\":[1]}", {"a", "1"}, "3", NULL, ERR_NOT_FOUND},
        {"below a string", "{\"a\":\"x\"}", {"a", "b"}, "3", NULL, ERR_INVALID},
        {"a text without object", "17", {"a"}, "3", NULL, ERR_INVALID},
        {"bad text", "{\"a\":1,}", {"a"}, "3", NULL, ERR_SYNTAX},
        {"duplicates in the text", "{\"a\":1,\"a\":2}", {"a"}, "3", NULL, ERR_SYNTAX},
        {"bad value", "{\"a\":1}", {"a"}, "3,4", NULL, ERR_SYNTAX},
        {"too deep afterwards",
         "{\"a\":1}",
         {"a"},
         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         NULL,
         ERR_TOO_LARGE},
    };

    (void)state;
    check_edits(rows, LENGTH(rows));
}

/* Adding a member and taking it away again gives the text byte for byte. */
static void test_edit_and_back(void **state)
{
    static const char *const texts[] = {"{\"a\": 1}", "{\n\t\"a\" : [1,\n2],\n\n\t\"z\":0\n\n}",
                                        pretty, "{ \"a\":1 , \"b\" :2 }"};
    static const char *const path[] = {"new"};

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct buf with = {0};
        struct buf without = {0};

        assert_int_equal(
            json_edit_set(&with, span_str(texts[i]), path, 1, span_str("{\"x\":[]}"), NULL), 0);
        assert_int_equal(json_edit_set(&without, buf_span(&with), path, 1, span_str(""), NULL), 0);
        assert_string_equal(buf_str(&without), texts[i]);
        buf_release(&with);
        buf_release(&without);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_find_whole_and_bad),
        cmocka_unit_test(test_edit),
        cmocka_unit_test(test_edit_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
