#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/macros.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/timeline.h"

#define MS 1000
#define SECOND_US (1000 * (int64_t)MS)
#define START_US (1700000000 * SECOND_US) /* the server's clock */

/* A publisher: audio and video sampled on one clock of its own, that may be wrong, drift and step.
 */
struct publisher {
    int64_t wrong_us; /* its clock - ours */
    int drift_ppm;
};

static int64_t publisher_us(const struct publisher *p, int64_t at_us)
{
    return at_us + p->wrong_us + (at_us - START_US) * p->drift_ppm / 1000000;
}

/* What was captured at a server time has this timestamp; media run on the clock without steps. */
static uint32_t media_ts(const struct publisher *p, int64_t at_us, uint32_t clock_rate,
                         uint32_t base)
{
    int64_t us = at_us - START_US + (at_us - START_US) * p->drift_ppm / 1000000;

    return base + (uint32_t)(us / 1000 * (clock_rate / 1000));
}

/* Error of a report: how far its timestamp is from what is captured at that time. */
static int64_t error_us(uint32_t got, uint32_t want, uint32_t clock_rate)
{
    return (int64_t)(int32_t)(got - want) * 1000000 / clock_rate;
}

static void run(const char *name, int64_t wrong_us, int drift_ppm, int64_t step_us)
{
    struct timeline l = {0};
    struct timeline_track audio, video;
    struct publisher p = {wrong_us, drift_ppm};
    uint32_t seed = 1;

    timeline_track_init(&audio, 48000);
    timeline_track_init(&video, 90000);
    for (int64_t second = 0; second < 1800; second++) {
        int64_t at_us = START_US + second * SECOND_US;
        uint32_t audio_ts, video_ts;
        int64_t delay_us, skew_us, audio_error_us;
        bool is_settled = second < 300 || second >= 303;

        if (second == 300)
            p.wrong_us += step_us;
        seed = seed * 1664525u + 1013904223u;
        delay_us = 20 * MS + (seed >> 16) % (30 * MS); /* a way of 20 to 50 ms */
        assert_int_equal(timeline_sr(&l, &audio, rtcp_ntp(publisher_us(&p, at_us)),
                                     media_ts(&p, at_us, 48000, 5), at_us + delay_us),
                         second == 0);
        at_us += 400 * MS;
        assert_int_equal(timeline_sr(&l, &video, rtcp_ntp(publisher_us(&p, at_us)),
                                     media_ts(&p, at_us, 90000, 0xfffffff0u), at_us + delay_us),
                         second == 0);
        at_us += 300 * MS;
        assert_true(timeline_rtp_ts(&l, &audio, at_us, &audio_ts));
        assert_true(timeline_rtp_ts(&l, &video, at_us, &video_ts));
        audio_error_us = error_us(audio_ts, media_ts(&p, at_us, 48000, 5), 48000);
        skew_us =
            audio_error_us - error_us(video_ts, media_ts(&p, at_us, 90000, 0xfffffff0u), 90000);
        if (llabs(skew_us) > 40 * MS || (is_settled && llabs(audio_error_us) > 60 * MS))
            print_error("%s, second %d: skew %d us, error %d us\n", name, (int)second, (int)skew_us,
                        (int)audio_error_us);
        assert_true(llabs(skew_us) <= 40 * MS); /* MEDIA-9: lip-sync */
        if (is_settled)
            assert_true(llabs(audio_error_us) <= 60 * MS); /* the way, and no more */
    }
}

static void test_clocks(void **state)
{
    static const struct {
        const char *name;
        int64_t wrong_us;
        int drift_ppm;
        int64_t step_us;
    } rows[] = {
        {"right", 0, 0, 0},
        {"two hours ahead", 7200 * SECOND_US, 0, 0},
        {"from 1970", -START_US, 0, 0},
        {"drifts forward", 0, 100, 0},
        {"drifts backward", 0, -100, 0},
        {"steps forward by 1 s", 0, 0, SECOND_US},
        {"steps back by 1 s", 0, 0, -SECOND_US},
        {"steps back by a day, drifting", 3600 * SECOND_US, -50, -86400 * SECOND_US},
        {"steps to another decade", 0, 0, 400000000 * SECOND_US},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        run(rows[i].name, rows[i].wrong_us, rows[i].drift_ppm, rows[i].step_us);
}

static void test_late_report(void **state)
{
    struct timeline l = {0};
    struct timeline_track t;
    uint32_t before, after;

    (void)state;
    timeline_track_init(&t, 90000);
    assert_false(timeline_rtp_ts(&l, &t, START_US, &before)); /* never before the first report */
    assert_true(timeline_sr(&l, &t, rtcp_ntp(START_US), 1000, START_US));
    /* One report that was under way for 3 s changes nothing. */
    assert_false(timeline_sr(&l, &t, rtcp_ntp(START_US + SECOND_US), 1000 + 90000,
                             START_US + 4 * SECOND_US));
    assert_true(timeline_rtp_ts(&l, &t, START_US + 4 * SECOND_US, &after));
    assert_int_equal(after, 1000 + 4 * 90000);
    assert_true(timeline_rtp_ts(&l, &t, START_US - SECOND_US, &before)); /* backwards too */
    assert_int_equal(before, 1000u - 90000u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_late_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
