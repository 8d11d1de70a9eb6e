#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/macros.h"
#include "tests/bench/loadgen/histogram.h"
#include "tests/bench/loadgen/machine_usage.h"
#include "tests/bench/loadgen/pictures.h"
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
        {{640, 480, .pps = 50, .packet_bytes = 1100}, 50},
        {{640, 480, .pps = 60, .packet_bytes = 1100}, 30},
        {{640, 480, .pps = 200, .packet_bytes = VP8_PACKET_MAX}, 40},
        {{640, 480, .pps = 300, .packet_bytes = VP8_PACKET_MIN}, 30},
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

/* A packet of VP8 (RFC 7741, RFC 6386 section 9.1): of a keyframe of this width, or of another
 * frame. */
static struct span vp8(uint8_t room[16], bool is_start, unsigned width)
{
    const uint8_t packet[16] = {is_start ? 0x10 : 0, width ? 0 : 1,        0, 0, 0x9D, 0x01, 0x2A,
                                (uint8_t)width,      (uint8_t)(width >> 8)};

    memcpy(room, packet, sizeof packet);
    return span_of(room, sizeof packet);
}

static void test_pictures(void **state)
{
    static const struct {
        unsigned seq;
        bool is_start, is_last;
        unsigned width; /* of a keyframe */
        unsigned at_ms;
        unsigned n_shown;
    } rows[] = {
        {100, true, true, 0, 0, 0}, /* nothing before a keyframe */
        {101, true, false, 1280, 10, 0}, {102, false, true, 0, 20, 1},
        {103, true, true, 0, 50, 2},     {105, true, true, 0, 100, 2}, /* 104 is late */
        {104, true, true, 0, 180, 4},    {107, true, true, 0, 210, 4}, /* 106 never comes */
        {108, true, true, 320, 500, 5},  {109, true, true, 0, 530, 6},
    };
    struct pictures *p = calloc(1, sizeof *p);
    uint8_t room[16];

    (void)state;
    assert_non_null(p);
    pictures_start(p, 1);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("%u\n", rows[i].seq);
        pictures_packet(p, rows[i].seq, vp8(room, rows[i].is_start, rows[i].width), rows[i].is_last,
                        1 + rows[i].at_ms * 1000);
        assert_int_equal(p->n_shown, rows[i].n_shown);
    }
    /* padding is no picture and no hole */
    pictures_packet(p, 110, (struct span){0}, false, 540001);
    pictures_packet(p, 111, vp8(room, true, 0), true, 560001);
    assert_int_equal(p->n_shown, 7);
    assert_int_equal(pictures_longest_us(p, 560001), 320000);
    assert_int_equal(pictures_longest_us(p, 960001), 400000);
    /* silence is no reason to ask for a keyframe, a hole is */
    assert_false(pictures_is_stuck(p, 2000000, 500000));
    pictures_packet(p, 113, vp8(room, true, 0), true, 600001);
    assert_false(pictures_is_stuck(p, 900000, 500000));
    assert_true(pictures_is_stuck(p, 1200000, 500000));
    assert_int_equal(p->sizes[0].width, 1280);
    assert_int_equal(p->sizes[0].pictures, 4);
    assert_int_equal(p->sizes[1].width, 320);
    assert_int_equal(p->sizes[1].bytes, 3 * 16);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedstat),     cmocka_unit_test(test_own_process),
        cmocka_unit_test(test_machine),       cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_fixed_packets), cmocka_unit_test(test_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
