/* What a client is sent of a video with two rids, by what its line carries and what it wants. */
#include "mediad/rtc/down_repair.h"
#include "tests/unit/mediad/rtc/test_downlink.h"

enum { HIGH_RID, LOW_RID };

static int open_room(void **state)
{
    (void)state;
    if (open_downlink() < 0)
        return -1;
    publish(HIGH_RID, 1500000);
    publish(LOW_RID, 150000);
    describe();
    receiver.n_told = 0;
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    close_downlink();
    return 0;
}

static void test_without_reports(void **state)
{
    (void)state;
    push(HIGH_RID, 1);
    assert_int_equal(1, video()->flowing);
    pass(20);
    assert_int_equal(HIGH_RID, video()->choice.rid);
    assert_int_equal(-1, down->estimate_bps);
    assert_int_equal(0, video()->current->limit_bps);
}

/* A keyframe leaves no faster than three times the video's own rate: nothing else shows that a line
 * became narrower which is thought to carry much more. */
static void test_pace(void **state)
{
    (void)state;
    push(HIGH_RID, 1);
    pass(5);
    assert_int_equal(0, video()->pacer.rate_bps); /* nothing is known of the line */
    keep_estimated(8000000, 4);
    assert_int_equal(HIGH_RID, video()->choice.rid);
    assert_int_equal(3 * 1500000, video()->pacer.rate_bps);
    downlink_estimated(down, 400000);
    pass(1);
    assert_int_equal(LOW_RID, video()->choice.rid);
    assert_int_equal(3 * 150000, video()->pacer.rate_bps);
}

/* Down at once, up after a while; what changed is told. */
static void test_narrow_line(void **state)
{
    (void)state;
    push(HIGH_RID, 1);
    downlink_estimated(down, 400000);
    assert_int_equal(400000, down->estimate_bps);
    assert_int_equal(LOW_RID, video()->choice.rid);
    assert_int_equal(ALLOCATE_BANDWIDTH, down->allocation.reason);
    assert_int_equal(1, receiver.n_told);
    push(LOW_RID, 1);
    assert_int_equal(2, video()->flowing);
    assert_true(list_is_empty(&sources[HIGH_RID]->subscribers));
    keep_estimated(3000000, 20);
    assert_int_equal(HIGH_RID, video()->choice.rid);
    push(HIGH_RID, 2);
    assert_int_equal(1, video()->flowing);
}

/* The line carries a good part of the high rid, and nobody receives another one above it: its
 * publisher hears how much, and once it is told so the rid is taken. */
static void test_rid_that_shrinks(void **state)
{
    struct track_stats *t = &published->tracks[HIGH_RID];

    (void)state;
    publish(HIGH_RID, 600000);
    publish(LOW_RID, 100000);
    stats_store(&t->rid_state, RID_CAN_SHRINK);
    push(HIGH_RID, 1);
    downlink_estimated(down, 400000);
    push(LOW_RID, 1);
    assert_int_equal(LOW_RID, video()->choice.rid);
    pass(6);
    assert_ptr_equal(sources[HIGH_RID], video()->next->track);
    assert_in_range(video()->next->limit_bps, 330000, 380000);
    assert_int_equal(video()->next->limit_bps, track_limits(sources[HIGH_RID]).most_bps);
    stats_store(&t->rid_state, RID_CAN_SHRINK | RID_IS_SHRUNK);
    stats_store(&t->expected_bps, video()->next->limit_bps);
    for (unsigned i = 0; i < 12; i++) {
        if (i == 6) { /* it obeys */
            assert_int_equal(LOW_RID, video()->choice.rid);
            publish(HIGH_RID, 370000);
            stats_store(&t->known_bps, 600000);
        }
        downlink_estimated(down, 400000);
        pass(5);
    }
    assert_int_equal(HIGH_RID, video()->choice.rid);
    push(HIGH_RID, 2);
    assert_int_equal(1, video()->flowing);
    pass(1);
    assert_in_range(video()->current->limit_bps, 330000, 400000);
}

