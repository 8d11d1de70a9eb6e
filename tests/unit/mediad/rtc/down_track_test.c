#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/down_repair.h"
#include "mediad/rtc/payload_vp8.h"
#include "tests/unit/mediad/rtc/test_receiver.h"

/* Nothing before a keyframe; then its own SSRC and numbers, from below 2^15 on, without a gap that
 * the network did not make. */
static void test_numbers(void **state)
{
    (void)state;
    push(high, 10, false);
    assert_nothing_left();
    push(high, 11, true);
    struct rtp_header first = look_at_one();

    assert_int_equal(SSRC, first.ssrc);
    assert_int_equal(96, first.pt);
    assert_true(first.seq < 0x8000);
    push(high, 12, false);
    assert_int_equal(first.seq + 1, look_at_one().seq);
    push(high, 14, false); /* 13 was lost on its way to us */
    assert_int_equal(first.seq + 3, look_at_one().seq);
    push(high, 13, false);
    assert_int_equal(first.seq + 2, look_at_one().seq);
}

/* A joiner before a publisher that cannot be asked gets the whole group, without a gap and nothing
 * twice, faster than it came and not all at once; then what comes. */
static void test_catches_up(void **state)
{
    struct down_target target = target_of(HIGH);
    struct down_track *late;
    struct rtp_header h[256];
    uint16_t seq = 10;
    unsigned n_steps = 0;

    (void)state;
    high->keyframes.cannot_ask = true;
    for (; seq < 610; seq++) {
        push(high, seq, seq == 10);
        (void)look(h, LENGTH(h));
        if (seq % 100 == 0)
            track_tick(high);
        test_workers_pass(&room, 5000);
    }
    late = down_track_new(&transport, &target);
    assert_non_null(late);
    down_source_subscribe(late);
    while (late->catch_up.is_running) {
        unsigned n_now;

        test_workers_pass(&room, 10000);
        if (seq % 2 == 0)
            track_push(high, test_packet(worker(), seq, false)); /* pending at the next step */
        else
            push(high, seq, false);
        seq++;
        n_now = look(h, LENGTH(h));
        n_steps++;
        assert_true(n_now <= 2 * CATCH_UP_MAX + 4);
    }
    track_flush(high);
    (void)look(h, LENGTH(h));
    assert_true(n_steps > 10 && n_steps < 200);
    assert_int_equal(seq - 1, late->map.newest & 0xffff);
    /* each once, under numbers without gaps */
    assert_int_equal(1, late->map.n_intervals);
    assert_int_equal(seq - 10, late->sender.n_packets);
    push(high, seq, false);
    assert_int_equal(2, look(h, LENGTH(h))); /* to both */
    assert_int_equal(seq + 1 - 10, late->sender.n_packets);
    down_track_free(late);
}

/* A higher temporal layer is left out, and its numbers are closed up. */
static void test_layers_close_up(void **state)
{
    struct down_target lowest = target_of(HIGH);

    (void)state;
    lowest.is_lowest_only = true;
    down_source_retarget(receiver, &lowest);
    push(high, 1, true);
    uint16_t first = look_at_one().seq;

    for (uint16_t seq = 2; seq < 6; seq++) {
        struct packet *p = test_packet(worker(), seq, false);

        p->info.has_tid = true;
        p->info.tid = seq % 2 ? 0 : 1;
        p->info.is_frame_start = true;
        p->info.is_switch_point = true;
        track_push(high, p);
        track_flush(high);
    }
    struct rtp_header h[8];
    unsigned n = look(h, LENGTH(h));

    assert_int_equal(2, n);
    assert_int_equal(first + 1, h[0].seq);
    assert_int_equal(first + 2, h[1].seq);
}

/* Its publisher begins to count anew. */
static void restart(uint32_t rtp_ts)
{
    struct packet *p = test_packet(worker(), 2, true);

    p->ext_seq += 2 * TRACK_RESTART_DISTANCE;
    p->rtp_ts = rtp_ts;
    push_packet(high, p);
}

