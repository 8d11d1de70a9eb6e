#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/json_edit.h"
#include "common/json_scan.h"
#include "common/macros.h"

struct parse_row {
    const char *name;
    const char *text;
    size_t len;        /* 0: strlen */
    const char *place; /* of the error; NULL: accepted */
    int code;          /* ERR_SYNTAX when 0 */
};

static struct span row_span(const struct parse_row *row)
{
    return span_of(row->text, row->len ? row->len : strlen(row->text));
}

static void check_rows(const struct parse_row *rows, size_t n, const struct json_limits *limits)
{
    for (size_t i = 0; i < n; i++) {
        struct error e = {0};
        struct json_object *value = NULL;
        struct span text = row_span(&rows[i]);
        int r = json_scan_parse(&value, text, limits, &e);
        int want = rows[i].place ? (rows[i].code ? rows[i].code : ERR_SYNTAX) : 0;

        if (r != want)
            fail_msg("%s: result %s, want %s (%s: %s)", rows[i].name, err_name(r), err_name(want),
                     e.place, e.text);
        if (rows[i].place && strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: place \"%s\", want \"%s\" (%s)", rows[i].name, e.place, rows[i].place,
                     e.text);
        if (rows[i].place && (value || e.code != want || !e.text[0]))
            fail_msg("%s: the error is not filled, or the output was touched", rows[i].name);
        json_object_put(value);
    }
}

