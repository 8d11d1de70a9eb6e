/*
 * A media plane of two workers with one publisher and one receiver, for tests over loopback: real
 * sockets and real handshakes; the peers are in test_peer.h. Nothing is replaced.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_ROOM_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_ROOM_H

#include "mediad/rtc/down_stream.h"
#include "mediad/rtc/media.h"
#include "mediad/rtc/media_stats.h"
#include "mediad/rtc/up_stream.h"
#include "test_peer.h"
#include "tests/unit/mediad/free_udp_port.h"

#define DEADLINE_US (20 * US_PER_S)

enum { AUDIO_SSRC = 0x11111111, VIDEO_SSRC = 0x22222222, HIGH_SSRC = 0x33333333 };

struct counts {
    unsigned connected;
    unsigned failed;
    unsigned notices;
};

struct room {
    struct media *media;
    uint16_t port;
    struct up_stream *up;
    struct down_stream *down;
    struct counts up_counts, down_counts;
    struct test_peer publisher, receiver;
    struct media_abilities publisher_abilities, receiver_abilities;
    uint16_t audio_seq, video_seq;
    uint32_t video_ts;
    uint16_t picture_id;
    size_t video_size; /* payload bytes of a packet */
};

static inline void on_up_connected(void *user)
{
    ((struct room *)user)->up_counts.connected++;
}

static inline void on_up_failed(void *user, const char *why)
{
    assert_true(strlen(why) > 0);
    ((struct room *)user)->up_counts.failed++;
}

static inline void on_up_notice(void *user, const char *text)
{
    assert_true(strlen(text) > 0);
    ((struct room *)user)->up_counts.notices++;
}

static inline void on_down_connected(void *user)
{
    ((struct room *)user)->down_counts.connected++;
}

static inline void on_down_failed(void *user, const char *why)
{
    assert_true(strlen(why) > 0);
    ((struct room *)user)->down_counts.failed++;
}

static const struct media_events events = {
    .up_connected = on_up_connected,
    .up_failed = on_up_failed,
    .up_notice = on_up_notice,
    .down_connected = on_down_connected,
    .down_failed = on_down_failed,
#ifdef TEST_ROOM_PLAYER_FAILED
    .lone_failed = TEST_ROOM_PLAYER_FAILED,
#endif
};

static inline void run(struct room *r)
{
    struct pollfd fds[] = {{media_event_fd(r->media), POLLIN, 0},
                           {r->publisher.fd, POLLIN, 0},
                           {r->receiver.fd, POLLIN, 0}};

    (void)poll(fds, 3, 5);
    media_dispatch(r->media);
    test_peer_run(&r->publisher);
    test_peer_run(&r->receiver);
}

#define RUN_UNTIL(room, condition)                                                                 \
    do {                                                                                           \
        int64_t until_us = now_monotonic_us() + DEADLINE_US;                                       \
        while (!(condition) && now_monotonic_us() < until_us)                                      \
            run(room);                                                                             \
        assert_true(condition);                                                                    \
    } while (0)

static inline void offer(struct room *r, const struct track_selection *tracks, size_t n,
                         bool is_restart)
{
    struct buf sdp = {0}, answer = {0};
    struct error e = {0};

    if (down_stream_offer(r->down, tracks, n, is_restart, &sdp, &e) < 0)
        fail_msg("offer: %s %s", e.place, e.text);
    test_peer_answer(&r->receiver, buf_span(&sdp), &answer);
    if (down_stream_answer(r->down, buf_span(&answer), &r->receiver_abilities, &e) < 0)
        fail_msg("answer: %s %s", e.place, e.text);
    buf_release(&sdp);
    buf_release(&answer);
}

static inline void publish_sdp(struct room *r, struct span sdp)
{
    struct buf answer = {0};
    struct error e = {0};

    if (up_stream_offer(r->up, sdp, media_abilities_can(&r->receiver_abilities), false,
                        &r->publisher_abilities, &answer, &e) < 0)
        fail_msg("up offer: %s %s", e.place, e.text);
    test_peer_take_answer(&r->publisher, buf_span(&answer));
    buf_release(&answer);
}

static inline void publish(struct room *r, bool is_simulcast)
{
    struct buf sdp = {0};

    test_peer_offer(&r->publisher, &sdp, AUDIO_SSRC, VIDEO_SSRC, is_simulcast);
    publish_sdp(r, buf_span(&sdp));
    buf_release(&sdp);
}

