/* Attacks on sign-ins, with the owner in between (SEC-6). */
#include "admin-cgi/guess.h"
#include "admin-cgi/store/store_throttle.h"
#include "common/macros.h"
#include "tests/unit/admin-cgi/store/store_fixture.h"

#define START_US (INT64_C(1000000) * US_PER_S)
#define DAY_US (24 * 3600 * US_PER_S)
#define DEVICE "0123456789abcdef"

static struct guess person(const char *address, const char *device, const char *name)
{
    struct guess g;

    assert_int_equal(guess_of_person(&g, address, device, "", span_str(name)), 0);
    return g;
}

static struct guess program(struct fixture *f, const char *address, const char *name,
                            int64_t now_us)
{
    struct guess g;

    assert_int_equal(guess_of_program(&g, f->db, address, "", span_str(name), now_us, NULL), 0);
    return g;
}

static int64_t wait_of(struct fixture *f, const struct guess *g, int64_t now_us)
{
    int64_t wait_us = -1;

    assert_int_equal(guess_wait(f->db, g, now_us, &wait_us, NULL), 0);
    return wait_us;
}

static void fail_often(struct fixture *f, const struct guess *g, int times, int64_t now_us)
{
    for (int i = 0; i < times; i++)
        assert_int_equal(guess_failed(f->db, g, now_us, NULL), 0);
}

/* Two hundred addresses, six tries each at names that are not the owner's. */
static int attack(struct fixture *f, int64_t now_us)
{
    int refused = 0;

    for (int i = 0; i < 200; i++) {
        char address[32], name[32];

        snprintf(address, sizeof address, "198.51.%d.%d", i / 100, i % 100 + 1);
        for (int k = 0; k < 6; k++) {
            struct guess g;

            snprintf(name, sizeof name, "guess %d", k);
            g = person(address, NULL, name);
            if (wait_of(f, &g, now_us) > 0)
                refused++;
            else
                fail_often(f, &g, 1, now_us + k);
            now_us += US_PER_S / 10;
        }
    }
    return refused;
}

static void test_an_attack_from_many_addresses_slows_strangers_only(void **state)
{
    struct fixture *f = *state;
    struct guess owner = person("192.0.2.1", DEVICE, "root");
    struct guess traveller = person("192.0.2.2", NULL, "root");
    struct guess script, stranger;
    int64_t after_us = START_US + 200 * US_PER_S;

    script = program(f, "192.0.2.3", "robot", START_US);
    assert_int_equal(guess_succeeded(f->db, &script, START_US, NULL), 0);
    assert_true(attack(f, START_US) > 0);
    /* Many names from many addresses: only the whole server's counter can have seen it. */
    for (int i = 0; i < 1100; i++) {
        char address[32], name[32];
        struct guess g;

        snprintf(address, sizeof address, "203.0.%d.%d", i / 100, i % 100 + 1);
        snprintf(name, sizeof name, "name %d", i);
        g = person(address, NULL, name);
        fail_often(f, &g, 1, after_us);
    }
    stranger = program(f, "192.0.2.4", "robot", after_us);
    script = program(f, "192.0.2.3", "robot", after_us);
    assert_true(wait_of(f, &traveller, after_us) > 0);
    assert_true(wait_of(f, &traveller, after_us) <= throttle_server.wait_max_us);
    assert_true(wait_of(f, &stranger, after_us) > 0);
    assert_int_equal(wait_of(f, &owner, after_us), 0);
    assert_int_equal(wait_of(f, &script, after_us), 0);
    /* It is over when its window is. */
    assert_int_equal(wait_of(f, &traveller, after_us + throttle_server.wait_max_us), 0);
}

static void test_failures_of_a_stranger_do_not_slow_the_name_where_it_is_known(void **state)
{
    struct fixture *f = *state;
    struct guess owner = person("192.0.2.1", DEVICE, "root");
    struct guess stranger = person("192.0.2.1", NULL, "root");
    struct guess script = program(f, "192.0.2.3", "robot", START_US);

    assert_int_equal(guess_succeeded(f->db, &script, START_US, NULL), 0);
    fail_often(f, &stranger, 6, START_US);
    assert_true(wait_of(f, &stranger, START_US) > 0);
    assert_int_equal(wait_of(f, &owner, START_US), 0);
    stranger = program(f, "192.0.2.4", "robot", START_US);
    fail_often(f, &stranger, 31, START_US);
    assert_true(wait_of(f, &stranger, START_US) > 0);
    script = program(f, "192.0.2.3", "robot", START_US);
    assert_true(script.attempt.knows_device);
    assert_int_equal(wait_of(f, &script, START_US), 0);
    /* A known one has its own failures, and loses them by a success. */
    fail_often(f, &script, 31, START_US);
    assert_true(wait_of(f, &script, START_US) > 0);
    assert_int_equal(guess_succeeded(f->db, &script, START_US, NULL), 0);
    assert_int_equal(wait_of(f, &script, START_US), 0);
    assert_true(wait_of(f, &stranger, START_US) > 0);
}

static void test_bad_tokens_slow_their_address_alone(void **state)
{
    struct fixture *f = *state;
    struct guess thief, guest;
    struct guess script = program(f, "192.0.2.4", "robot", START_US);

    guess_of_token(&thief, "192.0.2.3");
    guess_of_token(&guest, "192.0.2.4");
    fail_often(f, &thief, 1100, START_US);
    assert_true(wait_of(f, &thief, START_US) > 0);
    assert_int_equal(wait_of(f, &guest, START_US), 0);
    assert_int_equal(wait_of(f, &script, START_US), 0);
}

static void test_an_address_is_known_for_thirty_days(void **state)
{
    static const struct {
        const char *name;
        int days;
        bool is_known;
    } rows[] = {{"the same day", 0, true},
                {"the day after", 1, true},
                {"on the last day", 29, true},
                {"too late", 31, false}};
    struct fixture *f = *state;
    struct guess script = program(f, "192.0.2.3", "robot", START_US);

    assert_false(script.attempt.knows_device);
    assert_int_equal(guess_succeeded(f->db, &script, START_US, NULL), 0);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t now_us = START_US + rows[i].days * DAY_US;

        assert_int_equal(store_throttle_purge(f->db, now_us, NULL), 0);
        script = program(f, "192.0.2.3", "robot", now_us);
        if (script.attempt.knows_device != rows[i].is_known)
            fail_msg("%s", rows[i].name);
        assert_false(program(f, "192.0.2.9", "robot", now_us).attempt.knows_device);
        assert_false(program(f, "192.0.2.3", "other", now_us).attempt.knows_device);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_attack_from_many_addresses_slows_strangers_only),
        CASE(test_failures_of_a_stranger_do_not_slow_the_name_where_it_is_known),
        CASE(test_bad_tokens_slow_their_address_alone),
        CASE(test_an_address_is_known_for_thirty_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
