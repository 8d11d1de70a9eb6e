#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "common/macros.h"
#include "common/now.h"
#include "common/throttle.h"

#define MINUTE_US (60 * US_PER_S)

static const struct throttle_rule rule = {3, 10 * US_PER_S, US_PER_S, 8 * US_PER_S};

/* A story in steps: at a time a failure or a success, and then the wait. */
static void test_waits(void **state)
{
    static const struct {
        const char *name;
        int64_t at_s;
        enum { FAILURE, SUCCESS, LOOK } what;
        int64_t wait_s;
    } steps[] = {
        {"first failure is free", 100, FAILURE, 0},
        {"second failure is free", 101, FAILURE, 0},
        {"third failure is free", 102, FAILURE, 0},
        {"fourth costs a second", 103, FAILURE, 1},
        {"which passes", 104, LOOK, 0},
        {"fifth costs two", 104, FAILURE, 2},
        {"half of it passes", 105, LOOK, 1},
        {"sixth costs four", 106, FAILURE, 4},
        {"seventh costs eight", 110, FAILURE, 8},
        {"eighth costs no more than the most", 118, FAILURE, 8},
        {"though the window has long passed", 126, FAILURE, 8},
        {"a window behind the block's end", 144, LOOK, 0},
        {"does not forget", 144, FAILURE, 8},
        {"a little longer than a window does", 163, FAILURE, 0},
        {"and counts from one", 164, FAILURE, 0},
        {"to three", 164, FAILURE, 0},
        {"and no further", 164, FAILURE, 1},
        {"a success clears", 165, SUCCESS, 0},
        {"everything", 165, FAILURE, 0},
        {"once more", 165, FAILURE, 0},
        {"free failures, a slow one", 175, FAILURE, 0},
        {"the window ended", 176, FAILURE, 0},
        {"a clock set back", 50, FAILURE, 0},
    };
    struct throttle_counter c = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(steps); i++) {
        int64_t now_us = steps[i].at_s * US_PER_S;
        int64_t wait_us;

        if (steps[i].what == FAILURE)
            throttle_failure(&c, &rule, now_us);
        else if (steps[i].what == SUCCESS)
            throttle_success(&c);
        wait_us = throttle_wait_us(&c, &rule, now_us);
        if (wait_us != steps[i].wait_s * US_PER_S)
            fail_msg("%s: wait of %lld us", steps[i].name, (long long)wait_us);
    }
}

static void test_clock_set_back_while_blocked(void **state)
{
    struct throttle_counter c = {
        .failures = 4, .window_start_us = 1000 * US_PER_S, .blocked_until_us = 1001 * US_PER_S};

    (void)state;
    assert_true(throttle_wait_us(&c, &rule, 0) == rule.wait_max_us);
}

static void test_rules(void **state)
{
    static const struct {
        const char *name;
        const struct throttle_rule *rule;
        int free_failures;
        int64_t first_us;
        int64_t most_us;
    } rows[] = {
        {"console", &throttle_console_account, 5, US_PER_S, 15 * MINUTE_US},
        {"API account", &throttle_api_account, 30, US_PER_S, 15 * MINUTE_US},
        {"API address", &throttle_api_address, 200, US_PER_S, 15 * MINUTE_US},
        {"server", &throttle_server, 1000, US_PER_S, 30 * US_PER_S},
        {"setup", &throttle_setup, 5, 15 * MINUTE_US, 15 * MINUTE_US},
        {"join", &throttle_join, 30, US_PER_S, MINUTE_US},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct throttle_counter c = {0};
        int64_t wait_us = 0;
        int n = 0;

        while (throttle_wait_us(&c, rows[i].rule, US_PER_S) == 0) {
            throttle_failure(&c, rows[i].rule, US_PER_S);
            n++;
        }
        wait_us = throttle_wait_us(&c, rows[i].rule, US_PER_S);
        if (n != rows[i].free_failures + 1 || wait_us != rows[i].first_us)
            fail_msg("%s: failure %d costs %lld us", rows[i].name, n, (long long)wait_us);
        for (n = 0; n < 100; n++)
            throttle_failure(&c, rows[i].rule, US_PER_S);
        assert_true(throttle_wait_us(&c, rows[i].rule, US_PER_S) == rows[i].most_us);
    }
}

