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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_repeats, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_congested, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_many_wishes, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
