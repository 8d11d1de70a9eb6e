#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "test_line_figures.h"
#include "test_line_trace.h"

#define KBPS 1000
#define WIDE (20000 * KBPS)

static struct line line;

/* A line of 20 Mbit/s, 40 ms there and back, one connection, and a wish of 2.5 Mbit/s. */
static struct line_config usual(void)
{
    return (struct line_config){
        .bps = WIDE,
        .queue_ms = 300,
        .delay_ms = 20,
        .wish_bps = 2500 * KBPS,
        .n = 1,
        .react_ms = 100,
    };
}

static void start(const struct line_config *config)
{
    line_init(&line, config);
    line.is_verbose = getenv("LINE_VERBOSE") != NULL;
}

static void run(int64_t ms, const char *format, ...)
{
    char name[64];
    va_list args;

    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    line_mark(&line);
    line_run(&line, ms);
    line_print(&line, name);
}

static int64_t now_bps(void)
{
    return bandwidth_bps(&line.bandwidth, line.now_us);
}

static void test_wide(void **state)
{
    struct line_config config = usual();

    (void)state;
    start(&config);
    assert_false(bandwidth_is_known(&line.bandwidth, line.now_us));
    while (!bandwidth_is_known(&line.bandwidth, line.now_us))
        line_run(&line, 1);
    run(1000, "wide, first second with reports");
    assert_true(now_bps() >= 2000 * KBPS);
    line_run(&line, 5000);
    run(30000, "wide");
    assert_true(line_sent_bps(&line) > 2400 * KBPS);
    assert_true(line.measure.min_bps > 2500 * KBPS);
    assert_false(bandwidth_is_lossy(&line.bandwidth, line.now_us));
}

/* Firefox drops retransmissions of a video that it was never sent: that is no loss of the line. */
static void test_deaf(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.is_deaf = true;
    start(&config);
    run(3000, "probes are dropped, start");
    assert_true(line.measure.min_bps >= RATE_CONTROL_START_BPS);
    run(27000, "probes are dropped");
    assert_true(now_bps() > 2500 * KBPS);
}

/* Without probes a line that is well is tried by what is wished for. */
static void test_blind(void **state)
{
    static const int rates[] = {200, 800};

    (void)state;
    for (unsigned i = 0; i < LENGTH(rates); i++) {
        struct line_config config = usual();

        config.is_blind = true;
        config.bps = rates[i] * KBPS;
        start(&config);
        line_run(&line, 10000);
        run(60000, "%d kbit/s, never probed", rates[i]);
        assert_true(line_used(&line) > 0.7);
        assert_true(line_lost(&line) < 0.03);
        line.config.bps = WIDE;
        run(45000, "wide, never probed");
        assert_true(now_bps() > 2500 * KBPS);
        assert_true(line_late(&line) < 0.05);
    }
}

/* From the first packet on the line is as narrow as this. */
static void test_narrow(void **state)
{
    static const int rates[] = {200, 400, 800, 1800};

    (void)state;
    for (unsigned i = 0; i < LENGTH(rates); i++) {
        struct line_config config = usual();

        config.bps = rates[i] * KBPS;
        start(&config);
        run(5000, "%d kbit/s, start", rates[i]);
        run(60000, "%d kbit/s", rates[i]);
        assert_true(line_used(&line) > 0.8);
        assert_true(line_lost(&line) < 0.02);
        assert_true(line_late(&line) < 0.2);
    }
}

static void test_steps(void **state)
{
    struct line_config config = usual();

    (void)state;
    start(&config);
    line_run(&line, 10000);
    line.config.bps = 400 * KBPS;
    run(1000, "fell to 400 kbit/s, first second");
    run(1000, "second second");
    assert_true(line_sent_bps(&line) < 400 * KBPS);
    assert_true(line_late(&line) < 0.6); /* the queue drains soon */
    run(28000, "until 30 s");
    assert_true(line_used(&line) > 0.8);
    assert_true(line_lost(&line) < 0.02);
    assert_true(line_late(&line) < 0.2);
    line.config.bps = WIDE;
    run(4000, "wide again, 4 s");
    assert_true(now_bps() >= 1000 * KBPS);
    assert_true(line_late(&line) < 0.01);
    run(6000, "until 10 s");
    assert_true(line_sent_bps(&line) > 2000 * KBPS);
}

