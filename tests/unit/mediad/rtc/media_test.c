/* What flows between a publisher and a receiver, and what each is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/sdp_fragment.h"
#include "test_room.h"

static void check_stream(bool is_crossing)
{
    struct room r;

    room_start(&r, is_crossing);
    /* a receiver that starts has the publisher asked for a keyframe */
    RUN_UNTIL(&r, r.publisher.n_plis > 0);
    for (unsigned i = 0; i < 200; i++) {
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, false);
        send_video(&r, VIDEO_SSRC, NULL, false, false, true);
        send_audio(&r);
        run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_packets >= 600);
    /* each stream arrives whole, in order, renumbered, from one SSRC and starting with the keyframe
     */
    uint16_t next[128] = {0};
    bool has_next[128] = {false};
    unsigned n_video = 0;

    for (size_t i = 0; i < r.receiver.n_packets; i++) {
        const struct test_packet *p = &r.receiver.packets[i];
        const uint8_t *payload = p->data + p->header.payload_at;
        uint8_t pt = p->header.pt;

        if (has_next[pt])
            assert_int_equal(next[pt], p->header.seq);
        else
            assert_true(p->header.seq < 0x8000);
        has_next[pt] = true;
        next[pt] = (uint16_t)(p->header.seq + 1);
        if (pt == TEST_VIDEO_PT) {
            if (n_video++ == 0)
                assert_int_equal(0, payload[4] & 1);
            assert_int_equal(1000, p->header.payload_len);
            assert_int_equal(n_video % 2 == 0, p->header.marker);
            assert_int_not_equal(VIDEO_SSRC, p->header.ssrc);
        } else {
            assert_int_equal(TEST_AUDIO_PT, pt);
            assert_int_equal(80, p->header.payload_len);
        }
    }
    assert_int_equal(400, n_video);
    if (is_crossing)
        assert_true(stat(&r, "worker_crossings_total", "packet") >= 600);
    else
        assert_int_equal(0, stat(&r, "worker_crossings_total", "packet"));
    room_release(&r);
}

/* Peers that answer a=setup:passive (RFC 5763 section 5) get our first flight when the path is
 * there: the record that reaches them is the first that was made (its number is 0, RFC 6347
 * section 4.1), and not one that GnuTLS repeats after a second. */
static void test_passive_peers(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, true);
    r.publisher.is_passive = true;
    r.receiver.is_passive = true;
    /* the server's timers run before there is a path */
    r.publisher.checks_paused = r.receiver.checks_paused = true;
    publish(&r, false);
    offer(&r, both, 2, false);
    for (int64_t end_us = now_monotonic_us() + US_PER_S / 5; now_monotonic_us() < end_us;)
        run(&r);
    r.publisher.checks_paused = r.receiver.checks_paused = false;
    RUN_UNTIL(&r, r.up_counts.connected && r.publisher.is_up);
    RUN_UNTIL(&r, r.down_counts.connected && r.receiver.is_up);
    assert_true(r.publisher.has_dtls && r.receiver.has_dtls);
    assert_int_equal(0, r.publisher.first_record);
    assert_int_equal(0, r.receiver.first_record);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    room_release(&r);
}

static void test_same_worker(void **state)
{
    (void)state;
    check_stream(false);
}

static void test_other_worker(void **state)
{
    (void)state;
    check_stream(true);
}

/* What a client receives lives where its other streams do, although its group would be elsewhere.
 */
static void test_same_client(void **state)
{
    struct stream_names names = {"overflow", "anna", "stream", 1};
    struct room r;

    (void)state;
    room_init(&r, true);
    down_stream_free(r.down);
    assert_int_equal(0, down_stream_new(&r.down, r.media, r.up, &names, "camera", &r));
    connect_both(&r);
    for (unsigned i = 0; i < 10; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 10);
    assert_int_equal(0, stat(&r, "worker_crossings_total", "packet"));
    room_release(&r);
}

static void test_receiver_nack(void **state)
{
    struct room r;
    uint8_t out[256];

    (void)state;
    room_start(&r, true);
    for (unsigned i = 0; i < 10; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 10);
    const struct test_packet *lost = &r.receiver.packets[5];
    uint16_t seq = lost->header.seq;
    struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);

    rtcp_write_rr(&w, 1, NULL, 0);
    rtcp_write_nack(&w, 1, lost->header.ssrc, &seq, 1);
    test_peer_send_rtcp(&r.receiver, &w, sizeof out);
    RUN_UNTIL(&r, r.receiver.n_packets >= 11);
    const struct test_packet *rtx = &r.receiver.packets[10];
    const uint8_t *payload = rtx->data + rtx->header.payload_at;

    assert_int_equal(TEST_RTX_PT, rtx->header.pt);
    assert_int_not_equal(lost->header.ssrc, rtx->header.ssrc);
    assert_int_equal(lost->header.rtp_ts, rtx->header.rtp_ts);
    assert_int_equal(seq, payload[0] << 8 | payload[1]);
    assert_memory_equal(lost->data + lost->header.payload_at, payload + 2,
                        lost->header.payload_len);
    assert_int_equal(1, stat(&r, "rtp_retransmitted_total", NULL));
    room_release(&r);
}