/* Packets of a size, the first with a keyframe, at once. */
static void push_large(struct track *t, uint16_t seq, unsigned n, uint16_t size)
{
    for (unsigned i = 0; i < n; i++) {
        struct packet *p = test_packet(worker(), (uint16_t)(seq + i), i == 0);

        memset(p->data + p->payload_at, 0, size);
        p->payload_len = size;
        p->len = (uint16_t)(p->payload_at + size);
        p->info.is_picture_start = i == 0;
        p->marker = i == n - 1;
        p->rtp_ts = seq * 3000u;
        track_push(t, p);
    }
    track_flush(t);
}

/* The old rid flows until the new one has a keyframe; numbers and time go on. */
static void test_another_rid(void **state)
{
    struct down_target other = target_of(LOW);

    (void)state;
    push(high, 1, true);
    struct rtp_header before = look_at_one();

    down_source_retarget(receiver, &other);
    push(low, 5000, false);
    assert_nothing_left();
    push(high, 2, false);
    assert_int_equal(before.seq + 1, look_at_one().seq);
    test_workers_pass(&room, 100000);
    push(low, 5001, true);
    struct rtp_header after = look_at_one();

    assert_int_equal(SSRC, after.ssrc);
    assert_in_range(after.seq, before.seq + 2, before.seq + 3);
    assert_in_range(after.rtp_ts - before.rtp_ts, 90000 / 100, 90000);
    push(high, 3, false); /* nobody wants it any more */
    assert_nothing_left();
    assert_true(list_is_empty(&high->subscribers));
}

/* Another rid takes over, of which sender reports say that its timestamp is that one. */
static void switch_rid(uint32_t rtp_ts, int64_t ahead_ms)
{
    struct down_target other = target_of(LOW);
    struct packet *p = test_packet(worker(), 5000, true);

    p->rtp_ts = 123456789;
    track_set_time(
        low, &(struct track_time){true, p->rtp_ts - (uint32_t)(ahead_ms * 90), worker()->now_us});
    track_set_time(
        high, &(struct track_time){true, rtp_ts - (uint32_t)(ahead_ms * 90), worker()->now_us});
    assert_nothing_left();
    down_source_retarget(receiver, &other);
    push_packet(low, p);
}

/* Where timestamps jump five seconds ahead Chromium 156 stands still for three seconds and Firefox
 * ESR 153 for nearly five, and neither says so. So a clock that runs far ahead of the one before,
 * or of a restarted source far behind, too, is set by the time that passed. */
static void test_new_clocks(void **state)
{
    static const struct {
        const char *name;
        int64_t passed_ms;                  /* since the last packet */
        int64_t ahead_ms;                   /* of that time lies the first one by the new clock */
        uint32_t restarted_ms, switched_ms; /* later than the last packet it goes out */
    } rows[] = {
        {"5 s ahead", 100, 5000, 100, 100},
        {"300 ms ahead", 100, 300, 100, 100},
        {"100 ms ahead", 100, 100, 200, 200},
        {"as much as passed", 100, 0, 100, 100},
        {"1 s behind", 100, -1000, 100, 100},
        {"100 ms behind, after a pause", 3000, -100, 2900, 2900},
        {"1 s behind, after a pause", 3000, -1000, 3000, 2000},
        {"100 ms behind, a picture later", 33, -100, 33, 10},
        {"after seven hours, which count as one", 25200000, 0, 3600000, 3600000},
    };

    for (size_t i = 0; i < 2 * LENGTH(rows); i++) {
        bool is_switch = i % 2;
        int64_t passed_ms = rows[i / 2].passed_ms, ahead_ms = rows[i / 2].ahead_ms;
        uint32_t want_ms = is_switch ? rows[i / 2].switched_ms : rows[i / 2].restarted_ms;
        uint32_t rtp_ts;

        assert_int_equal(0, open_room(state));
        struct packet *first = test_packet(worker(), 1, true);

        rtp_ts = first->rtp_ts + (uint32_t)((passed_ms + ahead_ms) * 90);
        push_packet(high, first);
        struct rtp_header before = look_at_one();

        test_workers_pass(&room, passed_ms * 1000);
        if (is_switch)
            switch_rid(rtp_ts, ahead_ms);
        else
            restart(rtp_ts);
        struct rtp_header after = look_at_one();

        if (after.rtp_ts - before.rtp_ts != want_ms * 90)
            fail_msg("%s, %s: %d ms later", rows[i / 2].name, is_switch ? "another rid" : "restart",
                     (int)(rtp_ts_diff(after.rtp_ts, before.rtp_ts) / 90));
        close_room(state);
    }
}

