#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "test_line_figures.h"

#define S US_PER_S
#define KBPS 1000

static struct line line;
static struct bandwidth bandwidth;

/* ---- clients without transport-wide feedback ---- */

static void start(enum line_reports reports, int64_t bps, int n)
{
    struct line_config config = {
        .reports = reports,
        .bps = bps,
        .queue_ms = 300,
        .delay_ms = 20,
        .wish_bps = 2500 * KBPS,
        .n = n,
        .react_ms = 100,
    };

    line_init(&line, &config);
    line.is_verbose = getenv("LINE_VERBOSE") != NULL;
}

static void run(int64_t ms, const char *name)
{
    line_mark(&line);
    line_run(&line, ms);
    line_print(&line, name);
}

static void test_remb_line(void **state)
{
    static const int counts[] = {1, 2, 12};

    (void)state;
    for (unsigned i = 0; i < LENGTH(counts); i++) {
        start(LINE_REPORTS_REMB, 20000 * KBPS, counts[i]);
        line_run(&line, 10000);
        assert_true(bandwidth_is_known(&line.bandwidth, line.now_us));
        run(10000, "REMB, wide");
        assert_true(line_sent_bps(&line) > 2000 * KBPS);
        line.config.bps = 600 * KBPS;
        line_run(&line, 3000);
        run(60000, "REMB, 600 kbit/s");
        assert_true(line_used(&line) > 0.6);
        assert_true(line_lost(&line) < 0.05);
    }
}

static void test_loss_line(void **state)
{
    (void)state;
    start(LINE_REPORTS_LOSS, 20000 * KBPS, 1);
    line_run(&line, 10000);
    assert_false(bandwidth_is_known(&line.bandwidth, line.now_us)); /* nothing limits it */
    start(LINE_REPORTS_LOSS, 500 * KBPS, 1);
    line_run(&line, 10000);
    assert_true(bandwidth_is_known(&line.bandwidth, line.now_us));
    run(60000, "loss alone, 500 kbit/s");
    assert_true(line_used(&line) > 0.75);
    assert_true(line_lost(&line) < 0.15);
}

/* A second of a megabit, or of what is allowed, and a report of it. @return what is allowed then */
static int64_t report_second(uint32_t lost_percent, int64_t *now_us)
{
    int64_t bps =
        bandwidth_is_known(&bandwidth, *now_us) ? bandwidth_bps(&bandwidth, *now_us) : 1000 * KBPS;

    if (bps > 1000 * KBPS)
        bps = 1000 * KBPS;
    for (unsigned i = 0; i < 50; i++) {
        *now_us += S / 50;
        bandwidth_sent(&bandwidth, (uint32_t)(bps / 8 / 50), *now_us);
    }
    bandwidth_report(&bandwidth, lost_percent, 100, *now_us);
    return bandwidth_is_known(&bandwidth, *now_us) ? bandwidth_bps(&bandwidth, *now_us) : INT64_MAX;
}

/* One bad report between good ones: after a dip Chromium 156 without rids is back at 1 Mbit/s after
 * 20 s, size by size. Below a fifth it may be chance, and says nothing unless the
 * next one says it, too. More than that is what a full line does to who only reports once a second:
 * what came through is allowed at once, and is back, 8 % a second, when it was nothing. */
static void test_bad_reports(void **state)
{
    static const struct {
        const char *name;
        uint32_t percents[4]; /* that are lost, behind five good seconds and before good ones */
        int64_t least_bps, most_bps; /* allowed behind them */
        unsigned back_s;             /* seconds after which it is a megabit again */
    } rows[] = {
        {"15 %, once", {15}, INT64_MAX, INT64_MAX, 0},
        {"15 %, twice, but not in a row", {15, 0, 15}, INT64_MAX, INT64_MAX, 0},
        {"15 %, twice in a row", {15, 15}, 780 * KBPS, 830 * KBPS, 5},
        {"19 %, once", {19}, INT64_MAX, INT64_MAX, 0},
        {"20 %, once", {20}, 730 * KBPS, 780 * KBPS, 5},
        {"30 %, once", {30}, 640 * KBPS, 690 * KBPS, 7},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t now_us = S, bps = 0;
        unsigned n = LENGTH(rows[i].percents);

        while (rows[i].percents[n - 1] == 0)
            n--;
        bandwidth_init(&bandwidth, now_us);
        for (unsigned second = 0; second < 5; second++)
            assert_int_equal(INT64_MAX, report_second(0, &now_us));
        for (unsigned k = 0; k < n; k++)
            bps = report_second(rows[i].percents[k], &now_us);
        if (bps < rows[i].least_bps || bps > rows[i].most_bps)
            fail_msg("%s: %lld", rows[i].name, (long long)bps);
        for (unsigned second = 0; second < rows[i].back_s; second++) {
            if (bps >= 1000 * KBPS)
                fail_msg("%s: back after %u s", rows[i].name, second);
            bps = report_second(0, &now_us);
        }
        if (bps < 1000 * KBPS)
            fail_msg("%s: %lld in the end", rows[i].name, (long long)bps);
    }
}

