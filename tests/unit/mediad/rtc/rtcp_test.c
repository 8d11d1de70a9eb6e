#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/rtcp.h"

static void test_check(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[40];
        size_t len;
        int code;
    } rows[] = {
        {"empty RR", {0x80, 201, 0, 1}, 8, 0},
        {"empty datagram", {0}, 0, ERR_TRUNCATED},
        {"three bytes", {0x80, 201, 0}, 3, ERR_TRUNCATED},
        {"longer than it is", {0x80, 201, 0, 2}, 8, ERR_TRUNCATED},
        {"version 0", {0x00, 201, 0, 1}, 8, ERR_SYNTAX},
        {"RR without its block", {0x81, 201, 0, 1}, 8, ERR_TRUNCATED},
        {"SR too short", {0x80, 200, 0, 5}, 24, ERR_TRUNCATED},
        {"SR", {0x80, 200, 0, 6}, 28, 0},
        {"unknown type of no length", {0x80, 199, 0, 0}, 4, 0},
        {"PLI", {0x81, 206, 0, 2}, 12, 0},
        {"PLI without a source", {0x81, 206, 0, 1}, 8, ERR_TRUNCATED},
        {"BYE of two", {0x82, 203, 0, 2}, 12, 0},
        {"BYE of two with one", {0x82, 203, 0, 1}, 8, ERR_TRUNCATED},
        {"padding", {0xa0, 201, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4}, 12, 0},
        {"padding eats the source", {0xa0, 201, 0, 1, 0, 0, 0, 4}, 8, ERR_TRUNCATED},
        {"padding of 0", {0xa0, 201, 0, 1}, 8, ERR_SYNTAX},
        {"padding not a multiple of 4", {0xa0, 201, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3}, 12, ERR_SYNTAX},
        {"padding before the last",
         {0xa0, 201, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4, 0x80, 201, 0, 1},
         20,
         ERR_SYNTAX},
        {"REMB of two sources with one",
         {0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 2},
         24,
         ERR_TRUNCATED},
        {"another application's feedback",
         {0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'X', 'Y', 'Z', 0},
         16,
         0},
        {"trailing bytes", {0x80, 201, 0, 1, 0, 0, 0, 0, 0x80}, 9, ERR_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int r = rtcp_check(span_of(rows[i].bytes, rows[i].len));

        if (r != rows[i].code)
            print_error("%s: %d\n", rows[i].name, r);
        assert_int_equal(r, rows[i].code);
    }
}

static struct rtcp_packet next(struct span *rest, enum rtcp_kind kind)
{
    struct rtcp_packet p;

    assert_int_equal(rtcp_next(rest, &p), 1);
    assert_int_equal(p.kind, kind);
    return p;
}

static void assert_report(const struct rtcp_report *got, const struct rtcp_report *want)
{
    assert_int_equal(got->ssrc, want->ssrc);
    assert_int_equal(got->fraction_lost, want->fraction_lost);
    assert_int_equal(got->lost, want->lost);
    assert_int_equal(got->highest_seq, want->highest_seq);
    assert_int_equal(got->jitter, want->jitter);
    assert_int_equal(got->lsr, want->lsr);
    assert_int_equal(got->dlsr, want->dlsr);
}

/* What we write comes back as it was, packet by packet of one compound. */
static void test_round_trip(void **state)
{
    static const struct rtcp_report reports[2] = {
        {7, 255, -3, 0x10002, 99, 0x11223344, 65536},
        {8, 0, 0x7fffff, 1, 2, 0, 0},
    };
    static const uint32_t sources[2] = {10, 11};
    uint8_t bytes[512];
    struct writer w = writer_init(bytes, sizeof bytes);
    struct rtcp_packet p;
    struct rtcp_report report;
    struct span rest, cname;
    uint32_t ssrc;
    uint8_t number;

    (void)state;
    rtcp_write_sr(&w, 1, 0x0123456789abcdefu, 0xfffffff0, 5, 6);
    rtcp_write_sdes(&w, 1, span_str("me@here"));
    rtcp_write_rr(&w, 2, reports, 2);
    rtcp_write_remb(&w, 2, 2500000, sources, 2);
    rtcp_write_pli(&w, 3, 4);
    rtcp_write_fir(&w, 3, 4, 255);
    assert_false(w.bad);
    rest = writer_done(&w);
    assert_int_equal(rtcp_check(rest), 0);

    p = next(&rest, RTCP_SR);
    assert_int_equal(p.ssrc, 1);
    assert_true(p.ntp == 0x0123456789abcdefu);
    assert_int_equal(p.rtp_ts, 0xfffffff0);
    assert_int_equal(p.n_packets, 5);
    assert_int_equal(p.n_bytes, 6);
    assert_false(rtcp_report_at(&p, 0, &report));
    p = next(&rest, RTCP_SDES);
    assert_true(rtcp_sdes_cname(&p, 1, &cname));
    assert_true(span_eq_str(cname, "me@here"));
    assert_false(rtcp_sdes_cname(&p, 2, &cname));
    p = next(&rest, RTCP_RR);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(rtcp_report_at(&p, i, &report));
        assert_report(&report, &reports[i]);
    }
    assert_false(rtcp_report_at(&p, 2, &report));
    p = next(&rest, RTCP_REMB);
    assert_int_equal(p.remb_bps, 2500000 / 16 * 16); /* 18 bits of mantissa */
    assert_int_equal(p.items.len, 8);
    assert_int_equal(p.items.data[7], 11);
    p = next(&rest, RTCP_PLI);
    assert_int_equal(p.media_ssrc, 4);
    p = next(&rest, RTCP_FIR);
    assert_true(rtcp_fir_at(&p, 0, &ssrc, &number));
    assert_int_equal(ssrc, 4);
    assert_int_equal(number, 255);
    assert_false(rtcp_fir_at(&p, 1, &ssrc, &number));
    assert_int_equal(rtcp_next(&rest, &p), 0);
}

