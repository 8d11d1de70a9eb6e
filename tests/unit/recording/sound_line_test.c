#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "recording/sound_line.h"

#define BLOCK 960

static void put(struct sound_line *s, int64_t at, float value)
{
    float samples[BLOCK * SOUND_CHANNELS];

    for (size_t i = 0; i < BLOCK * SOUND_CHANNELS; i++)
        samples[i] = value;
    assert_int_equal(sound_line_put(s, at, samples, BLOCK), 0);
}

/* The first and the last sample of a block, on the left. */
static void assert_block(struct sound_line *s, int64_t at, float first, float last)
{
    float mix[BLOCK * SOUND_CHANNELS] = {0};

    sound_line_take(s, at, mix, BLOCK);
    assert_float_equal(mix[0], first, 0.0001f);
    assert_float_equal(mix[(BLOCK - 1) * SOUND_CHANNELS], last, 0.0001f);
    assert_float_equal(mix[1], first, 0.0001f);
}

static void test_in_order(void **state)
{
    struct sound_line s = {0};

    (void)state;
    put(&s, 0, 0.1f);
    put(&s, BLOCK + 40, 0.2f); /* as timestamps in milliseconds are: right behind */
    put(&s, 2 * BLOCK - 40, 0.3f);
    assert_block(&s, 0, 0.1f, 0.1f);
    assert_block(&s, BLOCK, 0.2f, 0.2f);
    assert_block(&s, 2 * BLOCK, 0.3f, 0.3f);
    assert_block(&s, 3 * BLOCK, 0, 0);
    sound_line_release(&s);
}

static void test_a_hole_is_silent(void **state)
{
    struct sound_line s = {0};

    (void)state;
    put(&s, 0, 0.1f);
    put(&s, 10 * BLOCK, 0.2f);
    assert_block(&s, 0, 0.1f, 0.1f);
    assert_block(&s, BLOCK, 0, 0);
    assert_block(&s, 10 * BLOCK - BLOCK / 2, 0, 0.2f);
    sound_line_release(&s);
}

static void test_late(void **state)
{
    struct sound_line s = {0};

    (void)state;
    assert_block(&s, 0, 0, 0);
    put(&s, 0, 0.1f);         /* too late altogether */
    put(&s, BLOCK / 2, 0.2f); /* its first half is */
    assert_block(&s, BLOCK, 0.2f, 0);
    sound_line_release(&s);
}

static void test_far_ahead_is_not_kept(void **state)
{
    struct sound_line s = {0};

    (void)state;
    put(&s, INT64_C(1000) * SOUND_RATE * 3600, 0.1f);
    put(&s, 0, 0.2f);
    assert_block(&s, 0, 0.2f, 0.2f);
    assert_true(s.size <= 6 * SOUND_RATE);
    sound_line_release(&s);
}

static void test_sums_up(void **state)
{
    struct sound_line a = {0}, b = {0};
    float mix[BLOCK * SOUND_CHANNELS] = {0};

    (void)state;
    put(&a, 0, 0.25f);
    put(&b, 0, 0.5f);
    assert_float_equal(sound_line_take(&a, 0, mix, BLOCK), 0.25, 0.0001);
    assert_float_equal(sound_line_take(&b, 0, mix, BLOCK), 0.5, 0.0001);
    assert_float_equal(mix[100], 0.75f, 0.0001f);
    sound_line_release(&a);
    sound_line_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order), cmocka_unit_test(test_a_hole_is_silent),
        cmocka_unit_test(test_late),     cmocka_unit_test(test_far_ahead_is_not_kept),
        cmocka_unit_test(test_sums_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