static void test_parse_file(void **state)
{
    static const struct parse_row rows[] = {
        {"empty object", "{}", 0, NULL, 0},
        {"empty array", "[]", 0, NULL, 0},
        {"all kinds", "{\"a\":[1,-2.5e+3,\"x\",true,false,null,{}]}", 0, NULL, 0},
        {"white space of every kind", " \t\r\n{ \"a\" : 1 }\r\n", 0, NULL, 0},
        {"a number at the top", "17", 0, NULL, 0},
        {"a string at the top", "\"x\"", 0, NULL, 0},
        {"null at the top", "null", 0, NULL, 0},
        {"largest integer", "9223372036854775807", 0, NULL, 0},
        {"smallest integer", "-9223372036854775808", 0, NULL, 0},
        {"large number with exponent", "1e300", 0, NULL, 0},
        {"all escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"", 0, NULL, 0},
        {"UTF-8 of each length", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"", 0, NULL, 0},
        {"DEL is no control character here", "\"\x7F\"", 0, NULL, 0},
        {"nothing", "", 0, "line 1 column 1", 0},
        {"white space only", " \n ", 0, "line 2 column 2", 0},
        {"byte order mark", "\xEF\xBB\xBF{}", 0, "line 1 column 1", 0},
        {"trailing text", "{} x", 0, "line 1 column 4", 0},
        {"trailing comma in object", "{\"a\":1,}", 0, "line 1 column 8", 0},
        {"trailing comma in array", "[1,\n]", 0, "line 2 column 1", 0},
        {"leading comma", "[,1]", 0, "line 1 column 2", 0},
        {"missing comma", "[1 2]", 0, "line 1 column 4", 0},
        {"missing colon", "{\"a\" 1}", 0, "line 1 column 6", 0},
        {"member without value", "{\"a\":}", 0, "line 1 column 6", 0},
        {"member without quotes", "{a:1}", 0, "line 1 column 2", 0},
        {"apostrophes", "{'a':1}", 0, "line 1 column 2", 0},
        {"comment", "{} // x", 0, "line 1 column 4", 0},
        {"NaN", "[NaN]", 0, "line 1 column 2", 0},
        {"Infinity", "[Infinity]", 0, "line 1 column 2", 0},
        {"-Infinity", "[-Infinity]", 0, "line 1 column 2", 0},
        {"a word in capitals", "True", 0, "line 1 column 1", 0},
        {"a longer word", "nullify", 0, "line 1 column 5", 0},
        {"1.", "[1.]", 0, "line 1 column 2", 0},
        {".5", "[.5]", 0, "line 1 column 2", 0},
        {"+1", "[+1]", 0, "line 1 column 2", 0},
        {"01", "[01]", 0, "line 1 column 2", 0},
        {"-", "[-]", 0, "line 1 column 2", 0},
        {"1e", "[1e]", 0, "line 1 column 2", 0},
        {"hexadecimal", "[0x10]", 0, "line 1 column 3", 0},
        {"integer too large", "9223372036854775808", 0, "line 1 column 1", 0},
        {"integer too small", "-9223372036854775809", 0, "line 1 column 1", 0},
        {"number over a double", "[1,\n -1e999]", 0, "line 2 column 2", 0},
        {"raw newline in a string", "\"a\nb\"", 0, "line 1 column 3", 0},
        {"raw NUL in a string", "\"a\0b\"", 5, "line 1 column 3", 0},
        {"NUL behind the value", "{}\0", 3, "line 1 column 3", 0},
        {"unknown escape", "\"a\\x\"", 0, "line 1 column 3", 0},
        {"short unicode escape", "\"\\u12\"", 0, "line 1 column 2", 0},
        {"half a surrogate pair", "\"\\ud83d\"", 0, "line 1 column 2", 0},
        {"low surrogate alone", "\"\\ude00\"", 0, "line 1 column 2", 0},
        {"overlong UTF-8", "\"\xC0\x80\"", 0, "line 1 column 2", 0},
        {"surrogate in UTF-8", "\"\xED\xA0\x80\"", 0, "line 1 column 2", 0},
        {"UTF-8 cut short", "\"\xE2\x82\"", 0, "line 1 column 2", 0},
        {"string without end", "[1, \"abc", 0, "line 1 column 5", 0},
        {"string that ends in a backslash", "\"abc\\", 0, "line 1 column 5", 0},
        {"object without end", "{\"a\":1", 0, "line 1 column 7", 0},
        {"array without end", "[1,", 0, "line 1 column 4", 0},
        {"wrong bracket", "[1}", 0, "line 1 column 3", 0},
        {"NUL in a member's name", "{\"a\\u0000b\":1}", 0, "line 1 column 4", 0},
        {"duplicate member", "{\"a\":1,\n \"b\":2,\n \"a\":3}", 0, "line 3 column 2", 0},
        {"duplicate by escape", "{\"a\":1,\"\\u0061\":3}", 0, "line 1 column 8", 0},
        {"duplicate deep inside", "[[{\"x\":{\"y\":1,\"y\":{\"z\":1}}}]]", 0, "line 1 column 15",
         0},
        {"one name in two objects", "[{\"a\":1},{\"a\":{\"a\":1}}]", 0, NULL, 0},
    };

    (void)state;
    check_rows(rows, LENGTH(rows), &json_limits_file);
}

static void test_parse_message(void **state)
{
    static const struct parse_row rows[] = {
        {"duplicates", "{\"a\":1,\"a\":2}", 0, NULL, 0},
        {"trailing text", "{}garbage", 0, NULL, 0},
        {"half a surrogate pair", "\"\\ud83d\"", 0, NULL, 0},
        {"surrogate in a name", "{\"\\ud83d\":1}", 0, NULL, 0},
        {"NaN", "[NaN]", 0, "line 1 column 2", 0},
        {"malformed number before trailing text", "01", 0, "line 1 column 1", 0},
        {"number over a double", "{\"a\":2e308}", 0, "line 1 column 6", 0},
        {"bytes that are not UTF-8", "\"\xFF\"", 0, "line 1 column 2", 0},
        {"empty", "", 0, "line 1 column 1", 0},
    };
    struct json_object *value = NULL;

    (void)state;
    check_rows(rows, LENGTH(rows), &json_limits_message);
    assert_int_equal(
        json_scan_parse(&value, span_str("{\"a\":1,\"a\":2}"), &json_limits_message, NULL), 0);
    assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), "{\"a\":2}");
    json_object_put(value);
}

