/* Which track the packets of an SSRC belong to, when descriptions do not say or it changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_room.h"

static const struct rtp_header *received(const struct room *r, size_t i)
{
    return &r->receiver.packets[i].header;
}

/* RTP time of a video since then, and two pictures more, of which one may have been dropped. */
static int32_t most_step(int64_t since_us)
{
    return (int32_t)((now_monotonic_us() - since_us) * 90 / US_PER_MS) + 2 * 3000;
}

/* A publisher's section goes on under another SSRC, with other numbers and another clock. Its
 * pictures follow the last ones by the time that passed: a jump of five seconds lets Chromium 156
 * stand still for three, and Firefox ESR 153 for nearly five. */
static void test_other_ssrc(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, true);
    int64_t start_us = now_monotonic_us();

    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 1);
    send_sender_report(&r);
    RUN_UNTIL(&r, r.receiver.n_srs > 0);
    r.video_seq -= 300;
    r.video_ts += 1000000000;
    send_video(&r, VIDEO_SSRC + 7, "", true, true, true);
    send_video(&r, VIDEO_SSRC + 7, NULL, true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 3);
    for (size_t i = 1; i < 3; i++) {
        int32_t step = rtp_ts_diff(received(&r, i)->rtp_ts, received(&r, i - 1)->rtp_ts);

        assert_int_equal(received(&r, 0)->ssrc, received(&r, i)->ssrc);
        assert_int_equal((uint16_t)(received(&r, 0)->seq + i), received(&r, i)->seq);
        if (i == 1)
            assert_in_range(step, 1, most_step(start_us));
        else
            assert_int_equal(3000, step); /* by its own clock */
    }
    room_release(&r);
}

/* Everything that the receiver got of one payload type is one stream without a gap, or a jump.
 * @param start_us before its first packet was sent */
static void check_continuity(const struct room *r, uint8_t pt, unsigned want, int64_t start_us)
{
    const struct rtp_header *before = NULL;
    unsigned n = 0;

    for (size_t i = 0; i < r->receiver.n_packets; i++) {
        const struct rtp_header *h = received(r, i);

        if (h->pt != pt)
            continue;
        if (before) {
            assert_int_equal(before->ssrc, h->ssrc);
            assert_int_equal((uint16_t)(before->seq + 1), h->seq);
            assert_in_range(rtp_ts_diff(h->rtp_ts, before->rtp_ts), 1, most_step(start_us));
        }
        before = h;
        n++;
    }
    assert_int_equal(want, n);
}

static void send_rtx(struct room *r, uint32_t ssrc, uint16_t seq, uint16_t lost)
{
    uint8_t payload[102] = {(uint8_t)(lost >> 8), (uint8_t)lost};
    struct test_rtp h = {.pt = TEST_RTX_PT, .seq = seq, .rtp_ts = 1, .ssrc = ssrc};

    test_vp8(payload + 2, true, false, 5, 100);
    test_peer_send_rtp(&r->publisher, &h, payload, sizeof payload);
}

/* RFC 9143 section 9.2: an SSRC that no description names, in packets without a mid, belongs to the
 * one section that has its payload type; so do its retransmissions, and an SSRC that takes its
 * place in mid-stream. What comes late from the SSRC before does not turn it back. */
static void test_undeclared_ssrcs(void **state)
{
    struct room r;
    struct buf sdp = {0};

    (void)state;
    room_init(&r, false);
    test_peer_offer(&r.publisher, &sdp, 0, 0, false);
    connect_sdp(&r, buf_span(&sdp));
    send_video(&r, 70, NULL, true, true, true);
    uint16_t lost = r.video_seq++;

    send_video(&r, 70, NULL, true, false, true);
    RUN_UNTIL(&r, r.publisher.n_nacks > 0 && r.receiver.n_packets >= 2);
    assert_int_equal(lost, r.publisher.nacked_seq);
    send_rtx(&r, 71, 7, lost);
    RUN_UNTIL(&r, r.receiver.n_packets >= 3);
    assert_int_equal(100, received(&r, 2)->payload_len); /* it fills the gap */
    assert_int_equal((uint16_t)(received(&r, 0)->seq + 1), received(&r, 2)->seq);
    buf_release(&sdp);
    room_release(&r);
}

/* The same in mid-stream: an encoder that begins anew. What comes late from the SSRC before does
 * not turn it back. */
static void test_undeclared_change(void **state)
{
    struct room r;
    struct buf sdp = {0};

    (void)state;
    room_init(&r, false);
    test_peer_offer(&r.publisher, &sdp, 0, 0, false);
    connect_sdp(&r, buf_span(&sdp));
    int64_t start_us = now_monotonic_us();

    for (unsigned i = 0; i < 5; i++) {
        send_video(&r, 80, NULL, true, i == 0, true);
        send_audio(&r);
        RUN_UNTIL(&r, r.receiver.n_packets >= 2 * (i + 1));
    }
    uint16_t old_seq = r.video_seq;

    r.video_seq = 17;
    r.video_ts += 1000000000;
    send_video(&r, 90, NULL, true, true, true);
    uint16_t new_seq = r.video_seq;

    r.video_seq = old_seq;
    send_video(&r, 80, NULL, true, false, true); /* late */
    r.video_seq = new_seq;
    for (unsigned i = 0; i < 5; i++)
        send_video(&r, 90, NULL, true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 16 && stat(&r, "rtp_dropped_total", "ssrc") == 1);
    check_continuity(&r, TEST_VIDEO_PT, 11, start_us);
    check_continuity(&r, TEST_AUDIO_PT, 5, start_us);
    /* the same description again changes nothing */
    publish_sdp(&r, buf_span(&sdp));
    send_video(&r, 90, NULL, true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 17);
    check_continuity(&r, TEST_VIDEO_PT, 12, start_us);
    buf_release(&sdp);
    room_release(&r);
}

/* An announced SSRC is left in mid-stream, and a later offer that still names it changes nothing.
 */
static void test_announced_ssrc_left(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, false);
    int64_t start_us = now_monotonic_us();

    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    send_video(&r, 90, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 2);
    publish(&r, false);
    for (unsigned i = 0; i < 3; i++)
        send_video(&r, 90, NULL, true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 5);
    check_continuity(&r, TEST_VIDEO_PT, 5, start_us);
    room_release(&r);
}

/* Two sections with one payload type: nobody can tell whose it is. */
static void test_ambiguous_payload_type(void **state)
{
    struct room r;
    struct buf sdp = {0};

    (void)state;
    room_init(&r, false);
    test_sdp_session(&r.publisher, &sdp, "0 1");
    for (unsigned mid = 0; mid < 2; mid++)
        buf_printf(&sdp,
                   "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:%u\r\n"
                   "a=setup:actpass\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
                   "a=ssrc:%u cname:test-cname\r\n",
                   mid, 60 + mid);
    connect_sdp(&r, buf_span(&sdp));
    send_video(&r, 77, NULL, true, true, true);
    send_video(&r, 60, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 1 && stat(&r, "rtp_dropped_total", "ssrc") == 1);
    assert_int_equal(1, r.receiver.n_packets);
    buf_release(&sdp);
    room_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_ssrc),
        cmocka_unit_test(test_undeclared_ssrcs),
        cmocka_unit_test(test_undeclared_change),
        cmocka_unit_test(test_announced_ssrc_left),
        cmocka_unit_test(test_ambiguous_payload_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
