#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "test_line.h"

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

static void test_wide(void **state)
{
    struct line_config config = usual();

    (void)state;
    start(&config);
    line_run(&line, 1200);
    line_print(&line, "wide, start");
    assert_true(bandwidth_bps(&line.bandwidth, line.now_us) >= 2000 * KBPS);
    line_run(&line, 5000);
    line_mark(&line);
    line_run(&line, 30000);
    line_print(&line, "wide");
    assert_true(line_sent_bps(&line) > 2400 * KBPS);
}

static void test_steady(void **state)
{
    static const int64_t rates[] = {200, 400, 800, 1800};
    char name[64];

    (void)state;
    for (unsigned i = 0; i < LENGTH(rates); i++) {
        struct line_config config = usual();

        config.bps = rates[i] * KBPS;
        start(&config);
        line_run(&line, 5000);
        snprintf(name, sizeof name, "%d kbit/s, start", (int)rates[i]);
        line_print(&line, name);
        line_mark(&line);
        line_run(&line, 60000);
        snprintf(name, sizeof name, "%d kbit/s", (int)rates[i]);
        line_print(&line, name);
        assert_true(line_used(&line) > 0.75);
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
    line_mark(&line);
    line_run(&line, 1000);
    line_print(&line, "fell to 400 kbit/s, first second");
    line_mark(&line);
    line_run(&line, 1000);
    line_print(&line, "second second");
    assert_true(line_sent_bps(&line) < 400 * KBPS);
    line_mark(&line);
    line_run(&line, 28000);
    line_print(&line, "until 30 s");
    line.config.bps = WIDE;
    line_mark(&line);
    line_run(&line, 4000);
    line_print(&line, "wide again, 4 s");
    assert_true(bandwidth_bps(&line.bandwidth, line.now_us) >= 1000 * KBPS);
    line_mark(&line);
    line_run(&line, 6000);
    line_print(&line, "until 10 s");
}

static void test_loss(void **state)
{
    static const double losses[] = {0.02, 0.05, 0.1};
    char name[64];

    (void)state;
    for (unsigned i = 0; i < LENGTH(losses); i++) {
        struct line_config config = usual();

        config.loss = losses[i];
        config.delay_ms = 25;
        start(&config);
        line_run(&line, 2000);
        line_mark(&line);
        line_run(&line, 60000);
        snprintf(name, sizeof name, "wide, %.0f %% lost", losses[i] * 100);
        line_print(&line, name);
    }
}

static void test_policer(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.bps = 600 * KBPS;
    config.queue_ms = 0;
    start(&config);
    line_run(&line, 5000);
    line_print(&line, "policer of 600 kbit/s, start");
    line_mark(&line);
    line_run(&line, 60000);
    line_print(&line, "policer");
}

static void test_outage(void **state)
{
    (void)state;
    for (int kind = LINE_OUTAGE_LOSES; kind <= LINE_OUTAGE_HOLDS; kind++) {
        struct line_config config = usual();

        start(&config);
        line_run(&line, 10000);
        line_stop(&line, 1000, (enum line_outage)kind);
        line_run(&line, 1000);
        line_mark(&line);
        line_run(&line, 700);
        line_print(&line, "after the outage, 0.7 s");
        assert_true(bandwidth_bps(&line.bandwidth, line.now_us) >= 2000 * KBPS);
        line_mark(&line);
        line_run(&line, 5000);
        line_print(&line, "then");
    }
}

static void test_jitter(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.jitter_us = 10000;
    start(&config);
    line_run(&line, 2000);
    line_mark(&line);
    line_run(&line, 60000);
    line_print(&line, "jitter 10 ms, wide");
    config.bps = 600 * KBPS;
    start(&config);
    line_run(&line, 5000);
    line_mark(&line);
    line_run(&line, 60000);
    line_print(&line, "jitter 10 ms, 600 kbit/s");
}

static void test_competition(void **state)
{
    struct line_config config = usual();

    (void)state;
    config.bps = 3000 * KBPS;
    config.has_tcp = true;
    start(&config);
    line_run(&line, 10000);
    line_mark(&line);
    line_run(&line, 60000);
    line_print(&line, "a download beside, 3 Mbit/s");
    config.has_tcp = false;
    config.cross_bps = 1500 * KBPS;
    start(&config);
    line_run(&line, 10000);
    line_mark(&line);
    line_run(&line, 60000);
    line_print(&line, "1.5 of 3 Mbit/s are others'");
}

static void test_connections(void **state)
{
    static const int counts[] = {2, 12};
    char name[64];

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
        line_mark(&line);
        line_run(&line, 60000);
        snprintf(name, sizeof name, "%d connections, 2 Mbit/s", counts[i]);
        line_print(&line, name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide),        cmocka_unit_test(test_steady),
        cmocka_unit_test(test_steps),       cmocka_unit_test(test_loss),
        cmocka_unit_test(test_policer),     cmocka_unit_test(test_outage),
        cmocka_unit_test(test_jitter),      cmocka_unit_test(test_competition),
        cmocka_unit_test(test_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
