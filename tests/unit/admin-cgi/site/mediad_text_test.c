/* The settings in mediad.json: each has its bounds, and an edit leaves all else alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/site/mediad_text.h"

#include <string.h>

#include "common/macros.h"
#include "common/mediad_fields.h"

static size_t index_of(const char *name)
{
    for (size_t i = 0; i < N_MEDIAD_FIELDS; i++) {
        if (strcmp(mediad_fields[i].name, name) == 0)
            return i;
    }
    fail_msg("%s has no row", name);
    return 0;
}

static void every_number_has_its_row(void **state)
{
#define NAME(name, member, min, max, preset) name,
    static const char *const names[] = {"last-n", MEDIAD_LIMITS(NAME) MEDIAD_RECORDING(NAME)};
#undef NAME
    struct mediad_bounds b;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++)
        assert_int_equal(mediad_fields[index_of(names[i])].kind, MEDIAD_NUMBER);
    for (size_t i = 0; i < N_MEDIAD_FIELDS; i++) {
        assert_non_null(mediad_fields[i].label);
        n += mediad_fields[i].kind == MEDIAD_NUMBER;
        assert_int_equal(mediad_fields[i].kind == MEDIAD_NUMBER,
                         mediad_field_bounds(&mediad_fields[i], &b));
    }
    assert_int_equal(n, LENGTH(names));
}

static void edits(void **state)
{
    static const char text[] = "{\n  \"mine\": [1,  2],\n  \"limits\": {\"clients\": 7},\n"
                               "  \"frame-ancestors\": [\"https://a.example\"]\n}\n";
    static const char after[] = "{\n  \"mine\": [1,  2],\n  \"limits\": {\"clients\": 9},\n"
                                "  \"wasm\": true,\n  \"recording\": {\n    \"group-bytes\": 5\n"
                                "  }\n}\n";
    struct mediad_values values;
    struct arena a = {0};
    struct buf out = {0};
    struct error e = {0};

    (void)state;
    assert_int_equal(mediad_text_read(&values, &a, span_str(text), &e), 0);
    assert_string_equal(values.values[index_of("clients")], "7");
    assert_string_equal(values.values[index_of("frame-ancestors")], "https://a.example");
    assert_string_equal(values.values[index_of("members")], "");
    assert_int_equal(mediad_text_write(&out, span_str(text), &values, &e), 0);
    assert_string_equal(buf_str(&out), text);
    buf_clear(&out);
    values.values[index_of("clients")] = "9";
    values.values[index_of("frame-ancestors")] = "";
    values.values[index_of("wasm")] = "yes";
    values.values[index_of("group-bytes")] = "5";
    assert_int_equal(mediad_text_write(&out, span_str(text), &values, &e), 0);
    assert_string_equal(buf_str(&out), after);
    buf_release(&out);
    arena_release(&a);
}

static void checks(void **state)
{
    static const struct {
        const char *name, *value;
        bool is_good;
    } rows[] = {
        {"clients", "", true},
        {"clients", "1", true},
        {"clients", "0", false},
        {"clients", "1000001", false},
        {"clients", "many", false},
        {"last-n", "0", true},
        {"last-n", "-1", false},
        {"free-bytes", "0", true},
        {"frame-ancestors", "'self'\nhttps://*.a.example:8443", true},
        {"frame-ancestors", "https://a.example; script-src *", false},
        {"announce", "192.0.2.1\n2001:db8::1", true},
        {"announce", "a.example", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct error e = {0};

        if ((mediad_value_check(&mediad_fields[index_of(rows[i].name)], rows[i].value, &e) == 0) !=
            rows[i].is_good)
            fail_msg("%s = %s: %s", rows[i].name, rows[i].value, e.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_its_row),
        cmocka_unit_test(edits),
        cmocka_unit_test(checks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
