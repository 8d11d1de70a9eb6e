#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/group/bans.h"

static void test_who_is_meant(void **state)
{
    static const struct {
        const char *username, *address;
        int64_t now_us;
        bool want;
    } rows[] = {
        {"b", "192.0.2.1", 0, true},     {"b", "192.0.2.1", 999, true},
        {"b", "192.0.2.1", 1000, false}, {"b", "192.0.2.2", 999, false},
        {"c", "192.0.2.1", 999, false},  {"", "192.0.2.1", 999, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct bans b = {0};

        assert_false(bans_include(&b, rows[i].username, rows[i].address, rows[i].now_us));
        assert_int_equal(bans_add(&b, "b", "192.0.2.1", 1000), 0);
        if (bans_include(&b, rows[i].username, rows[i].address, rows[i].now_us) != rows[i].want)
            fail_msg("%s from %s at %d", rows[i].username, rows[i].address, (int)rows[i].now_us);
        bans_release(&b);
        assert_true(bans_is_empty(&b));
    }
}

static void test_each_ends_by_itself(void **state)
{
    struct bans b = {0};

    (void)state;
    assert_true(bans_is_empty(&b));
    assert_int_equal(bans_add(&b, "a", "192.0.2.1", 1000), 0);
    assert_int_equal(bans_add(&b, "b", "192.0.2.1", 3000), 0);
    assert_int_equal(bans_add(&b, "c", "192.0.2.1", 2000), 0);
    bans_expire(&b, 2000);
    assert_false(bans_include(&b, "a", "192.0.2.1", 0));
    assert_true(bans_include(&b, "b", "192.0.2.1", 0));
    assert_false(bans_include(&b, "c", "192.0.2.1", 0));
    bans_expire(&b, 3000);
    assert_true(bans_is_empty(&b));
}

/* The same name and address again is one ban, with the later word. */
static void test_new_end(void **state)
{
    struct bans b = {0};

    (void)state;
    assert_int_equal(bans_add(&b, "b", "192.0.2.1", 1000), 0);
    assert_int_equal(bans_add(&b, "b", "192.0.2.1", 500), 0);
    assert_false(bans_include(&b, "b", "192.0.2.1", 500));
    assert_true(bans_is_empty(&b));
}

static void test_there_is_an_end_to_them(void **state)
{
    struct bans b = {0};
    char name[16];

    (void)state;
    for (unsigned i = 0; i < BANS_MAX; i++) {
        snprintf(name, sizeof name, "u%u", i);
        assert_int_equal(bans_add(&b, name, "192.0.2.1", 1000), 0);
    }
    assert_int_equal(bans_add(&b, "b", "192.0.2.1", 1000), ERR_BUSY);
    assert_false(bans_include(&b, "b", "192.0.2.1", 0));
    assert_int_equal(bans_add(&b, "u7", "192.0.2.1", 2000), 0);
    assert_true(bans_include(&b, "u7", "192.0.2.1", 1999));
    assert_int_equal(bans_add(&b, "b", "192.0.2.1", 3000), 0);
    bans_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_meant),
        cmocka_unit_test(test_each_ends_by_itself),
        cmocka_unit_test(test_new_end),
        cmocka_unit_test(test_there_is_an_end_to_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
