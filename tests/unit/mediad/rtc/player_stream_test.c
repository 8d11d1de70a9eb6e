/* What a player gets that made one offer: one stream after another in the same two sections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/player_stream.h"

static void on_player_failed(void *user, const char *why);
#define TEST_ROOM_PLAYER_FAILED on_player_failed

#include "test_room.h"

enum {
    PLAYER_AUDIO_PT = 109,
    PLAYER_VIDEO_PT = 120,
    PLAYER_RTX_PT = 124,
    SECOND_SSRC = 0x77777777
};

static const char *const codecs[] = {"vp8", "h264", "opus", NULL};

struct play {
    struct room room;
    struct player_stream *player;
    unsigned n_failed;
};

static void on_player_failed(void *user, const char *why)
{
    assert_true(strlen(why) > 0);
    ((struct play *)user)->n_failed++;
}

static void play_init(struct play *p, bool is_crossing)
{
    struct stream_names names = {is_crossing ? "overflow" : "lecture", "whep", "player", 3};

    memset(p, 0, sizeof *p);
    room_init(&p->room, is_crossing);
    assert_int_equal(0, player_stream_new(&p->player, p->room.media, &names, p));
}

static void play_release(struct play *p)
{
    player_stream_free(p->player);
    room_release(&p->room);
}

static void write_offer(struct test_peer *p, struct buf *b, const char *video)
{
    test_sdp_session(p, b, "a v");
    buf_printf(b,
               "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=setup:%s\r\n"
               "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:109 opus/48000/2\r\n",
               p->is_passive ? "passive" : "actpass");
    buf_printf(b,
               "m=video 9 UDP/TLS/RTP/SAVPF 120 124\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\n"
               "a=setup:%s\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:120 %s/90000\r\n"
               "a=rtcp-fb:120 nack\r\na=rtcp-fb:120 nack pli\r\na=rtpmap:124 rtx/90000\r\n"
               "a=fmtp:124 apt=120\r\n",
               p->is_passive ? "passive" : "actpass", video);
}

/* The player's offer, and what it makes of the answer. */
static void watch(struct play *p, struct up_stream *up)
{
    struct test_peer *peer = &p->room.receiver;
    struct buf offer = {0}, answer = {0};
    struct error e = {0};

    write_offer(peer, &offer, "VP8");
    if (player_stream_offer(p->player, buf_span(&offer), up, codecs, &answer, &e) < 0)
        fail_msg("offer: %s %s", e.place, e.text);
    test_peer_take_answer(peer, buf_span(&answer));
    buf_release(&offer);
    buf_release(&answer);
    RUN_UNTIL(&p->room, peer->is_up);
}

/* The stream of another client, with another clock and other numbers; the first has gone. */
static void come_next(struct play *p, const char *group, uint32_t video_ssrc, const char *video)
{
    struct room *r = &p->room;
    struct stream_names names = {group, "carl", "next", 4};
    struct buf sdp = {0};

    down_stream_free(r->down);
    r->down = NULL;
    up_stream_free(r->up);
    test_peer_release(&r->publisher);
    test_peer_init(&r->publisher, r->port);
    r->up_counts.connected = 0;
    assert_int_equal(0, up_stream_new(&r->up, r->media, &names, codecs, r));
    r->video_seq = 17;
    r->audio_seq = 4711;
    r->video_ts += 1000000000;
    r->picture_id = 5;
    test_sdp_session(&r->publisher, &sdp, "0 1");
    buf_printf(&sdp,
               "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
               "a=setup:actpass\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
               "a=ssrc:%u cname:next\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n"
               "a=mid:1\r\na=setup:actpass\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:96 %s/90000\r\n"
               "a=ssrc:%u cname:next\r\n",
               AUDIO_SSRC, video, video_ssrc);
    publish_sdp(r, buf_span(&sdp));
    buf_release(&sdp);
    RUN_UNTIL(r, r->up_counts.connected && r->publisher.is_up);
}

static unsigned count(const struct play *p, uint8_t pt)
{
    unsigned n = 0;

    for (size_t i = 0; i < p->room.receiver.n_packets; i++)
        n += p->room.receiver.packets[i].header.pt == pt;
    return n;
}