static void choose(uint8_t rid, bool is_urgent, int8_t wakes)
{
    down_source_choose(receiver, &(struct down_choice){.rid = rid,
                                                       .sid = LAYER_MAX,
                                                       .tid = LAYER_MAX,
                                                       .is_urgent = is_urgent,
                                                       .wakes = wakes});
}

/* A keyframe with which another rid takes over is paced as any: the line that may carry it has been
 * found a moment ago, and a hundred packets at once would overflow its queue. What waits of the old
 * one leaves before. */
static void test_another_rid_is_paced(void **state)
{
    enum { RATE_BPS = 1000000, SIZE = 1000, OLD = 20, NEW = 50, BURST = 4 };
    struct down_target other = target_of(LOW);
    struct rtp_header h[OLD + NEW];
    unsigned n, n_last;

    (void)state;
    down_track_pace(receiver, RATE_BPS);
    push_large(high, 1, OLD, SIZE);
    assert_in_range(look(h, LENGTH(h)), 1, BURST);
    down_source_retarget(receiver, &other);
    push_large(low, 5000, NEW, SIZE);
    n = n_last = look(h, LENGTH(h));
    assert_in_range(n, OLD - BURST, OLD); /* all of the old one, and nothing of the new one yet */
    assert_int_equal(RATE_BPS, receiver->pacer.rate_bps);
    for (unsigned n_new = 0, ms = 0; n_new < NEW; n_new += n, ms += 10) {
        uint16_t last = h[n_last - 1].seq;

        assert_true(ms < 1000);
        test_workers_pass(&room, 10000);
        n = look(h, LENGTH(h));
        assert_true(n <= BURST);
        if (!n)
            continue;
        assert_in_range((uint16_t)(h[0].seq - last), 1, 2);
        n_last = n;
    }
}

/* As the line became far narrower its queue filled with what was sent before: a keyframe on top of
 * that would be lost in part, and waits. Of the old rid nothing more leaves, nor what waited. */
static void test_takes_over_when_drained(void **state)
{
    enum { RATE_BPS = 1000000, SIZE = 1000, OLD = 20, BURST = 4 };

    for (int is_cached = 0; is_cached < 2; is_cached++) {
        struct rtp_header h[OLD];

        assert_int_equal(0, open_room(state));
        down_track_pace(receiver, RATE_BPS);
        push_large(high, 1, OLD, SIZE);
        assert_in_range(look(h, LENGTH(h)), 1, BURST);
        receiver->drained_us = worker()->now_us + 200000;
        if (is_cached)
            push(low, 900, true);
        choose(1, true, -1);
        if (!is_cached) {
            test_workers_pass(&room, 50000);
            push(low, 900, true);
        }
        push(low, 901, false);
        assert_ptr_equal(low, receiver->current->track);
        test_workers_pass(&room, is_cached ? 190000 : 140000);
        assert_nothing_left();
        test_workers_pass(&room, 20000);
        assert_int_equal(2, look(h, LENGTH(h)));
        close_room(state);
    }
}

/* What waits when its publisher begins to count anew has the times of the old clock. */
static void test_restart_while_paced(void **state)
{
    enum { SIZE = 1000, OLD = 20, BURST = 4 };
    struct rtp_header h[OLD + 1];
    unsigned n;

    (void)state;
    down_track_pace(receiver, 1000000);
    push_large(high, 1, OLD, SIZE);
    n = look(h, LENGTH(h));
    assert_in_range(n, 1, BURST);
    uint32_t rtp_ts = h[0].rtp_ts;

    restart(123456789);
    assert_int_equal(OLD - n, look(h, LENGTH(h)));
    for (unsigned i = 0; i < OLD - n; i++)
        assert_int_equal(rtp_ts, h[i].rtp_ts);
}

/* Of screens pictures are rare. Two switches between them, from caches, leave the times of what
 * comes then where they are beside the sound's. */
