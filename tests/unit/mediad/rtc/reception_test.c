#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/reception.h"

#define MS 1000
#define SECOND_US (1000 * MS)

static enum reception_event packet(struct reception *r, uint16_t seq, bool is_repair,
                                   uint64_t *ext_seq)
{
    return reception_packet(r, seq, seq * 90u * 20u, 1000, is_repair, seq * 20 * MS, ext_seq);
}

static void test_loss_before_repair(void **state)
{
    struct reception r;
    struct rtcp_report report;
    uint64_t ext;

    (void)state;
    reception_init(&r, 90000);
    assert_false(reception_report(&r, 7, 0, &report));
    for (uint16_t i = 0; i < 100; i++) {
        if (i % 10 != 5)
            assert_int_equal(packet(&r, i, false, &ext), RECEPTION_NEWEST);
    }
    assert_int_equal(reception_lost(&r), 10);
    for (uint16_t i = 5; i < 100; i += 10) /* all are repaired, and stay lost for the publisher */
        assert_int_equal(packet(&r, i, true, &ext), RECEPTION_LATE);
    assert_int_equal(reception_lost(&r), 10);
    assert_true(reception_report(&r, 7, 2 * SECOND_US, &report));
    assert_int_equal(report.ssrc, 7);
    assert_int_equal(report.lost, 10);
    assert_int_equal(report.fraction_lost, 10 * 256 / 100);
    assert_int_equal(report.lsr, 0);
    assert_int_equal((uint16_t)report.highest_seq, 99);
    packet(&r, 101, false, &ext);
    packet(&r, 100, false, &ext); /* reordered is not lost */
    assert_true(reception_report(&r, 7, 3 * SECOND_US, &report));
    assert_int_equal(report.fraction_lost, 0);
    assert_int_equal(report.lost, 10);
}

/* A packet that had been made up for comes after all, in a later interval than it was missing in.
 */
static void test_late_packet(void **state)
{
    struct reception r;
    struct rtcp_report report;
    uint64_t ext;

    (void)state;
    reception_init(&r, 90000);
    for (uint16_t i = 0; i < 4; i++) {
        if (i != 2)
            assert_int_equal(packet(&r, i, false, &ext), RECEPTION_NEWEST);
    }
    assert_true(reception_report(&r, 7, SECOND_US, &report));
    assert_int_equal(report.lost, 1);
    assert_int_equal(report.fraction_lost, 256 / 4);
    reception_late(&r, 2 * 90 * 20, 1000, 200 * MS);
    assert_int_equal(reception_lost(&r), 0);
    assert_int_equal(r.n_received, 4);
    assert_int_equal(r.rate.total_bytes, 4000);
    assert_true(reception_jitter_us(&r) > 0); /* it was late by 160 ms */
    assert_true(reception_report(&r, 7, 2 * SECOND_US, &report));
    assert_int_equal(report.lost, 0);
    assert_int_equal(report.fraction_lost, 0);
    assert_int_equal((uint16_t)report.highest_seq, 3);
}

static void test_extended_numbers(void **state)
{
    static const struct {
        const char *name;
        uint16_t seq;
        bool is_repair;
        enum reception_event event;
        int64_t step; /* of the extended number from the first */
    } rows[] = {
        {"first", 65530, false, RECEPTION_NEWEST, 0},
        {"wraps", 4, false, RECEPTION_NEWEST, 10},
        {"behind the wrap", 65535, false, RECEPTION_LATE, 5},
        {"before the first", 65529, false, RECEPTION_LATE, -1},
        {"256 behind", (uint16_t)(4 - 256), false, RECEPTION_LATE, 10 - 256},
        {"far ahead", 4 + 8192, false, RECEPTION_NEWEST, 10 + 8192},
        {"257 behind: late at most", 4 + 8192 - 257, false, RECEPTION_STRAY, 0},
        {"goes on as if nothing had been", 4 + 8193, false, RECEPTION_NEWEST, 10 + 8193},
        {"one that would have followed", 4 + 8192 - 256, false, RECEPTION_STRAY, 0},
        {"a repair may be very late", 4 + 5000, true, RECEPTION_LATE, 10 + 5000},
        {"and the next stray follows none", 500, false, RECEPTION_STRAY, 0},
        {"two in a row", 501, false, RECEPTION_RESTART, 0},
        {"too far ahead", 501 + 8193, false, RECEPTION_STRAY, 0},
        {"again", 501 + 8194, false, RECEPTION_RESTART, 0},
    };
    struct reception r;
    struct rtcp_report report;
    uint64_t first = 0, last = 0;

    (void)state;
    reception_init(&r, 90000);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint64_t ext = 4711;

        print_message("row: %s\n", rows[i].name);
        assert_int_equal(rows[i].event, reception_packet(&r, rows[i].seq, 0, 100, rows[i].is_repair,
                                                         (int64_t)i, &ext));
        if (rows[i].event == RECEPTION_STRAY) {
            assert_int_equal(4711, ext);
            continue;
        }
        assert_int_equal((uint16_t)ext, rows[i].seq);
        if (i == 0)
            first = ext;
        if (rows[i].event == RECEPTION_RESTART)
            assert_true(ext > last && ext - last < 3 * 65536); /* never backwards */
        else
            assert_int_equal((int64_t)(ext - first), rows[i].step);
        if (rows[i].event != RECEPTION_LATE)
            last = ext;
    }
    /* cycles are counted from 0 (RFC 3550 section 6.4.1) */
    reception_init(&r, 90000);
    for (uint32_t i = 65000; i < 3 * 65536 + 7; i++)
        reception_packet(&r, (uint16_t)i, i, 100, false, i, &last);
    assert_true(reception_report(&r, 1, 0, &report));
    assert_int_equal(3 * 65536 + 6, report.highest_seq);
    assert_int_equal(0, report.lost);
}