/* Everything of one payload type is one stream without a gap, whose time goes on. */
static void check_continuity(const struct play *p, uint8_t pt)
{
    const struct rtp_header *before = NULL;

    for (size_t i = 0; i < p->room.receiver.n_packets; i++) {
        const struct rtp_header *h = &p->room.receiver.packets[i].header;

        if (h->pt != pt)
            continue;
        if (before) {
            assert_int_equal(before->ssrc, h->ssrc);
            assert_int_equal((uint16_t)(before->seq + 1), h->seq);
            int32_t step = rtp_ts_diff(h->rtp_ts, before->rtp_ts);

            assert_true(step > 0 && step < 90000 * (int32_t)(DEADLINE_US / US_PER_S));
        }
        before = h;
    }
}

/* Some of both, and it has come. Sound that was sent before the player's worker asked for it does
 * not: more follows. */
static void send_some(struct play *p, uint32_t video_ssrc)
{
    struct room *r = &p->room;
    unsigned n_audio = count(p, PLAYER_AUDIO_PT), n_video = count(p, PLAYER_VIDEO_PT);
    int64_t latest_us = now_monotonic_us() + DEADLINE_US;

    for (unsigned i = 0; i < 3; i++) {
        send_video(r, video_ssrc, NULL, true, i == 0, true);
        RUN_UNTIL(r, count(p, PLAYER_VIDEO_PT) > n_video + i);
    }
    while (count(p, PLAYER_AUDIO_PT) < n_audio + 3 && now_monotonic_us() < latest_us) {
        send_audio(r);
        run(r);
    }
    assert_true(count(p, PLAYER_AUDIO_PT) >= n_audio + 3);
}

static void play_one_after_another(bool is_crossing, bool is_passive)
{
    struct play p;
    struct error e = {0};

    play_init(&p, is_crossing);
    p.room.receiver.is_passive = is_passive;
    publish(&p.room, false);
    RUN_UNTIL(&p.room, p.room.up_counts.connected && p.room.publisher.is_up);
    watch(&p, p.room.up);
    send_some(&p, VIDEO_SSRC);
    come_next(&p, "elsewhere", SECOND_SSRC, "VP8"); /* also on another worker than before */
    assert_int_equal(0, player_stream_play(p.player, p.room.up, &e));
    send_some(&p, SECOND_SSRC);
    check_continuity(&p, PLAYER_VIDEO_PT);
    check_continuity(&p, PLAYER_AUDIO_PT);
    assert_int_equal(count(&p, PLAYER_VIDEO_PT), 6);
    assert_int_equal(p.n_failed, 0);
    play_release(&p);
}

static void test_one_after_another(void **state)
{
    (void)state;
    play_one_after_another(false, false);
}

static void test_across_workers(void **state)
{
    (void)state;
    play_one_after_another(true, false);
}

static void test_passive_player(void **state)
{
    (void)state;
    play_one_after_another(false, true);
}

/* A player that came first waits, and its sections begin with what comes. */
static void test_nothing_yet(void **state)
{
    struct play p;
    struct error e = {0};

    (void)state;
    play_init(&p, false);
    watch(&p, NULL);
    publish(&p.room, false);
    RUN_UNTIL(&p.room, p.room.up_counts.connected && p.room.publisher.is_up);
    assert_int_equal(0, player_stream_play(p.player, p.room.up, &e));
    send_some(&p, VIDEO_SSRC);
    check_continuity(&p, PLAYER_VIDEO_PT);
    play_release(&p);
}

/* @return whether the player got any of what was sent and came to the server */
static bool gets_any(struct play *p)
{
    int64_t n_in = stat(&p->room, "rtp_packets_total", "in");
    size_t n = p->room.receiver.n_packets;

    send_video(&p->room, VIDEO_SSRC, NULL, true, true, true);
    send_audio(&p->room);
    RUN_UNTIL(&p->room, stat(&p->room, "rtp_packets_total", "in") == n_in + 2);
    for (unsigned i = 0; i < 5; i++)
        run(&p->room);
    return p->room.receiver.n_packets > n;
}

/* What is taken from the player stays away although its publisher goes on, and comes again. */
static void test_nothing_any_more(void **state)
{
    struct play p;
    struct error e = {0};

    (void)state;
    play_init(&p, true);
    publish(&p.room, false);
    RUN_UNTIL(&p.room, p.room.up_counts.connected && p.room.publisher.is_up);
    watch(&p, p.room.up);
    send_some(&p, VIDEO_SSRC);
    assert_int_equal(0, player_stream_play(p.player, NULL, &e));
    RUN_UNTIL(&p.room, !gets_any(&p));
    assert_int_equal(0, player_stream_play(p.player, p.room.up, &e));
    send_some(&p, VIDEO_SSRC);
    check_continuity(&p, PLAYER_AUDIO_PT);
    play_release(&p);
}

