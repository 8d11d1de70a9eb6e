#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "common/macros.h"
#include "tests/bench/loadgen/histogram.h"
#include "tests/bench/loadgen/machine_usage.h"
#include "tests/bench/loadgen/process_usage.h"
#include "tests/bench/loadgen/vp8_source.h"

static void test_schedstat(void **state)
{
    static const struct {
        const char *text;
        int want;
        double cpu_s, waited_s;
    } rows[] = {
        {"2500000000 500000000 12\n", 0, 2.5, 0.5},
        {"0 0 0\n", 0, 0, 0},
        /* more than 32 bits of nanoseconds: an hour */
        {"3600000000000 1000000000 9", 0, 3600, 1},
        {"12", ERR_SYNTAX, 0, 0},
        {"", ERR_SYNTAX, 0, 0},
        {"no thread", ERR_SYNTAX, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct process_usage u = {.cpu_s = 1, .waited_s = 2};

        print_message("%s\n", rows[i].text);
        assert_int_equal(process_usage_add_schedstat(&u, rows[i].text), rows[i].want);
        assert_float_equal(u.cpu_s, 1 + rows[i].cpu_s, 1e-9);
        assert_float_equal(u.waited_s, 2 + rows[i].waited_s, 1e-9);
    }
}

static void test_own_process(void **state)
{
    struct process_usage before;
    struct process_usage after;
    volatile unsigned sum = 0;

    (void)state;
    assert_int_equal(process_usage_read(&before, getpid()), 0);
    for (unsigned i = 0; i < 20000000; i++)
        sum += i;
    assert_int_equal(process_usage_read(&after, getpid()), 0);
    assert_string_equal(after.name, "loadgen_test");
    assert_true(after.cpu_s > before.cpu_s);
    assert_true(after.rss_mb > 0.1);
    /* a number beyond the largest pid of Linux */
    assert_int_equal(process_usage_read(&after, 1 << 23), ERR_NOT_FOUND);
}

static void test_machine(void **state)
{
    static const struct {
        const char *text;
        int want;
        double busy_s, stolen_s;
    } rows[] = {
        {"cpu  100 20 300 4000 50 6 70 800 30 1\ncpu0 1 2 3 4\n", 0, 4.96, 8},
        {"cpu  100 20 300 4000 50 6 70", ERR_SYNTAX, 0, 0},
        {"intr 100 20 300 4000 50 6 70 800", ERR_SYNTAX, 0, 0},
        {"", ERR_SYNTAX, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct machine_usage m = {0};

        print_message("%s\n", rows[i].text);
        assert_int_equal(machine_usage_parse(&m, rows[i].text, 100), rows[i].want);
        assert_float_equal(m.busy_s, rows[i].busy_s, 1e-9);
        assert_float_equal(m.stolen_s, rows[i].stolen_s, 1e-9);
    }
}

static void test_percentiles(void **state)
{
    struct histogram h = {0};

    (void)state;
    assert_int_equal(histogram_percentile(&h, 0.5), 0);
    for (int i = 1; i <= 1000; i++)
        histogram_add(&h, i);
    assert_in_range(histogram_percentile(&h, 0.5), 500, 532);
    assert_in_range(histogram_percentile(&h, 0.99), 990, 1000);
    histogram_add(&h, -5);
    assert_int_equal(h.counts[0], 1);
}

/* Packets of one size, exactly as many a second as were asked for, each known again. */
static void test_fixed_packets(void **state)
{
    static const struct {
        struct vp8_shape shape;
        unsigned fps;
    } rows[] = {
        {{.pps = 50, .packet_bytes = 1100}, 50},
        {{.pps = 60, .packet_bytes = 1100}, 30},
        {{.pps = 200, .packet_bytes = VP8_PACKET_MAX}, 40},
        {{.pps = 300, .packet_bytes = VP8_PACKET_MIN}, 30},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct error e = {0};
        struct vp8_source s;

        print_message("%u a second of %u bytes\n", rows[i].shape.pps, rows[i].shape.packet_bytes);
        assert_int_equal(vp8_source_make(&s, 1, &rows[i].shape, &e), 0);
        assert_int_equal(s.fps, rows[i].fps);
        assert_int_equal(s.n_packets, rows[i].shape.pps);
        assert_true(s.packets[0].is_keyframe);
        for (size_t k = 0; k < s.n_packets; k++) {
            const struct vp8_packet *p = &s.packets[k];

            assert_int_equal(p->len + 12, rows[i].shape.packet_bytes);
            assert_int_equal(vp8_source_recognise(&s, span_of(p->payload, p->len)), k);
        }
        vp8_source_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedstat),     cmocka_unit_test(test_own_process),
        cmocka_unit_test(test_machine),       cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_fixed_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