/* Chromium 156 and Firefox ESR 153 send no REMB while there is transport-wide feedback, which they
 * send where its header extension was negotiated. REMB counts as soon as that has ended, and not
 * before; and where nothing comes in its place, what feedback said stays for a while. */
static void test_feedback_ends(void **state)
{
    static const struct {
        int64_t after_us;
        bool has_remb;
        int64_t want_bps;
    } rows[] = {
        {4 * S, true, RATE_CONTROL_START_BPS},
        {6 * S, true, 400 * KBPS},
        {6 * S, false, RATE_CONTROL_START_BPS},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t now_us = 5 * S;
        const struct bandwidth_packet packet = {now_us - S / 10, 0, 1000, 0};
        struct bandwidth_clock clock = {0};
        struct bandwidth_remb remb = {0};

        bandwidth_init(&bandwidth, now_us);
        bandwidth_feedback(&bandwidth, &clock, &packet, 1, now_us);
        now_us += rows[i].after_us;
        if (rows[i].has_remb)
            bandwidth_remb(&bandwidth, &remb, 400 * KBPS, 300 * KBPS, now_us);
        assert_int_equal(rows[i].want_bps, bandwidth_bps(&bandwidth, now_us));
    }
}

/* What is summed up of several connections. */
static void test_remb(void **state)
{
    struct bandwidth_remb camera = {0}, screen = {0};
    int64_t now_us = 5 * S;

    (void)state;
    bandwidth_init(&bandwidth, now_us);
    assert_false(bandwidth_is_known(&bandwidth, now_us));
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 1000 * KBPS);
    /* one alone: what it says */
    bandwidth_remb(&bandwidth, &camera, 700 * KBPS, 500 * KBPS, now_us);
    assert_true(bandwidth_is_known(&bandwidth, now_us));
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 700 * KBPS);
    /* two: what both are sent, and the room that one of them has */
    bandwidth_remb(&bandwidth, &screen, 400 * KBPS, 300 * KBPS, now_us);
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 1000 * KBPS);
    /* one that takes less than it is sent: the line is full for both */
    bandwidth_remb(&bandwidth, &camera, 450 * KBPS, 500 * KBPS, now_us);
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 750 * KBPS);
    now_us += 3 * S;
    bandwidth_remb(&bandwidth, &camera, 480 * KBPS, 450 * KBPS, now_us);
    bandwidth_remb(&bandwidth, &screen, 340 * KBPS, 300 * KBPS, now_us);
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 790 * KBPS);
    bandwidth_forget_remb(&bandwidth, &camera);
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 340 * KBPS);
    /* one that ends without a word */
    bandwidth_remb(&bandwidth, &camera, 480 * KBPS, 450 * KBPS, now_us);
    for (int i = 0; i < 31; i++) {
        now_us += S;
        bandwidth_remb(&bandwidth, &screen, 340 * KBPS, 300 * KBPS, now_us);
    }
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 340 * KBPS);
    /* reports age */
    assert_true(bandwidth_is_known(&bandwidth, now_us + 30 * S));
    assert_false(bandwidth_is_known(&bandwidth, now_us + 30 * S + 1));
    /* claims */
    now_us += 100 * S;
    bandwidth_remb(&bandwidth, &screen, INT64_MAX, INT64_MAX, now_us);
    assert_true(bandwidth_bps(&bandwidth, now_us) > 0);
    bandwidth_remb(&bandwidth, &screen, INT64_MIN, INT64_MIN, now_us);
    assert_true(bandwidth_bps(&bandwidth, now_us) >= 50 * KBPS);
    /* transport-wide feedback goes before it */
    struct bandwidth_clock clock = {0};
    struct bandwidth_packet packet = {now_us - 50000, 12345, 1200, 0};

    bandwidth_feedback(&bandwidth, &clock, &packet, 1, now_us);
    assert_int_equal(bandwidth_bps(&bandwidth, now_us), 1000 * KBPS);
}

/* ---- times that make no sense ---- */

/* 2.5 Mbit/s for some seconds, with arrivals as a receiver may claim them. */
static void claim(struct bandwidth_clock *clock, int64_t *now_us,
                  int64_t (*arrival)(int64_t, unsigned))
{
    for (unsigned i = 0; i < 200; i++) {
        struct bandwidth_packet packets[16];

        for (unsigned k = 0; k < LENGTH(packets); k++) {
            int64_t sent_us = *now_us + k * 3000;

            bandwidth_sent(&bandwidth, 1000, sent_us);
            packets[k] = (struct bandwidth_packet){sent_us, arrival(sent_us, i * 16 + k), 1000, 0};
        }
        *now_us += 50000;
        bandwidth_feedback(&bandwidth, clock, packets, LENGTH(packets), *now_us + 20000);
        assert_in_range(bandwidth_bps(&bandwidth, *now_us), 50 * KBPS, 100000 * KBPS);
    }
}