static void test_publisher_loss(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, false);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    uint16_t lost = r.video_seq++;

    for (unsigned i = 0; i < 4; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, false, true);
    RUN_UNTIL(&r, r.publisher.n_nacks > 0);
    assert_int_equal(lost, r.publisher.nacked_seq);
    /* repaired by RTX: the receiver's gap is filled under the number that was left open */
    uint8_t payload[102] = {lost >> 8, (uint8_t)lost};
    struct test_rtp h = {.pt = TEST_RTX_PT, .seq = 7, .rtp_ts = 1, .ssrc = VIDEO_SSRC + 1};

    test_vp8(payload + 2, true, false, 5, 100);
    test_peer_send_rtp(&r.publisher, &h, payload, sizeof payload);
    RUN_UNTIL(&r, r.receiver.n_packets >= 6);
    assert_int_equal((uint16_t)(r.receiver.packets[0].header.seq + 1),
                     r.receiver.packets[5].header.seq);
    assert_int_equal(100, r.receiver.packets[5].header.payload_len);
    assert_int_equal(TEST_VIDEO_PT, r.receiver.packets[5].header.pt);
    room_release(&r);
}

static void test_joiner_gets_cached_keyframe(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, true);
    publish(&r, false);
    RUN_UNTIL(&r, r.up_counts.connected && r.publisher.is_up);
    for (unsigned i = 0; i < 20; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, i == 5, true);
    RUN_UNTIL(&r, stat(&r, "rtp_packets_total", "in") >= 20);
    offer(&r, both, 2, false);
    /* nothing more is sent: what comes is the cache from the keyframe on */
    RUN_UNTIL(&r, r.receiver.n_packets >= 15);
    assert_int_equal(0,
                     r.receiver.packets[0].data[r.receiver.packets[0].header.payload_at + 4] & 1);
    assert_int_equal(0, r.publisher.n_plis);
    room_release(&r);
}

static size_t n_tracks_in(struct json_object *stats)
{
    struct json_object *tracks = NULL;

    assert_true(json_object_object_get_ex(stats, "tracks", &tracks));
    size_t n = json_object_array_length(tracks);

    json_object_put(stats);
    return n;
}

static void test_reports(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, true);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    assert_int_equal(0, r.receiver.n_srs);
    send_sender_report(&r);
    RUN_UNTIL(&r, r.receiver.n_srs > 0 && strcmp(r.receiver.cname, "publisher-cname") == 0);
    RUN_UNTIL(&r, r.publisher.n_rembs > 0);
    assert_int_equal(512000 / 1000, r.publisher.remb_bps / 1000);
    RUN_UNTIL(&r, r.publisher.remb_bps > 512000);
    RUN_UNTIL(&r, n_tracks_in(down_stream_stats(r.down)) == 2);
    RUN_UNTIL(&r, n_tracks_in(up_stream_stats(r.up)) == 2);
    room_release(&r);
}

static void report_rate(struct room *r, uint64_t bps)
{
    uint32_t ssrc = r->receiver.packets[0].header.ssrc;
    uint8_t out[256];
    struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);

    rtcp_write_rr(&w, 1, NULL, 0);
    rtcp_write_remb(&w, 1, bps, &ssrc, 1);
    test_peer_send_rtcp(&r->receiver, &w, sizeof out);
}

/* Who only receives learns the round trip by an answer to its time. */
static void test_reference_time(void **state)
{
    static const uint8_t time[] = {0x80, 207, 0, 4, 0, 0, 0, 99, 4, 0,
                                   0,    2,   0, 0, 1, 2, 3, 4,  5, 6};
    uint8_t out[256];
    struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);
    struct room r;

    (void)state;
    room_start(&r, false);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    writer_span(&w, span_of(time, sizeof time));
    test_peer_send_rtcp(&r.receiver, &w, sizeof out);
    RUN_UNTIL(&r, r.receiver.dlrr[0] == 99);
    assert_int_equal(0x01020304, r.receiver.dlrr[1]);
    room_release(&r);
}

