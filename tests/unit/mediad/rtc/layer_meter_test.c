#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/now.h"
#include "mediad/rtc/layer_meter.h"

#define TICK_US (500 * US_PER_MS)

static int32_t load(atomic_int_least32_t *at)
{
    return atomic_load_explicit(at, memory_order_relaxed);
}

/* Twice a second a picture, in 5,000 bytes of each layer in use. */
static void feed(struct layer_meter *m, unsigned n_sid, unsigned n_tid, bool is_reference)
{
    for (unsigned sid = 0; sid < n_sid; sid++) {
        for (unsigned tid = 0; tid < n_tid; tid++) {
            struct payload_info info = {
                .sid = (uint8_t)sid, .tid = (uint8_t)tid, .is_not_reference = !is_reference};

            for (unsigned i = 0; i < 5; i++) {
                info.is_picture_start = i == 0 && sid == 0;
                layer_meter_add(m, &info, 1000, US_PER_S);
            }
        }
    }
}

static void test_rates(void **state)
{
    struct connection_stats *stats = connection_stats_new();
    struct track_stats *t = &stats->tracks[0];
    struct layer_meter m = {0};
    int64_t now_us = 7 * US_PER_S;

    (void)state;
    assert_non_null(stats);
    layer_meter_publish(&m, t, 0, now_us);
    assert_int_equal(load(&t->sent_bps[0][0]), 0);
    feed(&m, 1, 1, true);
    layer_meter_publish(&m, t, 0, now_us += TICK_US);
    assert_int_equal(load(&t->sent_bps[0][0]), 80000); /* after half a second already */
    for (int i = 0; i < 4; i++) {
        feed(&m, 1, 1, true);
        layer_meter_publish(&m, t, 0, now_us += TICK_US);
        assert_int_equal(load(&t->sent_bps[0][0]), 80000);
        assert_int_equal(load(&t->sent_bps[1][1]), 0); /* there is no such layer */
        assert_int_equal(load(&t->pictures), 2);
    }
    layer_meter_publish(&m, t, 0, now_us += TICK_US);
    assert_int_equal(load(&t->sent_bps[0][0]), 40000);
    assert_int_equal(load(&t->pictures), 1);
    layer_meter_publish(&m, t, 0, now_us += TICK_US); /* silent for a second */
    assert_int_equal(load(&t->sent_bps[0][0]), 0);
    connection_stats_unref(stats);
}

static void test_layers(void **state)
{
    struct connection_stats *stats = connection_stats_new();
    struct track_stats *t = &stats->tracks[0];
    struct layer_meter m = {0};
    int64_t now_us = US_PER_S;

    (void)state;
    assert_non_null(stats);
    layer_meter_publish(&m, t, 0, now_us);
    feed(&m, 3, 3, true);
    layer_meter_publish(&m, t, 0, now_us += TICK_US);
    assert_int_equal(load(&t->sent_bps[2][1]), 6 * 80000);
    assert_int_equal(load(&t->sent_bps[0][0]), 80000);
    assert_int_equal(load(&t->sent_bps[0][2]), 3 * 80000);
    assert_int_equal(load(&t->sent_bps[2][2]), 9 * 80000);

    m = (struct layer_meter){0}; /* higher spatial layers do not need the lower ones */
    layer_meter_publish(&m, t, 0, now_us);
    feed(&m, 3, 3, false);
    layer_meter_publish(&m, t, 0, now_us += TICK_US);
    assert_int_equal(load(&t->sent_bps[2][1]), 2 * 80000);
    assert_int_equal(load(&t->sent_bps[2][2]), 3 * 80000);
    connection_stats_unref(stats);
}

static void test_bounds(void **state)
{
    struct connection_stats *stats = connection_stats_new();
    struct track_stats *t = &stats->tracks[0];
    struct payload_info info = {.sid = 7, .tid = 7, .height = 720};
    struct layer_meter m = {0};

    (void)state;
    assert_non_null(stats);
    layer_meter_publish(&m, t, 0, US_PER_S);
    layer_meter_add(&m, &info, 1000, US_PER_S);
    info.height = 0; /* not said again */
    layer_meter_add(&m, &info, 1000, US_PER_S);
    layer_meter_publish(&m, t, 0, US_PER_S);     /* no time has passed */
    layer_meter_publish(&m, t, 0, 2 * US_PER_S); /* counted all the same */
    assert_int_equal(load(&t->sent_bps[3][3]), 16000);
    assert_int_equal(load(&t->height), 720);
    connection_stats_unref(stats);
}

/* A rid may begin with a keyframe and then send nothing for a while (Chromium 156). */
static void test_life(void **state)
{
    struct connection_stats *stats = connection_stats_new();
    struct track_stats *t = &stats->tracks[0];
    struct payload_info info = {0};
    struct layer_meter m = {0};
    int64_t now_us = 7 * US_PER_S, begins_us;

    (void)state;
    assert_non_null(stats);
    layer_meter_publish(&m, t, TICK_US, now_us);
    for (unsigned i = 0; i < 20; i++) /* over the end of a window, as the publisher paces it */
        layer_meter_add(&m, &info, 1000, now_us + (400 + (int64_t)i * 10) * US_PER_MS);
    for (unsigned i = 0; i < 5; i++) {
        layer_meter_publish(&m, t, TICK_US, now_us += TICK_US);
        assert_int_equal(load(&t->sent_bps[0][0]), 0);
    }
    begins_us = now_us;
    for (unsigned i = 0; i < 5; i++) { /* now it is there */
        for (unsigned k = 0; k < 10; k++)
            layer_meter_add(&m, &info, 1000, now_us + k * 50 * US_PER_MS);
        layer_meter_publish(&m, t, TICK_US, now_us += TICK_US);
        assert_true((load(&t->sent_bps[0][0]) > 0) == (now_us - begins_us > TICK_US));
    }
    connection_stats_unref(stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