static void test_switches_between_pictures(void **state)
{
    struct down_target other = target_of(LOW), first = target_of(HIGH);
    struct rtp_header h[4];

    (void)state;
    push(high, 1, true);
    uint32_t before = look_at_one().rtp_ts;

    push(low, 5000, true);
    track_set_time(high, &(struct track_time){true, 3000, worker()->now_us});
    track_set_time(low, &(struct track_time){true, 3000 * 5000, worker()->now_us});
    worker()->batch.n = 0;
    test_workers_pass(&room, 4000000);
    down_source_retarget(receiver, &other);
    assert_int_equal(1, look(h, LENGTH(h)));
    assert_true(rtp_ts_diff(h[0].rtp_ts, before) > 0);
    test_workers_pass(&room, 50000);
    down_source_retarget(receiver, &first);
    assert_int_equal(1, look(h + 1, LENGTH(h) - 1));
    assert_true(rtp_ts_diff(h[1].rtp_ts, h[0].rtp_ts) > 0);
    test_workers_pass(&room, 50000);
    struct packet *p = test_packet(worker(), 2, false);

    p->rtp_ts = 3000 + 4100 * 90;
    push_packet(high, p);
    assert_int_equal(before + 4100 * 90, look_at_one().rtp_ts);
}

/* A keyframe of minutes ago is not replayed to who has seen something since. */
static void test_old_keyframe(void **state)
{
    struct down_target other = target_of(LOW);
    unsigned n_before;

    (void)state;
    push(high, 1, true);
    push(low, 5000, true);
    (void)look_at_one();
    test_workers_pass(&room, 11000000);
    push(high, 2, false);
    (void)look_at_one();
    n_before = publisher.n_keyframes;
    down_source_retarget(receiver, &other);
    assert_nothing_left();
    assert_int_equal(n_before + 1, publisher.n_keyframes);
}

/* Another rid takes over from a keyframe that waited in the cache with pictures behind it. Their
 * times ascend from where the old rid's were, and are drawn together: what comes from then on is
 * sent with the times that it has beside the sound's, not later by as long as the keyframe waited.
 */
static void test_times_that_waited(void **state)
{
    enum { WAITED = 10, LIVE = 3 };
    struct down_target other = target_of(LOW);

    for (int has_reports = 0; has_reports < 2; has_reports++) {
        struct rtp_header h[WAITED + 1];
        uint32_t before, newest;

        assert_int_equal(0, open_room(state));
        for (uint16_t i = 0; i <= WAITED; i++) {
            push(high, (uint16_t)(1 + i), i == 0);
            before = look_at_one().rtp_ts;
            push(low, (uint16_t)(5000 + i), i == 0);
            if (i < WAITED)
                test_workers_pass(&room, 1000000 / 30);
        }
        if (has_reports) {
            track_set_time(high, &(struct track_time){true, 3000 * (1 + WAITED), worker()->now_us});
            track_set_time(low,
                           &(struct track_time){true, 3000 * (5000 + WAITED), worker()->now_us});
            worker()->batch.n = 0;
        }
        test_workers_pass(&room, 20000);
        down_source_retarget(receiver, &other);
        assert_int_equal(WAITED + 1, look(h, LENGTH(h)));
        newest = before;
        for (unsigned i = 0; i <= WAITED; i++) {
            assert_true(rtp_ts_diff(h[i].rtp_ts, newest) > 0);
            newest = h[i].rtp_ts;
        }
        assert_in_range(newest - before, 1, 90 * 25);
        for (uint16_t i = 1; i <= LIVE; i++) {
            test_workers_pass(&room, i == 1 ? 1000000 / 30 - 20000 : 1000000 / 30);
            push(low, (uint16_t)(5000 + WAITED + i), false);
            assert_in_range(look_at_one().rtp_ts, before + i * 3000, before + i * 3000 + 90 * 2);
        }
        /* asked for again it is as it was */
        assert_true(down_repair_packet(receiver, h[1].seq));
        struct rtp_header again = look_at_one();

        assert_int_equal(h[1].rtp_ts, again.rtp_ts);
        close_room(state);
    }
}

/* The VP8 descriptor of the one packet that left. */
static struct vp8_descriptor look_at_descriptor(void)
{
    const uint8_t *data = worker()->batch.items[0].data;
    struct rtp_header h = look_at_one();
    struct vp8_descriptor d;

    assert_int_equal(0, vp8_descriptor_parse(&d, span_of(data + h.payload_at, h.payload_len)));
    return d;
}

/* Firefox ESR 153 decodes on wrong references for thirteen seconds where TL0PICIDX hides that a
 * picture of the lowest layer was lost. So it goes out with the gaps that it came with, also where
 * higher layers are left out, whose picture ids are closed up; another rid begins one above. */
