/* What left, by number: each packet counts as missing once and as arrived once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/sent_history.h"

static void test_reports(void **state)
{
    struct sent_history h = {0};
    struct sent_packet p;
    int64_t sent_us, now_us = INT64_C(5000000000);

    (void)state;
    assert_false(sent_history_report(&h, 0, true, now_us, &sent_us, &p));
    assert_int_equal(0, sent_history_start(&h));
    h.next = 65535;
    assert_int_equal(65535, sent_history_add(&h, 1100, now_us));
    h.probe = 7;
    assert_int_equal(0, sent_history_add(&h, 90, now_us + 1000));
    assert_true(sent_history_report(&h, 65535, false, now_us + 50000, &sent_us, &p));
    assert_int_equal(now_us, sent_us);
    assert_int_equal(1100, p.bytes);
    assert_int_equal(0, p.probe);
    assert_false(sent_history_report(&h, 65535, false, now_us + 60000, &sent_us, &p));
    assert_true(sent_history_report(&h, 65535, true, now_us + 70000, &sent_us, &p));
    assert_false(sent_history_report(&h, 65535, true, now_us + 80000, &sent_us, &p));
    assert_true(sent_history_report(&h, 0, true, now_us + 80000, &sent_us, &p));
    assert_int_equal(now_us + 1000, sent_us);
    assert_int_equal(7, p.probe);
    assert_false(sent_history_report(&h, 1, true, now_us + 80000, &sent_us, &p));
    sent_history_release(&h);
}

/* The ring holds a second, and shrinks again. */
static void test_room(void **state)
{
    struct sent_history h = {0};
    struct sent_packet p;
    int64_t sent_us;
    size_t least;

    (void)state;
    assert_int_equal(0, sent_history_start(&h));
    least = sent_history_size(&h);
    for (unsigned i = 0; i < 500; i++)
        (void)sent_history_add(&h, 100, i * 1000);
    assert_false(sent_history_report(&h, 0, true, 500000, &sent_us, &p)); /* pushed out */
    sent_history_fit(&h);
    assert_true(sent_history_size(&h) > least);
    assert_true(sent_history_report(&h, 499, true, 500000, &sent_us, &p));
    for (unsigned i = 500; i < 1500; i++)
        (void)sent_history_add(&h, 100, i * 1000);
    assert_true(sent_history_report(&h, 1000, true, 1500000, &sent_us, &p));
    sent_history_fit(&h);
    sent_history_fit(&h);
    assert_int_equal(least, sent_history_size(&h));
    assert_true(sent_history_report(&h, 1499, true, 1500000, &sent_us, &p));
    sent_history_release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