static int64_t honest(int64_t sent_us, unsigned i)
{
    (void)i;
    return sent_us + 20000;
}

static int64_t standing(int64_t sent_us, unsigned i)
{
    (void)sent_us, (void)i;
    return 0;
}

static int64_t backward(int64_t sent_us, unsigned i)
{
    (void)i;
    return -sent_us * 1000;
}

static int64_t jumping(int64_t sent_us, unsigned i)
{
    return sent_us + (i % 7) * 3600 * S - (i % 5) * 7200 * S;
}

static int64_t extreme(int64_t sent_us, unsigned i)
{
    static const int64_t values[] = {
        INT64_MAX, INT64_MIN + 1,    INT64_MAX / 2,      INT64_MIN / 2, 0,
        -1,        INT64_C(1) << 60, -(INT64_C(1) << 60)};

    (void)sent_us;
    return values[i % LENGTH(values)];
}

static int64_t lost(int64_t sent_us, unsigned i)
{
    (void)sent_us, (void)i;
    return BANDWIDTH_LOST;
}

static void test_claims(void **state)
{
    int64_t (*const arrivals[])(int64_t, unsigned) = {standing, backward, jumping, extreme, lost};
    int64_t now_us = S;

    (void)state;
    for (unsigned i = 0; i < LENGTH(arrivals); i++) {
        struct bandwidth_clock clock = {0}, other = {0};

        bandwidth_init(&bandwidth, now_us);
        claim(&clock, &now_us, arrivals[i]);
        /* and it is not for good: half a minute later all is well */
        for (unsigned k = 0; k < 4; k++)
            claim(&clock, &now_us, honest);
        claim(&other, &now_us, honest);
        assert_true(bandwidth_bps(&bandwidth, now_us) > 2000 * KBPS);
    }
    bandwidth_feedback(&bandwidth, &(struct bandwidth_clock){0}, NULL, 0, now_us);
}

/* ---- probes ---- */

static void test_probe_ids(void **state)
{
    struct bandwidth_clock clock = {0};
    struct bandwidth_probe probe, last = {0};
    int64_t now_us = S;

    (void)state;
    bandwidth_init(&bandwidth, now_us);
    assert_false(bandwidth_wants_probe(&bandwidth, 5000 * KBPS, now_us, &probe)); /* no reports */
    for (unsigned n = 0; n < 66000;) {
        struct bandwidth_packet packets[6];
        bool is_asked;

        now_us += 200000;
        is_asked = bandwidth_wants_probe(&bandwidth, INT64_MAX, now_us, &probe);
        for (unsigned i = 0; i < LENGTH(packets); i++) {
            int64_t sent_us = now_us - 50000 + i * 500;

            packets[i] = (struct bandwidth_packet){sent_us, sent_us + i * 3000, 2000,
                                                   is_asked ? probe.id : 0};
        }
        if (is_asked) {
            n++;
            assert_int_not_equal(probe.id, 0);
            assert_int_not_equal(probe.id, last.id);
            assert_true(probe.n >= 5);
            assert_true((int64_t)probe.bytes * 8 * S >= probe.bps * 14000);
            last = probe;
        }
        bandwidth_feedback(&bandwidth, &clock, packets, LENGTH(packets), now_us);
    }
}

