#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/timer_wheel.h"

struct probe {
    struct timer timer;
    unsigned n_fired;
    int64_t fired_us;
    struct timer_wheel *again; /* set anew from the handler */
    struct timer *victim;      /* cancelled from the handler */
};

static void fire(struct timer *timer, int64_t now_us)
{
    struct probe *p = (struct probe *)timer;

    p->n_fired++;
    p->fired_us = now_us;
    if (p->again)
        timer_wheel_set(p->again, timer, now_us + 50000);
    if (p->victim)
        timer_cancel(p->victim);
}

/* Never early, at most one tick late, whatever the distance; driven by what the wheel itself says.
 */
static void test_delays(void **state)
{
    static const int64_t delays_us[] = {0,       1,       9999,    10000,   10001,    500000,
                                        5110000, 5120000, 5130000, 7777777, 60000000, 3600000000};

    (void)state;
    for (size_t i = 0; i < LENGTH(delays_us); i++) {
        struct timer_wheel wheel;
        struct probe p = {.timer.fire = fire};
        int64_t now_us = 123456789, start_us = now_us;

        timer_wheel_init(&wheel, now_us);
        assert_true(timer_wheel_next_us(&wheel) == INT64_MAX);
        timer_wheel_set(&wheel, &p.timer, now_us + delays_us[i]);
        while (!p.n_fired) {
            now_us = timer_wheel_next_us(&wheel);
            assert_true(now_us != INT64_MAX);
            timer_wheel_run(&wheel, now_us);
        }
        assert_true(p.fired_us >= start_us + delays_us[i]);
        assert_true(p.fired_us <= start_us + delays_us[i] + 2 * TIMER_WHEEL_TICK_US);
        assert_false(timer_is_running(&p.timer));
        assert_true(timer_wheel_next_us(&wheel) == INT64_MAX);
    }
}

static void test_cancel_and_move(void **state)
{
    struct timer_wheel wheel;
    struct probe a = {.timer.fire = fire}, b = {.timer.fire = fire}, c = {.timer.fire = fire};

    (void)state;
    timer_wheel_init(&wheel, 0);
    /* all in one slot; the one that fires first ends the next */
    timer_wheel_set(&wheel, &a.timer, 100000);
    timer_wheel_set(&wheel, &b.timer, 100000);
    timer_wheel_set(&wheel, &c.timer, 100000);
    timer_cancel(&b.timer);
    c.victim = &a.timer;
    timer_wheel_run(&wheel, 200000);
    assert_int_equal(0, a.n_fired);
    assert_int_equal(0, b.n_fired);
    assert_int_equal(1, c.n_fired);
    timer_wheel_set(&wheel, &a.timer, 300000);
    timer_wheel_set(&wheel, &a.timer, 900000);
    timer_wheel_run(&wheel, 600000);
    assert_int_equal(0, a.n_fired);
    timer_wheel_run(&wheel, 1000000);
    assert_int_equal(1, a.n_fired);
    timer_cancel(&a.timer); /* not running: nothing happens */
}

static void test_periodic_over_a_long_sleep(void **state)
{
    struct timer_wheel wheel;
    struct probe p = {.timer.fire = fire, .again = &wheel};

    (void)state;
    timer_wheel_init(&wheel, 0);
    timer_wheel_set(&wheel, &p.timer, 50000);
    timer_wheel_run(&wheel, 60000);
    timer_wheel_run(&wheel, 120000);
    assert_int_equal(2, p.n_fired);
    /* the machine slept for an hour */
    timer_wheel_run(&wheel, INT64_C(3600000000));
    assert_int_equal(3, p.n_fired);
    timer_wheel_run(&wheel, INT64_C(3600100000));
    assert_int_equal(4, p.n_fired);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays),
        cmocka_unit_test(test_cancel_and_move),
        cmocka_unit_test(test_periodic_over_a_long_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