static void test_address_keys(void **state)
{
    static const struct {
        const char *address, *key;
    } rows[] = {
        {"203.0.113.7", "203.0.113.7"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:DB8:1:2::ffff", "2001:db8:1:2::/64"},
        {"::1", "::/64"},
        {"::ffff:203.0.113.7", "203.0.113.7"},
        {"fe80::1%eth0", "fe80::/64"},
        {"", ""},
        {"unix:", "unix:"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789",
         "012345678901234567890123456789012345678901234567890123456789012"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char key[64];

        throttle_address_key(rows[i].address, key);
        assert_string_equal(key, rows[i].key);
    }
}

static struct throttle_counter *get(struct throttle_table *t, int number, int64_t now_us)
{
    char key[32];

    snprintf(key, sizeof key, "key %d", number);
    return throttle_table_get(t, span_str(key), now_us);
}

static void test_table_keeps_the_newest(void **state)
{
    struct throttle_table *t = NULL;

    (void)state;
    assert_int_equal(throttle_table_new(&t, 3), 0);
    for (int i = 0; i < 3; i++)
        get(t, i, i)->failures = 10 + (unsigned)i;
    assert_int_equal(get(t, 0, 3)->failures, 10); /* used last: 1 is the oldest now */
    get(t, 3, 4)->failures = 13;
    assert_int_equal(get(t, 0, 5)->failures, 10);
    assert_int_equal(get(t, 2, 6)->failures, 12);
    assert_int_equal(get(t, 3, 7)->failures, 13);
    assert_int_equal(get(t, 1, 8)->failures, 0); /* was dropped; 0 makes room for it */
    assert_int_equal(get(t, 0, 9)->failures, 0);
    throttle_table_free(t);
}

static void test_table_forgets(void **state)
{
    struct throttle_table *t = NULL;

    (void)state;
    assert_int_equal(throttle_table_new(&t, 100), 0);
    get(t, 1, 0)->failures = 1;
    get(t, 2, 50 * MINUTE_US)->failures = 2;
    get(t, 3, 61 * MINUTE_US)->failures = 3;
    assert_int_equal(get(t, 1, 61 * MINUTE_US)->failures, 0);
    assert_int_equal(get(t, 2, 61 * MINUTE_US)->failures, 2);
    throttle_table_free(t);
}

static void test_table_of_many(void **state)
{
    struct throttle_table *t = NULL;

    (void)state;
    assert_int_equal(throttle_table_new(&t, 1000), 0);
    for (int i = 0; i < 5000; i++)
        get(t, i, i)->failures = (unsigned)i;
    for (int i = 4000; i < 5000; i++)
        assert_int_equal(get(t, i, 5000)->failures, i);
    throttle_table_free(t);
    throttle_table_free(NULL);
}

static void test_table_of_none(void **state)
{
    struct throttle_table *t = NULL;

    (void)state;
    assert_int_equal(throttle_table_new(&t, 0), 0);
    assert_non_null(get(t, 1, 0));
    assert_ptr_equal(get(t, 1, 0), get(t, 2, 0));
    throttle_table_free(t);
}

static void test_who_is_counted_where(void **state)
{
    static const struct {
        const char *name;
        struct throttle_attempt attempt;
        const struct throttle_rule *rules[THROTTLE_N_SCOPES];
    } rows[] = {
        {"a person on an unknown device",
         {0},
         {&throttle_console_account, &throttle_api_address, &throttle_server}},
        {"a person on a known device",
         {.knows_device = true},
         {&throttle_console_account, NULL, NULL}},
        {"a program at an unknown address",
         {.is_program = true},
         {&throttle_api_account, &throttle_api_address, &throttle_server}},
        {"a program at a known address",
         {.is_program = true, .knows_device = true},
         {&throttle_api_account, NULL, NULL}},
        {"a token", {.is_program = true, .is_token = true}, {NULL, &throttle_api_address, NULL}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (enum throttle_scope s = THROTTLE_ACCOUNT; s < THROTTLE_N_SCOPES; s++) {
            if (throttle_rule_of(&rows[i].attempt, s) != rows[i].rules[s])
                fail_msg("%s: scope %d", rows[i].name, (int)s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits),         cmocka_unit_test(test_clock_set_back_while_blocked),
        cmocka_unit_test(test_rules),         cmocka_unit_test(test_who_is_counted_where),
        cmocka_unit_test(test_address_keys),  cmocka_unit_test(test_table_keeps_the_newest),
        cmocka_unit_test(test_table_forgets), cmocka_unit_test(test_table_of_many),
        cmocka_unit_test(test_table_of_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