/* A queue of two seconds, which delays its own reports. */
static void test_deep_queue(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.queue_ms = 2000;
    start(&config);
    line_run(&line, 10000);
    line.config.bps = 400 * KBPS;
    line_run(&line, 1800);
    run(1000, "fell to 400 kbit/s, queue of 2 s");
    assert_true(line_sent_bps(&line) < 400 * KBPS);
    line_run(&line, 8000);
    run(20000, "then");
    assert_true(line_used(&line) > 0.8);
    assert_true(line_late(&line) < 0.2);
}

/* Another way to the client, 120 ms longer: no queue, and soon known to be none. */
static void test_longer_way(void **state)
{
    struct line_config config = usual();

    (void)state;
    start(&config);
    line_run(&line, 10000);
    line.config.delay_ms += 120;
    run(25000, "a way of 120 ms more");
    assert_true(line_sent_bps(&line) > 1000 * KBPS);
    run(20000, "then");
    assert_true(line.measure.min_bps >= 2500 * KBPS);
}

static void test_loss(void **state)
{
    static const int percents[] = {2, 5, 10};

    (void)state;
    for (unsigned i = 0; i < 3 * LENGTH(percents); i++) {
        struct line_config config = usual();

        config.loss = percents[i / 3] / 100.0;
        config.delay_ms = 25;
        config.seed = i;
        start(&config);
        run(2000, "wide, %d %% lost, start", percents[i / 3]);
        run(60000, "wide, %d %% lost", percents[i / 3]);
        assert_true(line_sent_bps(&line) > 0.9 * 2540 * KBPS);
        assert_true(line.measure.min_bps > 0.6 * 2540 * KBPS);
        assert_true(percents[i / 3] < 10 || bandwidth_is_lossy(&line.bandwidth, line.now_us));
    }
}

static void test_policer(void **state)
{
    static const int rates[] = {300, 600, 1000, 1500};

    (void)state;
    for (unsigned i = 0; i < LENGTH(rates); i++) {
        struct line_config config = usual();

        config.bps = rates[i] * KBPS;
        config.queue_ms = 0;
        start(&config);
        line_run(&line, 5000);
        run(60000, "policer of %d kbit/s", rates[i]);
        assert_true(line_used(&line) > 0.75);
        assert_true(line_lost(&line) < 0.1);
    }
}

static void test_outage(void **state)
{
    static const char *const names[] = {"1 s lost, then 0.7 s", "1 s held, then 0.7 s"};

    (void)state;
    for (int kind = LINE_OUTAGE_LOSES; kind <= LINE_OUTAGE_HOLDS; kind++) {
        struct line_config config = usual();

        start(&config);
        line_run(&line, 10000);
        line_stop(&line, 1000, (enum line_outage)kind);
        line_run(&line, 1000);
        run(700, "%s", names[kind]);
        assert_true(now_bps() >= 2032 * KBPS);
        run(5000, "then");
        assert_true(line.measure.min_bps >= 2032 * KBPS);
    }
}

static void test_jitter(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.jitter_us = 10000;
    start(&config);
    line_run(&line, 5000);
    run(60000, "jitter of 10 ms, wide");
    assert_true(line_sent_bps(&line) > 2300 * KBPS);
    config.bps = 600 * KBPS;
    start(&config);
    line_run(&line, 5000);
    run(60000, "jitter of 10 ms, 600 kbit/s");
    assert_true(line_used(&line) > 0.75);
    assert_true(line_lost(&line) < 0.02);
    assert_true(line.measure.max_bps < 2 * 600 * KBPS);
}

static void test_competition(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.bps = 3000 * KBPS;
    config.has_tcp = true;
    start(&config);
    line_run(&line, 10000);
    run(60000, "a download beside, 3 Mbit/s");
    assert_true(line_sent_bps(&line) > 200 * KBPS);
    config.has_tcp = false;
    config.cross_bps = 1500 * KBPS;
    start(&config);
    line_run(&line, 10000);
    run(60000, "1.5 of 3 Mbit/s are others'");
    assert_true(line_sent_bps(&line) > 0.75 * 1500 * KBPS);
    assert_true(line_sent_bps(&line) < 1500 * KBPS);
}