/* A receiver's reference time, wherever in its XR it stands; of our answer every byte. */
static void test_reference_time(void **state)
{
    static const uint8_t answer[] = {0x80, 207, 0, 5, 0, 0, 0, 9, 5, 0, 0, 3,
                                     0,    0,   0, 7, 1, 2, 3, 4, 0, 0, 0, 0};
    static const uint8_t asked[] = {0x80, 207, 0, 6, 0, 0, 0, 7, 9, 0, 0, 1, 1, 1,
                                    1,    1,   4, 0, 0, 2, 9, 9, 1, 2, 3, 4, 8, 8};
    static const uint8_t others[] = {0x80, 207, 0, 3, 0, 0, 0, 7, 9, 0, 0, 1, 1, 1, 1, 1};
    static const uint8_t cut[] = {0x80, 207, 0, 3, 0, 0, 0, 7, 4, 0, 0, 2, 1, 1, 1, 1};
    static const uint8_t small[] = {0x80, 207, 0, 3, 0, 0, 0, 7, 4, 0, 0, 1, 1, 1, 1, 1};
    uint8_t bytes[64];
    struct writer w = writer_init(bytes, sizeof bytes);
    struct span rest = span_of(asked, sizeof asked);
    struct rtcp_packet p;

    (void)state;
    assert_int_equal(rtcp_check(rest), 0);
    p = next(&rest, RTCP_RRTR);
    assert_int_equal(p.ssrc, 7);
    assert_int_equal(rtcp_ntp_middle(p.ntp), 0x01020304);
    rtcp_write_dlrr(&w, 9, p.ssrc, rtcp_ntp_middle(p.ntp));
    assert_false(w.bad);
    assert_int_equal(w.len, sizeof answer);
    assert_memory_equal(bytes, answer, sizeof answer);
    rest = span_of(others, sizeof others);
    (void)next(&rest, RTCP_OTHER);
    rest = span_of(small, sizeof small); /* too short to be one */
    (void)next(&rest, RTCP_OTHER);
    rest = span_of(cut, sizeof cut);
    (void)next(&rest, RTCP_OTHER);
}

static void test_remb_rates(void **state)
{
    static const struct {
        uint64_t rate_bps, want_bps;
    } rows[] = {{0, 0},
                {1, 1},
                {0x3ffff, 0x3ffff},
                {0x40000, 0x40000},
                {0x40001, 0x40000},
                {UINT64_MAX, (uint64_t)1 << 62}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t bytes[64];
        struct writer w = writer_init(bytes, sizeof bytes);
        struct span rest;
        struct rtcp_packet p;

        rtcp_write_remb(&w, 1, rows[i].rate_bps, NULL, 0);
        rest = writer_done(&w);
        p = next(&rest, RTCP_REMB);
        assert_true(p.remb_bps == rows[i].want_bps);
    }
}