/* One that flows and is to shrink has two seconds for that, and then is what it is. */
static void test_rid_that_does_not_shrink(void **state)
{
    struct track_stats *t = &published->tracks[HIGH_RID];

    (void)state;
    publish(HIGH_RID, 600000);
    publish(LOW_RID, 100000);
    push(HIGH_RID, 1);
    push(LOW_RID, 1);
    keep_estimated(1000000, 20);
    assert_int_equal(HIGH_RID, video()->choice.rid);
    push(HIGH_RID, 2);
    stats_store(&t->rid_state, RID_CAN_SHRINK | RID_IS_SHRUNK);
    stats_store(&t->known_bps, 600000);
    for (unsigned i = 0; i < 30; i++) {
        stats_store(&t->expected_bps, 350000 - i * 1000); /* it is told again and again */
        downlink_estimated(down, 400000);
        pass(1);
        if ((i < 18) != (video()->choice.rid == HIGH_RID) && i != 18 && i != 19)
            fail_msg("after %u00 ms: rid %u", i, video()->choice.rid);
    }
    for (unsigned i = 0; i < 60; i++) { /* between two keyframes it takes little now and then */
        publish(HIGH_RID, i % 30 < 15 ? 320000 : 700000);
        stats_store(&t->expected_bps, 320000);
        downlink_estimated(down, 400000);
        pass(1);
        assert_int_equal(LOW_RID, video()->choice.rid);
    }
}

/* One that stands still and has used up its keyframes goes on with what is below, for a while. */
static void test_refused_keyframe(void **state)
{
    (void)state;
    publish(HIGH_RID, 600000);
    publish(LOW_RID, 100000);
    push(HIGH_RID, 1);
    push(LOW_RID, 1);
    keep_estimated(2000000, 20);
    push(HIGH_RID, 2);
    assert_int_equal(HIGH_RID, video()->choice.rid);
    assert_int_equal(1, video()->flowing);
    for (uint16_t i = 0; i <= KEYFRAME_ALLOWANCE; i++) {
        assert_int_equal(HIGH_RID, video()->choice.rid);
        keep_estimated(2000000, 1);
        push(HIGH_RID, (uint16_t)(3 + i)); /* a keyframe each time, which gets lost again */
        keep_estimated(2000000, 1);
        down_repair_keyframe(down->tracks[0]);
    }
    assert_int_equal(1, atomic_load(&worker()->counts[COUNT_KEYFRAME_REFUSED]));
    pass(1);
    assert_int_equal(LOW_RID, video()->choice.rid);
    keep_estimated(2000000, 8);
    assert_int_equal(LOW_RID, video()->choice.rid);
    keep_estimated(2000000, 8);
    assert_int_equal(HIGH_RID, video()->choice.rid);
}

/* A rid that is to shrink, and of which hardly a picture comes yet, is not better than the one
 * below. */
static void test_rid_that_starves(void **state)
{
    struct track_stats *t = &published->tracks[HIGH_RID];

    (void)state;
    publish(HIGH_RID, 60000);
    publish(LOW_RID, 100000);
    stats_store(&t->known_bps, 600000);
    stats_store(&t->rid_state, RID_CAN_SHRINK | RID_IS_SHRUNK);
    push(HIGH_RID, 1);
    downlink_estimated(down, 400000);
    push(LOW_RID, 1);
    for (unsigned i = 0; i < 20; i++) {
        downlink_estimated(down, 400000);
        pass(5);
        push(HIGH_RID, (uint16_t)(2 + i));
    }
    assert_int_equal(LOW_RID, video()->choice.rid);
    publish(HIGH_RID, 300000);
    stats_store(&t->known_bps, 600000);
    keep_estimated(400000, 60);
    assert_int_equal(HIGH_RID, video()->choice.rid);
}

/* A rid that its publisher's line does not carry is not there, whatever the receiver's carries. */
static void test_rid_that_breaks(void **state)
{
    (void)state;
    push(HIGH_RID, 1);
    push(LOW_RID, 1);
    downlink_estimated(down, 3000000);
    assert_int_equal(HIGH_RID, video()->choice.rid);
    stats_store(&published->tracks[HIGH_RID].rid_state, RID_IS_BROKEN);
    pass(1);
    assert_int_equal(LOW_RID, video()->choice.rid);
    assert_int_equal(-1, video()->choice.wakes);
    stats_store(&published->tracks[HIGH_RID].rid_state, 0);
    pass(20);
    assert_int_equal(HIGH_RID, video()->choice.rid);
}

