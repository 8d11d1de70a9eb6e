/* One estimate for all connections of a client: who speaks for its line, and who shares it. */
#include "mediad/rtc/rtcp_feedback.h"
#include "tests/unit/mediad/rtc/test_receivers.h"

/* Tracks of the publisher, by their statistics. */
enum { HIGH_RID, LOW_RID, SOUND };
/* What a connection receives; both: CAMERA_TRACK | SOUND_TRACK. */
enum { CAMERA_TRACK = 1, SOUND_TRACK = 2 };
enum { CAMERA_SSRC = 1000, SOUND_SSRC };
enum { ANNA = 7, BERT = 8 };
enum { TRANSPORT_CC_ID = 3, BROWSER_SSRC = 1 };
enum { STEP_MS = 10, PACKET_MS = 20, TICK_MS = 500 };

/* Two connections of Anna's and one of Bert's; each receives the camera. */
static struct receiver first, second, other;
static struct receiver *const receivers[] = {&first, &second, &other};
static struct track *high, *low, *sound;
static unsigned passed_ms;
static uint16_t seq;
/* What its browser has said of a track of a connection so far. */
static struct rtcp_report said[LENGTH(receivers)][2];

/* @param transport_cc_id 0: without transport-wide feedback */
static void receive(struct receiver *r, unsigned what, uint8_t transport_cc_id)
{
    static const struct down_target all[] = {{.section = 0,
                                              .codec = CODEC_VP8,
                                              .n_rids = 2,
                                              .rids = {{1, HIGH_RID}, {2, LOW_RID}},
                                              .ssrc = CAMERA_SSRC,
                                              .mid = "0"},
                                             {.section = 1,
                                              .codec = CODEC_OPUS,
                                              .n_rids = 1,
                                              .rids = {{3, SOUND}},
                                              .ssrc = SOUND_SSRC,
                                              .mid = "1"}};
    const struct allocate_wish wish = {.rank = ALLOCATE_NO_RANK};
    struct down_target targets[LENGTH(all)];
    unsigned n = 0;

    for (unsigned i = 0; i < LENGTH(all); i++) {
        if (!(what & 1u << i))
            continue;
        targets[n] = all[i];
        targets[n].route.pt = (uint8_t)(96 + i);
        targets[n++].route.ext_ids[HEADER_EXT_TRANSPORT_CC] = transport_cc_id;
    }
    receiver_describe(r, targets, n, &wish);
}

static int open_room(void **state)
{
    (void)state;
    passed_ms = 0;
    seq = 1;
    memset(said, 0, sizeof said);
    if (open_publisher() < 0)
        return -1;
    high = track_new(worker(), 1, 0, CODEC_VP8, &test_publisher_ops, &publisher);
    low = track_new(worker(), 2, 0, CODEC_VP8, &test_publisher_ops, &publisher);
    sound = track_new(worker(), 3, 0, CODEC_OPUS, &test_publisher_ops, &publisher);
    if (!high || !low || !sound || receiver_open(&first, ANNA) < 0 ||
        receiver_open(&second, ANNA) < 0 || receiver_open(&other, BERT) < 0)
        return -1;
    publish(HIGH_RID, 400000);
    publish(LOW_RID, 100000);
    for (size_t i = 0; i < LENGTH(receivers); i++)
        receive(receivers[i], CAMERA_TRACK, 0);
    test_workers_pass(&room, 1000); /* a loop wakes up behind the tick, not upon it */
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(receivers); i++)
        receiver_close(receivers[i]);
    assert_int_equal(0, atomic_load(&worker()->counts[COUNT_LINES]));
    assert_int_equal(0, atomic_load(&worker()->counts[COUNT_LINES_BYTES]));
    pass(20); /* no timer of theirs is left */
    track_free(high);
    track_free(low);
    track_free(sound);
    close_publisher();
    return 0;
}

/* ---- what flows ---- */

/* Bytes of the packet that there is of each every 20 ms: of 400, of 100 and of 60 kbit/s, with
 * headers. */
struct flow {
    uint16_t high_bytes, low_bytes, sound_bytes;
};
static const struct flow camera = {1000, 235, 0};
static const struct flow camera_and_sound = {1000, 235, 135};

static void flow(unsigned ms, const struct flow *f)
{
    for (unsigned end_ms = passed_ms + ms; passed_ms < end_ms;) {
        test_workers_pass(&room, STEP_MS * 1000);
        passed_ms += STEP_MS;
        if (passed_ms % PACKET_MS)
            continue;
        push_to(high, large_packet(seq, f->high_bytes));
        push_to(low, large_packet(seq, f->low_bytes));
        if (f->sound_bytes)
            push_to(sound, large_packet(seq, f->sound_bytes));
        seq++;
        for (size_t i = 0; passed_ms % TICK_MS == 0 && i < LENGTH(receivers); i++) {
            if (receivers[i]->down)
                down_connection_tick(receivers[i]->down, passed_ms % (2 * TICK_MS) == 0);
        }
    }
}

