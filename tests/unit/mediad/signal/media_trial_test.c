/* Connections for a try: made of a browser's offer, bounded in number, time and bytes; what comes
 * in one is counted. The media plane is real, and so is the peer that sends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/rtc/media_stats.h"
#include "mediad/signal/media_trial.h"
#include "mediad/signal/stream_events.h"
#include "tests/unit/mediad/free_udp_port.h"
#include "tests/unit/mediad/rtc/sdp_data.h"
#include "tests/unit/mediad/rtc/test_peer.h"
#include "tests/unit/mediad/signal/session_env.h"

#define DEADLINE_US (20 * US_PER_S)

enum { AUDIO_SSRC = 0x11111111, VIDEO_SSRC = 0x22222222 };

static struct test_env t;
static struct test_peer peer;

static int setup(void **state)
{
    struct media_config config = {
        .n_workers = 1, .listen = "127.0.0.1", .udp_port = free_udp_port()};

    (void)state;
    test_env_init(&t);
    test_env_start(&t);
    test_peer_init(&peer, config.udp_port);
    return media_new(&t.env.media, &config, &signal_media_events, NULL);
}

static int teardown(void **state)
{
    (void)state;
    media_trials_end_all(&t.env);
    assert_int_equal(0, t.env.n_media_trials);
    media_free(t.env.media);
    test_peer_release(&peer);
    test_env_stop(&t);
    return 0;
}

static int begin(uint64_t *id, struct error *e)
{
    struct buf offer = {0}, answer = {0};
    int r;

    test_peer_offer(&peer, &offer, AUDIO_SSRC, VIDEO_SSRC, false);
    r = media_trial_begin(&t.env, buf_span(&offer), id, &answer, e);
    if (r == 0) {
        assert_int_equal(0, buf_check(&answer));
        assert_non_null(strstr(buf_str(&answer), "a=candidate:"));
        assert_non_null(strstr(buf_str(&answer), "a=fingerprint:"));
        if (!peer.has_remote)
            test_peer_take_answer(&peer, buf_span(&answer));
    } else {
        assert_int_equal(0, answer.len);
    }
    buf_release(&answer);
    buf_release(&offer);
    return r;
}

static void turn(void)
{
    struct pollfd fds[] = {{media_event_fd(t.env.media), POLLIN, 0}, {peer.fd, POLLIN, 0}};

    (void)poll(fds, 2, 5);
    media_dispatch(t.env.media);
    test_peer_run(&peer);
}

#define TURN_UNTIL(condition)                                                                      \
    do {                                                                                           \
        int64_t until_us = now_monotonic_us() + DEADLINE_US;                                       \
        while (!(condition) && now_monotonic_us() < until_us)                                      \
            turn();                                                                                \
        assert_true(condition);                                                                    \
    } while (0)

static void send_audio(uint16_t seq)
{
    const struct test_rtp h = {
        .pt = TEST_AUDIO_PT, .seq = seq, .rtp_ts = seq * 960u, .ssrc = AUDIO_SSRC};
    uint8_t payload[80] = {0};

    test_peer_send_rtp(&peer, &h, payload, sizeof payload);
}

static void send_video(uint16_t seq)
{
    const struct test_rtp h = {
        .pt = TEST_VIDEO_PT, .seq = seq, .rtp_ts = seq * 6000u, .ssrc = VIDEO_SSRC, .marker = true};
    uint8_t payload[1400];

    test_vp8(payload, true, seq == 0, seq, sizeof payload);
    test_peer_send_rtp(&peer, &h, payload, sizeof payload);
}

/* What the media plane counted so far, by the clock of the machine, not of the test. */
static int64_t counted(const char *name)
{
    struct json_object *all = media_stats(t.env.media), *value = NULL;
    int64_t n = json_object_object_get_ex(all, name, &value) &&
                        json_object_object_get_ex(value, "in", &value)
                    ? json_object_get_int64(value)
                    : -1;

    json_object_put(all);
    return n;
}

/* The workers' counts are told once a second. */
static void turn_for_a_second(void)
{
    int64_t until_us = now_monotonic_us() + US_PER_S + US_PER_S / 4;

    while (now_monotonic_us() < until_us)
        turn();
}