/* The publisher is told what its receiver can take, until the receiver takes more or goes. */
static void check_rate(bool is_crossing)
{
    struct room r;

    room_start(&r, is_crossing);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0 && r.publisher.n_rembs > 0);
    report_rate(&r, 400000);
    RUN_UNTIL(&r, r.publisher.remb_bps <= 400000);
    assert_true(r.publisher.remb_bps > 370000); /* some room is kept */
    report_rate(&r, 500000);
    RUN_UNTIL(&r, r.publisher.remb_bps > 465000);
    assert_true(r.publisher.remb_bps <= 500000);
    report_rate(&r, 170000);
    RUN_UNTIL(&r, r.publisher.remb_bps <= 170000);
    down_stream_free(r.down);
    r.down = NULL;
    RUN_UNTIL(&r, r.publisher.remb_bps > 200000);
    room_release(&r);
}

static void test_rate_same_worker(void **state)
{
    (void)state;
    check_rate(false);
}

static void test_rate_other_worker(void **state)
{
    (void)state;
    check_rate(true);
}

/* A receiver of the low layer says nothing of what the high one may be. */
static void test_rate_of_another_layer(void **state)
{
    static const struct track_selection low[] = {{.track = 2}};
    struct room r;

    (void)state;
    room_init(&r, true);
    publish(&r, true);
    RUN_UNTIL(&r, r.up_counts.connected && r.publisher.is_up);
    offer(&r, low, 1, false);
    RUN_UNTIL(&r, r.down_counts.connected && r.receiver.is_up);
    send_video(&r, HIGH_SSRC, "h", true, true, true);
    send_video(&r, HIGH_SSRC + 1, "l", true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    report_rate(&r, 300000);
    unsigned n = r.publisher.n_rembs;

    RUN_UNTIL(&r, r.publisher.n_rembs >= n + 3);
    assert_int_equal((2500000 + 102400) / 1000, r.publisher.remb_bps / 1000);
    room_release(&r);
}

static void test_simulcast_switch(void **state)
{
    static const struct track_selection high[] = {{.track = 1}}, low[] = {{.track = 2}};
    const struct track_info *tracks;
    struct room r;

    (void)state;
    room_init(&r, true);
    publish(&r, true);
    assert_int_equal(3, up_stream_tracks(r.up, &tracks));
    assert_string_equal("h", tracks[1].rid);
    assert_string_equal("l", tracks[2].rid);
    RUN_UNTIL(&r, r.up_counts.connected && r.publisher.is_up);
    offer(&r, high, 1, false);
    RUN_UNTIL(&r, r.down_counts.connected && r.receiver.is_up);
    for (unsigned i = 0; i < 10; i++) {
        send_video(&r, HIGH_SSRC, "h", true, i == 0, true);
        run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_packets >= 10);
    uint32_t ssrc = r.receiver.packets[0].header.ssrc;
    uint16_t seq = r.receiver.packets[9].header.seq;

    offer(&r, low, 1, false);
    /* the old layer flows until the new one has a keyframe */
    send_video(&r, HIGH_SSRC, "h", true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 11);
    r.video_seq = 100;
    r.video_ts = 1000;
    for (unsigned i = 0; i < 5; i++) {
        send_video(&r, HIGH_SSRC + 1, "l", true, i == 2, true);
        run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_packets >= 14);
    for (unsigned i = 10; i < 14; i++) {
        const struct rtp_header *h = &r.receiver.packets[i].header;

        assert_int_equal(ssrc, h->ssrc);
        assert_int_equal((uint16_t)(seq + i - 9), h->seq);
        assert_true(rtp_ts_diff(h->rtp_ts, r.receiver.packets[i - 1].header.rtp_ts) > 0);
    }
    assert_int_equal(0,
                     r.receiver.packets[11].data[r.receiver.packets[11].header.payload_at + 4] & 1);
    room_release(&r);
}

static void test_restart(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, false);
    offer(&r, both, 2, true);
    RUN_UNTIL(&r, r.receiver.is_checked);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    snprintf(r.publisher.ufrag, sizeof r.publisher.ufrag, "anew");
    publish(&r, false);
    RUN_UNTIL(&r, r.publisher.is_checked);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 1);
    assert_int_equal(0, r.up_counts.failed + r.down_counts.failed);
    room_release(&r);
}

