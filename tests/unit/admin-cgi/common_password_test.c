/* The list as it is compiled in, against the file that it is made of. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "admin-cgi/common_password.h"
#include "common/macros.h"

static void test_each_is_found(void **state)
{
    FILE *file = fopen(NEREID_SRCDIR "/admin-cgi/common_passwords.txt", "r");
    char line[256];
    unsigned n = 0;

    (void)state;
    assert_non_null(file);
    for (; fgets(line, sizeof line, file); n++) {
        struct span word = span_of(line, strcspn(line, "\n"));

        if (!common_password_is(word))
            fail_msg("line %u: %s", n + 1, line);
    }
    assert_int_equal(n, 10000);
    fclose(file);
}

static void test_others_are_not(void **state)
{
    static const char *const others[] = {
        "",         "correct horse battery", "hogfather on a string", "passwor",
        "\xff\xff", "~~~~~~~~~~~~"};
    char longest[1000];

    (void)state;
    for (size_t i = 0; i < LENGTH(others); i++)
        assert_false(common_password_is(span_str(others[i])));
    memset(longest, 'a', sizeof longest);
    assert_false(common_password_is(span_of(longest, sizeof longest)));
    assert_true(common_password_is(span_str("PassWord")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_found),
        cmocka_unit_test(test_others_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