static void test_tl0picidx(void **state)
{
    static const struct {
        const char *name;
        bool is_low; /* of the lower rid */
        uint16_t seq;
        struct test_picture picture;
        bool is_left_out;
        uint8_t tl0picidx; /* as it goes out */
        uint8_t n_ids;     /* picture ids since the first one, as it goes out */
    } rows[] = {
        {"a keyframe", false, 1, {true, 10, 253, 0}, false, 253, 0},
        {"a higher layer", false, 2, {false, 11, 253, 1}, true, 0, 0},
        {"the lowest one", false, 3, {false, 12, 254, 0}, false, 254, 1},
        {"4 and 5, with the lowest layer's 255, were lost",
         false,
         6,
         {false, 15, 255, 1},
         false,
         255,
         4},
        {"the lowest one behind that", false, 7, {false, 16, 0, 0}, false, 0, 5},
        {"8 was lost, too", false, 9, {false, 18, 2, 0}, false, 2, 7},
        {"another rid", true, 900, {true, 700, 200, 0}, false, 3, 8},
        {"goes on", true, 901, {false, 701, 201, 0}, false, 4, 9},
        {"902 and 903 were lost", true, 904, {false, 704, 203, 0}, false, 6, 12},
    };
    struct down_target target = target_of(HIGH);
    uint16_t first_id = 0;

    (void)state;
    target.is_lowest_only = true;
    down_source_retarget(receiver, &target);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (rows[i].is_low && target.rid == 0) {
            target = target_of(LOW);
            target.is_lowest_only = true;
            down_source_retarget(receiver, &target);
        }
        push_packet(rows[i].is_low ? low : high,
                    test_vp8_packet(worker(), rows[i].seq, &rows[i].picture));
        if (rows[i].is_left_out) {
            assert_nothing_left();
            continue;
        }
        struct vp8_descriptor d = look_at_descriptor();

        if (i == 0)
            first_id = d.picture_id;
        if (d.tl0picidx != rows[i].tl0picidx || d.picture_id != first_id + rows[i].n_ids)
            fail_msg("%s: TL0PICIDX %u, picture id %u behind %u", rows[i].name, d.tl0picidx,
                     d.picture_id, first_id);
    }
}

/* What is waited for counts as received, but takes over only when it is chosen: browsers (Chromium
 * 156, Firefox ESR 153) may begin a rid with one keyframe, and send no more of it for 2.5 s. */
static void test_waking(void **state)
{
    (void)state;
    choose(1, false, 0);
    push(low, 1, true);
    (void)look_at_one();
    assert_ptr_equal(low, receiver->current->track);
    choose(1, false, 0);
    assert_true(track_is_received(high));
    push(high, 1, true); /* one keyframe is no layer that lives */
    assert_nothing_left();
    choose(0, false, -1); /* now it lives: its keyframe is in the cache */
    (void)look_at_one();
    assert_ptr_equal(high, receiver->current->track);
    assert_true(list_is_empty(&low->subscribers));
}

/* What flows is stopped at once where it is far more than the line carries, until the other rid
 * takes over; or begins again with a keyframe. */
static void test_urgent(void **state)
{
    (void)state;
    push(high, 1, true);
    uint16_t first = look_at_one().seq;

    choose(1, true, -1);
    push(high, 2, false);
    assert_nothing_left();
    choose(1, false, -1); /* there is room again, but not for this one */
    push(high, 3, false);
    assert_nothing_left();
    choose(0, false, -1);
    push(high, 4, false);
    assert_nothing_left();
    push(high, 5, true);
    assert_in_range(look_at_one().seq, first + 1, first + 5);
    choose(1, true, -1);
    push(low, 900, true);
    (void)look_at_one();
    push(low, 901, false);
    (void)look_at_one();
}

/* Nothing while it is paused; then from a keyframe on, under numbers that go on. */
static void test_pause(void **state)
{
    const struct down_choice nothing = {.is_paused = true, .wakes = -1};

    (void)state;
    push(high, 1, true);
    struct rtp_header before = look_at_one();

    down_source_choose(receiver, &nothing);
    assert_false(track_is_received(high));
    down_source_subscribe(receiver);
    push(high, 2, true);
    assert_nothing_left();
    test_workers_pass(&room, 3000000);
    push(high, 60, true);
    choose(0, false, -1);
    struct rtp_header after = look_at_one();

    assert_in_range(after.seq, before.seq + 1, before.seq + 2);
    assert_in_range(after.rtp_ts - before.rtp_ts, 2 * 90000, 4 * 90000);
}