/* Muted sound goes to nobody; afterwards its numbers go on as if nothing had been. */
static void test_mute(void **state)
{
    struct room r;
    size_t n;

    (void)state;
    room_start(&r, false);
    send_audio(&r);
    RUN_UNTIL(&r, r.receiver.n_packets == 1);
    assert_int_equal(0, up_stream_mute(r.up, true));
    for (unsigned i = 0; i < 20; i++)
        send_audio(&r);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true); /* pictures go on */
    RUN_UNTIL(&r, r.receiver.n_packets == 2);
    assert_int_equal(TEST_VIDEO_PT, r.receiver.packets[1].header.pt);
    assert_int_equal(0, up_stream_mute(r.up, false));
    n = r.receiver.n_packets;
    RUN_UNTIL(&r, (send_audio(&r), run(&r), r.receiver.n_packets > n));
    for (; n < r.receiver.n_packets; n++)
        assert_int_equal(TEST_AUDIO_PT, r.receiver.packets[n].header.pt);
    assert_int_equal((uint16_t)(r.receiver.packets[0].header.seq + 1),
                     r.receiver.packets[2].header.seq);
    room_release(&r);
}

static int take_fragment(struct room *r, const char *ufrag, const char *pwd, bool *is_restart,
                         struct buf *answer)
{
    struct buf text = {0};
    struct error e = {0};
    int result;

    buf_printf(&text, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", ufrag, pwd);
    result = up_stream_fragment(r->up, buf_span(&text), answer, is_restart, &e);
    assert_int_equal(result < 0, e.code < 0);
    buf_release(&text);
    return result;
}

/* A client that has no offers restarts ICE by a fragment, which names its credentials alone. */
static void test_restart_by_fragment(void **state)
{
    struct room r;
    struct sdp_fragment f;
    struct buf answer = {0};
    struct error e = {0};
    bool is_restart = true;

    (void)state;
    room_start(&r, false);
    assert_int_equal(0,
                     take_fragment(&r, r.publisher.ufrag, r.publisher.pwd, &is_restart, &answer));
    assert_false(is_restart);
    assert_int_equal(0, answer.len);
    assert_int_equal(ERR_SYNTAX,
                     up_stream_fragment(r.up, span_str("a=mid:0\r\n"), &answer, &is_restart, &e));
    assert_int_equal(ERR_INVALID, take_fragment(&r, "anew", "short", &is_restart, &answer));
    assert_int_equal(0, answer.len);
    run(&r);
    assert_true(r.publisher.is_up);

    snprintf(r.publisher.ufrag, sizeof r.publisher.ufrag, "anew");
    assert_int_equal(0,
                     take_fragment(&r, r.publisher.ufrag, r.publisher.pwd, &is_restart, &answer));
    assert_true(is_restart);
    assert_int_equal(0, sdp_fragment_parse(&f, buf_span(&answer), NULL));
    assert_false(span_eq_str(f.ufrag, r.publisher.remote_ufrag));
    assert_int_equal(1, f.n_candidates);
    assert_true(span_copy(f.ufrag, r.publisher.remote_ufrag, sizeof r.publisher.remote_ufrag) &&
                span_copy(f.pwd, r.publisher.remote_pwd, sizeof r.publisher.remote_pwd));
    r.publisher.is_checked = false;
    r.publisher.next_check_us = 0;
    RUN_UNTIL(&r, r.publisher.is_checked);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    assert_int_equal(0, r.up_counts.failed + r.down_counts.failed);
    buf_release(&answer);
    room_release(&r);
}

static void test_up_stream_ends_first(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, true);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    up_stream_free(r.up);
    r.up = NULL;
    RUN_UNTIL(&r, stat(&r, "peer_connections", "all") == 1);
    offer(&r, NULL, 0, false);
    run(&r);
    room_release(&r);
}

static const struct rtp_header *received(const struct room *r, size_t i)
{
    return &r->receiver.packets[i].header;
}

/* Probes without payload close up in the numbering; behind a loss one goes out empty instead. */
static void test_probes(void **state)
{
    struct room r;
    struct test_rtp probe = {.pt = TEST_VIDEO_PT, .ssrc = VIDEO_SSRC};

    (void)state;
    room_start(&r, true);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    probe.seq = r.video_seq++;
    test_peer_send_rtp(&r.publisher, &probe, NULL, 0);
    send_video(&r, VIDEO_SSRC, NULL, true, false, true);
    r.video_seq++; /* lost */
    probe.seq = r.video_seq++;
    test_peer_send_rtp(&r.publisher, &probe, NULL, 0);
    send_video(&r, VIDEO_SSRC, NULL, true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 4);
    static const uint16_t steps[] = {0, 1, 3, 4};

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal((uint16_t)(received(&r, 0)->seq + steps[i]), received(&r, i)->seq);
        assert_int_equal(i == 2 ? 0 : 1000, received(&r, i)->payload_len);
    }
    room_release(&r);
}

