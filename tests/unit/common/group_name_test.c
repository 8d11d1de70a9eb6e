#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/group_name.h"
#include "common/macros.h"

static char repeated[GROUP_NAME_MAX + 2];

/* `len` bytes: elements of 249 letters and a slash. */
static struct span long_name(size_t len)
{
    for (size_t i = 0; i < len; i++)
        repeated[i] = i % 250 == 249 ? '/' : 'a';
    repeated[len] = 0;
    return span_of(repeated, len);
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        size_t len; /* 0: strlen */
        bool group_ok, user_ok;
    } rows[] = {
        {"plain", "seminar", 0, true, true},
        {"empty", "", 0, false, true},
        {"spaces and case", "My Group ", 0, true, true},
        {"subgroup", "a/b/c", 0, true, true},
        {"UTF-8", "Gr\xC3\xBC\xC3\x9F\x65 \xE4\xBD\xA0 \xF0\x9F\x98\x80", 0, true, true},
        {"percent and question mark", "100%?#&", 0, true, true},
        {"full stop inside", "a.b/c.d", 0, true, true},
        {"leading slash", "/a", 0, false, false},
        {"trailing slash", "a/", 0, false, false},
        {"double slash", "a//b", 0, false, false},
        {"a slash alone", "/", 0, false, false},
        {"full stop", ".", 0, false, false},
        {"two full stops", "..", 0, false, false},
        {"climbing", "a/../b", 0, false, false},
        {"hidden element", "a/.b", 0, false, false},
        {"hidden", ".users", 0, false, false},
        {"backslash", "a\\b", 0, false, false},
        {"NUL", "a\0b", 3, false, false},
        {"newline", "a\nb", 0, false, false},
        {"DEL", "a\x7F", 0, false, false},
        {"C1 control", "a\xC2\x85", 0, false, false},
        {"no-break space is no control", "a\xC2\xA0", 0, true, true},
        {"right-to-left override", "a\xE2\x80\xAE", 0, false, false},
        {"left-to-right embedding", "\xE2\x80\xAA", 0, false, false},
        {"isolate", "\xE2\x81\xA6x", 0, false, false},
        {"pop isolate", "\xE2\x81\xA9", 0, false, false},
        {"before the isolates", "\xE2\x81\xA5", 0, true, true},
        {"not UTF-8", "a\xFF", 0, false, false},
        {"overlong slash", "a\xC0\xAF", 0, false, false},
        {"cut UTF-8", "a\xE2\x82", 0, false, false},
        {"the recorder", "RECORDING", 0, true, false},
        {"nearly the recorder", "Recording", 0, true, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct span name = span_of(rows[i].text, rows[i].len ? rows[i].len : strlen(rows[i].text));
        struct error e = {0};

        if (group_name_check(name, &e) != (rows[i].group_ok ? 0 : ERR_INVALID))
            fail_msg("%s as a group: %s", rows[i].name, e.text);
        if (rows[i].group_ok != !e.text[0])
            fail_msg("%s as a group: the error does not agree", rows[i].name);
        e = (struct error){0};
        if (user_name_check(name, &e) != (rows[i].user_ok ? 0 : ERR_INVALID))
            fail_msg("%s as a user: %s", rows[i].name, e.text);
        if (rows[i].user_ok != !e.text[0])
            fail_msg("%s as a user: the error does not agree", rows[i].name);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    assert_int_equal(group_name_check(long_name(GROUP_NAME_MAX - 1), NULL), 0);
    assert_int_equal(group_name_check(long_name(GROUP_NAME_MAX + 1), NULL), ERR_INVALID);
    memset(repeated, 'b', GROUP_ELEMENT_MAX + 1);
    assert_int_equal(group_name_check(span_of(repeated, GROUP_ELEMENT_MAX), NULL), 0);
    assert_int_equal(group_name_check(span_of(repeated, GROUP_ELEMENT_MAX + 1), NULL), ERR_INVALID);
    assert_int_equal(user_name_check(span_of(repeated, USER_NAME_MAX), NULL), 0);
    assert_int_equal(user_name_check(span_of(repeated, USER_NAME_MAX + 1), NULL), ERR_INVALID);
}

static void test_ancestors(void **state)
{
    static const struct {
        const char *name, *ancestor;
        bool below;
    } rows[] = {
        {"a/b", "a", true},  {"a/b/c", "a", true}, {"a", "", true},
        {"a", "a", false},   {"ab/c", "a", false}, {"a/b", "a/b", false},
        {"a", "a/b", false}, {"b/a", "a", false},  {"a/b/c", "a/b", true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (group_name_is_below(span_str(rows[i].name), span_str(rows[i].ancestor)) !=
            rows[i].below)
            fail_msg("%s below %s", rows[i].name, rows[i].ancestor);
    }
    assert_int_equal(group_name_parent_len(span_str("a/b/c")), 3);
    assert_int_equal(group_name_parent_len(span_str("a/b")), 1);
    assert_int_equal(group_name_parent_len(span_str("a")), 0);
    assert_int_equal(group_name_parent_len(span_str("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_ancestors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