/* The mid is said until the receiver has reported. */
static void test_reports(void **state)
{
    struct rtcp_report report = {.ssrc = SSRC};
    struct span mid;
    uint16_t seq = 1;

    (void)state;
    push(high, seq++, true);
    struct send_batch *b = &worker()->batch;
    struct rtp_header h;

    assert_int_equal(0, rtp_parse(&h, span_of(b->items[0].data, b->items[0].len)));
    assert_true(rtp_extension(&h, span_of(b->items[0].data, b->items[0].len), 1, &mid));
    assert_true(span_eq_str(mid, "0"));
    (void)look_at_one();
    down_track_reported(receiver, &report, 0);
    push(high, seq, false);
    assert_int_equal(0, rtp_parse(&h, span_of(b->items[0].data, b->items[0].len)));
    assert_false(rtp_extension(&h, span_of(b->items[0].data, b->items[0].len), 1, &mid));
    (void)look_at_one();
}

/* No sender report before the source's clock is known; one at once then. */
static void test_clock(void **state)
{
    (void)state;
    push(high, 1, true);
    (void)look_at_one();
    down_track_report(receiver);
    assert_int_equal(0, worker()->batch.n);
    track_set_time(high, &(struct track_time){true, 3000, worker()->now_us});
    assert_int_equal(1, worker()->batch.n);
    assert_int_equal(SEND_CONTROL, worker()->batch.items[0].send_class);
    assert_nothing_left();
}

/* ---- redundant audio ---- */

enum { OPUS_PT = 100, RED_PT = 101, PUBLISHED_PT = 111, SRTP_TAG = 10 };

/* Two frames in one packet, as its publisher sent them, of which the second is the newest. */
static struct packet *test_red_packet(uint16_t seq)
{
    static const uint8_t payload[] = {
        0x80 | PUBLISHED_PT, 0x0f, 0x00, 0x03, PUBLISHED_PT, 'o', 'l', 'd', 'n', 'e', 'w', '!'};
    struct packet *p = test_packet(worker(), seq, false);

    memcpy(p->data + 12, payload, sizeof payload);
    p->len = 12 + sizeof payload;
    p->red_at = 12;
    p->red_len = sizeof payload;
    p->payload_at = 12 + 8;
    p->payload_len = 4;
    return p;
}

/* Checks the one packet that left. */
static void assert_payload(uint8_t pt, uint16_t seq, const char *want, size_t len)
{
    const uint8_t *data = worker()->batch.items[0].data;
    struct rtp_header h = look_at_one();

    assert_int_equal(pt, h.pt);
    assert_int_equal(seq, h.seq);
    assert_int_equal(len + SRTP_TAG, h.payload_len); /* room for it */
    assert_memory_equal(want, data + h.payload_at, len);
}

/* Of the sound of track 3, under payload types and with feedback as its answer has them. */
static struct down_track *receive_sound(uint8_t red_pt, uint8_t transport_cc_id)
{
    struct down_target target = {
        .codec = CODEC_OPUS, .n_rids = 1, .rids = {{3, 0}}, .ssrc = SSRC, .mid = "0"};
    struct down_track *t;

    target.route.pt = OPUS_PT;
    target.route.red_pt = red_pt;
    target.route.ext_ids[HEADER_EXT_TRANSPORT_CC] = transport_cc_id;
    t = down_track_new(&transport, &target);
    assert_non_null(t);
    down_source_subscribe(t);
    return t;
}

/* Who takes it gets all, under payload types of its own, also when it asks again; who does not, the
 * newest frame, under the same numbers and times. */