/* Our header extensions never make a datagram too large for an Ethernet. */
static void test_large_packets(void **state)
{
    static const struct {
        size_t payload_len;
        bool has_extensions;
    } rows[] = {{1000, true}, {1300, true}, {1450, false}};
    struct room r;

    (void)state;
    room_start(&r, false);
    for (size_t i = 0; i < 3; i++) {
        r.video_size = rows[i].payload_len;
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
    }
    RUN_UNTIL(&r, r.receiver.n_packets >= 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rows[i].payload_len, received(&r, i)->payload_len);
        assert_int_equal(rows[i].has_extensions, received(&r, i)->ext_profile != 0);
        assert_true(r.receiver.packets[i].len + 10 <= 1472);
    }
    room_release(&r);
}

/* One rid of a publisher's video, with numbers and pictures of its own size. */
struct rid {
    const char *name;
    uint32_t ssrc;
    size_t size;
    uint16_t seq;
};

static void send_picture(struct room *r, struct rid *rid, bool is_keyframe)
{
    r->video_seq = rid->seq;
    r->video_size = rid->size;
    send_video(r, rid->ssrc, rid->name, true, is_keyframe, true);
    rid->seq = r->video_seq;
    run(r);
}

/* Sends, with a keyframe for each wish, until the receiver gets `rid`, and n pictures on. */
static void send_until_received(struct room *r, struct rid *rid, unsigned n)
{
    int64_t deadline_us = now_monotonic_us() + DEADLINE_US;
    unsigned n_plis = r->publisher.n_plis;
    size_t first;

    while (!r->receiver.n_packets ||
           received(r, r->receiver.n_packets - 1)->payload_len != rid->size) {
        bool is_asked = r->publisher.n_plis != n_plis;

        if (now_monotonic_us() >= deadline_us)
            fail_msg("rid %s never reaches the receiver", rid->name);
        n_plis = r->publisher.n_plis;
        send_picture(r, rid, is_asked);
    }
    first = r->receiver.n_packets;
    for (unsigned i = 0; i < n; i++)
        send_picture(r, rid, false);
    RUN_UNTIL(r, r->receiver.n_packets >= first + n);
    for (size_t i = first; i < r->receiver.n_packets; i++)
        assert_int_equal(rid->size, received(r, i)->payload_len);
}

/* A rid that falls silent is stood in for by the other, above or below it, and taken back. */
static void check_stand_in(bool is_crossing, bool is_high_wanted)
{
    struct rid high = {"h", HIGH_SSRC, 1000, 65500}, low = {"l", HIGH_SSRC + 1, 300, 100};
    struct rid *wanted = is_high_wanted ? &high : &low, *other = is_high_wanted ? &low : &high;
    const struct track_selection wish = {.track = is_high_wanted ? 1 : 2};
    struct room r;

    room_init(&r, is_crossing);
    publish(&r, true);
    RUN_UNTIL(&r, r.up_counts.connected && r.publisher.is_up);
    offer(&r, &wish, 1, false);
    RUN_UNTIL(&r, r.down_counts.connected && r.receiver.is_up);
    send_picture(&r, wanted, true);
    send_until_received(&r, wanted, 10);
    send_until_received(&r, other, 400);
    send_until_received(&r, wanted, 10);
    for (size_t i = 1; i < r.receiver.n_packets; i++) {
        assert_int_equal(received(&r, 0)->ssrc, received(&r, i)->ssrc);
        assert_int_equal((uint16_t)(received(&r, 0)->seq + i), received(&r, i)->seq);
        assert_true(rtp_ts_diff(received(&r, i)->rtp_ts, received(&r, i - 1)->rtp_ts) > 0);
    }
    room_release(&r);
}

static void test_stand_in(void **state)
{
    (void)state;
    check_stand_in(false, true);
    check_stand_in(true, true);
    check_stand_in(true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passive_peers),
        cmocka_unit_test(test_same_worker),
        cmocka_unit_test(test_other_worker),
        cmocka_unit_test(test_same_client),
        cmocka_unit_test(test_receiver_nack),
        cmocka_unit_test(test_publisher_loss),
        cmocka_unit_test(test_joiner_gets_cached_keyframe),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_reference_time),
        cmocka_unit_test(test_rate_same_worker),
        cmocka_unit_test(test_rate_other_worker),
        cmocka_unit_test(test_rate_of_another_layer),
        cmocka_unit_test(test_simulcast_switch),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_restart_by_fragment),
        cmocka_unit_test(test_mute),
        cmocka_unit_test(test_up_stream_ends_first),
        cmocka_unit_test(test_probes),
        cmocka_unit_test(test_large_packets),
        cmocka_unit_test(test_stand_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
