#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/loss.h"

#define MS 1000

static size_t due(struct loss_tracker *t, int64_t now_us, uint16_t *seqs)
{
    t->rtt_us = 50 * MS;
    return loss_due(t, now_us, seqs, 64);
}

static void test_story(void **state)
{
    struct loss_tracker t;
    uint16_t seqs[64];

    (void)state;
    loss_init(&t, LOSS_TRIES_VIDEO);
    assert_int_equal(loss_packet(&t, 65533, 0), LOSS_NONE);
    assert_int_equal(loss_packet(&t, 65534, 0), LOSS_NONE);
    assert_int_equal(loss_next_us(&t), INT64_MAX);
    assert_int_equal(loss_packet(&t, 0, 0), LOSS_NONE); /* 65535 is missing */
    assert_int_equal(t.n_missing, 1);
    assert_int_equal(due(&t, 5 * MS, seqs), 0); /* may only be late */
    assert_int_equal(loss_next_us(&t), LOSS_WAIT_US);
    assert_false(loss_was_asked(&t, 65535));
    assert_int_equal(due(&t, 10 * MS, seqs), 1);
    assert_int_equal(seqs[0], 65535);
    assert_true(loss_was_asked(&t, 65535));
    assert_false(loss_was_asked(&t, 65534));
    assert_int_equal(due(&t, 69 * MS, seqs), 0); /* again after 1.2 RTT */
    assert_int_equal(due(&t, 70 * MS, seqs), 1);
    assert_int_equal(loss_packet(&t, 65535, 80 * MS), LOSS_REPAIRED);
    assert_int_equal(loss_packet(&t, 65535, 80 * MS), LOSS_UNKNOWN); /* a duplicate */
    assert_int_equal(t.n_missing, 0);

    assert_int_equal(loss_packet(&t, 2, 100 * MS), LOSS_NONE);
    assert_int_equal(loss_packet(&t, 1, 101 * MS), LOSS_FILLED); /* reordered */
    assert_int_equal(loss_packet(&t, 5, 110 * MS), LOSS_NONE);
    assert_int_equal(due(&t, 110 * MS, seqs), 1); /* two newer: 3 at once, 4 not yet */
    assert_int_equal(seqs[0], 3);
    assert_int_equal(loss_packet(&t, 6, 111 * MS), LOSS_NONE);
    assert_int_equal(due(&t, 111 * MS, seqs), 1);
    assert_int_equal(seqs[0], 4);
    loss_keyframe(&t, 4); /* what lies before it is not needed */
    assert_int_equal(t.n_missing, 1);
    assert_int_equal(t.missing[0].seq, 4);
    loss_reset(&t);
    assert_int_equal(loss_packet(&t, 30000, 0), LOSS_NONE);
    assert_int_equal(t.n_missing, 0);
}

