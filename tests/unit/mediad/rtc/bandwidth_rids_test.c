/* Which rid of a video a line gets that changes all the time: the estimate and who divides it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "mediad/rtc/allocate.h"
#include "mediad/rtc/downlink.h"
#include "test_line_figures.h"
#include "test_line_trace.h"

#define KBPS 1000

static struct line line;

static const int64_t rids_bps[] = {150 * KBPS, 500 * KBPS, 1500 * KBPS};
enum { SOUND_BPS = 40 * KBPS };

/* One video of three rids, as the server divides the line, and what it would have to carry for all
 * of it. @return what is sent of the video */
static int64_t divide(struct allocate_video *v)
{
    int64_t line_bps = bandwidth_bps(&line.bandwidth, line.now_us);
    int64_t held_bps = bandwidth_held_bps(&line.bandwidth, line.now_us);
    struct allocate_budget budget = {downlink_room_bps(line_bps, SOUND_BPS),
                                     downlink_room_bps(held_bps, SOUND_BPS)};

    if (!bandwidth_is_known(&line.bandwidth, line.now_us))
        budget = (struct allocate_budget){INT64_MAX, INT64_MAX};
    line.config.wish_bps =
        downlink_line_bps(allocate(&v, 1, &budget, line.now_us), SOUND_BPS) - SOUND_BPS;
    return v->layer < 0 ? 0 : rids_bps[v->layer];
}

/* What is looked for is a line that carries what was asked for. */
static void test_room(void **state)
{
    (void)state;
    for (int64_t room_bps = 0; room_bps < 100000 * KBPS; room_bps += room_bps / 7 + 1) {
        int64_t line_bps = downlink_line_bps(room_bps, SOUND_BPS);

        assert_in_range(downlink_room_bps(line_bps, SOUND_BPS), room_bps, room_bps + 64);
    }
}

/* The highest rid that fits surely: upgrades need a twentieth more, and an estimate may lie 15 %
 * below the line. */
static int64_t fitting_bps(int64_t line_bps)
{
    int64_t room_bps = downlink_room_bps(line_bps * 85 / 100, SOUND_BPS) * 95 / 100, bps = 0;

    for (unsigned i = 0; i < LENGTH(rids_bps); i++)
        bps = rids_bps[i] <= room_bps ? rids_bps[i] : bps;
    return bps;
}

/* An hour with a video of three rids: ten seconds are enough to find what fits. */
static void test_rids_on_a_trace(void **state)
{
    const struct line_config config = {
        .bps = 3200 * KBPS,
        .queue_ms = 300,
        .delay_ms = 20,
        .jitter_us = 3000,
        .loss = 0.003,
        .wish_bps = 1500 * KBPS,
        .n = 1,
        .is_divided = true,
    };
    struct allocate_video v = {.n_layers = LENGTH(rids_bps),
                               .max_layer = LENGTH(rids_bps) - 1,
                               .wish.rank = ALLOCATE_NO_RANK};
    unsigned n_stuck = 0;

    (void)state;
    for (unsigned i = 0; i < LENGTH(rids_bps); i++)
        v.layers[i] = (struct allocate_layer){.bps = rids_bps[i],
                                              .height = (uint16_t)(180 << i),
                                              .id = (uint16_t)(i + 1),
                                              .is_alive = true};
    line_init(&line, &config);
    line.is_verbose = getenv("LINE_VERBOSE") != NULL;
    for (unsigned i = 0, seconds = 0; seconds < 3600;
         seconds += line_trace[i].s, i = (i + 1) % LENGTH(line_trace)) {
        int64_t best_bps = 0;

        line_follow_trace(&line, i);
        line_mark(&line);
        for (unsigned tenth = 0; tenth < line_trace[i].s * 10u; tenth++) {
            line.config.layer_bps = divide(&v);
            line_run(&line, 100);
            if (tenth >= line_trace[i].s * 20u / 3 && line.config.layer_bps > best_bps)
                best_bps = line.config.layer_bps;
        }
        if (line_trace[i].s >= 10 && best_bps < fitting_bps(line.config.bps)) {
            print_message("  %lld of %lld kbit/s, on %lld\n", (long long)best_bps / KBPS,
                          (long long)fitting_bps(line.config.bps) / KBPS,
                          (long long)line.config.bps / KBPS);
            line_print(&line, "stuck");
            n_stuck++;
        }
    }
    assert_int_equal(n_stuck, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_rids_on_a_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
