/* How loud somebody speaks, from the levels of packets every 20 ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/audio_level.h"

#define MS INT64_C(1000)
#define V 0x80

static int64_t now_us;

static int start(void **state)
{
    (void)state;
    now_us = 5000 * MS;
    return 0;
}

/* @param level of RFC 6464, with or without V */
static void speak(struct audio_level *a, uint8_t level, int64_t ms)
{
    for (int64_t end_us = now_us + ms * MS; now_us < end_us; now_us += 20 * MS)
        audio_level_packet(a, level, now_us);
}

static void pause_for(struct audio_level *a, int64_t ms)
{
    for (int64_t end_us = now_us + ms * MS; now_us < end_us; now_us += 100 * MS)
        audio_level_tick(a, now_us);
}

static void rises_and_falls(void **state)
{
    struct audio_level a = {0};

    (void)state;
    assert_int_equal(audio_level_score(&a), 0);
    speak(&a, 20, 200);
    assert_in_range(audio_level_score(&a), 10, 30);
    speak(&a, 20, 1000);
    assert_in_range(audio_level_score(&a), 37, 40);
    speak(&a, 127, 200);
    assert_in_range(audio_level_score(&a), 10, 30);
    speak(&a, 127, 1500);
    assert_int_equal(audio_level_score(&a), 0);
}

/* Whatever a sender says of voice, a muted one is silent and a loud one is not: Chromium 156 and
 * Firefox ESR 153 say voice at level 127. */
static void by_level_alone(void **state)
{
    static const struct {
        uint8_t level;
        int32_t least, most;
    } rows[] = {
        {127 | V, 0, 0}, {127, 0, 0},      {60 | V, 0, 0}, {0, 58, 60},
        {0 | V, 58, 60}, {30 | V, 28, 30}, {30, 28, 30},   {55, 3, 5},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct audio_level a = {0};

        speak(&a, rows[i].level, 2000);
        assert_in_range(audio_level_score(&a), rows[i].least, rows[i].most);
    }
}

/* One loud packet after a long pause is not speech, nor are many that come at once. */
static void a_click(void **state)
{
    struct audio_level a = {0};

    (void)state;
    speak(&a, 127, 100);
    now_us += 10000 * MS;
    audio_level_packet(&a, 0, now_us);
    assert_in_range(audio_level_score(&a), 0, 15);
    a = (struct audio_level){0};
    speak(&a, 127, 100);
    for (int i = 0; i < 50; i++)
        audio_level_packet(&a, 0, now_us);
    assert_in_range(audio_level_score(&a), 0, 15);
}

/* With DTX Chromium 156 and Firefox ESR 153 send two packets, 20 ms apart, every 400 ms: that is no
 * end, of speech or of silence. */
static void dtx(void **state)
{
    struct audio_level a = {0};

    (void)state;
    speak(&a, 10, 1000);
    pause_for(&a, 400);
    assert_in_range(audio_level_score(&a), 45, 50);
    pause_for(&a, 200);
    assert_int_equal(audio_level_score(&a), 0);
    speak(&a, 10, 1000);
    for (int i = 0; i < 4; i++) {
        speak(&a, 127 | V, 40);
        pause_for(&a, 360);
    }
    assert_int_equal(audio_level_score(&a), 0);
}

static void odd_clocks(void **state)
{
    struct audio_level a = {0};

    (void)state;
    speak(&a, 10, 1000);
    audio_level_packet(&a, 10, now_us - 5000 * MS);
    audio_level_tick(&a, now_us - 9000 * MS);
    audio_level_packet(&a, 10, INT64_MAX / 2);
    assert_in_range(audio_level_score(&a), 0, 60);
    audio_level_tick(&a, INT64_MAX / 2 + 1000 * MS);
    assert_int_equal(audio_level_score(&a), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rises_and_falls, start),
        cmocka_unit_test_setup(by_level_alone, start),
        cmocka_unit_test_setup(a_click, start),
        cmocka_unit_test_setup(dtx, start),
        cmocka_unit_test_setup(odd_clocks, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