static inline void room_init(struct room *r, bool is_crossing)
{
    static const char *const codecs[] = {"vp8", "opus", NULL};
    struct stream_names names = {"lecture", "anna", "stream", 1};
    struct media_config config = {.n_workers = 2, .listen = "127.0.0.1"};
    struct error e = {0};

    memset(r, 0, sizeof *r);
    r->port = config.udp_port = free_udp_port();
    if (media_new(&r->media, &config, &events, &e) < 0)
        fail_msg("media: %s", e.text);
    test_peer_init(&r->publisher, r->port);
    test_peer_init(&r->receiver, r->port);
    assert_int_equal(0, up_stream_new(&r->up, r->media, &names, codecs, r));
    /* another group has its home on the other, less loaded worker */
    names.group = is_crossing ? "overflow" : "lecture";
    names.client = "bert";
    names.client_id = 2;
    assert_int_equal(0, down_stream_new(&r->down, r->media, r->up, &names, "camera", r));
    r->audio_seq = 65500;
    r->video_seq = 65000;
    r->video_ts = 4294960000u;
    r->picture_id = 32760;
    r->video_size = 1000;
}

static inline void room_release(struct room *r)
{
    down_stream_free(r->down);
    up_stream_free(r->up);
    media_free(r->media);
    test_peer_release(&r->publisher);
    test_peer_release(&r->receiver);
}

static inline void send_video(struct room *r, uint32_t ssrc, const char *rid, bool is_start,
                              bool is_keyframe, bool is_end)
{
    uint8_t payload[1460];
    struct test_rtp h = {.pt = TEST_VIDEO_PT,
                         .seq = r->video_seq++,
                         .rtp_ts = r->video_ts,
                         .ssrc = ssrc,
                         .marker = is_end,
                         .mid = rid ? "1" : NULL,
                         .rid = rid};

    test_vp8(payload, is_start, is_keyframe, r->picture_id & 0x7fff, r->video_size);
    test_peer_send_rtp(&r->publisher, &h, payload, r->video_size);
    if (!is_end)
        return;
    r->video_ts += 3000;
    r->picture_id++;
}

static inline void send_audio(struct room *r)
{
    uint8_t payload[80];
    struct test_rtp h = {.pt = TEST_AUDIO_PT, .seq = r->audio_seq, .ssrc = AUDIO_SSRC};

    memset(payload, (uint8_t)r->audio_seq, sizeof payload);
    h.rtp_ts = r->audio_seq++ * 960u;
    test_peer_send_rtp(&r->publisher, &h, payload, sizeof payload);
}

static const struct track_selection both[] = {{.track = 0}, {.track = 1}};

static inline void connect_sdp(struct room *r, struct span sdp)
{
    publish_sdp(r, sdp);
    RUN_UNTIL(r, r->up_counts.connected && r->publisher.is_up);
    offer(r, both, 2, false);
    RUN_UNTIL(r, r->down_counts.connected && r->receiver.is_up);
}

static inline void connect_both(struct room *r)
{
    struct buf sdp = {0};

    test_peer_offer(&r->publisher, &sdp, AUDIO_SSRC, VIDEO_SSRC, false);
    connect_sdp(r, buf_span(&sdp));
    buf_release(&sdp);
}

/** Both peers up, audio and video flowing. */
static inline void room_start(struct room *r, bool is_crossing)
{
    room_init(r, is_crossing);
    connect_both(r);
}

static inline int64_t stat(struct room *r, const char *metric, const char *label)
{
    struct json_object *all = media_stats(r->media), *value = NULL;
    int64_t result = -1;

    if (json_object_object_get_ex(all, metric, &value) &&
        (!label || json_object_object_get_ex(value, label, &value)))
        result = json_object_get_int64(value);
    json_object_put(all);
    return result;
}

static inline void send_sender_report(struct room *r)
{
    uint8_t out[256];
    struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);

    rtcp_write_sr(&w, VIDEO_SSRC, rtcp_ntp(now_realtime_us()), r->video_ts, 1, 1);
    rtcp_write_sdes(&w, VIDEO_SSRC, span_str("publisher-cname"));
    test_peer_send_rtcp(&r->publisher, &w, sizeof out);
}

#endif
