/* RTP timestamps on the server's clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/now.h"
#include "mediad/record/record_clock.h"

enum { RATE = 90000, FRAME = 3000 }; /* 30 pictures a second */

#define START (1000 * US_PER_S)
#define MS US_PER_MS

/* A frame taken `ms` after the start arrives so much later. */
static int64_t place(struct record_clock *c, int64_t ms, int64_t late_ms)
{
    return record_clock_place(c, 0, (uint32_t)(0xffff0000u + ms * RATE / 1000),
                              START + (ms + late_ms) * MS) -
           START;
}

static void report(struct record_clock *c, int64_t ms, int64_t off_ms)
{
    record_clock_report(c, 0, (uint32_t)(0xffff0000u + ms * RATE / 1000),
                        START + (ms + off_ms) * MS);
}

static void test_by_arrival(void **state)
{
    struct record_clock c;

    (void)state;
    record_clock_init(&c, RATE);
    assert_int_equal(50 * MS, place(&c, 0, 50));
    for (int64_t ms = 40; ms < 10000; ms += 40) /* timestamps wrap; jitter does not matter */
        assert_int_equal((ms + 50) * MS, place(&c, ms, ms % 120));
}

/* Of those that wait the least delayed says when they were taken. */
static void test_the_least_delayed(void **state)
{
    struct record_clock c;

    (void)state;
    record_clock_init(&c, RATE);
    for (int64_t ms = 0; ms < 400; ms += 40)
        record_clock_arrival(&c, 0, (uint32_t)(0xffff0000u + ms * RATE / 1000),
                             START + (ms + (ms == 200 ? 20 : 90)) * MS);
    assert_int_equal(20 * MS, place(&c, 0, 90));
}

static void test_by_report(void **state)
{
    struct record_clock c;

    (void)state;
    record_clock_init(&c, RATE);
    assert_false(record_clock_is_known(&c, 0));
    report(&c, 0, 0);
    assert_true(record_clock_is_known(&c, 0));
    assert_int_equal(200 * MS, place(&c, 200, 300));
    assert_int_equal(240 * MS, place(&c, 240, 0));
}

/* A report that comes later moves 1 ms a second, forward and back. */
static void check_slew(int64_t off_ms)
{
    struct record_clock c;
    int64_t last = 0;

    record_clock_init(&c, RATE);
    last = place(&c, 0, 0);
    report(&c, 0, off_ms);
    for (int64_t ms = 40; ms < 100000; ms += 40) {
        int64_t us = place(&c, ms, 100);

        assert_in_range(us - last, 40 * MS - 41, 40 * MS + 41);
        last = us;
    }
    assert_in_range(last - (99960 + off_ms) * MS + 1000, 0, 2000);
}

static void test_slew(void **state)
{
    (void)state;
    check_slew(80);
    check_slew(-80);
}

static void test_it_is_never_followed_for_long(void **state)
{
    struct record_clock c;

    (void)state;
    record_clock_init(&c, RATE);
    (void)place(&c, 0, 0);
    report(&c, 0, 200);
    assert_int_equal(1000 * MS + 1000, place(&c, 1000, 0));
}

/* Drift of 100 ppm, reported every five seconds, for an hour. */
static void test_drift(void **state)
{
    struct record_clock c;

    (void)state;
    record_clock_init(&c, RATE);
    for (int64_t ms = 0; ms < 3600 * 1000; ms += 40) {
        int64_t true_ms = ms + ms / 10000, us;

        if (ms % 5000 == 0)
            record_clock_report(&c, 0, (uint32_t)(ms * RATE / 1000), START + true_ms * MS);
        us = record_clock_place(&c, 0, (uint32_t)(ms * RATE / 1000), START + (true_ms + 30) * MS) -
             START;
        assert_in_range(us - true_ms * MS + 3000, 0, 6000);
    }
}

/* FFmpeg 9, when it was behind at its start, reports that frames are taken a second after they
 * arrive: for both of its tracks alike, whatever side of a second one of them falls on. */
static void test_reports_ahead(void **state)
{
    struct record_clock sound, picture;

    (void)state;
    record_clock_init(&sound, RATE);
    record_clock_init(&picture, RATE);
    for (int64_t ms = 0; ms < 1500 * 1000; ms += 40) {
        int64_t apart_us;

        if (ms % 5000 == 4000) { /* the first one after the file began */
            report(&sound, ms, 1010);
            report(&picture, ms, 990);
        }
        apart_us = place(&sound, ms, 5) - place(&picture, ms, 25);
        assert_in_range(apart_us + 40 * MS, 0, 80 * MS);
    }
}

/* Timestamps that leap: the frame goes to where it arrived. */
static void test_leaps(void **state)
{
    struct record_clock c;

    (void)state;
    record_clock_init(&c, RATE);
    assert_int_equal(0, place(&c, 0, 0));
    assert_int_equal(40 * MS, record_clock_place(&c, 0, 0x77777777, START + 40 * MS) - START);
    assert_int_equal(80 * MS,
                     record_clock_place(&c, 0, 0x77777777 + 3600, START + 80 * MS) - START);
}

/* Frames of a network that stalled keep their places. */
static void test_stall(void **state)
{
    struct record_clock c;

    (void)state;
    record_clock_init(&c, RATE);
    assert_int_equal(0, place(&c, 0, 0));
    for (int64_t ms = 40; ms < 3000; ms += 40)
        assert_int_equal(ms * MS, place(&c, ms, 3000 - ms));
    assert_int_equal(3040 * MS, place(&c, 3040, 0));
}

/* An RTP clock that stood still while its source was muted is found out within seconds. */
static void test_stood_still(void **state)
{
    struct record_clock c;
    int64_t us = 0;

    (void)state;
    record_clock_init(&c, RATE);
    (void)place(&c, 0, 0);
    (void)place(&c, 1000, 0);
    for (int64_t ms = 1040; ms < 5000; ms += 40) {
        int64_t next = place(&c, ms, 3000);

        assert_true(next > us);
        us = next;
    }
    assert_in_range(us, (4960 + 2900) * MS, (4960 + 3000) * MS);
}

static void test_sources(void **state)
{
    struct record_clock c;
    int64_t us;

    (void)state;
    record_clock_init(&c, RATE);
    report(&c, 0, 0);
    assert_int_equal(0, place(&c, 0, 30));
    record_clock_report(&c, 1, 5000, START + 100 * MS);
    us = record_clock_place(&c, 1, 5000 + 9000, START + 260 * MS) - START;
    assert_int_equal(200 * MS, us);
    us = record_clock_place(&c, 2, 1, START + 300 * MS) - START; /* nothing known of it */
    assert_int_equal(300 * MS, us);
    us = record_clock_place(&c, 1, 5000 + 9000, START + 310 * MS) - START; /* never back */
    assert_int_equal(301 * MS, us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_arrival),
        cmocka_unit_test(test_the_least_delayed),
        cmocka_unit_test(test_by_report),
        cmocka_unit_test(test_slew),
        cmocka_unit_test(test_it_is_never_followed_for_long),
        cmocka_unit_test(test_drift),
        cmocka_unit_test(test_reports_ahead),
        cmocka_unit_test(test_leaps),
        cmocka_unit_test(test_stall),
        cmocka_unit_test(test_stood_still),
        cmocka_unit_test(test_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