/* What still comes of a rid that nobody receives is not there to be taken. */
static void test_idle_rid(void **state)
{
    (void)state;
    push(HIGH_RID, 1);
    downlink_estimated(down, 400000);
    push(LOW_RID, 1);
    publish(HIGH_RID, 50000);
    stats_store(&published->tracks[HIGH_RID].known_bps, 1500000);
    stats_store(&published->tracks[HIGH_RID].rid_state, RID_IS_IDLE);
    keep_estimated(400000, 20);
    assert_int_equal(LOW_RID, video()->choice.rid);
}

/* Of what does not fit nothing is sent, and the rest of what was asked for not either. */
static void test_nothing_fits(void **state)
{
    (void)state;
    push(HIGH_RID, 1);
    downlink_estimated(down, 20000);
    assert_true(video()->choice.is_paused);
    assert_true(down->allocation.is_paused);
    assert_false(track_is_received(sources[HIGH_RID]) || track_is_received(sources[LOW_RID]));
}

static void test_wish(void **state)
{
    struct allocate_wish changed = {.is_unwanted = true, .rank = ALLOCATE_NO_RANK};

    (void)state;
    push(HIGH_RID, 1);
    down_connection_wish(down, &changed);
    downlink_update(down);
    assert_true(down->allocation.is_paused);
    assert_int_equal(ALLOCATE_UNWANTED, down->allocation.reason);
    changed.is_unwanted = false;
    down_connection_wish(down, &changed);
    downlink_update(down);
    assert_false(down->allocation.is_paused);
}

/* Who comes while the video is not wanted is sent nothing of it, not even of what is cached; and
 * all from the last keyframe on once it is. */
static void test_unwanted_from_the_start(void **state)
{
    struct receiver late;
    struct allocate_wish changed = {.is_unwanted = true, .rank = ALLOCATE_NO_RANK};

    (void)state;
    push(HIGH_RID, 1);
    assert_int_equal(0, receiver_open(&late, 8));
    receiver_describe(&late, &target, 1, &changed);
    pass(3);
    assert_int_equal(0, down_connection_video(late.down)->sender.sent_bytes);
    assert_int_equal(ALLOCATE_UNWANTED, late.down->allocation.reason);
    changed.is_unwanted = false;
    down_connection_wish(late.down, &changed);
    downlink_update(late.down);
    assert_true(down_connection_video(late.down)->sender.sent_bytes > 0);
    receiver_close(&late);
}

/* A rid that its publisher has stopped: the other flows, and this one counts as received. */
static void test_stopped_rid(void **state)
{
    (void)state;
    push(HIGH_RID, 1);
    publish(HIGH_RID, 0);
    pass(2);
    push(LOW_RID, 1);
    assert_int_equal(2, video()->flowing);
    pass(2);
    assert_true(track_is_received(sources[HIGH_RID]));
    assert_int_equal(ALLOCATE_SILENT, down->allocation.reason);
    publish(HIGH_RID, 1400000);
    pass(20);
    push(HIGH_RID, 2);
    assert_int_equal(1, video()->flowing);
}

/* Transport-wide feedback that ends leaves the receiver's own estimate, which counted for nothing
 * beside it. */
static void test_feedback_ends(void **state)
{
    (void)state;
    down->feedback_us = worker()->now_us;
    downlink_estimated(down, 400000);
    pass(1);
    assert_int_equal(-1, down->estimate_bps);
    pass(60);
    downlink_estimated(down, 400000);
    assert_int_equal(400000, down->estimate_bps);
}

/* ---- how much is sent ---- */

enum { LOOK_MS = 300, STEP_MS = 10, PACKET_BYTES = 1000 };

/* The last five packets are reported; where the line loses by chance one of fifteen is lost. */
static void report(bool is_lossy)
{
    uint16_t base = (uint16_t)(receiver.transport.sent.next - 5);

    receiver_feedback(&receiver, 5, is_lossy && base % 15 == 0 ? 1 << 2 : 0);
}

/* What the line carries is known, and whether it loses by chance; then nothing for a moment. */
static uint16_t learn_line(bool is_lossy)
{
    uint16_t seq = 1;

    for (unsigned round = 0; round < 80; round++) {
        for (unsigned i = 0; i < 5; i++) {
            test_workers_pass(&room, 20000);
            push_packet(HIGH_RID, large_packet(seq++, PACKET_BYTES));
        }
        report(is_lossy);
    }
    pass(4);
    assert_true(down->estimate_bps > 500000);
    assert_int_equal(is_lossy, video()->is_lossy);
    assert_false(video()->is_congested);
    return seq;
}