/* What each escape means: as a value, as a member's name, and to a path. */
static void test_escapes(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *meaning;
    } rows[] = {
        {"pair", "\\ud83d\\ude00", "\xF0\x9F\x98\x80"},
        {"low half looks like a surrogate", "\\ud837\\ude00", "\xF0\x9D\xB8\x80"},
        {"first of such", "\\uD836\\uDC00", "\xF0\x9D\xA0\x80"},
        {"in another plane", "\\ud876\\udc00", "\xF0\xAD\xA0\x80"},
        {"pair before an escape", "a\\ud837\\ude00\\nb", "a\xF0\x9D\xB8\x80\nb"},
        {"two pairs", "\\ud837\\ude00\\ud83d\\ude00", "\xF0\x9D\xB8\x80\xF0\x9F\x98\x80"},
        {"escaped backslash before what is no escape", "\\ud83d\\ude00\\\\ud83d\\\\ude00",
         "\xF0\x9F\x98\x80\\ud83d\\ude00"},
        {"quote behind a pair", "\\ud83d\\ude00\\\"", "\xF0\x9F\x98\x80\""},
        {"the character itself", "\xF0\x9D\xB8\x80\\u0041", "\xF0\x9D\xB8\x80\x41"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *value = NULL;
        struct json_place place;
        char text[128];
        struct json_object *member = NULL;

        snprintf(text, sizeof text, "{\"%s\":\"%s\"}", rows[i].text, rows[i].text);
        if (json_scan_parse(&value, span_str(text), &json_limits_file, NULL) < 0 ||
            !json_object_object_get_ex(value, rows[i].meaning, &member) ||
            strcmp(json_object_get_string(member), rows[i].meaning) != 0)
            fail_msg("%s: read as %s", rows[i].name, json_object_to_json_string(value));
        if (json_edit_find(&place, span_str(text), &rows[i].meaning, 1) < 0)
            fail_msg("%s: not found by its name", rows[i].name);
        json_object_put(value);
    }
}

static void test_limits(void **state)
{
    static const struct json_limits small = {
        .size_max = 64, .depth_max = 3, .values_max = 6, .string_max = 5};
    static const struct parse_row rows[] = {
        {"depth at the limit", "[[[]]]", 0, NULL, 0},
        {"scalar at the deepest place", "[[[1]]]", 0, NULL, 0},
        {"depth over it", "[[[[]]]]", 0, "line 1 column 4", ERR_TOO_LARGE},
        {"objects count too", "{\"a\":{\"b\":{\"c\":{}}}}", 0, "line 1 column 16", ERR_TOO_LARGE},
        {"values at the limit", "[1,2,3,4,5]", 0, NULL, 0},
        {"values over it", "[1,2,3,4,5,6]", 0, "line 1 column 12", ERR_TOO_LARGE},
        {"string at the limit", "\"12345\"", 0, NULL, 0},
        {"string over it", "[\"123456\"]", 0, "line 1 column 2", ERR_TOO_LARGE},
        {"name over it", "{\"123456\":1}", 0, "line 1 column 2", ERR_TOO_LARGE},
        {"size over it", "[ \n                                                              ]", 0,
         "", ERR_TOO_LARGE},
    };

    (void)state;
    check_rows(rows, LENGTH(rows), &small);
}

static void test_depth_of_files(void **state)
{
    char text[200];

    (void)state;
    for (size_t depth = 31; depth <= 34; depth++) {
        struct json_object *value = NULL;
        int r;

        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        r = json_scan_parse(&value, span_of(text, 2 * depth), &json_limits_file, NULL);
        assert_int_equal(r, depth <= 32 ? 0 : ERR_TOO_LARGE);
        json_object_put(value);
    }
}

static void test_nul_in_value_survives(void **state)
{
    struct json_object *value = NULL;

    (void)state;
    assert_int_equal(json_scan_parse(&value, span_str("\"a\\u0000b\""), &json_limits_file, NULL),
                     0);
    assert_int_equal(json_object_get_string_len(value), 3);
    assert_memory_equal(json_object_get_string(value), "a\0b", 3);
    json_object_put(value);
}

