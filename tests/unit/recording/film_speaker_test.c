#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/now.h"
#include "recording/film_speaker.h"

#define STEP_US (40 * US_PER_MS)

/* The second of two speaks for so long, while the first one has the given level. @return who is
 * large after it */
static unsigned challenge(struct film_speaker *s, double level, double current_level, int64_t us)
{
    static int64_t now_us;

    for (int64_t end_us = now_us + us; now_us < end_us; now_us += STEP_US)
        film_speaker_step(s, 2, level, current_level, now_us);
    return s->current;
}

static void start_with_first(struct film_speaker *s)
{
    *s = (struct film_speaker){0};
    for (int64_t now_us = -5 * US_PER_S; now_us < 0; now_us += STEP_US)
        film_speaker_step(s, 1, 0.2, s->current == 1 ? 0.2 : -1, now_us);
    assert_int_equal(s->current, 1);
}

static void test_first_at_once(void **state)
{
    struct film_speaker s = {0};

    (void)state;
    film_speaker_step(&s, 3, 0.001, -1, 0);
    assert_int_equal(s.current, 0); /* noise */
    film_speaker_step(&s, 3, 0.1, -1, STEP_US);
    assert_int_equal(s.current, 3);
}

static void test_a_cough_is_no_speech(void **state)
{
    struct film_speaker s;

    (void)state;
    start_with_first(&s);
    assert_int_equal(challenge(&s, 0.5, 0.2, 500 * US_PER_MS), 1);
    film_speaker_step(&s, 1, 0.2, 0.2, 10 * US_PER_S);
    assert_int_equal(challenge(&s, 0.5, 0.2, 500 * US_PER_MS), 1);
    assert_int_equal(challenge(&s, 0.5, 0.2, 300 * US_PER_MS), 2);
}

static void test_as_loud_is_not_louder(void **state)
{
    struct film_speaker s;

    (void)state;
    start_with_first(&s);
    assert_int_equal(challenge(&s, 0.3, 0.2, 10 * US_PER_S), 1);
    assert_int_equal(challenge(&s, 0.3, 0.01, US_PER_S), 2);
}

static void test_who_has_gone(void **state)
{
    struct film_speaker s;

    (void)state;
    start_with_first(&s);
    film_speaker_step(&s, 0, 0, -1, 0);
    assert_int_equal(s.current, 0);
    film_speaker_step(&s, 2, 0.1, -1, STEP_US);
    assert_int_equal(s.current, 2);
}

static void test_loudness_falls(void **state)
{
    struct film_loudness l = {0};

    (void)state;
    film_loudness_add(&l, 0.5, STEP_US);
    assert_true(l.level > 0.49);
    for (int i = 0; i < 25; i++)
        film_loudness_add(&l, 0, STEP_US);
    assert_true(l.level > 0.05 && l.level < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_at_once),         cmocka_unit_test(test_a_cough_is_no_speech),
        cmocka_unit_test(test_as_loud_is_not_louder), cmocka_unit_test(test_who_has_gone),
        cmocka_unit_test(test_loudness_falls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
