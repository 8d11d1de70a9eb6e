#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/password_policy.h"
#include "common/macros.h"

static void test_rules(void **state)
{
    static const struct {
        const char *password;
        bool good;
    } cases[] = {
        {"correct horse battery", true},
        {"zwölf Zeichen", true},
        {"\xf0\x9f\x90\x99\xf0\x9f\x90\x99 and more words", true},
        {"elevenchars", false},
        {"öööööö", false}, /* twelve bytes are not twelve characters */
        {"aaaaaaaaaaaaaaa", false},
        {"abcabcabcabcabc", false},
        {"1234567890123", false},
        {"zyxwvutsrqpo", false},
        {"Vimes1234567890!", false},
        {"Password123456!", false},
        {"password of the night watch", true},
        {"qwertyuiop!!", false},
        {"IloveYou2026", false},
        {"passwordpassword", false},
        {"letmeinletmeinletmein", false},
        {"1qaz2wsx3edc", false}, /* in the list as it is */
        {"Nereid 2026 !!", false},
        {"iloveyou and the sea", true},
        {"monkey dragon master", true}, /* three common words are a few words */
        {"not\xff"
         "utf8 at all",
         false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct error e = {0};
        int r = password_policy_check(span_str(cases[i].password), span_str("vimes"), &e);

        if ((r == 0) != cases[i].good)
            fail_msg("%s: %s", cases[i].password, e.text);
        if (r < 0)
            assert_string_equal(e.place, "password");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
