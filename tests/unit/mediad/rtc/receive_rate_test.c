#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/receive_rate.h"

#define S INT64_C(1000000)
#define NONE RECEIVE_RATE_UNKNOWN

/* A receiver that is sent some rate, reports some share as lost, and what it can take after that.
 */
static void test_loss(void **state)
{
    static const struct {
        const char *name;
        int64_t after_ms; /* the last row */
        int64_t sent_bps; /* meanwhile */
        int percent;      /* of the packets, lost */
        int64_t want_bps;
    } rows[] = {
        {"nothing lost, no limit", 1000, 2000000, 0, NONE},
        {"5 % is no congestion", 1000, 2000000, 5, NONE},
        {"80 %: what came through", 1000, 2000000, 80, 400000},
        {"of the second in which it falls, the higher rate counts", 1000, 800000, 50, 400000},
        {"less comes through yet", 1000, 400000, 50, 400000},
        {"and now the rate of before is low, too", 1000, 400000, 50, 200000},
        {"between 2 and 10 %: it stays", 1000, 200000, 5, 200000},
        {"nothing lost: 8 % a second", 1000, 200000, 0, 216000},
        {"half a second: 4 %", 500, 216000, 0, 224640},
        {"five seconds: 8 %", 5000, 224640, 0, 242608},
        {"made use of a second ago", 1000, 100000, 0, 262016},
        {"not made use of: it stays", 1000, 100000, 0, 262016},
        {"all lost: the least", 1000, 262016, 100, 150000},
        {"a report within 400 ms waits", 300, 200000, 0, 150000},
        {"31 s later it is forgotten", 31000, 0, 0, NONE},
    };
    struct receive_rate r = {0};
    struct rtcp_report report = {.highest_seq = 65000};
    uint64_t sent_bytes = 0;
    int64_t now_us = S;

    (void)state;
    receive_rate_start(&r, 0, now_us);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        now_us += rows[i].after_ms * 1000;
        sent_bytes += (uint64_t)(rows[i].sent_bps * rows[i].after_ms / 8000);
        report.highest_seq += 100;
        report.lost += rows[i].percent;
        report.fraction_lost =
            (uint8_t)(rows[i].percent == 100 ? 255 : rows[i].percent * 256 / 100);
        receive_rate_report(&r, &report, sent_bytes, now_us);
        int64_t got_bps = receive_rate_bps(&r, now_us);

        /* shares are of 256 */
        if (rows[i].want_bps == NONE
                ? got_bps != NONE
                : got_bps < rows[i].want_bps || got_bps > rows[i].want_bps + rows[i].want_bps / 50)
            fail_msg("%s: %lld", rows[i].name, (long long)got_bps);
    }
}

/* Numbers that a receiver may claim: none of them ends the program or gives a limit of nothing. */
static void test_claims(void **state)
{
    static const struct rtcp_report reports[] = {
        {.fraction_lost = 255, .highest_seq = UINT32_MAX, .lost = 0x7fffff},
        {.fraction_lost = 255, .highest_seq = 0, .lost = -0x800000},
        {.fraction_lost = 0, .highest_seq = 0, .lost = 0x7fffff},
        {.fraction_lost = 255, .highest_seq = 1, .lost = 0x7fffff},
    };
    struct receive_rate r = {0};
    int64_t now_us = S;

    (void)state;
    receive_rate_start(&r, 0, now_us);
    for (unsigned i = 0; i < 100; i++) {
        now_us += S;
        receive_rate_report(&r, &reports[i % LENGTH(reports)], i * 100, now_us);
        receive_rate_remb(&r, i % 2 ? 0 : -5, now_us);
        assert_true(receive_rate_bps(&r, now_us) >= RECEIVE_RATE_MIN_BPS);
    }
}

static void test_remb(void **state)
{
    struct receive_rate r = {0};

    (void)state;
    assert_int_equal(receive_rate_bps(&r, S), NONE);
    receive_rate_remb(&r, 700000, S);
    assert_int_equal(receive_rate_bps(&r, S), 700000);
    assert_int_equal(receive_rate_bps(&r, 31 * S), 700000);
    assert_int_equal(receive_rate_bps(&r, 31 * S + 1), NONE); /* 30 s */
    receive_rate_remb(&r, 1, 40 * S);
    assert_int_equal(receive_rate_bps(&r, 40 * S), RECEIVE_RATE_MIN_BPS);
    /* the lesser of both: 2 Mbit/s, 90 % lost in the first report */
    receive_rate_remb(&r, 700000, 40 * S);
    receive_rate_start(&r, 0, 40 * S);
    receive_rate_report(&r, &(struct rtcp_report){.fraction_lost = 230}, 250000, 41 * S);
    assert_in_range(receive_rate_bps(&r, 41 * S), 200000, 205000);
}

static void test_exceeded(void **state)
{
    struct receive_rate r = {0};

    (void)state;
    assert_false(receive_rate_is_exceeded(&r, 1000000000, S)); /* nothing is known */
    receive_rate_remb(&r, 400000, S);
    assert_false(receive_rate_is_exceeded(&r, 600000, S));
    assert_true(receive_rate_is_exceeded(&r, 600001, S));
}

static void test_told(void **state)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        int64_t least_bps, max_bps;
        int64_t want_bps;
    } rows[] = {
        {"nobody has a limit", 0, NONE, 2500000, 2500000},
        {"it falls at once", 100, 400000, 2500000, 400000},
        {"never below the least", 200, 1, 2500000, 150000},
        {"rises by half a second", 1200, 2500000, 2500000, 225000},
        {"less time, less", 1700, NONE, 2500000, 281250},
        {"more time, no more", 9000, NONE, 2500000, 421875},
        {"a small step is taken whole", 10000, 430000, 2500000, 430000},
        {"a lower layer has a lower limit", 11000, NONE, 102400, 102400},
        {"which the least does not lift", 12000, 200000, 102400, 102400},
    };
    struct told_rate t = {0};

    (void)state;
    assert_false(told_rate_is_over(&t, 1)); /* nothing was told yet */
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t got_bps =
            told_rate_update(&t, rows[i].least_bps, rows[i].max_bps, S + rows[i].at_ms * 1000);

        if (got_bps != rows[i].want_bps)
            fail_msg("%s: %lld", rows[i].name, (long long)got_bps);
    }
    t.bps = 320000;
    assert_false(told_rate_is_over(&t, 310000)); /* not worth a packet */
    assert_true(told_rate_is_over(&t, 309999));
    t.bps = RECEIVE_RATE_MIN_BPS;
    assert_false(told_rate_is_over(&t, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss),     cmocka_unit_test(test_claims), cmocka_unit_test(test_remb),
        cmocka_unit_test(test_exceeded), cmocka_unit_test(test_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