static const struct down_track *video(const struct receiver *r)
{
    return down_connection_video(r->down);
}

static int64_t allocated_bps(const struct receiver *r)
{
    const struct down_track *t = r->down ? video(r) : NULL;

    return t ? t->video.bps : 0;
}

static int64_t both_bps(void)
{
    return allocated_bps(&first) + allocated_bps(&second);
}

static uint64_t sent_bytes(const struct receiver *r)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < r->down->n_tracks; i++)
        sum += r->down->tracks[i]->sender.sent_bytes;
    return sum;
}

/* ---- what browsers say ---- */

static void say_remb(struct receiver *r, uint64_t bps)
{
    const uint32_t ssrc = CAMERA_SSRC;
    uint8_t datagram[128];
    struct writer w = writer_init(datagram, sizeof datagram);

    rtcp_write_rr(&w, BROWSER_SSRC, NULL, 0);
    rtcp_write_remb(&w, BROWSER_SSRC, bps, &ssrc, 1);
    assert_false(w.bad);
    rtcp_feedback_down(r->down, span_of(datagram, w.len));
}

/* Since its report before, so many packets were sent of a track, and so many of them lost (below 0:
 * some came twice). */
static void say_report(size_t receiver, uint32_t ssrc, uint32_t n, int32_t lost)
{
    struct rtcp_report *report = &said[receiver][ssrc - CAMERA_SSRC];
    uint8_t datagram[128];
    struct writer w = writer_init(datagram, sizeof datagram);

    report->ssrc = ssrc;
    report->highest_seq += n;
    report->lost += lost;
    rtcp_write_rr(&w, BROWSER_SSRC, report, 1);
    assert_false(w.bad);
    rtcp_feedback_down(receivers[receiver]->down, span_of(datagram, w.len));
}

/* Its browser sends transport-wide feedback. @param lost of five packets each, as bits */
static void flow_with_feedback(struct receiver *r, unsigned ms, const struct flow *f, unsigned lost)
{
    for (unsigned i = 0; i < ms / (5 * PACKET_MS); i++) {
        flow(5 * PACKET_MS, f);
        receiver_feedback(r, 5, lost);
    }
}

/* ---- one line ---- */

static void assert_shared(const char *who)
{
    int64_t line_bps = first.down->estimate_bps;

    if (line_bps < 0 || second.down->estimate_bps != line_bps)
        fail_msg("%s: %lld and %lld bit/s", who, (long long)line_bps,
                 (long long)second.down->estimate_bps);
    if (both_bps() > downlink_room_bps(line_bps, 0) || allocated_bps(&first) <= 0 ||
        allocated_bps(&second) <= 0)
        fail_msg("%s: %lld + %lld of %lld bit/s", who, (long long)allocated_bps(&first),
                 (long long)allocated_bps(&second), (long long)line_bps);
}

/* Whatever one connection's browser says bounds the videos of both, and not those of others. */
static void test_one_speaks_for_all(void **state)
{
    static const struct {
        const char *name;
        unsigned speaker;
        bool is_feedback; /* else REMB */
    } rows[] = {
        {"REMB on the first", 0, false},
        {"REMB on the second", 1, false},
        {"transport-wide feedback on the first", 0, true},
        {"transport-wide feedback on the second", 1, true},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct receiver *r = receivers[rows[i].speaker];

        assert_int_equal(0, open_room(state));
        assert_ptr_equal(first.down->downlink, second.down->downlink);
        assert_ptr_not_equal(first.down->downlink, other.down->downlink);
        flow(1000, &camera);
        assert_int_equal(2 * 400000, both_bps()); /* nothing is known */
        if (rows[i].is_feedback) {
            receive(r, CAMERA_TRACK, TRANSPORT_CC_ID);
            flow_with_feedback(r, 1500, &camera, 1 << 1 | 1 << 3);
            assert_in_range(r->down->estimate_bps, 200000, 500000);
        } else {
            say_remb(r, 600000);
            assert_int_equal(600000, r->down->estimate_bps);
        }
        for (unsigned look = 0; look < 20; look++) {
            assert_shared(rows[i].name);
            flow(100, &camera);
        }
        assert_int_equal(-1, other.down->estimate_bps);
        assert_int_equal(HIGH_RID, video(&other)->choice.rid);
        assert_int_equal(1, atomic_load(&worker()->counts[COUNT_LINES]));
        close_room(state);
    }
}

/* What it sent counts for nothing any more, nor does what its browser said; what was sent to it is
 * not missed, and what is sent to those that stay counts from the first byte on. */
