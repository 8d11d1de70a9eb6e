/* What the recorder writes, transport_feedback.h reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/feedback_recorder.h"
#include "mediad/rtc/transport_feedback.h"

enum { MTU = 1200 };

static struct feedback_recorder recorder;
static struct transport_feedback_clock reader_clock;

static int start(void **state)
{
    (void)state;
    memset(&recorder, 0, sizeof recorder);
    memset(&reader_clock, 0, sizeof reader_clock);
    return 0;
}

/* One message, as a peer takes it. @return false: there was nothing to say */
static bool take(struct transport_feedback *f, uint8_t bytes[MTU])
{
    struct writer w = writer_init(bytes, MTU);
    struct span rest;
    struct rtcp_packet p;

    if (!feedback_recorder_write(&recorder, &w, 1, 2)) {
        assert_int_equal(0, w.len);
        return false;
    }
    assert_false(w.bad);
    assert_int_equal(0, w.len % 4);
    rest = writer_done(&w);
    assert_int_equal(0, rtcp_check(rest));
    assert_int_equal(1, rtcp_next(&rest, &p));
    assert_int_equal(0, rest.len);
    assert_int_equal(RTCP_TRANSPORT_CC, p.kind);
    assert_int_equal(1, p.ssrc);
    assert_int_equal(2, p.media_ssrc);
    assert_int_equal(0, transport_feedback_read(f, p.items));
    return true;
}

/* All messages: "10@64000 11- |12@64250 |" */
static const char *said(void)
{
    static char text[2048];
    struct transport_feedback f;
    uint8_t bytes[MTU];
    size_t len = 0;

    text[0] = '\0';
    while (take(&f, bytes)) {
        struct transport_feedback_walk w = transport_feedback_walk(&f, &reader_clock);
        uint16_t number;
        bool has_arrived;
        int64_t arrival_us;

        while (transport_feedback_next(&w, &number, &has_arrived, &arrival_us)) {
            if (has_arrived)
                len += (size_t)snprintf(text + len, sizeof text - len, "%u@%lld ", number,
                                        (long long)arrival_us);
            else
                len += (size_t)snprintf(text + len, sizeof text - len, "%u- ", number);
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "|");
    }
    return text;
}

static void note(uint16_t number, int64_t arrival_us)
{
    feedback_recorder_note(&recorder, number, arrival_us);
}

static void test_gaps_and_duplicates(void **state)
{
    (void)state;
    assert_string_equal("", said());
    note(10, 1000000);
    note(12, 1000600);
    note(12, 1090000);
    assert_string_equal("10@1000000 11- 12@1000500 |", said());
    assert_string_equal("", said());
    note(14, 1100000);
    assert_string_equal("13- 14@1100000 |", said());
    note(14, 1200000);
    assert_string_equal("", said());
}

/* What came late is said in the next message, though it was called missing. */
static void test_late_ones(void **state)
{
    (void)state;
    note(65534, 1000000);
    note(1, 1001000);
    assert_string_equal("65534@1000000 65535- 0- 1@1001000 |", said());
    note(2, 1003000);
    note(65535, 1002000);
    assert_string_equal("65535@1002000 0- 1@1001000 2@1003000 |", said());
    note(0, 1500000);
    assert_string_equal("0@1500000 1@1001000 2@1003000 |", said());
    assert_string_equal("", said());
}

static void test_long_silence(void **state)
{
    (void)state;
    note(1, 1000000);
    note(2, 9100000);
    note(3, 9000000);
    note(5, 60000000);
    assert_string_equal("1@1000000 2@9100000 3@9000000 |4- 5@60000000 |", said());
}

/* One number far from the others changes nothing; two begin anew. */
static void test_another_numbering(void **state)
{
    (void)state;
    note(100, 1000000);
    note(30000, 1001000);
    note(101, 1002000);
    note(30001, 1003000);
    assert_string_equal("100@1000000 101@1002000 |", said());
    note(30002, 1004000);
    note(30001, 1005000);
    assert_string_equal("30001@1005000 30002@1004000 |", said());
    note(100, 1006000);
    assert_string_equal("", said());
    note(101, 1007000);
    assert_string_equal("101@1007000 |", said());
}

/* The bytes of a message (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1). */
static void test_bytes(void **state)
{
    static const uint8_t wanted[] = {
        0x8F, 205,  0,    6, 0,   0, 0, 1, 0, 0, 0, 9, /* filled up by zeros; sender, media */
        0xFF, 0xFE, 0,    5, 0,   0, 3, 0, /* from 65534, five of them, 3 * 64 ms, the first */
        0xD2, 0x50,                        /* small, none, large, small, small */
        4,    0x01, 0x90, 0, 255,          /* 1 ms, 100 ms, 0, 63.75 ms */
        0,
    };
    uint8_t room[64];
    struct writer w = writer_init(room, sizeof room);

    (void)state;
    assert_false(feedback_recorder_write(&recorder, &w, 1, 9));
    note(65534, 193000);
    note(0, 293000);
    note(1, 293100);
    note(2, 356800);
    assert_true(feedback_recorder_write(&recorder, &w, 1, 9));
    assert_int_equal(sizeof wanted, w.len);
    assert_memory_equal(room, wanted, w.len);
    assert_false(feedback_recorder_write(&recorder, &w, 1, 9));
    /* one that was overtaken begins the next message */
    w = writer_init(room, sizeof room);
    note(65535, 360000);
    assert_true(feedback_recorder_write(&recorder, &w, 1, 9));
    assert_int_equal(room[12] << 8 | room[13], 65535);
    assert_int_equal(room[15], 4);
    assert_int_equal(room[19], 1);
}

