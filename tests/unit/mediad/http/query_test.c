#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/http/query.h"

static void test_values(void **state)
{
    static const struct {
        const char *name;
        const char *query;
        int r;
        const char *value;
    } rows[] = {
        {"absent", "?other=1", 0, ""},
        {"no query", "", 0, ""},
        {"a question mark alone", "?", 0, ""},
        {"plain", "?label=camera", 1, "camera"},
        {"without the question mark", "label=camera", 1, "camera"},
        {"among others", "?a=b&label=c&d", 1, "c"},
        {"the first counts", "?label=a&label=b", 1, "a"},
        {"empty", "?label=", 1, ""},
        {"no value", "?label", 1, ""},
        {"an equals sign within", "?label=a=b", 1, "a=b"},
        {"decoded", "?label=a%20b+c%26%C3%BC", 1, "a b c&\xc3\xbc"},
        {"a plus that was meant", "?label=%2B", 1, "+"},
        {"of another name", "?labels=a&xlabel=b", 0, ""},
        {"as long as there is room", "?label=123456789", 1, "123456789"},
        {"longer", "?label=1234567890", ERR_TOO_LARGE, ""},
        {"no escape", "?label=%zz", ERR_SYNTAX, ""},
        {"half an escape", "?label=a%2", ERR_SYNTAX, ""},
        {"a zero byte", "?label=a%00b", ERR_SYNTAX, ""},
        {"what is wrong elsewhere", "?x=%zz&label=a", 1, "a"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char out[10];
        int r = query_value(span_str(rows[i].query), "label", out, sizeof out);

        if (r != rows[i].r)
            print_error("%s: %d\n", rows[i].name, r);
        assert_int_equal(r, rows[i].r);
        assert_string_equal(out, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
