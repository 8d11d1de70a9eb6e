#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/auth_parse.h"
#include "common/macros.h"

static void test_basic(void **state)
{
    static const struct {
        const char *header;
        int want;
        const char *name, *password;
    } cases[] = {
        {"Basic cm9vdDpyb290cHc=", 0, "root", "rootpw"},
        {"basic   cm9vdDpyb290cHc=", 0, "root", "rootpw"},
        {"Basic Og==", 0, "", ""},
        {"Basic YTpiOmM=", 0, "a", "b:c"},
        {"Basic w7w6w7w=", 0, "\xc3\xbc", "\xc3\xbc"},
        {"Basic", ERR_NOT_FOUND, NULL, NULL},
        {"Bearer cm9vdDpyb290cHc=", ERR_NOT_FOUND, NULL, NULL},
        {"Basic cm9vdA==", ERR_SYNTAX, NULL, NULL},        /* no colon */
        {"Basic cm9vdDpyb290cHc", ERR_SYNTAX, NULL, NULL}, /* no padding */
        {"Basic cm9v*DpyYg==", ERR_SYNTAX, NULL, NULL},
        {"Basic YQA6Yg==", ERR_SYNTAX, NULL, NULL}, /* a NUL */
        {"Basic /zpi", ERR_SYNTAX, NULL, NULL},     /* no UTF-8 */
        {"Basic Oh==", ERR_SYNTAX, NULL, NULL},     /* bits that mean nothing */
        {"Basic ====", ERR_SYNTAX, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct basic_credentials c = {0};
        struct buf plain = {0};
        int r = basic_parse(&plain, cases[i].header, &c);

        if (r != cases[i].want)
            fail_msg("%s: %d", cases[i].header, r);
        if (r == 0) {
            assert_true(span_eq_str(c.name, cases[i].name));
            assert_true(span_eq_str(c.password, cases[i].password));
        }
        buf_wipe(&plain);
    }
}

static void test_bearer(void **state)
{
    static const struct {
        const char *header;
        const char *want; /* NULL: none */
    } cases[] = {
        {"Bearer abc", "abc"},         {"bEaReR abc", "abc"}, {"Basic x, Bearer abc", "abc"},
        {"Bearer a b", NULL},          {"Bearer", NULL},      {"Bearer ", NULL},
        {"Bearer a b, Bearer c", "c"}, {"Bearerabc", NULL},   {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct span token = {0};
        int r = bearer_parse(cases[i].header, &token);

        if ((r == 0) != (cases[i].want != NULL) || (r == 0 && !span_eq_str(token, cases[i].want)))
            fail_msg("\"%s\": %d", cases[i].header, r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_basic),
        cmocka_unit_test(test_bearer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