/* A trial whose connection stands. @return its id */
static uint64_t begin_connected(void)
{
    struct error e = {0};
    uint64_t id = 0;

    assert_int_equal(0, begin(&id, &e));
    TURN_UNTIL(peer.is_up);
    return id;
}

/* ---- what came ---- */

static void test_counts_what_comes(void **state)
{
    struct media_trial_result came;
    uint64_t id;

    (void)state;
    id = begin_connected();
    for (uint16_t seq = 0; seq < 50; seq++) {
        send_audio(seq);
        if (seq % 5 != 3) /* each fifth is lost */
            send_video(seq);
    }
    TURN_UNTIL(counted("rtp_packets_total") >= 90);
    turn_for_a_second();
    assert_int_equal(0, media_trial_end(&t.env, id, &came));
    assert_int_equal(50, came.audio.packets);
    assert_int_equal(0, came.audio.lost);
    assert_int_equal(40, came.video.packets);
    assert_int_equal(10, came.video.lost);
    assert_true(came.video.bytes > 40 * 1400 && came.video.bytes < 40 * 1500);
    assert_int_equal(0, t.env.n_media_trials);
    assert_int_equal(ERR_NOT_FOUND, media_trial_end(&t.env, id, &came));
}

/* A connection that stands, and nothing comes in it. */
static void test_nothing_comes(void **state)
{
    struct media_trial_result came;
    uint64_t id;

    (void)state;
    id = begin_connected();
    turn_for_a_second();
    assert_int_equal(0, media_trial_end(&t.env, id, &came));
    assert_int_equal(0, came.audio.packets + came.video.packets);
    assert_int_equal(0, came.audio.lost + came.video.lost);
}

/* Long before its time is over. */
static void test_ends_by_bytes(void **state)
{
    struct media_trial_result came;
    int64_t begin_us = t.env.now_us, offset_us;
    uint64_t id;

    (void)state;
    id = begin_connected();
    offset_us = begin_us - now_monotonic_us();
    for (uint16_t seq = 0; t.env.n_media_trials > 0; seq++) {
        send_video(seq);
        if (seq % 32 != 0)
            continue;
        turn();
        t.env.now_us = now_monotonic_us() + offset_us;
        assert_true(t.env.now_us < begin_us + MEDIA_TRIAL_US / 2);
        timer_wheel_run(t.env.timers, t.env.now_us);
    }
    assert_int_equal(ERR_NOT_FOUND, media_trial_end(&t.env, id, &came));
}

/* ---- its bounds ---- */

static void test_ends_by_itself(void **state)
{
    struct error e = {0};
    uint64_t id;

    (void)state;
    assert_int_equal(0, begin(&id, &e));
    assert_int_equal(1, t.env.n_media_trials);
    timer_wheel_run(t.env.timers, t.env.now_us + MEDIA_TRIAL_US - US_PER_S);
    assert_int_equal(1, t.env.n_media_trials);
    timer_wheel_run(t.env.timers, t.env.now_us + MEDIA_TRIAL_US + US_PER_S);
    assert_int_equal(0, t.env.n_media_trials);
}

static void test_bounded(void **state)
{
    struct error e = {0};
    uint64_t id;

    (void)state;
    for (int i = 0; i < MEDIA_TRIALS_MAX; i++)
        assert_int_equal(0, begin(&id, &e));
    assert_int_equal(ERR_BUSY, begin(&id, &e));
    media_trials_end_all(&t.env);
    assert_int_equal(0, begin(&id, &e));
    t.env.is_ending = true;
    assert_int_equal(ERR_BUSY, begin(&id, &e));
}

/* Nothing is left of what was refused. */
static void test_refused(void **state)
{
    struct buf answer = {0}, player = sdp_data("offer-firefox-player");
    struct error e = {0};
    uint64_t id = 0;

    (void)state;
    assert_int_equal(ERR_SYNTAX,
                     media_trial_begin(&t.env, span_str("no description"), &id, &answer, &e));
    assert_int_equal(ERR_INVALID, media_trial_begin(&t.env, buf_span(&player), &id, &answer, &e));
    assert_string_equal("offer", e.place);
    assert_int_equal(0, t.env.n_media_trials);
    assert_int_equal(0, answer.len);
    assert_int_equal(0, id);
    buf_release(&player);
    buf_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counts_what_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_by_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