/* So much of what the line carries, evenly, for as long as is looked at. */
static void send_share(uint16_t seq, unsigned percent)
{
    const struct down_sender *s = &video()->sender;
    uint64_t start_bytes = s->sent_bytes;
    uint64_t share_bytes = (uint64_t)(down->estimate_bps / 8 * percent / 100 * LOOK_MS / 1000);

    for (unsigned ms = STEP_MS; ms <= LOOK_MS; ms += STEP_MS) {
        for (unsigned i = 0; i < 20 && s->sent_bytes - start_bytes < share_bytes * ms / LOOK_MS;
             i++)
            push_packet(HIGH_RID, large_packet(seq++, PACKET_BYTES));
        test_workers_pass(&room, STEP_MS * 1000);
    }
    downlink_update(down);
}

/* A quarter more than the line carries is too much, and half as much again where it loses by
 * chance: then repeats and keyframes wait, and what leaves is not faster than its share. */
static void test_sent_too_much(void **state)
{
    static const struct {
        unsigned percent; /* of what the line carries */
        bool is_lossy;
        bool is_too_much;
    } rows[] = {
        {60, false, false}, {115, false, false}, {140, false, true},
        {115, true, false}, {140, true, false},  {165, true, true},
    };

    target.route.ext_ids[HEADER_EXT_TRANSPORT_CC] = 3;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(0, open_room(state));
        publish(HIGH_RID, 700000);
        uint16_t seq = learn_line(rows[i].is_lossy);
        int64_t share_bps = down->estimate_bps / 100 * 97;

        send_share(seq, rows[i].percent);
        if (video()->is_congested != rows[i].is_too_much)
            fail_msg("%u %% of %lld bit/s%s: %d", rows[i].percent, (long long)down->estimate_bps,
                     rows[i].is_lossy ? " that loses by chance" : "", video()->is_congested);
        if (rows[i].is_too_much)
            assert_in_range(video()->pacer.rate_bps, share_bps - 10000, share_bps + 10000);
        else
            assert_true(video()->pacer.rate_bps > share_bps + 10000);
        close_room(state);
    }
    target.route.ext_ids[HEADER_EXT_TRANSPORT_CC] = 0;
}

/* What a picture's burst leaves faster than the video on average is two and a half times what its
 * line carries beside that, in bounds. */
static void test_pace_of_a_line(void **state)
{
    static const struct {
        const char *name;
        int64_t line_bps;
        int64_t least_bps, most_bps; /* at which it leaves; 0: as it comes */
    } rows[] = {
        {"not slower than 200 kbit/s", 60000, 200000, 200000},
        {"what is paused", 100000, 240000, 250000},
        {"the low rid, which takes 150 kbit/s", 200000, 255000, 265000},
        {"three times as fast, with much room", 400000, 450000, 450000},
        {"as it comes, where there is room for more than 10 Mbit/s", 11000000, 0, 0},
    };

    (void)state;
    publish(HIGH_RID, 8000000);
    push(HIGH_RID, 1);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        keep_estimated(rows[i].line_bps, 40);
        int64_t bps = video()->pacer.rate_bps;

        if (bps < rows[i].least_bps || bps > rows[i].most_bps)
            fail_msg("%s: %lld bit/s", rows[i].name, (long long)bps);
    }
}

/* One feedback message cannot keep a worker busy. */
static void test_feedback_of_too_much(void **state)
{
    static const uint8_t items[] = {0, 0, 0x20, 0, 0, 0, 1, 0, 0x1f, 0xff, 0, 1};
    const struct rtcp_packet p = {.kind = RTCP_TRANSPORT_CC, .items = span_of(items, sizeof items)};

    (void)state;
    assert_int_equal(0, sent_history_start(&receiver.transport.sent));
    downlink_feedback(down, &p);
    assert_int_equal(1, atomic_load(&worker()->counts[COUNT_DROP_SYNTAX]));
    assert_int_equal(0, down->feedback_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_reports, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_pace, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_narrow_line, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_breaks, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_refused_keyframe, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_starves, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_shrinks, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_does_not_shrink, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_idle_rid, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_nothing_fits, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_wish, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_unwanted_from_the_start, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_stopped_rid, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_feedback_ends, open_room, close_room),
        cmocka_unit_test(test_sent_too_much),
        cmocka_unit_test_setup_teardown(test_pace_of_a_line, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_feedback_of_too_much, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