/* Pictures of one rid, told apart by their size, until the last that came is one of it. */
static void send_rid(struct play *p, const char *rid, uint32_t ssrc, size_t size, uint16_t *seq)
{
    const struct test_peer *peer = &p->room.receiver;
    int64_t latest_us = now_monotonic_us() + DEADLINE_US;

    p->room.video_size = size;
    while (peer->n_packets == 0 || peer->packets[peer->n_packets - 1].header.payload_len != size) {
        if (now_monotonic_us() >= latest_us)
            fail_msg("rid %s never reaches the player", rid);
        p->room.video_seq = (*seq)++;
        send_video(&p->room, ssrc, rid, true, true, true);
        run(&p->room);
    }
}

/* Of simulcast the player gets the best rid, and another while that is silent, as everybody does.
 */
static void test_simulcast(void **state)
{
    uint16_t high = 65500, low = 100;
    struct play p;

    (void)state;
    play_init(&p, true);
    publish(&p.room, true);
    RUN_UNTIL(&p.room, p.room.up_counts.connected && p.room.publisher.is_up);
    watch(&p, p.room.up);
    send_rid(&p, "h", HIGH_SSRC, 900, &high);
    send_rid(&p, "l", HIGH_SSRC + 1, 300, &low);
    send_rid(&p, "h", HIGH_SSRC, 900, &high);
    check_continuity(&p, PLAYER_VIDEO_PT);
    play_release(&p);
}

/* A codec that the player's section does not have is not sent in it; the sound is. */
static void test_other_codec(void **state)
{
    struct play p;
    struct error e = {0};

    (void)state;
    play_init(&p, false);
    publish(&p.room, false);
    RUN_UNTIL(&p.room, p.room.up_counts.connected && p.room.publisher.is_up);
    assert_int_equal(player_stream_can(p.player), UINT32_MAX); /* it has not said */
    watch(&p, p.room.up);
    assert_int_equal(player_stream_can(p.player), codec_variant_bit(CODEC_VP8, span_str("")));
    send_some(&p, VIDEO_SSRC);
    unsigned n_video = count(&p, PLAYER_VIDEO_PT), n_audio = count(&p, PLAYER_AUDIO_PT);

    come_next(&p, "lecture", SECOND_SSRC, "H264");
    assert_int_equal(ERR_UNSUPPORTED, player_stream_play(p.player, p.room.up, &e));
    assert_string_equal(e.text, "the player's video is not H264");
    send_video(&p.room, SECOND_SSRC, NULL, true, true, true);
    send_audio(&p.room);
    RUN_UNTIL(&p.room, count(&p, PLAYER_AUDIO_PT) == n_audio + 1);
    assert_int_equal(count(&p, PLAYER_VIDEO_PT), n_video);
    play_release(&p);
}

static void test_refused(void **state)
{
    struct buf offer = {0}, answer = {0};
    struct play p;
    struct error e = {0};

    (void)state;
    play_init(&p, false);
    publish(&p.room, false);
    assert_int_equal(ERR_WRONG_STATE, player_stream_play(p.player, p.room.up, &e));
    write_offer(&p.room.receiver, &offer, "AV1");
    assert_int_equal(ERR_UNSUPPORTED, player_stream_offer(p.player, buf_span(&offer), p.room.up,
                                                          codecs, &answer, &e));
    assert_string_equal(e.text, "the player takes AV1, but the stream's video is VP8");
    assert_int_equal(answer.len, 0);
    assert_int_equal(
        ERR_SYNTAX, player_stream_offer(p.player, span_str("v=1"), p.room.up, codecs, &answer, &e));
    /* nothing has happened: the player may try again, and once it is answered no more */
    watch(&p, p.room.up);
    assert_int_equal(ERR_WRONG_STATE, player_stream_offer(p.player, buf_span(&offer), p.room.up,
                                                          codecs, &answer, &e));
    buf_release(&offer);
    play_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_another), cmocka_unit_test(test_across_workers),
        cmocka_unit_test(test_passive_player),    cmocka_unit_test(test_nothing_yet),
        cmocka_unit_test(test_nothing_any_more),  cmocka_unit_test(test_simulcast),
        cmocka_unit_test(test_other_codec),       cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