/* A probe over a line without a bottleneck never says more than how fast it was sent. */
static void test_probe_measure(void **state)
{
    static const struct {
        const char *name;
        int64_t arrival_us[6]; /* after the first; BANDWIDTH_LOST */
        int64_t min_bps, max_bps;
    } rows[] = {
        {"as it was sent", {0, 4000, 8000, 12000, 16000, 20000}, 1900000, 2100000},
        {"all at once", {0, 0, 0, 0, 0, 0}, 1900000, 2100000},
        {"in another order", {20000, 4000, 12000, 8000, 16000, 0}, 1900000, 2100000},
        {"half as fast", {0, 8000, 16000, 24000, 32000, 40000}, 900000, 1000000},
        {"one lost", {0, 4000, BANDWIDTH_LOST, 12000, 16000, 20000}, 1900000, 2100000},
        {"half lost: as much as came",
         {0, BANDWIDTH_LOST, 8000, BANDWIDTH_LOST, 16000, BANDWIDTH_LOST},
         900000,
         1100000},
        {"four lost say nothing",
         {0, BANDWIDTH_LOST, BANDWIDTH_LOST, BANDWIDTH_LOST, BANDWIDTH_LOST, 20000},
         1000000,
         1000000},
    };

    (void)state;
    for (unsigned i = 0; i < LENGTH(rows); i++) {
        struct bandwidth_clock clock = {0};
        struct bandwidth_packet packets[6];
        struct bandwidth_probe probe;
        int64_t now_us = 10 * S, got_bps;

        bandwidth_init(&bandwidth, now_us);
        /* something must have come, or nobody probes */
        bandwidth_feedback(&bandwidth, &clock,
                           &(struct bandwidth_packet){now_us - 60000, 5000, 100, 0}, 1, now_us);
        assert_true(bandwidth_wants_probe(&bandwidth, 5000 * KBPS, now_us, &probe));
        assert_int_equal(probe.bps, 2000 * KBPS);
        for (unsigned k = 0; k < LENGTH(packets); k++) {
            int64_t sent_us = now_us + k * 4000;

            packets[k] = (struct bandwidth_packet){sent_us,
                                                   rows[i].arrival_us[k] == BANDWIDTH_LOST
                                                       ? BANDWIDTH_LOST
                                                       : 65000 + rows[i].arrival_us[k],
                                                   1000, probe.id};
        }
        bandwidth_feedback(&bandwidth, &clock, packets, LENGTH(packets), now_us + 60000);
        got_bps = bandwidth_bps(&bandwidth, now_us + 60000);
        if (got_bps < rows[i].min_bps || got_bps > rows[i].max_bps)
            fail_msg("%s: %lld", rows[i].name, (long long)got_bps);
    }
}

/*
 * A receiver that gets 45 kbit/s of a line without a queue, and asks for 2,500. It drops probes
 * (Firefox does, of a video that it was never sent), or none can be sent to it.
 */
static void go_without_probes(bool can_probe)
{
    struct bandwidth_clock clock = {0};
    int64_t now_us = 10 * S;
    unsigned n_probes = 0;

    bandwidth_init(&bandwidth, now_us);
    for (unsigned round = 0; round < 900; round++, now_us += 100000) {
        struct bandwidth_packet packets[12];
        struct bandwidth_probe probe;
        size_t n = 0;

        for (; n < 5; n++) {
            int64_t sent_us = now_us - 100000 + (int64_t)n * 20000;

            packets[n] = (struct bandwidth_packet){sent_us, sent_us + 5000, 110, 0};
        }
        if (!can_probe) {
            bandwidth_cannot_probe(&bandwidth, 2500 * KBPS);
        } else if (bandwidth_wants_probe(&bandwidth, 2500 * KBPS, now_us, &probe)) {
            for (n_probes++; n < LENGTH(packets); n++)
                packets[n] = (struct bandwidth_packet){now_us, BANDWIDTH_LOST, 1000, probe.id};
        }
        bandwidth_feedback(&bandwidth, &clock, packets, n, now_us + 30000);
        /* what is lost of probes is no loss of the line */
        if (round < 300)
            assert_true(bandwidth_bps(&bandwidth, now_us + 30000) >= RATE_CONTROL_START_BPS);
        if (round == 300) /* something else made little of it */
            rate_control_set(&bandwidth.control, 90 * KBPS);
    }
    assert_true(n_probes >= 2 || !can_probe);
    assert_true(bandwidth_bps(&bandwidth, now_us) > 2500 * KBPS);
}

static void test_without_probes(void **state)
{
    (void)state;
    go_without_probes(true);
    go_without_probes(false);
}

/* A feedback message of five packets, 20 a second: what it costs. */
static void test_cost(void **state)
{
    struct bandwidth_clock clock = {0};
    int64_t now_us = S, before_us = now_monotonic_us();
    enum { ROUNDS = 200000 };

    (void)state;
    bandwidth_init(&bandwidth, now_us);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct bandwidth_packet packets[5];

        for (unsigned k = 0; k < LENGTH(packets); k++)
            packets[k] = (struct bandwidth_packet){now_us + k * 10000, now_us + k * 10000 + i % 900,
                                                   1200, 0};
        now_us += 50000;
        bandwidth_feedback(&bandwidth, &clock, packets, LENGTH(packets), now_us);
    }
    print_message("  a report of 5 packets: %lld ns; %zu bytes a client\n",
                  (long long)((now_monotonic_us() - before_us) * 1000 / ROUNDS),
                  sizeof(struct bandwidth));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remb_line),      cmocka_unit_test(test_loss_line),
        cmocka_unit_test(test_feedback_ends),  cmocka_unit_test(test_bad_reports),
        cmocka_unit_test(test_remb),           cmocka_unit_test(test_claims),
        cmocka_unit_test(test_probe_ids),      cmocka_unit_test(test_probe_measure),
        cmocka_unit_test(test_without_probes), cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