/* Each number goes in and comes out, in as few pairs as can be. */
static void test_nack(void **state)
{
    static const struct {
        const char *name;
        uint16_t seqs[8];
        size_t n;
        unsigned n_pairs;
    } rows[] = {
        {"none", {0}, 0, 0},
        {"one", {7}, 1, 1},
        {"a run of 17 at both ends", {100, 101, 116}, 3, 1},
        {"one farther", {100, 117}, 2, 2},
        {"over the wrap", {65534, 65535, 0, 5, 14}, 5, 1},
        {"spread", {1, 1000, 1001, 40000}, 4, 3},
        {"twice the same", {5, 5}, 2, 2},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t bytes[128];
        struct writer w = writer_init(bytes, sizeof bytes);
        struct span rest;
        struct rtcp_packet p;
        uint16_t seq, mask;
        size_t n = 0;
        unsigned pairs = 0;

        rtcp_write_nack(&w, 1, 2, rows[i].seqs, rows[i].n);
        if (rows[i].n == 0) {
            assert_int_equal(w.len, 0);
            continue;
        }
        rest = writer_done(&w);
        p = next(&rest, RTCP_NACK);
        assert_int_equal(p.media_ssrc, 2);
        while (rtcp_nack_at(&p, pairs, &seq, &mask)) {
            assert_int_equal(seq, rows[i].seqs[n++]);
            for (unsigned bit = 0; bit < 16; bit++) {
                if (mask >> bit & 1)
                    assert_int_equal((uint16_t)(seq + bit + 1), rows[i].seqs[n++]);
            }
            pairs++;
        }
        if (pairs != rows[i].n_pairs)
            print_error("%s: %u pairs\n", rows[i].name, pairs);
        assert_int_equal(n, rows[i].n);
        assert_int_equal(pairs, rows[i].n_pairs);
    }
}

static void test_sdes(void **state)
{
    /* Two chunks, the second with a name and a CNAME (RFC 3550 section 6.5). */
    static const uint8_t bytes[] = {0x82, 202, 0, 6, 0, 0, 0, 1, 1,   2, 'a', 'b', 0, 0,
                                    0,    0,   0, 0, 0, 2, 2, 1, 'n', 1, 1,   'c', 0, 0};
    static const char *const names[] = {"", "a", "ab", "abc", "abcd"};
    struct span rest = span_of(bytes, sizeof bytes), cname;
    struct rtcp_packet p = next(&rest, RTCP_SDES);

    (void)state;
    assert_true(rtcp_sdes_cname(&p, 1, &cname));
    assert_true(span_eq_str(cname, "ab"));
    assert_true(rtcp_sdes_cname(&p, 2, &cname));
    assert_true(span_eq_str(cname, "c"));
    for (size_t i = 0; i < LENGTH(names); i++) {
        uint8_t out[32];
        struct writer w = writer_init(out, sizeof out);

        rtcp_write_sdes(&w, 9, span_str(names[i]));
        assert_int_equal(w.len % 4, 0);
        assert_int_equal(out[w.len - 1], 0);
        rest = writer_done(&w);
        p = next(&rest, RTCP_SDES);
        assert_true(rtcp_sdes_cname(&p, 9, &cname));
        assert_true(span_eq_str(cname, names[i]));
    }
}

static void test_too_small(void **state)
{
    static const struct rtcp_report report = {.ssrc = 1};
    uint8_t bytes[31];

    (void)state;
    for (size_t size = 0; size < sizeof bytes; size++) {
        struct writer w = writer_init(bytes, size);

        rtcp_write_rr(&w, 1, &report, 1);
        assert_true(w.bad);
    }
}

static void test_time(void **state)
{
    static const struct {
        const char *name;
        uint32_t lsr, dlsr, now;
        int64_t want_us;
    } rows[] = {
        {"RFC 3550 figure 2: 6.125 s", 0xb7052000, 0x00054000, 0xb7108000, 6125000},
        {"no report", 0, 0, 5, -1},
        {"a little negative", 65536, 100, 65536, 0},
        {"over the wrap", 0xffffff00, 0, 0x00000100, 7812},
        {"nonsense", 65536, 0x7fffffff, 65536, -1},
        {"over 8 s", 65536, 0, 65536 * 10, -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rtcp_report r = {.lsr = rows[i].lsr, .dlsr = rows[i].dlsr};
        int64_t rtt_us = rtcp_rtt_us(&r, rows[i].now);

        if (rtt_us != rows[i].want_us)
            print_error("%s: %lld\n", rows[i].name, (long long)rtt_us);
        assert_int_equal(rtt_us, rows[i].want_us);
    }
    assert_true(rtcp_ntp(0) == (uint64_t)2208988800u << 32);
    assert_int_equal(rtcp_ntp_us(rtcp_ntp(1700000000123456)), 1700000000123456);
    assert_int_equal(rtcp_ntp_middle(0x0123456789abcdefu), 0x456789ab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),          cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_reference_time), cmocka_unit_test(test_remb_rates),
        cmocka_unit_test(test_nack),           cmocka_unit_test(test_sdes),
        cmocka_unit_test(test_too_small),      cmocka_unit_test(test_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
