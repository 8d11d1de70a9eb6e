#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "admin-cgi/form.h"
#include "common/macros.h"

static void test_bodies(void **state)
{
    static const struct {
        const char *name, *body;
        size_t n_fields;
        const char *field, *value; /* of one of them */
    } rows[] = {
        {"nothing", "", 0, "a", NULL},
        {"one field", "a=b", 1, "a", "b"},
        {"an empty value", "a=", 1, "a", ""},
        {"no equals sign", "a", 1, "a", ""},
        {"a second equals sign", "a=b=c", 1, "a", "b=c"},
        {"plus is a space", "a=b+c", 1, "a", "b c"},
        {"escapes", "%61=%2B%26%3d", 1, "a", "+&="},
        {"UTF-8", "a=%C3%A4", 1, "a", "\xC3\xA4"},
        {"the first of two", "a=1&a=2", 2, "a", "1"},
        {"empty pairs", "&&a=1&", 1, "a", "1"},
        {"lines as browsers send them", "a=1%0D%0A2%0D%0A", 1, "a", "1\n2\n"},
        {"a lone carriage return", "a=1%0D2", 1, "a", "1\n2"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct arena a = {0};
        struct form f = {0};
        struct error e = {0};
        const char *value;

        if (form_parse(&f, &a, span_str(rows[i].body), &e) < 0 || f.n_fields != rows[i].n_fields)
            fail_msg("%s: %zu fields, %s", rows[i].name, f.n_fields, e.text);
        value = form_get(&f, rows[i].field);
        if (rows[i].value ? !value || strcmp(value, rows[i].value) != 0 : value != NULL)
            fail_msg("%s: '%s'", rows[i].name, value ? value : "(none)");
        arena_release(&a);
    }
}

static void test_refused_bodies(void **state)
{
    static const struct {
        const char *name, *body, *place;
    } rows[] = {
        {"a NUL", "a=%00", "a"},
        {"an escape cut short", "a=%4", "a"},
        {"an escape that is none", "a=%zz", "a"},
        {"half a character", "a=%C3", "a"},
        {"an overlong slash", "a=%C0%AF", "a"},
        {"a surrogate", "a=%ED%A0%80", "a"},
        {"a bad name", "%FF=1", "form"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct arena a = {0};
        struct form f = {0};
        struct error e = {0};
        int r = form_parse(&f, &a, span_str(rows[i].body), &e);

        if (r != ERR_INVALID || strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %d '%s'", rows[i].name, r, e.place);
        assert_int_equal(f.n_fields, 0);
        arena_release(&a);
    }
}

static void test_too_many_fields(void **state)
{
    static char body[2 * (FORM_FIELDS_MAX + 1) + 1];
    struct arena a = {0};
    struct form f = {0};

    (void)state;
    for (size_t i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(body + 2 * i, "a&", 2);
    assert_int_equal(form_parse(&f, &a, span_str(body), NULL), ERR_INVALID);
    assert_int_equal(form_parse(&f, &a, span_of(body, 2 * FORM_FIELDS_MAX - 1), NULL), 0);
    assert_int_equal(f.n_fields, FORM_FIELDS_MAX);
    arena_release(&a);
}

static void test_one_of_several_values(void **state)
{
    struct arena a = {0};
    struct form f = {0};

    (void)state;
    assert_int_equal(form_parse(&f, &a, span_str("word=a&other=c&word=b&word="), NULL), 0);
    assert_true(form_has_value(&f, "word", "a"));
    assert_true(form_has_value(&f, "word", "b"));
    assert_true(form_has_value(&f, "word", ""));
    assert_false(form_has_value(&f, "word", "c"));
    assert_false(form_has_value(&f, "none", ""));
    arena_release(&a);
}

static void test_known_fields(void **state)
{
    static const char *const single[] = {"name", "text", NULL};
    static const char *const repeated[] = {"word", NULL};
    static const struct {
        const char *name, *body;
        int result;
        const char *place;
    } rows[] = {
        {"all of them", "name=a&text=b&word=c&word=d", 0, ""},
        {"none", "", 0, ""},
        {"those of every form", "csrf=a&form=b", 0, ""},
        {"an unknown one", "name=a&admin=1", ERR_INVALID, "admin"},
        {"a single one twice", "name=a&name=b", ERR_INVALID, "name"},
        {"the token twice", "csrf=a&csrf=b", ERR_INVALID, "csrf"},
        {"names in another case", "Name=a", ERR_INVALID, "Name"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct arena a = {0};
        struct form f = {0};
        struct error e = {0};
        int r;

        assert_int_equal(form_parse(&f, &a, span_str(rows[i].body), NULL), 0);
        r = form_check(&f, single, repeated, &e);
        if (r != rows[i].result || strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %d '%s'", rows[i].name, r, e.place);
        arena_release(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),          cmocka_unit_test(test_refused_bodies),
        cmocka_unit_test(test_too_many_fields), cmocka_unit_test(test_one_of_several_values),
        cmocka_unit_test(test_known_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
