#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "mediad/signal/places.h"

static struct timer_wheel timers;
static struct places all;
static int64_t now_us;

static int setup(void **state)
{
    (void)state;
    now_us = 1000 * US_PER_S;
    timer_wheel_init(&timers, now_us);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    places_release(&all);
    assert_int_equal(all.by_digest.n, 0);
    return 0;
}

/* @param secret room for what its owner knows */
static void keep(const char *group, const char *username, size_t max, char secret[TOKEN_NAME_SIZE])
{
    const struct known known = {.login = LOGIN_USER};
    struct place *p = place_new(group, username, "", &known);

    assert_non_null(p);
    assert_int_equal(strlen(p->secret), 22);
    memcpy(secret, p->secret, TOKEN_NAME_SIZE);
    places_keep(&all, &timers, p, max, now_us);
}

static void pass(int64_t us)
{
    now_us += us;
    timer_wheel_run(&timers, now_us);
}

static void test_found_by_group_and_secret(void **state)
{
    char ada[TOKEN_NAME_SIZE], bo[TOKEN_NAME_SIZE], wrong[TOKEN_NAME_SIZE];
    struct place *p;

    (void)state;
    keep("g", "ada", 10, ada);
    keep("g/sub", "bo", 10, bo);
    p = places_find(&all, "g", ada);
    assert_non_null(p);
    assert_string_equal(p->username, "ada");
    assert_int_equal(p->known.login, LOGIN_USER);
    assert_null(places_find(&all, "g/sub", ada));
    assert_null(places_find(&all, "g", bo));
    assert_null(places_find(&all, "g", ""));
    for (size_t i = 0; ada[i]; i++) {
        memcpy(wrong, ada, sizeof wrong);
        wrong[i] ^= 1;
        assert_null(places_find(&all, "g", wrong));
        assert_false(place_is_secret(p, wrong));
        wrong[i] = '\0';
        assert_false(place_is_secret(p, wrong));
    }
    places_forget(&all, p);
    assert_null(places_find(&all, "g", ada));
    assert_non_null(places_find(&all, "g/sub", bo));
}

static void test_kept_for_two_minutes(void **state)
{
    char ada[TOKEN_NAME_SIZE], bo[TOKEN_NAME_SIZE];

    (void)state;
    keep("g", "ada", 10, ada);
    pass(60 * US_PER_S);
    keep("g", "bo", 10, bo);
    pass(59 * US_PER_S);
    assert_non_null(places_find(&all, "g", ada));
    pass(2 * US_PER_S);
    assert_null(places_find(&all, "g", ada));
    assert_non_null(places_find(&all, "g", bo));
    pass(60 * US_PER_S);
    assert_int_equal(all.by_digest.n, 0);
    keep("g", "ada", 10, ada); /* the timer runs again */
    pass(121 * US_PER_S);
    assert_int_equal(all.by_digest.n, 0);
}

static void test_bounded(void **state)
{
    char secrets[5][TOKEN_NAME_SIZE];

    (void)state;
    for (int i = 0; i < 5; i++)
        keep("g", "ada", 3, secrets[i]);
    for (int i = 0; i < 5; i++)
        assert_int_equal(i >= 2, places_find(&all, "g", secrets[i]) != NULL);
}

static void test_forgotten_by_group_and_name(void **state)
{
    char ada[TOKEN_NAME_SIZE], bo[TOKEN_NAME_SIZE], elsewhere[TOKEN_NAME_SIZE];

    (void)state;
    keep("g", "ada", 10, ada);
    keep("g", "bo", 10, bo);
    keep("h", "ada", 10, elsewhere);
    places_forget_group(&all, "g", "ada");
    assert_null(places_find(&all, "g", ada));
    assert_non_null(places_find(&all, "g", bo));
    places_forget_group(&all, "g", NULL);
    assert_null(places_find(&all, "g", bo));
    assert_non_null(places_find(&all, "h", elsewhere));
}

static void test_long_token(void **state)
{
    const struct known known = {.login = LOGIN_TOKEN};
    char token[PLACE_TOKEN_MAX + 2], secret[TOKEN_NAME_SIZE];

    (void)state;
    memset(token, 'x', sizeof token - 1);
    for (int excess = 1; excess >= 0; excess--) {
        struct place *p;

        token[PLACE_TOKEN_MAX + excess] = '\0';
        p = place_new("g", "ada", token, &known);
        assert_non_null(p);
        memcpy(secret, p->secret, sizeof secret);
        places_keep(&all, &timers, p, 10, now_us);
        assert_int_equal(!excess, places_find(&all, "g", secret) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_by_group_and_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kept_for_two_minutes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forgotten_by_group_and_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_token, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