/* Each with numbers and a clock of its own. */
static void test_connections(void **state)
{
    static const int counts[] = {2, 12};

    (void)state;
    for (unsigned i = 0; i < LENGTH(counts); i++) {
        struct line_config config = usual();

        config.n = counts[i];
        config.is_scattered = true;
        config.drift = 1e-4;
        config.bps = 2000 * KBPS;
        config.wish_bps = 4000 * KBPS;
        start(&config);
        line_run(&line, 5000);
        run(60000, "%d connections, 2 Mbit/s", counts[i]);
        assert_true(line_used(&line) > 0.75);
        assert_true(line_lost(&line) < 0.02);
        assert_true(line_late(&line) < 0.2);
        config.bps = WIDE;
        start(&config);
        line_run(&line, 5000);
        run(60000, "%d connections, wide", counts[i]);
        assert_true(line_sent_bps(&line) > 0.9 * config.wish_bps);
    }
}

/* What flows may stay for three seconds in what came through when the line was full; for longer
 * only when it is full again, in what comes through then. */
static void test_held(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.bps = 1000 * KBPS;
    start(&config);
    while (line.bandwidth.held_us == 0)
        line_run(&line, 1);
    assert_true(bandwidth_held_bps(&line.bandwidth, line.now_us) > now_bps());
    assert_in_range(bandwidth_held_bps(&line.bandwidth, line.now_us), 850 * KBPS, 1000 * KBPS);
    for (unsigned i = 0; i < 30000 && line.now_us - line.bandwidth.held_us <= 3000000; i++)
        line_run(&line, 1);
    assert_int_equal(bandwidth_held_bps(&line.bandwidth, line.now_us), now_bps());
    line.config.bps = 500 * KBPS;
    line_run(&line, 1000);
    assert_in_range(bandwidth_held_bps(&line.bandwidth, line.now_us), 400 * KBPS, 550 * KBPS);
}

/* Of a line that became far narrower it is known when its queue will be empty, if nothing more
 * comes; one that became somewhat narrower is no matter. */
static void test_drained(void **state)
{
    static const struct {
        int kbps; /* that are left of 2,000 */
        bool is_far;
    } rows[] = {{1800, false}, {300, true}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct line_config config = usual();
        const struct bandwidth *b = &line.bandwidth;

        config.bps = 2000 * KBPS;
        start(&config);
        line_run(&line, 30000);
        int64_t before_us = b->held_us, drained_us = bandwidth_drained_us(b);

        line.config.bps = rows[i].kbps * KBPS;
        for (unsigned ms = 0; ms < 3000 && b->held_us == before_us; ms++)
            line_run(&line, 1);
        assert_true(b->held_us > before_us);
        if (rows[i].is_far)
            assert_in_range(bandwidth_drained_us(b) - line.now_us, 50 * US_PER_MS,
                            (config.queue_ms + 100) * 3 / 2 * US_PER_MS);
        else
            assert_int_equal(drained_us, bandwidth_drained_us(b));
    }
}

/* A publisher that goes on as before is no burst: what gets lost then is not sent for longer than a
 * second after the rate fell, as often as it falls again meanwhile. */
static void test_held_while_much_is_lost(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.bps = 5000 * KBPS;
    config.wish_bps = 1500 * KBPS;
    config.react_ms = 4000;
    start(&config);
    line_run(&line, 10000);
    line.config.bps = 1100 * KBPS;
    for (unsigned i = 0; i < 3000 && line.bandwidth.held_us == 0; i++)
        line_run(&line, 1);
    assert_true(line.bandwidth.held_us != 0);
    line_run(&line, 900);
    assert_true(bandwidth_held_bps(&line.bandwidth, line.now_us) > now_bps());
    line_run(&line, 600);
    assert_true(line.bandwidth.losing_us > line.now_us - 500000);
    assert_int_equal(bandwidth_held_bps(&line.bandwidth, line.now_us), now_bps());
}