static void test_leaving(void **state)
{
    static const struct flow too_much = {1000, 235, 500};
    struct downlink *d = first.down->downlink;

    (void)state;
    publish(HIGH_RID, 370000); /* it fits when the second connection is gone */
    receive(&first, CAMERA_TRACK | SOUND_TRACK, 0);
    for (unsigned s = 0; s < 10; s++) {
        say_remb(&first, 450000);
        say_remb(&second, 250000);
        flow(1000, &camera);
    }
    assert_in_range(first.down->estimate_bps, 600000, 700000);
    uint64_t before_bytes = sent_bytes(&second);

    assert_true(before_bytes > 50000);
    downlink_leave(second.down);
    assert_null(second.down->downlink);
    assert_ptr_equal(d, first.down->downlink);
    assert_ptr_equal(d, first.place.client->downlink);
    pass(2);
    assert_in_range(first.down->estimate_bps, 380000, 450000);
    assert_false(video(&first)->is_congested);
    say_remb(&second, 100000000); /* nobody's any more */
    downlink_update(second.down);
    pass(2);
    assert_in_range(first.down->estimate_bps, 380000, 450000);
    flow(500, &too_much);
    assert_true(video(&first)->is_congested);
    receiver_close(&second);
    downlink_leave(first.down);
    assert_null(first.place.client->downlink);
    assert_int_equal(0, atomic_load(&worker()->counts[COUNT_LINES]));
    downlink_leave(first.down); /* at none: nothing happens */
}

/* ---- sound ---- */

/* The camera never had another, and takes so much. */
static void leave_one_rid(int64_t bps)
{
    publish(HIGH_RID, 0);
    stats_store(&published->tracks[HIGH_RID].known_bps, 0);
    publish(LOW_RID, bps);
}

/* What sound takes of a line is not given to its client's videos, whichever connection they are on.
 * Videos of one rid share all that there is. */
static void test_sound_takes_room(void **state)
{
    enum { LINE_BPS = 600000 };
    const int64_t room_bps = downlink_room_bps(LINE_BPS, 0);

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(0, open_room(state));
        leave_one_rid(LINE_BPS / 4);
        receive(&other, CAMERA_TRACK | SOUND_TRACK, 0); /* no matter to Anna */
        flow(3000, &camera_and_sound);
        say_remb(&second, LINE_BPS);
        flow(200, &camera_and_sound);
        assert_in_range(both_bps(), room_bps - 10, room_bps);

        receive(receivers[i], CAMERA_TRACK | SOUND_TRACK, 0);
        flow(1800, &camera_and_sound);
        uint64_t before_bytes = receivers[i]->down->tracks[1]->sender.sent_bytes;

        flow(1000, &camera_and_sound);
        int64_t sound_bps =
            (int64_t)(receivers[i]->down->tracks[1]->sender.sent_bytes - before_bytes) * 8;

        assert_in_range(sound_bps, 55000, 65000);
        say_remb(&second, LINE_BPS);
        flow(200, &camera_and_sound);
        assert_int_equal(LINE_BPS, first.down->estimate_bps);
        if (llabs(room_bps - both_bps() - sound_bps) > 2000)
            fail_msg("sound on connection %zu: %lld of %lld bit/s beside %lld", i,
                     (long long)both_bps(), (long long)room_bps, (long long)sound_bps);
        close_room(state);
    }
}

/* Sound on a connection of its own counts when too much is sent. */
static void test_sound_is_sent(void **state)
{
    static const struct {
        const char *name;
        struct flow flow;
        bool is_too_much;
    } rows[] = {
        {"200 kbit/s of video on as much", {0, 480, 0}, false},
        {"with 60 kbit/s of sound", {0, 480, 135}, true},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(0, open_room(state));
        leave_one_rid(200000);
        receive(&first, SOUND_TRACK, 0);
        for (unsigned s = 0; s < 3; s++) {
            flow(1000, &rows[i].flow);
            say_remb(&second, 200000);
        }
        flow(500, &rows[i].flow);
        assert_int_equal(200000, second.down->estimate_bps);
        if (video(&second)->is_congested != rows[i].is_too_much)
            fail_msg("%s: %d", rows[i].name, video(&second)->is_congested);
        close_room(state);
    }
}

/* Transport-wide feedback on a connection of sound alone speaks for the client's videos, too. */
static void test_feedback_of_sound(void **state)
{
    int64_t known_bps;

    (void)state;
    receive(&first, SOUND_TRACK, TRANSPORT_CC_ID);
    flow(1000, &camera_and_sound);
    assert_int_equal(-1, second.down->estimate_bps);
    flow_with_feedback(&first, 2000, &camera_and_sound, 0);
    flow(100, &camera_and_sound);
    known_bps = second.down->estimate_bps;
    assert_true(known_bps >= 300000);
    assert_int_equal(known_bps, first.down->estimate_bps);
    flow_with_feedback(&first, 2000, &camera_and_sound, 1 << 1 | 1 << 3);
    assert_in_range(second.down->estimate_bps, 1, known_bps / 2);
    assert_true(both_bps() <= downlink_room_bps(second.down->estimate_bps, 0));
    assert_int_equal(-1, other.down->estimate_bps);
}

