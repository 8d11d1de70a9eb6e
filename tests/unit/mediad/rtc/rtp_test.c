#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/rtp.h"

static void test_parse(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[40];
        size_t len;
        int code;
        uint16_t payload_at, payload_len, ext_len;
        uint8_t padding_len;
    } rows[] = {
        {"plain", {0x80, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 'x', 'y'}, 14, 0, 12, 2, 0, 0},
        {"no payload", {0x80, 0x60}, 12, 0, 12, 0, 0, 0},
        {"two CSRCs", {0x82}, 21, 0, 20, 1, 0, 0},
        {"CSRCs missing", {0x82}, 19, ERR_TRUNCATED, 0, 0, 0, 0},
        {"extension of one word",
         {0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 1, 0x10, 7, 0, 0, 'p'},
         21,
         0,
         20,
         1,
         4,
         0},
        {"extension cut off",
         {0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 2, 0x10, 7, 0, 0, 'p'},
         21,
         ERR_TRUNCATED,
         0,
         0,
         0,
         0},
        {"empty extension",
         {0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde},
         16,
         0,
         16,
         0,
         0,
         0},
        {"padding", {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'p', 0, 0, 3}, 16, 0, 12, 1, 0, 3},
        {"padding only", {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, 16, 0, 12, 0, 0, 4},
        {"padding of 0",
         {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'p', 0},
         14,
         ERR_SYNTAX,
         0,
         0,
         0,
         0},
        {"padding over the header",
         {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'p', 3},
         14,
         ERR_SYNTAX,
         0,
         0,
         0,
         0},
        {"padding of nothing", {0xa0}, 12, ERR_SYNTAX, 0, 0, 0, 0},
        {"version 1", {0x40}, 12, ERR_SYNTAX, 0, 0, 0, 0},
        {"too short", {0x80}, 11, ERR_TRUNCATED, 0, 0, 0, 0},
        {"empty", {0}, 0, ERR_TRUNCATED, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rtp_header h = {.seq = 4711};
        int r = rtp_parse(&h, span_of(rows[i].bytes, rows[i].len));

        if (r != rows[i].code || (r == 0 && h.payload_len != rows[i].payload_len))
            print_error("%s: %d\n", rows[i].name, r);
        assert_int_equal(r, rows[i].code);
        if (r < 0) {
            assert_int_equal(h.seq, 4711);
            continue;
        }
        assert_int_equal(h.payload_at, rows[i].payload_at);
        assert_int_equal(h.payload_len, rows[i].payload_len);
        assert_int_equal(h.ext_len, rows[i].ext_len);
        assert_int_equal(h.padding_len, rows[i].padding_len);
    }
}

static void test_fields(void **state)
{
    static const uint8_t bytes[] = {0x80, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct rtp_header h;

    (void)state;
    assert_int_equal(rtp_parse(&h, span_of(bytes, sizeof bytes)), 0);
    assert_true(h.marker);
    assert_int_equal(h.pt, 0x60);
    assert_int_equal(h.seq, 0x0102);
    assert_int_equal(h.rtp_ts, 0x03040506);
    assert_int_equal(h.ssrc, 0x0708090a);
}

static void test_is_rtcp(void **state)
{
    static const struct {
        uint8_t second;
        bool want;
    } rows[] = {{96, false}, {0x80 | 96, false}, {191, false}, {192, true},
                {200, true}, {207, true},        {223, true},  {224, false}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t bytes[2] = {0x80, rows[i].second};

        assert_int_equal(rtp_is_rtcp(span_of(bytes, 2)), rows[i].want);
    }
    assert_false(rtp_is_rtcp(span_of("\x80", 1)));
}

/* RFC 8285: one-byte and two-byte forms. */
static void test_extension(void **state)
{
    static const struct {
        const char *name;
        uint16_t profile;
        uint8_t bytes[16];
        size_t len;
        uint8_t id;
        const char *want; /* NULL: not there */
    } rows[] = {
        {"first", 0xbede, {0x11, 'a', 'b', 0x20, 'c'}, 8, 1, "ab"},
        {"second", 0xbede, {0x11, 'a', 'b', 0x20, 'c'}, 8, 2, "c"},
        {"after padding", 0xbede, {0, 0, 0x20, 'c'}, 4, 2, "c"},
        {"not there", 0xbede, {0x11, 'a', 'b', 0}, 4, 3, NULL},
        {"id 15 ends it", 0xbede, {0xf0, 'a', 0x20, 'c'}, 4, 2, NULL},
        {"cut off", 0xbede, {0x13, 'a', 'b', 'c'}, 4, 1, NULL},
        {"id 0 is padding", 0xbede, {0x00, 'a'}, 2, 0, NULL},
        {"two-byte", 0x1000, {17, 2, 'a', 'b', 3, 1, 'c'}, 8, 17, "ab"},
        {"two-byte with app bits", 0x100f, {17, 2, 'a', 'b', 3, 1, 'c'}, 8, 3, "c"},
        {"two-byte, empty", 0x1000, {3, 0, 17, 1}, 4, 3, ""},
        {"two-byte, cut off", 0x1000, {3, 4, 'a', 'b'}, 4, 3, NULL},
        {"two-byte, no length", 0x1000, {3}, 1, 3, NULL},
        {"another profile", 0x1234, {0x11, 'a', 'b'}, 4, 1, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rtp_header h = {.ext_profile = rows[i].profile, .ext_len = (uint16_t)rows[i].len};
        struct span value = {NULL, 0};
        bool is_there = rtp_extension(&h, span_of(rows[i].bytes, rows[i].len), rows[i].id, &value);

        if (is_there != (rows[i].want != NULL))
            print_error("%s\n", rows[i].name);
        assert_int_equal(is_there, rows[i].want != NULL);
        if (is_there)
            assert_true(span_eq_str(value, rows[i].want));
    }
}

static void test_seq(void **state)
{
    static const struct {
        const char *name;
        uint64_t near_seq;
        uint16_t seq;
        uint64_t want;
    } rows[] = {
        {"next", 65536 + 10, 11, 65536 + 11},
        {"behind", 65536 + 10, 9, 65536 + 9},
        {"wraps up", 65535, 0, 65536},
        {"wraps down", 65536, 65535, 65535},
        {"never below 0", 5, 65535, 65535},
        {"half a cycle ahead", 65536, 32767, 65536 + 32767},
        {"half a cycle behind", 65536, 32768, 32768},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint64_t wide = rtp_seq_extend(rows[i].near_seq, rows[i].seq);

        if (wide != rows[i].want)
            print_error("%s\n", rows[i].name);
        assert_int_equal(wide, rows[i].want);
    }
    assert_int_equal(rtp_seq_diff(0, 65535), 1);
    assert_int_equal(rtp_seq_diff(65535, 0), -1);
    assert_int_equal(rtp_ts_diff(5, 0xfffffffb), 10);
}

static void test_abs_send_time(void **state)
{
    (void)state;
    assert_int_equal(rtp_abs_send_time(0), 0);
    assert_int_equal(rtp_abs_send_time(1000000), 1 << 18);
    assert_int_equal(rtp_abs_send_time(500000), 1 << 17);
    assert_int_equal(rtp_abs_send_time(64 * (int64_t)1000000), 0);
    assert_int_equal(rtp_abs_send_time(63999999), 0xffffff);
}

static void test_write(void **state)
{
    static const struct {
        const char *name;
        struct rtp_out out;
        size_t want;
        uint16_t profile;
    } rows[] = {
        {"no extension", {.seq = 1, .pt = 96, .mid = {(const uint8_t *)"0", 1}}, 12, 0},
        {"all three",
         {.seq = 65535,
          .pt = 111,
          .marker = true,
          .rtp_ts = 0xfedcba98,
          .ssrc = 0x12345678,
          .mid_id = 1,
          .mid = {(const uint8_t *)"audio", 5},
          .abs_send_time_id = 2,
          .abs_send_time = 0x123456,
          .audio_level_id = 3,
          .audio_level = 0x85},
         12 + 4 + 12,
         0xbede},
        {"id over 14",
         {.pt = 1, .abs_send_time_id = 15, .abs_send_time = 0xffffff, .audio_level_id = 255},
         12 + 4 + 8,
         0x1000},
        {"mid over 16",
         {.pt = 1, .mid_id = 1, .mid = {(const uint8_t *)"0123456789abcdef-", 17}},
         12 + 4 + 20,
         0x1000},
        {"mid over 32 is left out",
         {.pt = 1, .mid_id = 1, .mid = {(const uint8_t *)"0123456789abcdef0123456789abcdef-", 33}},
         12,
         0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t bytes[RTP_HEADER_SIZE + RTP_EXT_MAX];
        size_t len = rtp_write_header(bytes, sizeof bytes, &rows[i].out);
        struct rtp_header h;
        struct span value, packet = span_of(bytes, len);

        if (len != rows[i].want)
            print_error("%s: %zu\n", rows[i].name, len);
        assert_int_equal(len, rows[i].want);
        assert_int_equal(rtp_parse(&h, packet), 0);
        assert_int_equal(h.payload_at, len);
        assert_int_equal(h.ext_profile, rows[i].profile);
        assert_int_equal(h.seq, rows[i].out.seq);
        assert_int_equal(h.pt, rows[i].out.pt);
        assert_int_equal(h.marker, rows[i].out.marker);
        assert_int_equal(h.rtp_ts, rows[i].out.rtp_ts);
        assert_int_equal(h.ssrc, rows[i].out.ssrc);
        if (rtp_extension(&h, packet, rows[i].out.mid_id, &value))
            assert_true(span_eq(value, rows[i].out.mid));
        if (rtp_extension(&h, packet, rows[i].out.abs_send_time_id, &value))
            assert_int_equal(value.data[0] << 16 | value.data[1] << 8 | value.data[2],
                             rows[i].out.abs_send_time);
        if (rtp_extension(&h, packet, rows[i].out.audio_level_id, &value))
            assert_int_equal(value.data[0], rows[i].out.audio_level);
        for (size_t size = 0; size < len; size++)
            assert_int_equal(rtp_write_header(bytes, size, &rows[i].out), 0);
    }
}

/* RFC 4588: what is wrapped comes out again. */
static void test_rtx(void **state)
{
    struct rtp_out out = {
        .pt = 97, .seq = 5, .rtp_ts = 9, .ssrc = 2, .mid_id = 4, .mid = span_str("1")};
    uint8_t bytes[64];
    size_t len = rtp_write_rtx(bytes, sizeof bytes, &out, 0xabcd, span_str("payload"));
    struct rtp_header h;

    (void)state;
    assert_int_equal(len, 12 + 4 + 4 + 2 + 7);
    assert_int_equal(rtp_write_rtx(bytes, len - 1, &out, 0xabcd, span_str("payload")), 0);
    len = rtp_write_rtx(bytes, len, &out, 0xabcd, span_str("payload"));
    assert_int_equal(rtp_parse(&h, span_of(bytes, len)), 0);
    assert_int_equal(h.ssrc, 2);
    assert_int_equal(rtp_rtx_unwrap(&h, span_of(bytes, len), 1, 96), 0);
    assert_int_equal(h.seq, 0xabcd);
    assert_int_equal(h.ssrc, 1);
    assert_int_equal(h.pt, 96);
    assert_int_equal(h.rtp_ts, 9);
    assert_true(span_eq_str(span_of(bytes + h.payload_at, h.payload_len), "payload"));
    h.payload_len = 1; /* a probe of padding */
    assert_int_equal(rtp_rtx_unwrap(&h, span_of(bytes, len), 1, 96), ERR_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),   cmocka_unit_test(test_fields),
        cmocka_unit_test(test_is_rtcp), cmocka_unit_test(test_extension),
        cmocka_unit_test(test_seq),     cmocka_unit_test(test_abs_send_time),
        cmocka_unit_test(test_write),   cmocka_unit_test(test_rtx),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