static void test_many_members(void **state)
{
    struct buf text = {0};
    struct json_object *value = NULL;
    struct error e;

    (void)state;
    for (int i = 0; i < 40000; i++)
        buf_printf(&text, "%s\"member %d\":%d", i ? ",\n" : "{", i, i);
    buf_add_str(&text, "}");
    assert_int_equal(json_scan_parse(&value, buf_span(&text), &json_limits_file, NULL), 0);
    assert_int_equal(json_object_object_length(value), 40000);
    json_object_put(value);
    text.len--;
    buf_add_str(&text, ",\n\"member 20000\":0}");
    assert_int_equal(json_scan_parse(&value, buf_span(&text), &json_limits_file, &e), ERR_SYNTAX);
    assert_string_equal(e.place, "line 40001 column 1");
    assert_string_equal(e.text, "the member \"member 20000\" is there twice");
    buf_release(&text);
}

static void test_add_string(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"plain", "abc", "\"abc\""},
        {"empty", "", "\"\""},
        {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
        {"control characters", "\b\f\n\r\t\x01\x1f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\""},
        {"slash stays", "a/b", "\"a/b\""},
        {"end of a script element", "</script>", "\"<\\/script>\""},
        {"comment in a script element", "<!-- <script", "\"\\u003c!-- \\u003cscript\""},
        {"UTF-8 stays", "\xE2\x82\xAC", "\"\xE2\x82\xAC\""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};
        struct json_object *value = NULL;

        json_add_string(&out, span_str(rows[i].text));
        if (strcmp(buf_str(&out), rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].name, buf_str(&out));
        assert_int_equal(json_scan_parse(&value, buf_span(&out), &json_limits_file, NULL), 0);
        assert_string_equal(json_object_get_string(value), rows[i].text);
        json_object_put(value);
        buf_release(&out);
    }
}

/* What one client says and another hears: numbers keep the text they came with (RFC 8259 section 6
 * sets no limit to integers, and -0 is one of them; JavaScript's BigInt users write beyond 2^63).
 */
static void test_message_numbers(void **state)
{
    static const struct {
        const char *name, *text, *want; /* want NULL: as the text */
    } rows[] = {
        {"2^63", "9223372036854775808", NULL},
        {"below -2^63", "-9223372036854775809", NULL},
        {"2^64", "18446744073709551616", NULL},
        {"30 digits", "123456789012345678901234567890", NULL},
        {"the largest that an int64 holds", "9223372036854775807", NULL},
        {"negative zero", "-0", NULL},
        {"negative zero with a fraction", "-0.0", NULL},
        {"inside containers", "{\"a\":[-0,{\"b\":9223372036854775808}],\"c\":1}", NULL},
        {"what looks like one in a string", "[\"9223372036854775808\",\"\\\"-0\"]", NULL},
        {"beside an escaped pair", "[\"\\uD83D\\uDE00\",-0]", "[\"\xF0\x9F\x98\x80\",-0]"},
        {"an exponent that is the client's own", "[5e0,-0e0]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *want = rows[i].want ? rows[i].want : rows[i].text;
        struct json_object *value = NULL;
        struct json_object *copy = NULL;

        assert_int_equal(
            json_scan_parse(&value, span_str(rows[i].text), &json_limits_message, NULL), 0);
        assert_int_equal(json_object_deep_copy(value, &copy, NULL), 0);
        json_object_put(value);
        if (strcmp(json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN), want) != 0)
            fail_msg("%s: got %s", rows[i].name,
                     json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN));
        json_object_put(copy);
    }
}

static void test_message_number_too_large(void **state)
{
    struct json_object *value = NULL;
    struct error e = {0};
    struct buf text = {0};

    (void)state;
    buf_add_str(&text, "{\"a\":\n1");
    for (int i = 0; i < 400; i++)
        buf_add_char(&text, '0');
    buf_add_char(&text, '}');
    assert_int_equal(json_scan_parse(&value, buf_span(&text), &json_limits_message, &e),
                     ERR_SYNTAX);
    assert_string_equal(e.place, "line 2 column 1");
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_file),      cmocka_unit_test(test_parse_message),
        cmocka_unit_test(test_escapes),         cmocka_unit_test(test_limits),
        cmocka_unit_test(test_depth_of_files),  cmocka_unit_test(test_nul_in_value_survives),
        cmocka_unit_test(test_many_members),    cmocka_unit_test(test_add_string),
        cmocka_unit_test(test_message_numbers), cmocka_unit_test(test_message_number_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
