/* When a publisher hears that nobody receives a track, and that somebody does again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/demand.h"

#define SECOND INT64_C(1000000)

static void lingers_and_returns_at_once(void **state)
{
    struct demand d = {0};

    (void)state;
    demand_set_tracks(&d, 2, SECOND);
    assert_int_equal(3, d.told);
    assert_false(demand_note(&d, 0, true, 5 * SECOND));
    assert_false(demand_note(&d, 1, false, 5 * SECOND));
    assert_true(demand_note(&d, 1, false, 11 * SECOND));
    assert_int_equal(1, d.told);
    assert_false(demand_note(&d, 1, false, 12 * SECOND));
    assert_false(demand_note(&d, 0, false, 14 * SECOND));
    assert_true(demand_note(&d, 1, true, 14 * SECOND));
    assert_int_equal(3, d.told);
    assert_true(demand_note(&d, 0, false, 15 * SECOND));
    assert_int_equal(2, d.told);
    /* what is of no use lingers not, but is not taken away from those who have it */
    demand_hurry(&d, 1);
    demand_hurry(&d, 2);
    assert_false(demand_note(&d, 1, true, 16 * SECOND));
    demand_hurry(&d, 1);
    assert_true(demand_note(&d, 1, false, 16 * SECOND));
    assert_int_equal(0, d.told);
}

static void follows_the_number_of_tracks(void **state)
{
    struct demand d = {0};

    (void)state;
    demand_set_tracks(&d, 1, SECOND);
    assert_true(demand_note(&d, 0, false, 20 * SECOND));
    demand_set_tracks(&d, 3, 20 * SECOND);
    assert_int_equal(6, d.told);
    assert_false(demand_note(&d, 2, false, 29 * SECOND));
    demand_set_tracks(&d, 2, 29 * SECOND);
    assert_int_equal(2, d.told);
    assert_false(demand_note(&d, 2, true, 30 * SECOND));
    demand_set_tracks(&d, 100, 30 * SECOND);
    assert_false(demand_note(&d, 32, true, 30 * SECOND));
    assert_int_equal(0xfffffffe, d.told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lingers_and_returns_at_once),
        cmocka_unit_test(follows_the_number_of_tracks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