static void test_redundant_audio(void **state)
{
    static const char red[] = {
        (char)(0x80 | OPUS_PT), 0x0f, 0x00, 0x03, OPUS_PT, 'o', 'l', 'd', 'n', 'e', 'w', '!'};
    struct track *sound = track_new(worker(), 3, 0, CODEC_OPUS, &test_publisher_ops, &publisher);

    (void)state;
    assert_non_null(sound);
    for (int takes_red = 0; takes_red < 2; takes_red++) {
        struct down_track *t = receive_sound(takes_red ? RED_PT : 0, 0);
        uint16_t source = (uint16_t)(10 * takes_red), first;
        int64_t budget_bytes;

        push_packet(sound, test_packet(worker(), (uint16_t)(source + 1), false));
        struct rtp_header h = look_at_one();

        assert_int_equal(OPUS_PT, h.pt); /* a publisher may send it plain at any time */
        first = h.seq;
        push_packet(sound, test_red_packet((uint16_t)(source + 2)));
        budget_bytes = t->resend.budget_bytes;
        for (int again = 0; again < 2; again++) {
            if (takes_red)
                assert_payload(RED_PT, (uint16_t)(first + 1), red, sizeof red);
            else
                assert_payload(OPUS_PT, (uint16_t)(first + 1), "new!", 4);
            if (!again)
                assert_true(down_repair_packet(t, (uint16_t)(first + 1)));
        }
        assert_int_equal(2, t->sender.n_packets - 1);
        assert_int_equal(8 + 2 * (takes_red ? sizeof red : 4), t->sender.n_bytes);
        /* what was repeated counts whole */
        assert_int_equal(takes_red ? sizeof red : 4, budget_bytes - t->resend.budget_bytes);
        down_track_free(t);
    }
    track_free(sound);
}

/* On a line that loses by chance each packet of sound leaves again behind the next one, without a
 * number in transport-wide feedback. */
static void test_sound_twice(void **state)
{
    struct track *sound = track_new(worker(), 3, 0, CODEC_OPUS, &test_publisher_ops, &publisher);
    struct rtp_header h[4];
    struct down_track *t;
    uint16_t first;

    (void)state;
    assert_non_null(sound);
    t = receive_sound(0, 3);
    push_packet(sound, test_packet(worker(), 1, false));
    first = look_at_one().seq;
    t->is_lossy = true;
    for (uint16_t i = 1; i < 3; i++) {
        uint16_t number = transport.sent.next;

        push_packet(sound, test_packet(worker(), (uint16_t)(1 + i), false));
        assert_int_equal(2, look(h, LENGTH(h)));
        assert_int_equal(first + i, h[0].seq);
        assert_int_equal(first + i - 1, h[1].seq);
        assert_int_equal(number + 1, transport.sent.next);
    }
    push_packet(sound, test_packet(worker(), 5, false)); /* 4 was lost on its way to us */
    assert_int_equal(first + 4, look_at_one().seq);
    t->is_lossy = false;
    push_packet(sound, test_packet(worker(), 6, false));
    assert_int_equal(first + 5, look_at_one().seq);
    down_track_free(t);
    sent_history_release(&transport.sent);
    track_free(sound);
}

/* Who takes redundant audio has what was lost in the next packet. */
static void test_redundant_sound_once(void **state)
{
    struct track *sound = track_new(worker(), 3, 0, CODEC_OPUS, &test_publisher_ops, &publisher);

    (void)state;
    assert_non_null(sound);
    for (int takes_red = 0; takes_red < 2; takes_red++) {
        struct down_track *t = receive_sound(takes_red ? RED_PT : 0, 0);
        struct rtp_header h[4];

        t->is_lossy = true;
        push_packet(sound, test_red_packet((uint16_t)(10 * takes_red + 1)));
        (void)look_at_one();
        push_packet(sound, test_red_packet((uint16_t)(10 * takes_red + 2)));
        assert_int_equal(takes_red ? 1 : 2, look(h, LENGTH(h)));
        down_track_free(t);
    }
    track_free(sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_catches_up, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_numbers, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_layers_close_up, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_another_rid, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_another_rid_is_paced, open_room, close_room),
        cmocka_unit_test(test_takes_over_when_drained),
        cmocka_unit_test_setup_teardown(test_restart_while_paced, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_switches_between_pictures, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_old_keyframe, open_room, close_room),
        cmocka_unit_test(test_times_that_waited),
        cmocka_unit_test(test_new_clocks),
        cmocka_unit_test_setup_teardown(test_tl0picidx, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_waking, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_urgent, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_pause, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_reports, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_clock, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_redundant_audio, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_sound_twice, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_redundant_sound_once, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