/* Another layer begins with a burst, where a third was sent before: the line is as wide as it is.
 */
static void test_burst_of_another_layer(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.bps = 1800 * KBPS;
    config.wish_bps = 500 * KBPS;
    start(&config);
    line_run(&line, 10000);
    line.bandwidth.control.bps = 3000 * KBPS; /* as a probe in a quiet moment may find it */
    line.config.wish_bps = 2500 * KBPS;
    for (unsigned i = 0; i < 1000 && line.bandwidth.held_us == 0; i++)
        line_run(&line, 1);
    assert_true(line.bandwidth.held_us != 0);
    assert_true(bandwidth_held_bps(&line.bandwidth, line.now_us) > 1500 * KBPS);
}

/* Connections come one after the other, while the line is full. */
static void test_join(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.bps = 1000 * KBPS;
    config.is_scattered = true;
    start(&config);
    line_run(&line, 15000);
    while (line.config.n < 6) {
        struct line_connection *c = &line.connections[line.config.n++];

        c->origin_us = line.config.n * INT64_C(1234567890);
        c->next_frame_us = line.now_us;
        c->next_report_us = line.now_us + 40000;
        run(10000, "connection %d comes", (int)line.config.n);
        assert_true(line_used(&line) > 0.75);
        assert_true(line_lost(&line) < 0.02);
        assert_true(line_late(&line) < 0.2);
    }
}

/* What is sent does not follow the estimate, but jumps. */
static void test_layers(void **state)
{
    static const int rates[] = {200, 400, 800, 1800};

    (void)state;
    for (unsigned i = 0; i < LENGTH(rates); i++) {
        struct line_config config = usual();

        config.has_layers = true;
        config.wish_bps = 1500 * KBPS;
        config.react_ms = 0;
        start(&config);
        line_run(&line, 10000);
        line.config.bps = rates[i] * KBPS;
        line_run(&line, 2000);
        run(60000, "layers, %d kbit/s", rates[i]);
        line.config.bps = WIDE;
        run(4000, "wide again");
        assert_true(now_bps() >= 1540 * KBPS);
    }
}

/* What is wished for takes nearly all that the line carries, and much less is sent. */
static void test_narrowly_wide_enough(void **state)
{
    static const int rates[] = {400, 800, 1800};

    (void)state;
    for (unsigned i = 0; i < LENGTH(rates); i++) {
        struct line_config config = usual();

        config.bps = rates[i] * KBPS;
        config.is_divided = true;
        config.layer_bps = rates[i] * KBPS / 4;
        start(&config);
        line_run(&line, 15000);
        line.config.wish_bps = rates[i] * KBPS / 100 * 97 - 40 * KBPS;
        run(20000, "%d kbit/s, a quarter is sent, and most is wished for", rates[i]);
        assert_true(now_bps() > line.config.wish_bps + 40 * KBPS);
    }
}

/* Videos are paused for a minute: the estimate stays what it was. */
static void test_silence(void **state)
{
    struct line_config config = usual();

    (void)state;
    start(&config);
    line_run(&line, 10000);
    line.config.wish_bps = 0;
    run(60000, "sound alone");
    assert_true(line_sent_bps(&line) < 50 * KBPS);
    assert_true(line.measure.min_bps >= 2500 * KBPS);
    line.config.wish_bps = 2500 * KBPS;
    run(1000, "videos again");
    assert_true(now_bps() >= 2500 * KBPS);
    assert_true(line_lost(&line) < 0.01);
}

/* A restless line that was narrow for six seconds and is wide again. */
static void narrow_for_a_moment(int64_t seed, bool layers_pause)
{
    struct line_config config = usual();

    config.jitter_us = 20000;
    config.has_layers = true;
    config.layers_pause = layers_pause;
    config.wish_bps = 1500 * KBPS;
    config.seed = seed;
    start(&config);
    line_run(&line, 10000);
    line.config.bps = 60 * KBPS;
    run(6000, "jitter of 20 ms, 60 kbit/s");
    line.config.bps = WIDE;
    run(20000, "wide again");
}

