#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/span.h"

static void test_sub(void **state)
{
    static const struct {
        size_t start, len;
        const char *want;
    } rows[] = {
        {0, 5, "hello"},
        {1, 3, "ell"},
        {4, 1, "o"},
        {4, 9, "o"},
        {5, 1, ""},
        {9, 1, ""},
        {0, 0, ""},
        {0, SIZE_MAX, "hello"},
        {SIZE_MAX, SIZE_MAX, ""},
        {2, SIZE_MAX, "llo"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (!span_eq_str(span_sub(span_str("hello"), rows[i].start, rows[i].len), rows[i].want))
            fail_msg("from %zu, %zu bytes", rows[i].start, rows[i].len);
    }
}

static void test_comparisons(void **state)
{
    (void)state;
    assert_true(span_eq(span_str(""), span_of(NULL, 0)));
    assert_true(span_eq(span_str(NULL), span_of(NULL, 0)));
    assert_true(span_eq(span_of("a\0b", 3), span_of("a\0b", 3)));
    assert_false(span_eq(span_of("a\0b", 3), span_of("a\0c", 3)));
    assert_false(span_eq_str(span_str("abc"), "ab"));
    assert_true(span_eq_nocase(span_str("HoSt"), span_str("hOsT")));
    assert_false(span_eq_nocase(span_str("host"), span_str("hos")));
    assert_true(span_starts_with(span_str("abc"), "ab"));
    assert_true(span_starts_with(span_str("abc"), ""));
    assert_false(span_starts_with(span_str("ab"), "abc"));
    assert_int_equal(span_index(span_str("a,b,c"), ',', 2), 3);
    assert_int_equal(span_index(span_str("abc"), ',', 0), 3);
    assert_int_equal(span_index(span_str("abc"), 'a', 7), 3);
    assert_int_equal(span_index(span_of(NULL, 0), 'a', 0), 0);
}

static void test_split(void **state)
{
    static const struct {
        const char *text;
        const char *pieces[4];
        size_t n;
    } rows[] = {
        {"a,b,c", {"a", "b", "c"}, 3}, {"a", {"a"}, 1},      {"", {""}, 1}, {",", {"", ""}, 2},
        {"a,,b", {"a", "", "b"}, 3},   {"a,", {"a", ""}, 2},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct span rest = span_str(rows[i].text);
        struct span piece;
        size_t n = 0;

        while (span_split(&rest, ',', &piece)) {
            if (n >= rows[i].n || !span_eq_str(piece, rows[i].pieces[n]))
                fail_msg("\"%s\", piece %zu", rows[i].text, n);
            n++;
        }
        assert_int_equal(n, rows[i].n);
        assert_false(span_split(&rest, ',', &piece));
    }
}

static void test_trim(void **state)
{
    (void)state;
    assert_true(span_eq_str(span_trim(span_str(" \ta b\t ")), "a b"));
    assert_true(span_eq_str(span_trim(span_str("  ")), ""));
    assert_true(span_eq_str(span_trim(span_str("\na")), "\na"));
}

static void test_u64(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t want;
    } rows[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1x", false, 0},
        {"0x1", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint64_t value = 4711;

        if (span_u64(span_str(rows[i].text), &value) != rows[i].good ||
            value != (rows[i].good ? rows[i].want : 4711))
            fail_msg("\"%s\"", rows[i].text);
    }
}

static void test_copies(void **state)
{
    char buf[4] = "xyz";
    char *copy = span_dup(span_of("abcd", 3));

    (void)state;
    assert_string_equal(copy, "abc");
    free(copy);
    copy = span_dup(span_of(NULL, 0));
    assert_string_equal(copy, "");
    free(copy);
    assert_null(span_dup(span_of("a\0b", 3)));
    assert_true(span_copy(span_str("abc"), buf, sizeof buf));
    assert_string_equal(buf, "abc");
    assert_false(span_copy(span_str("abcd"), buf, sizeof buf));
    assert_false(span_copy(span_of("a\0b", 3), buf, sizeof buf));
    assert_true(span_copy(span_of(NULL, 0), buf, sizeof buf));
    assert_string_equal(buf, "");
}

/* RFC 3629 section 4: the ends of every range, and what lies beyond. */
static void test_utf8(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        uint32_t code_point; /* 0 with good false */
        bool good;
    } rows[] = {
        {"\0", 1, 0, true},
        {"\x7F", 1, 0x7F, true},
        {"\xC2\x80", 2, 0x80, true},
        {"\xDF\xBF", 2, 0x7FF, true},
        {"\xE0\xA0\x80", 3, 0x800, true},
        {"\xED\x9F\xBF", 3, 0xD7FF, true},
        {"\xEE\x80\x80", 3, 0xE000, true},
        {"\xEF\xBF\xBF", 3, 0xFFFF, true},
        {"\xF0\x90\x80\x80", 4, 0x10000, true},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF, true},
        {"\x80", 1, 0, false},
        {"\xBF", 1, 0, false},
        {"\xC0\x80", 2, 0, false},
        {"\xC1\xBF", 2, 0, false},
        {"\xC2", 1, 0, false},
        {"\xC2\x7F", 2, 0, false},
        {"\xC2\xC0", 2, 0, false},
        {"\xE0\x9F\xBF", 3, 0, false},
        {"\xED\xA0\x80", 3, 0, false},
        {"\xE2\x82", 2, 0, false},
        {"\xE2\x82\x7F", 3, 0, false},
        {"\xF0\x8F\xBF\xBF", 4, 0, false},
        {"\xF4\x90\x80\x80", 4, 0, false},
        {"\xF0\x90\x80", 3, 0, false},
        {"\xF0\x90\x80\xC0", 4, 0, false},
        {"\xF5\x80\x80\x80", 4, 0, false},
        {"\xFF", 1, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct span s = span_of(rows[i].text, rows[i].len);
        uint32_t code_point = 0xFFFFFFFF;
        size_t len = span_utf8_next(s, &code_point);

        if (span_is_utf8(s) != rows[i].good || len != (rows[i].good ? rows[i].len : 0) ||
            code_point != (rows[i].good ? rows[i].code_point : 0xFFFFFFFF))
            fail_msg("row %zu: length %zu, U+%04X", i, len, (unsigned)code_point);
    }
    assert_int_equal(span_utf8_next(span_of(NULL, 0), NULL), 0);
    assert_true(span_is_utf8(span_str("a\xC3\xA9z\xF0\x9F\x98\x80")));
    assert_false(span_is_utf8(span_str("a\xC3\xA9z\xF0\x9F\x98")));
}

