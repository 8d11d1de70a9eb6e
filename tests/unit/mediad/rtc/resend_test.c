#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/resend.h"

#define MS 1000

static int want(const struct resend_ring *r, uint16_t seq, int64_t rtt_us, int64_t now_us)
{
    struct resend_packet packet;

    return resend_want(r, seq, rtt_us, now_us, &packet);
}

static void sent(struct resend_ring *r, uint16_t seq, uint16_t source_seq, int64_t now_us)
{
    struct resend_packet packet = {source_seq, 3, source_seq % 2};

    resend_sent(r, seq, &packet, 1000, now_us);
}

static void test_rules(void **state)
{
    struct resend_ring r;
    struct resend_packet packet = {0};
    int64_t now_us = 5000 * MS;

    (void)state;
    assert_int_equal(resend_init(&r, 16), 0);
    assert_int_equal(want(&r, 0, 50 * MS, now_us), ERR_NOT_FOUND); /* nothing sent yet */
    sent(&r, 65534, 99, now_us);
    assert_int_equal(resend_want(&r, 65534, 50 * MS, now_us, &packet), 0);
    assert_true(packet.marker); /* as it went out, not as it came */
    sent(&r, 65535, 100, now_us);
    assert_int_equal(resend_want(&r, 65535, 50 * MS, now_us, &packet), 0);
    assert_int_equal(packet.source_seq, 100);
    assert_int_equal(packet.pid_delta, 3);
    assert_false(packet.marker);
    assert_int_equal(want(&r, 15, 50 * MS, now_us), ERR_NOT_FOUND); /* same place, other number */

    assert_true(resend_repeated(&r, 65535, 1000, now_us));
    assert_int_equal(want(&r, 65535, 50 * MS, now_us + 30 * MS), ERR_BUSY); /* within the RTT */
    assert_int_equal(want(&r, 65535, 50 * MS, now_us + 40 * MS), 0);        /* clocks are coarse */
    assert_int_equal(want(&r, 65535, 50 * MS, now_us + 60 * MS), 0);
    assert_int_equal(want(&r, 65535, -1, now_us + 80 * MS), ERR_BUSY); /* unknown: 100 ms */
    assert_int_equal(want(&r, 65535, -1, now_us + 110 * MS), 0);
    for (int i = 1; i < RESEND_TIMES_MAX; i++) {
        now_us += 100 * MS;
        assert_int_equal(want(&r, 65535, 50 * MS, now_us), 0);
        assert_true(resend_repeated(&r, 65535, 1000, now_us));
    }
    assert_int_equal(want(&r, 65535, 50 * MS, now_us + 100 * MS), ERR_TOO_LARGE); /* often enough */
    sent(&r, 0, 101, now_us);
    assert_int_equal(want(&r, 0, 50 * MS, now_us + 990 * MS), 0);
    assert_int_equal(want(&r, 0, 50 * MS, now_us + 1020 * MS), ERR_TOO_LARGE); /* too old */
    sent(&r, 15, 116, now_us);
    assert_int_equal(want(&r, 65535, 50 * MS, now_us), ERR_NOT_FOUND); /* overwritten */
    assert_false(resend_repeated(&r, 65535, 1, now_us));
    resend_release(&r);
}

/* Whatever is asked for, repeats stay at a quarter of what was sent, after a first allowance. */
static void test_budget(void **state)
{
    struct resend_ring r;
    int64_t total = 0, repeated = 0;

    (void)state;
    assert_int_equal(resend_init(&r, RESEND_VIDEO), 0);
    for (unsigned i = 0; i < 20000; i++) {
        int64_t now_us = (int64_t)i * MS;

        sent(&r, (uint16_t)i, (uint16_t)i, now_us);
        total += 1000;
        if (resend_repeated(&r, (uint16_t)i, 1000, now_us))
            repeated += 1000;
    }
    assert_true(repeated <= RESEND_BUDGET_FIRST + total / 4);
    assert_true(repeated >= total / 4 - 1000);
    for (unsigned i = 0; i < 100000; i++) /* savings have a cap */
        sent(&r, (uint16_t)i, (uint16_t)i, 0);
    assert_int_equal(r.budget_bytes, RESEND_BUDGET_MAX);
    resend_set_rate(&r, 400000); /* an eighth of a second of the receiver's line */
    assert_int_equal(r.budget_bytes, 6250);
    sent(&r, 0, 0, 0);
    assert_int_equal(r.budget_bytes, 6250);
    resend_set_rate(&r, 1);
    assert_int_equal(r.budget_bytes, RESEND_BUDGET_MIN);
    resend_set_rate(&r, INT64_MAX);
    assert_int_equal(r.budget_max_bytes, RESEND_BUDGET_MAX);
    resend_release(&r);
}

/* Rings follow the rate; what is young enough is remembered whatever becomes of the ring. */
static void test_sizes(void **state)
{
    static const struct {
        uint32_t packets_per_s;
        size_t entries;
    } steps[] = {
        {0, 256},       /* as it begins */
        {160, 256},     /* a usual camera */
        {300, 512},     /* a second of it, and half as much again */
        {1500, 4096},   /* of a fast one, too */
        {100000, 4096}, /* no more than that */
        {1000, 4096},   /* 2,048 would do: one that is a bit too large is kept */
        {300, 512},     /* much too large */
        {150, 512},     /* a bit */
        {1000, 2048},   /* larger again */
        {40, 256},      /* no less than that */
    };
    struct resend_ring r;
    uint16_t seq = 60000;

    (void)state;
    assert_int_equal(0, resend_init(&r, RESEND_VIDEO));
    for (size_t i = 0; i < LENGTH(steps); i++) {
        for (unsigned n = 0; n < 5000; n++, seq++)
            sent(&r, seq, (uint16_t)(seq + 7), 0);
        size_t before = resend_size(&r) / sizeof *r.entries;

        resend_fit(&r, steps[i].packets_per_s);
        assert_int_equal(steps[i].entries * sizeof *r.entries, resend_size(&r));
        size_t kept = before < steps[i].entries ? before : steps[i].entries;

        for (unsigned back = 1; back <= kept; back++) {
            struct resend_packet packet;

            assert_int_equal(0, resend_want(&r, (uint16_t)(seq - back), -1, 0, &packet));
            assert_int_equal((uint16_t)(seq - back + 7), packet.source_seq);
        }
        assert_int_equal(ERR_NOT_FOUND, want(&r, (uint16_t)(seq - kept - 1), -1, 0));
        assert_int_equal(ERR_NOT_FOUND, want(&r, seq, -1, 0));
    }
    resend_release(&r);
}

/* A second copy of a repeat leaves half of what may be repeated to what is asked for. */
static void test_copies(void **state)
{
    struct resend_ring r;
    unsigned n = 0;

    (void)state;
    assert_int_equal(resend_init(&r, 16), 0);
    resend_set_rate(&r, 10000 * 8 * 8);
    sent(&r, 1, 1, MS);
    while (resend_may_copy(&r, 1000))
        n++;
    assert_int_equal(n, 5);
    for (n = 0; resend_repeated(&r, 1, 1000, MS); n++)
        ;
    assert_int_equal(n, 5);
    resend_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