/* A restless line that was narrow for a moment: sound alone is left, which comes so unevenly that
 * it looks like a queue each time. Nothing that still flows could be less, and what is paused is
 * tried. */
static void test_restless(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        narrow_for_a_moment(i, true);
        run(5000, "then");
        assert_true(now_bps() >= 300 * KBPS);
        assert_true(line_sent_bps(&line) > 150 * KBPS);
    }
}

/* What a line dropped while it was narrow bounds probes, and does not forbid them. */
static void test_narrow_for_a_moment(void **state)
{
    unsigned n_low = 0;

    (void)state;
    for (unsigned i = 0; i < 24; i++) {
        narrow_for_a_moment(i, false);
        n_low += now_bps() < 450 * KBPS;
    }
    print_message("  a line that was narrow for a moment: slow %u times of 24\n", n_low);
    assert_true(n_low <= 3);
}

/* An hour of a line like a phone's in a train. */
static void test_hour(void **state)
{
    struct line_config config = usual();
    uint64_t delivered = 0, capacity = 0;
    unsigned stuck = 0;

    (void)state;
    config.jitter_us = 3000;
    config.loss = 0.003;
    config.drift = 1e-4;
    start(&config);
    for (unsigned i = 0, seconds = 0; seconds < 3600;
         seconds += line_trace[i].s, i = (i + 1) % LENGTH(line_trace)) {
        int64_t want_bps;

        line_follow_trace(&line, i);
        line_mark(&line);
        line_run(&line, line_trace[i].s * 1000);
        want_bps = line.config.bps < 2540 * KBPS ? line.config.bps : 2540 * KBPS;
        delivered += line.measure.delivered_bytes * 8;
        capacity += (uint64_t)want_bps * line_trace[i].s;
        /* long enough to find it */
        if (line_trace[i].s >= 10 && now_bps() < want_bps / 2) {
            line_print(&line, "stuck");
            stuck++;
        }
    }
    print_message("  an hour of a trace: %.0f %% of what it carried, %u times stuck\n",
                  100.0 * (double)delivered / (double)capacity, stuck);
    assert_true((double)delivered > 0.7 * (double)capacity);
    assert_int_equal(stuck, 0);
}

/* An hour of a line that goes up and down by chance. */
static void test_walk(void **state)
{
    struct line_config config = usual();
    double bps = 1000 * KBPS;
    unsigned n_stuck = 0, n_low = 0;
    uint64_t n_sent = 0, n_lost = 0;

    (void)state;
    start(&config);
    for (unsigned s = 0; s < 3600; s++) {
        int64_t want_bps;

        bps *= 0.9 + 0.2 * line_random(&line) + 0.001;
        bps = bps < 150 * KBPS ? 150 * KBPS : bps > 6000 * KBPS ? 6000 * KBPS : bps;
        line.config.bps = (int64_t)bps;
        line_mark(&line);
        line_run(&line, 1000);
        n_sent += line.measure.n_sent;
        n_lost += line.measure.n_lost;
        want_bps = line.config.bps < 2540 * KBPS ? line.config.bps : 2540 * KBPS;
        n_low = now_bps() < want_bps / 2 ? n_low + 1 : 0;
        if (n_low > n_stuck)
            n_stuck = n_low;
    }
    print_message("  an hour of a random walk: %.2f %% lost, below half for %u s at most\n",
                  100.0 * (double)n_lost / (double)n_sent, n_stuck);
    assert_true((double)n_lost < 0.03 * (double)n_sent);
    assert_true(n_stuck <= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_deep_queue),
        cmocka_unit_test(test_longer_way),
        cmocka_unit_test(test_policer),
        cmocka_unit_test(test_outage),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_competition),
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_drained),
        cmocka_unit_test(test_held_while_much_is_lost),
        cmocka_unit_test(test_burst_of_another_layer),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_narrowly_wide_enough),
        cmocka_unit_test(test_restless),
        cmocka_unit_test(test_narrow_for_a_moment),
        cmocka_unit_test(test_hour),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_deaf),
        cmocka_unit_test(test_blind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