static void test_jitter(void **state)
{
    struct reception even, uneven;
    uint64_t ext;

    (void)state;
    reception_init(&even, 48000);
    reception_init(&uneven, 48000);
    for (uint16_t i = 0; i < 500; i++) {
        int64_t at_us = 7777777 + i * 20 * MS;

        reception_packet(&even, i, (uint32_t)(0xffffff00u + i * 960u), 100, false, at_us, &ext);
        reception_packet(&uneven, i, i * 960u, 100, false, at_us + (i % 2) * 10 * MS, &ext);
    }
    assert_in_range(reception_jitter_us(&even), 0, 30);
    /* Every step differs by 10 ms, so J converges to 10 ms (RFC 3550 A.8). */
    assert_in_range(reception_jitter_us(&uneven), 9900, 10100);
    /* A new time line is no jitter, and packets of one frame are none either. */
    reception_packet(&even, 500, 5, 100, false, 20 * SECOND_US, &ext);
    for (uint16_t i = 501; i < 600; i++)
        reception_packet(&even, i, 5, 100, false, 20 * SECOND_US + i * MS, &ext);
    assert_in_range(reception_jitter_us(&even), 0, 30);
}

static void begin(struct reception *r)
{
    uint64_t ext;

    reception_init(r, 90000);
    packet(r, 1, false, &ext);
}

static void test_sender_report(void **state)
{
    struct reception r;
    struct rtcp_report report;

    (void)state;
    begin(&r);
    reception_sr(&r, 0x0123456789abcdefu, 5 * SECOND_US);
    assert_true(reception_report(&r, 1, 5 * SECOND_US + 1500 * MS, &report));
    assert_int_equal(report.lsr, 0x456789ab);
    assert_int_equal(report.dlsr, 65536 * 3 / 2);
}

static void test_restart_keeps_loss(void **state)
{
    struct reception r;
    struct rtcp_report report;
    uint64_t ext;

    (void)state;
    begin(&r);
    packet(&r, 5, false, &ext);
    assert_int_equal(packet(&r, 30000, false, &ext), RECEPTION_STRAY);
    assert_int_equal(packet(&r, 30001, false, &ext), RECEPTION_RESTART);
    assert_int_equal(packet(&r, 3, true, &ext), RECEPTION_LATE); /* of the numbering before */
    assert_int_equal(reception_lost(&r), 3);
    assert_true(reception_report(&r, 1, 0, &report));
    assert_int_equal(report.lost, 3);
    assert_int_equal(report.fraction_lost, 0);
}

static void test_rates(void **state)
{
    struct rate_meter m = {0};

    (void)state;
    for (int64_t now_us = 0; now_us < 2500 * MS; now_us += 10 * MS)
        rate_meter_add(&m, 1250, now_us);
    assert_int_equal(m.rate_bps, 1000000);
    assert_int_equal(m.packets_per_s, 100);
    rate_meter_tick(&m, 3000 * MS); /* half a second of it, half of silence */
    assert_int_equal(m.rate_bps, 500000);
    rate_meter_tick(&m, 4000 * MS);
    assert_int_equal(m.rate_bps, 0);
    rate_meter_add(&m, 1250, 20000 * MS);
    rate_meter_tick(&m, 20500 * MS);
    assert_int_equal(m.packets_per_s, 0); /* its window still runs */
    rate_meter_tick(&m, 21000 * MS);
    assert_int_equal(m.packets_per_s, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss_before_repair),
        cmocka_unit_test(test_late_packet),
        cmocka_unit_test(test_extended_numbers),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_sender_report),
        cmocka_unit_test(test_restart_keeps_loss),
        cmocka_unit_test(test_rates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