/* How often and how long, with nothing ever coming back. */
static void test_tries(void **state)
{
    static const struct {
        const char *name;
        uint8_t tries_max;
        int64_t rtt_us;
        size_t want;
        int64_t last_us;
    } rows[] = {
        {"video, short way", LOSS_TRIES_VIDEO, 1 * MS, 8, 151 * MS},
        {"video, 100 ms", LOSS_TRIES_VIDEO, 100 * MS, 8, 851 * MS},
        {"video, long way: 1 s is the end", LOSS_TRIES_VIDEO, 400 * MS, 3, 971 * MS},
        {"video, unknown", LOSS_TRIES_VIDEO, 0, 8, 711 * MS},
        {"audio", LOSS_TRIES_AUDIO, 50 * MS, 2, 71 * MS},
        {"nack not negotiated", 0, 50 * MS, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct loss_tracker t;
        size_t n = 0;
        int64_t last_us = 0;

        loss_init(&t, rows[i].tries_max);
        t.rtt_us = rows[i].rtt_us;
        assert_int_equal(loss_packet(&t, 1, 0), LOSS_NONE);
        assert_int_equal(loss_packet(&t, 3, 0), LOSS_NONE);
        for (int64_t now_us = 0; now_us < 3000 * MS; now_us += MS) {
            uint16_t seq;

            if (loss_due(&t, now_us, &seq, 1) == 0)
                continue;
            assert_int_equal(seq, 2);
            n++;
            last_us = now_us;
        }
        if (n != rows[i].want || last_us > rows[i].last_us)
            print_error("%s: %zu, last %lld\n", rows[i].name, n, (long long)last_us);
        assert_int_equal(n, rows[i].want);
        assert_true(last_us <= rows[i].last_us);
        assert_int_equal(t.n_missing, 0);
        assert_int_equal(t.n_given_up, rows[i].tries_max > 0);
    }
}

/* How long a repair takes is learnt from those that were asked for once. */
static void test_round_trip(void **state)
{
    struct loss_tracker t;
    uint16_t seqs[4];

    (void)state;
    loss_init(&t, LOSS_TRIES_VIDEO);
    (void)loss_packet(&t, 1, 0);
    (void)loss_packet(&t, 5, 0);
    assert_int_equal(3, loss_due(&t, 10 * MS, seqs, 4));
    assert_int_equal(LOSS_REPAIRED, loss_packet(&t, 2, 50 * MS));
    assert_int_equal(40 * MS, t.rtt_us);
    assert_int_equal(LOSS_REPAIRED, loss_packet(&t, 3, 90 * MS));
    assert_int_equal(50 * MS, t.rtt_us);
    assert_int_equal(1, loss_due(&t, 130 * MS, seqs, 4));
    assert_int_equal(LOSS_REPAIRED, loss_packet(&t, 4, 500 * MS)); /* of which of the two? */
    assert_int_equal(50 * MS, t.rtt_us);
}

static void test_overflow(void **state)
{
    struct loss_tracker t;
    uint16_t seqs[LOSS_MISSING_MAX];

    (void)state;
    loss_init(&t, LOSS_TRIES_VIDEO);
    assert_int_equal(loss_packet(&t, 0, 0), LOSS_NONE);
    assert_int_equal(loss_packet(&t, LOSS_MISSING_MAX + 1, 0), LOSS_NONE);
    assert_int_equal(t.n_missing, LOSS_MISSING_MAX);
    assert_int_equal(loss_due(&t, 10 * MS, seqs, 30), 30);
    assert_int_equal(seqs[29], 30);
    assert_int_equal(loss_due(&t, 10 * MS, seqs, LOSS_MISSING_MAX), LOSS_ASKS_AHEAD - 30);
    assert_int_equal(seqs[0], 31); /* ascending, each once */
    assert_int_equal(loss_packet(&t, LOSS_MISSING_MAX + 3, 0), LOSS_OVERFLOW);
    assert_int_equal(t.n_missing, 0);
    assert_int_equal(loss_packet(&t, LOSS_MISSING_MAX + 4, 0), LOSS_NONE);
}

/* A line that carries a third of what is sent: so often nothing is asked for that it stays full. */
static void test_full_line(void **state)
{
    struct loss_tracker t;
    uint16_t seqs[64], seq = 0;
    unsigned n_asked = 0;
    int64_t now_us = 0;

    (void)state;
    loss_init(&t, LOSS_TRIES_VIDEO);
    for (unsigned n = 0; n < 300; n++) {
        (void)loss_packet(&t, seq = (uint16_t)(seq + 3), now_us += 30 * MS);
        n_asked += (unsigned)due(&t, now_us, seqs);
    }
    assert_in_range(n_asked, 300 / LOSS_ASK_COST, 300 / LOSS_ASK_COST + LOSS_ASKS_AHEAD);
    assert_true(loss_next_us(&t) > now_us);
    /* what is lost by chance is asked for again, all of it */
    loss_reset(&t);
    (void)loss_packet(&t, seq = 1000, now_us += 5000 * MS);
    for (unsigned n = 0; n < 500; n++) {
        seq = (uint16_t)(seq + (n % 5 == 0 ? 2 : 1));
        (void)loss_packet(&t, seq, now_us += 4 * MS);
        for (size_t i = due(&t, now_us, seqs); i > 0; i--)
            assert_int_equal(LOSS_REPAIRED, loss_packet(&t, seqs[i - 1], now_us));
    }
    assert_int_equal(0, due(&t, now_us += 100 * MS, seqs));
    assert_int_equal(0, t.n_missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_story),      cmocka_unit_test(test_tries),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_full_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