/* What is read of messages is what arrived: holes, jumps of numbers over 2^16, a late one, long
 * silences. */
static void test_what_is_read(void **state)
{
    static const struct {
        uint16_t number;
        int64_t at_us;
    } rows[] = {
        {65000, 1000000}, {65001, 1000250}, {65003, 1010000}, {65535, 1200000},
        {0, 1200000},     {2, 1190000},     {7, 25000000},    {6, 25001000},
    };
    struct transport_feedback f;
    uint8_t bytes[MTU];
    unsigned n_seen = 0;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        note(rows[i].number, rows[i].at_us);
    while (take(&f, bytes)) {
        struct transport_feedback_walk w = transport_feedback_walk(&f, &reader_clock);
        uint16_t number;
        bool has_arrived;
        int64_t at_us;

        while (transport_feedback_next(&w, &number, &has_arrived, &at_us)) {
            size_t row = 0;

            while (row < LENGTH(rows) && rows[row].number != number)
                row++;
            assert_int_equal(has_arrived, row < LENGTH(rows));
            if (!has_arrived)
                continue;
            n_seen++;
            assert_in_range(rows[row].at_us - at_us, 0, 249);
        }
    }
    assert_int_equal(n_seen, LENGTH(rows));
}

/* More than are remembered came before anybody asked: the newest are said. */
static void test_too_many(void **state)
{
    struct transport_feedback f;
    uint8_t bytes[MTU];
    unsigned n = 0;

    (void)state;
    for (unsigned i = 0; i < 3 * FEEDBACK_RECORDER_SIZE; i++)
        note((uint16_t)i, 1000000 + i * 100);
    while (take(&f, bytes)) {
        if (n == 0)
            assert_int_equal(2 * FEEDBACK_RECORDER_SIZE, f.base);
        n += f.n;
    }
    assert_int_equal(FEEDBACK_RECORDER_SIZE, n);
}

/* The clock comes round after twelve days; the message's number after 256. */
static void test_clock_comes_round(void **state)
{
    const int64_t round_us = INT64_C(64000) << 24;
    struct transport_feedback f;
    uint8_t bytes[MTU];

    (void)state;
    note(1, round_us - 500);
    note(2, round_us + 250);
    (void)said();
    for (unsigned i = 0; i < 300; i++) {
        note((uint16_t)(3 + i), round_us + 1000 * i + 1000);
        assert_true(take(&f, bytes));
        assert_int_equal((uint8_t)(i + 1), bytes[19]);
    }
    assert_int_equal(300 * 1000 / 64000, f.reference_64ms);
}

/* ---- at random ---- */

enum { N_PACKETS = 200000, WINDOW = 65536 };

static uint32_t seed;

static uint32_t roll(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}

static struct {
    int64_t came_us; /* -1: not yet */
    int64_t told_us; /* -1: missing, or nothing yet */
} packets[WINDOW];

static void check_messages(void)
{
    struct transport_feedback f;
    uint8_t bytes[MTU];

    while (take(&f, bytes)) {
        struct transport_feedback_walk w = transport_feedback_walk(&f, &reader_clock);
        uint16_t number;
        bool has_arrived;
        int64_t arrival_us;

        while (transport_feedback_next(&w, &number, &has_arrived, &arrival_us)) {
            assert_int_equal(packets[number].came_us >= 0, has_arrived);
            if (!has_arrived)
                continue;
            assert_in_range(packets[number].came_us - arrival_us, 0, 249);
            packets[number].told_us = arrival_us;
        }
    }
}

/* Loss in bursts, reordering by up to 40 packets, pauses, several rates: each packet is told as it
 * came, and none that came stays untold. */
static void random_line(uint32_t from, unsigned loss_percent, unsigned reorder, unsigned gap_us)
{
    int64_t now_us = 5000000 + from * 777;
    uint16_t next = (uint16_t)from;
    unsigned burst = 0;

    seed = from;
    memset(packets, 0xff, sizeof packets);
    for (unsigned i = 0; i < N_PACKETS; i++) {
        uint16_t number = (uint16_t)(next + i);
        uint16_t late = (uint16_t)(number - roll(reorder + 1));

        packets[(uint16_t)(number + WINDOW / 2)].came_us = -1;
        packets[(uint16_t)(number + WINDOW / 2)].told_us = -1;
        now_us += roll(gap_us) + (roll(10000) == 0 ? roll(12000000) : 0);
        if (i % (1 + roll(300)) == 0 || i % 300 == 0)
            check_messages();
        if (burst == 0 && roll(100) < loss_percent)
            burst = 1 + roll(20);
        if (burst > 0) {
            burst--;
            continue;
        }
        if (i > reorder && packets[late].came_us < 0) {
            packets[late].came_us = now_us;
            note(late, now_us);
        }
        if (packets[number].came_us < 0 && roll(4) != 0) {
            packets[number].came_us = now_us;
            note(number, now_us);
        }
    }
    check_messages();
    for (unsigned i = 0; i < WINDOW; i++)
        assert_int_equal(packets[i].came_us >= 0, packets[i].told_us >= 0);
}

static void test_random_lines(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        start(NULL);
        random_line(65000 + i * 7919, i * 3, i * 8, 200u << (2 * i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_gaps_and_duplicates, start),
        cmocka_unit_test_setup(test_late_ones, start),
        cmocka_unit_test_setup(test_long_silence, start),
        cmocka_unit_test_setup(test_another_numbering, start),
        cmocka_unit_test_setup(test_bytes, start),
        cmocka_unit_test_setup(test_what_is_read, start),
        cmocka_unit_test_setup(test_too_many, start),
        cmocka_unit_test_setup(test_clock_comes_round, start),
        cmocka_unit_test(test_random_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
