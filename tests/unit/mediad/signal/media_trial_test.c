/* Connections for a try: made of a browser's offer, bounded in number and time. The media plane is
 * real. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/signal/media_trial.h"
#include "mediad/signal/stream_events.h"
#include "tests/unit/mediad/free_udp_port.h"
#include "tests/unit/mediad/rtc/sdp_data.h"
#include "tests/unit/mediad/signal/session_env.h"

static struct test_env t;

static int setup(void **state)
{
    struct media_config config = {
        .n_workers = 1, .listen = "127.0.0.1", .udp_port = free_udp_port()};

    (void)state;
    test_env_init(&t);
    test_env_start(&t);
    return media_new(&t.env.media, &config, &signal_media_events, NULL);
}

static int teardown(void **state)
{
    (void)state;
    media_trials_end_all(&t.env);
    assert_int_equal(0, t.env.n_media_trials);
    media_free(t.env.media);
    test_env_stop(&t);
    return 0;
}

/* What a browser's player would hear alone. */
static struct buf sound_alone(void)
{
    struct buf all = sdp_data("offer-firefox-player"), sound = {0};
    const char *text = buf_str(&all), *group = strstr(text, "BUNDLE 0 1");
    const char *video = strstr(text, "m=video");

    assert_non_null(group);
    assert_non_null(video);
    buf_add(&sound, text, (size_t)(group - text));
    buf_add_str(&sound, "BUNDLE 0");
    group += strlen("BUNDLE 0 1");
    buf_add(&sound, group, (size_t)(video - group));
    buf_release(&all);
    return sound;
}

static int begin(struct error *e)
{
    struct buf offer = sound_alone(), answer = {0};
    int r = media_trial_begin(&t.env, buf_span(&offer), &answer, e);

    if (r == 0) {
        assert_int_equal(0, buf_check(&answer));
        assert_non_null(strstr(buf_str(&answer), "a=candidate:"));
        assert_non_null(strstr(buf_str(&answer), "a=fingerprint:"));
    } else {
        assert_int_equal(0, answer.len);
    }
    buf_release(&answer);
    buf_release(&offer);
    return r;
}

static void test_ends_by_itself(void **state)
{
    struct error e = {0};

    (void)state;
    assert_int_equal(0, begin(&e));
    assert_int_equal(1, t.env.n_media_trials);
    timer_wheel_run(t.env.timers, t.env.now_us + MEDIA_TRIAL_US - US_PER_S);
    assert_int_equal(1, t.env.n_media_trials);
    timer_wheel_run(t.env.timers, t.env.now_us + MEDIA_TRIAL_US + US_PER_S);
    assert_int_equal(0, t.env.n_media_trials);
}

static void test_bounded(void **state)
{
    struct error e = {0};

    (void)state;
    for (int i = 0; i < MEDIA_TRIALS_MAX; i++)
        assert_int_equal(0, begin(&e));
    assert_int_equal(ERR_BUSY, begin(&e));
    media_trials_end_all(&t.env);
    assert_int_equal(0, begin(&e));
    t.env.is_ending = true;
    assert_int_equal(ERR_BUSY, begin(&e));
}

/* Nothing is left of what was refused. */
static void test_refused(void **state)
{
    struct buf answer = {0}, publisher = sdp_data("offer-chromium-screen");
    struct error e = {0};

    (void)state;
    assert_int_equal(ERR_SYNTAX,
                     media_trial_begin(&t.env, span_str("no description"), &answer, &e));
    assert_true(media_trial_begin(&t.env, buf_span(&publisher), &answer, &e) < 0);
    assert_int_equal(0, t.env.n_media_trials);
    buf_release(&publisher);
    buf_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ends_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