static void test_printable(void **state)
{
    static const struct {
        const char *name, *text;
        size_t size;
        const char *want;
    } rows[] = {
        {"plain", "a b", 8, "a b"},
        {"UTF-8", "\xC3\xBC\xE2\x82\xAC", 8, "\xC3\xBC\xE2\x82\xAC"},
        {"controls", "a\n\x1B\x7F", 16, "a\\x0A\\x1B\\x7F"},
        {"C1 controls", "\xC2\x80\xC2\x9F\xC2\xA0", 24, "\\xC2\\x80\\xC2\\x9F\xC2\xA0"},
        {"no UTF-8", "\xFF\xC3", 16, "\\xFF\\xC3"},
        {"fits exactly", "abcdef", 7, "abcdef"},
        {"one too long", "abcdefg", 7, "abc..."},
        {"no half character",
         "abc\xC3\xBC"
         "defg",
         8, "abc..."},
        {"no half escape", "ab\n\n", 8, "ab..."},
        {"nothing", "", 4, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char got[32];

        memset(got, '#', sizeof got);
        if (strcmp(span_printable(span_str(rows[i].text), got, rows[i].size), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, got);
        assert_int_equal(got[rows[i].size], '#');
    }
}

static void test_whole_len(void **state)
{
    static const struct {
        const char *text;
        size_t want;
    } rows[] = {
        {"", 0},
        {"ab", 2},
        {"a\xC3\xBC", 3},
        {"a\xC3", 1},
        {"a\xE2\x82\xAC", 4},
        {"a\xE2\x82", 1},
        {"a\xE2", 1},
        {"\xF0\x9F\x98\x80", 4},
        {"a\xF0\x9F\x98", 1},
        {"\xF0", 0},
        {"a\x80\x80\x80\x80", 5}, /* no cut makes this */
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (span_whole_len(span_str(rows[i].text)) != rows[i].want)
            fail_msg("row %zu: %zu", i, span_whole_len(span_str(rows[i].text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printable), cmocka_unit_test(test_whole_len),
        cmocka_unit_test(test_sub),       cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_split),     cmocka_unit_test(test_trim),
        cmocka_unit_test(test_u64),       cmocka_unit_test(test_copies),
        cmocka_unit_test(test_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