/* ---- receiver reports ---- */

static void say_camera_report(size_t receiver, int32_t lost)
{
    flow(1000, &camera);
    say_report(receiver, CAMERA_SSRC, 50, lost);
}

/* After a report to begin with, 30 % lost twice are believed, of whichever connection; when nothing
 * gets lost any more the estimate rises again, as far as it is made use of. */
static void test_loss(void **state)
{
    int64_t fallen_bps;

    (void)state;
    flow(1000, &camera);
    say_report(1, CAMERA_SSRC, 50, 15);
    say_camera_report(1, 15);
    pass(1);
    assert_int_equal(-1, first.down->estimate_bps);
    say_camera_report(1, 15);
    fallen_bps = first.down->estimate_bps;
    assert_in_range(fallen_bps, 500000, 2 * 410000 * 7 / 10); /* 70 % of what was sent */
    assert_shared("30 % lost");
    assert_int_equal(-1, other.down->estimate_bps);
    for (unsigned i = 0; i < 6; i++)
        say_camera_report(1, 0);
    pass(1);
    assert_in_range(first.down->estimate_bps, fallen_bps / 100 * 115, fallen_bps / 100 * 150);
}

/* Which reports lower an estimate that nothing has lowered yet. */
static void test_reports_that_count(void **state)
{
    static const struct {
        const char *name;
        size_t receiver;
        uint32_t ssrc, n;
        int32_t lost;
        bool is_believed;
    } rows[] = {
        {"30 % of a video", 0, CAMERA_SSRC, 50, 15, true},
        {"none", 0, CAMERA_SSRC, 50, 0, false},
        {"duplicates", 0, CAMERA_SSRC, 50, -40, false},
        {"30 % of 65,000 packets", 0, CAMERA_SSRC, 65000, 19500, true},
        {"30 % of 70,000", 0, CAMERA_SSRC, 70000, 21000, false},
        {"backwards", 0, CAMERA_SSRC, (uint32_t)-50, 15, false},
        {"sound", 0, SOUND_SSRC, 50, 15, false},
        {"the first one of another video", 1, CAMERA_SSRC, 50, 15, false},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(0, open_room(state));
        receive(&first, CAMERA_TRACK | SOUND_TRACK, 0);
        for (unsigned s = 0; s < 3; s++) {
            flow(1000, &camera_and_sound);
            say_report(0, CAMERA_SSRC, 50, 0);
            say_report(0, SOUND_SSRC, 50, 0);
        }
        flow(1000, &camera_and_sound);
        say_report(rows[i].receiver, rows[i].ssrc, rows[i].n, rows[i].lost);
        pass(1);
        if ((first.down->estimate_bps >= 0) != rows[i].is_believed)
            fail_msg("%s: %lld bit/s", rows[i].name, (long long)first.down->estimate_bps);
        close_room(state);
    }
}

/* Reports of a browser that sends transport-wide feedback are left alone until five seconds after
 * the last of it. What they say then counts once that feedback is forgotten, after thirty. */
static void test_reports_beside_feedback(void **state)
{
    static const struct {
        const char *name;
        unsigned from_ms; /* after the last feedback: two reports, a second apart */
        bool is_heard;
    } rows[] = {
        {"while feedback is fresh", 3900, false},
        {"five seconds after it ended", 5000, true},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(0, open_room(state));
        receive(&first, CAMERA_TRACK, TRANSPORT_CC_ID);
        say_report(0, CAMERA_SSRC, 50, 0);
        flow_with_feedback(&first, 1000, &camera, 0);
        flow(rows[i].from_ms - 1000, &camera);
        say_camera_report(0, 15);
        say_camera_report(0, 15);
        assert_true(first.down->estimate_bps >= 500000); /* as the feedback left it */
        flow(31000 - (rows[i].from_ms + 1000), &camera);
        if ((first.down->estimate_bps >= 0) != rows[i].is_heard)
            fail_msg("%s: %lld bit/s", rows[i].name, (long long)first.down->estimate_bps);
        close_room(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_speaks_for_all),
        cmocka_unit_test_setup_teardown(test_leaving, open_room, close_room),
        cmocka_unit_test(test_sound_takes_room),
        cmocka_unit_test(test_sound_is_sent),
        cmocka_unit_test_setup_teardown(test_feedback_of_sound, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_loss, open_room, close_room),
        cmocka_unit_test(test_reports_that_count),
        cmocka_unit_test(test_reports_beside_feedback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
