#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "tests/bench/relay/held.h"
#include "tests/bench/relay/options.h"

#define S 1000000

static struct line line_with(const char *settings, uint64_t seed)
{
    struct line_settings s;
    struct line l;
    char problem[320];

    assert_true(line_settings_parse(&s, settings, problem, sizeof problem));
    line_init(&l, seed);
    line_set(&l, &s);
    return l;
}

static void test_settings(void **state)
{
    static const struct {
        const char *text;
        bool is_right;
        struct line_settings want;
    } rows[] = {
        {"clear", true, {.queue_us = 200000, .hold_us = 10000}},
        {"rate=400k", true, {.rate_bps = 400000, .queue_us = 200000, .hold_us = 10000}},
        {"rate=2.5M,queue=1000,burst=3000",
         true,
         {.rate_bps = 2500000, .queue_us = S, .burst_bytes = 3000, .hold_us = 10000}},
        {"delay=25,jitter=0.5,loss=2.5,reorder=1,hold=20",
         true,
         {.queue_us = 200000,
          .delay_us = 25000,
          .jitter_us = 500,
          .loss_ppm = 25000,
          .reorder_ppm = 10000,
          .hold_us = 20000}},
        {.text = ""},
        {.text = "rate"},
        {.text = "rate="},
        {.text = "rate=fast"},
        {.text = "rate=-1"},
        {.text = "rate=400K"},
        {.text = "rate=nan"},
        {.text = "loss=101"},
        {.text = "delay=5k"},
        {.text = "speed=1"},
        {.text = "rate=1,,loss=1"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct line_settings got = {0};
        char problem[320];

        if (line_settings_parse(&got, rows[i].text, problem, sizeof problem) != rows[i].is_right ||
            memcmp(&got, &rows[i].want, sizeof got) != 0)
            fail_msg("%s", rows[i].text);
    }
}

static void test_changes(void **state)
{
    char *argv[] = {"relay",  "--to",      "127.0.0.1:9", "--down",    "30:clear",
                    "--down", "rate=400k", "--up",        "10:loss=5", NULL};
    struct options o;
    struct change c;
    char problem[320];

    (void)state;
    assert_int_equal(options_parse(&o, (int)LENGTH(argv) - 1, argv), 0);
    assert_int_equal(o.n_changes, 3);
    assert_int_equal(o.changes[0].at_us, 0);
    assert_int_equal(o.changes[1].direction, DIRECTION_UP);
    assert_int_equal(o.changes[2].at_us, 30 * S);
    assert_true(change_parse(&c, "down rate=1M", problem, sizeof problem));
    assert_int_equal(c.settings.rate_bps, 1000000);
    assert_false(change_parse(&c, "sideways clear", problem, sizeof problem));
}

/* 1000 bytes and 28 of headers at 82,240 bit/s: 100 ms each. */
static void test_bucket(void **state)
{
    static const struct {
        const char *name;
        int64_t at_ms, out_ms;
    } rows[] = {
        {"the first takes its time", 0, 100}, {"the next one waits for it", 0, 200},
        {"so does a later one", 50, 300},     {"the longest wait", 50, 400},
        {"the queue is full", 50, -1},        {"room again", 100, 500},
        {"an idle line", 1000, 1100},
    };
    struct line l = line_with("rate=82240,queue=400", 1);

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t out_us = line_enter(&l, 1000, rows[i].at_ms * 1000);

        if (out_us != (rows[i].out_ms < 0 ? -1 : rows[i].out_ms * 1000))
            fail_msg("%s: %lld", rows[i].name, (long long)out_us);
    }
    assert_int_equal(l.n_full, 1);
    assert_int_equal(l.n_out, 6);
    assert_int_equal(l.wait_max_us, 400000);
    assert_int_equal(l.bytes_out, 6 * 1028);
}

static void test_burst(void **state)
{
    struct line l = line_with("rate=82240,queue=400,burst=2056", 1);

    (void)state;
    assert_int_equal(line_enter(&l, 1000, 0), 0);
    assert_int_equal(line_enter(&l, 1000, 0), 0);
    assert_int_equal(line_enter(&l, 1000, 0), 100000);
}

static void test_delay_keeps_order_and_holds_some_back(void **state)
{
    struct line l = line_with("delay=20,jitter=30,reorder=10,hold=40", 7);
    int64_t in_order_us = 0;
    int n_overtaken = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t now_us = i * 1000;
        int64_t held_before = l.n_held;
        int64_t out_us = line_enter(&l, 100, now_us);

        assert_in_range(out_us, now_us + 20000, now_us + 20000 + 30000 + 40000);
        if (l.n_held > held_before) {
            n_overtaken++;
            continue;
        }
        assert_true(out_us >= in_order_us);
        in_order_us = out_us;
    }
    assert_in_range(n_overtaken, 900, 1100); /* 10 %: five standard deviations are 150 */
}

static void test_loss_is_seeded(void **state)
{
    struct line a = line_with("loss=5", 1), b = line_with("loss=5", 1), c = line_with("loss=5", 2);
    int n_differ = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t out_us = line_enter(&a, 100, i);

        assert_int_equal(out_us, line_enter(&b, 100, i));
        n_differ += out_us != line_enter(&c, 100, i);
    }
    assert_in_range(a.n_lost, 390, 610); /* 5 %: five standard deviations are 109 */
    assert_true(n_differ > 0);
}

static void test_held(void **state)
{
    struct held h = {0};
    struct held_datagram *d;
    int64_t last_us = -1;
    uint64_t last_number = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct held_datagram what = {.out_us = i * 7919 % 100, .len = 1};
        uint8_t byte = (uint8_t)(i * 7919 % 100);

        assert_true(held_put(&h, &what, &byte));
    }
    while (h.n > 10) {
        assert_int_equal(held_first(&h)->data[0], held_first(&h)->out_us);
        d = held_take(&h);
        assert_true(d->out_us > last_us || (d->out_us == last_us && d->number > last_number));
        last_us = d->out_us;
        last_number = d->number;
        free(d);
    }
    held_release(&h);
    assert_null(held_first(&h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_bucket),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_delay_keeps_order_and_holds_some_back),
        cmocka_unit_test(test_loss_is_seeded),
        cmocka_unit_test(test_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
