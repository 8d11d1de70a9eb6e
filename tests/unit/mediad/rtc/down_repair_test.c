/* What a receiver misses: packets again, keyframes, and what each may cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/down_repair.h"
#include "tests/unit/mediad/rtc/test_receiver.h"

/* A number that the receiver misses goes out as it did, or as RTX where that was negotiated. */
static void test_repeats(void **state)
{
    struct down_target target = target_of(HIGH);
    struct rtp_header twice[4];

    (void)state;
    push(high, 1, true);
    uint16_t first = look_at_one().seq;

    push(high, 2, false);
    (void)look_at_one();
    test_workers_pass(&room, 200000);
    assert_true(down_repair_packet(receiver, (uint16_t)(first + 1)));
    struct rtp_header again = look_at_one();

    assert_int_equal(SSRC, again.ssrc);
    assert_int_equal(first + 1, again.seq);
    assert_false(down_repair_packet(receiver, (uint16_t)(first + 1))); /* within the RTT */
    assert_false(down_repair_packet(receiver, (uint16_t)(first + 9))); /* never sent */
    target.route.rtx_pt = 97;
    down_source_retarget(receiver, &target);
    test_workers_pass(&room, 200000);
    assert_true(down_repair_packet(receiver, first));
    again = look_at_one();
    assert_int_equal(RTX_SSRC, again.ssrc);
    assert_int_equal(97, again.pt);

    /* a line that loses by chance loses repeats, too: there are two of each */
    receiver->is_lossy = true;
    resend_set_rate(&receiver->resend, 1000000); /* of a megabit a second there is room for it */
    test_workers_pass(&room, 200000);
    assert_true(down_repair_packet(receiver, first));
    assert_int_equal(2, look(twice, LENGTH(twice)));
    assert_int_equal(RTX_SSRC, twice[0].ssrc);
    assert_int_equal(RTX_SSRC, twice[1].ssrc);
    assert_int_equal((uint16_t)(twice[0].seq + 1), twice[1].seq);
}

/* ---- what cannot be repeated ---- */

/* A keyframe, and behind it so many packets of 1,000 bytes in 600 ms.
 * @return the number that the first of these went out by */
static uint16_t send_packets(uint16_t n)
{
    push(high, 1, true);
    uint16_t first = look_at_one().seq;

    for (uint16_t i = 0; i < n; i++) {
        struct packet *p = test_packet(worker(), (uint16_t)(2 + i), false);

        p->payload_len = 1000;
        p->len = (uint16_t)(p->payload_at + p->payload_len);
        memset(p->data + p->payload_at, 0, p->payload_len);
        push_packet(high, p);
        (void)look_at_one();
        test_workers_pass(&room, 600000 / n);
    }
    return (uint16_t)(first + 1);
}

/* Each of these makes a number of which something is so, and returns it. */

static uint16_t number_too_old(void)
{
    uint16_t seq = send_packets(1);

    test_workers_pass(&room, RESEND_AGE_MAX_US);
    return seq;
}

static uint16_t number_too_often(void)
{
    uint16_t seq = send_packets(1);

    for (unsigned i = 0; i < RESEND_TIMES_MAX; i++) {
        test_workers_pass(&room, 200000);
        assert_true(down_repair_packet(receiver, seq));
    }
    test_workers_pass(&room, 200000);
    return seq;
}

static uint16_t number_out_of_cache(void)
{
    resend_fit(&receiver->resend, 2 * PACKET_CACHE_VIDEO);
    return send_packets(PACKET_CACHE_VIDEO + 1);
}

static uint16_t number_over_budget(void)
{
    resend_set_rate(&receiver->resend, 8 * 8 * RESEND_BUDGET_MIN);
    uint16_t seq = send_packets(RESEND_BUDGET_MIN / 1000 + 1);

    for (unsigned i = 0; i < RESEND_BUDGET_MIN / 1000; i++)
        assert_true(down_repair_packet(receiver, seq++));
    return seq;
}

static uint16_t number_just_repeated(void)
{
    uint16_t seq = send_packets(1);

    assert_true(down_repair_packet(receiver, seq));
    return seq;
}

static uint16_t number_never_sent(void)
{
    return (uint16_t)(send_packets(1) + 100);
}

/* Chromium 156 and Firefox ESR 153 go on asking for a packet that never comes a hundred times in
 * eleven seconds, and say only after three that they need a keyframe. So their first request that
 * cannot be answered is taken for that wish, and goes up at once. */
static void test_cannot_be_repeated(void **state)
{
    static const struct {
        const char *name;
        uint16_t (*number)(void);
        unsigned n_keyframes; /* asked for */
    } rows[] = {
        {"too old", number_too_old, 1},
        {"repeated too often", number_too_often, 1},
        {"not in the cache any more", number_out_of_cache, 1},
        {"repeats have used up their share", number_over_budget, 1},
        {"repeated a moment ago", number_just_repeated, 0},
        {"never sent", number_never_sent, 0},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(0, open_room(state));
        uint16_t seq = rows[i].number();
        unsigned before = publisher.n_keyframes;

        if (down_repair_packet(receiver, seq) ||
            publisher.n_keyframes - before != rows[i].n_keyframes)
            fail_msg("%s: %u keyframes asked for", rows[i].name, publisher.n_keyframes - before);
        close_room(state);
    }
}

/* ---- keyframes ---- */

/* One that is sent far more than it can take waits for its keyframe, but not for ever. */
static void test_congested(void **state)
{
    unsigned before;

    (void)state;
    push(high, 1, true);
    (void)look_at_one();
    before = publisher.n_keyframes;
    receiver->is_congested = true;
    test_workers_pass(&room, 1000000);
    down_repair_keyframe(receiver);
    assert_int_equal(before, publisher.n_keyframes);
    test_workers_pass(&room, 4000000);
    down_repair_keyframe(receiver);
    assert_int_equal(before + 1, publisher.n_keyframes);
}

/* One that asks again and again is obeyed a few times, then gets what the cache has. */
static void test_many_wishes(void **state)
{
    struct rtp_header h[4];
    unsigned before;

    (void)state;
    push(high, 1, true);
    (void)look_at_one();
    before = publisher.n_keyframes;
    for (unsigned i = 0; i < 40; i++) { /* one wish, however often it is said */
        test_workers_pass(&room, 10000);
        down_repair_keyframe(receiver);
    }
    (void)look(h, LENGTH(h));
    assert_in_range(publisher.n_keyframes, before, before + 1);
    for (uint16_t i = 2; i < 12; i++) {
        test_workers_pass(&room, 700000);
        down_repair_keyframe(receiver);
        push(high, i, true);
        (void)look(h, LENGTH(h));
    }
    assert_in_range(publisher.n_keyframes - before, KEYFRAME_ALLOWANCE - 1, KEYFRAME_ALLOWANCE + 1);
    test_workers_pass(&room, 700000);
    down_repair_keyframe(receiver);
    assert_true(look(h, LENGTH(h)) >= 1); /* the cached one, again */
    before = publisher.n_keyframes;
    test_workers_pass(&room, KEYFRAME_ALLOWANCE_US);
    down_repair_keyframe(receiver);
    assert_int_equal(before + 1, publisher.n_keyframes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_repeats, open_room, close_room),
        cmocka_unit_test(test_cannot_be_repeated),
        cmocka_unit_test_setup_teardown(test_congested, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_many_wishes, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
