#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/password_memory.h"
#include "common/macros.h"
#include "common/now.h"

static const uint8_t key[PASSWORD_MEMORY_KEY_BYTES] = {1, 2, 3};

static struct password_fact fact(const char *scope, const char *name, const char *password,
                                 const char *stored)
{
    return (struct password_fact){scope, span_str(name), span_str(password), span_str(stored)};
}

static void test_only_the_same_fact(void **state)
{
    const struct password_fact known = fact("config", "root", "pw", "hash");
    const struct {
        const char *name;
        struct password_fact fact;
    } others[] = {
        {"another scope", fact("group:config", "root", "pw", "hash")},
        {"another name", fact("config", "toor", "pw", "hash")},
        {"another password", fact("config", "root", "wp", "hash")},
        {"another stored hash", fact("config", "root", "pw", "hush")},
        {"a border moved", fact("config", "rootp", "w", "hash")},
        {"another border moved", fact("config", "root", "pwh", "ash")},
    };
    struct password_memory *m = NULL;

    (void)state;
    assert_int_equal(password_memory_new(&m, key), 0);
    assert_false(password_memory_has(m, &known, 1));
    password_memory_add(m, &known, 1);
    assert_true(password_memory_has(m, &known, 1));
    for (size_t i = 0; i < LENGTH(others); i++) {
        if (password_memory_has(m, &others[i].fact, 1))
            fail_msg("%s", others[i].name);
    }
    assert_true(password_memory_has(m, &known, 59 * US_PER_S));
    assert_false(password_memory_has(m, &known, 61 * US_PER_S));
    password_memory_free(m);
}

static void test_many_facts_do_not_mix(void **state)
{
    struct password_memory *m = NULL;
    unsigned remembered = 0;

    (void)state;
    assert_int_equal(password_memory_new(&m, key), 0);
    for (unsigned i = 0; i < 5000; i++) {
        char name[16] = {(char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676)};
        struct password_fact f = fact("config", name, "pw", "hash");

        assert_false(password_memory_has(m, &f, 1));
        password_memory_add(m, &f, 1);
        remembered += password_memory_has(m, &f, 1);
    }
    assert_int_equal(remembered, 5000); /* the newest is always there */
    password_memory_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_same_fact),
        cmocka_unit_test(test_many_facts_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
