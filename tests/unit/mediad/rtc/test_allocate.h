/*
 * A room of videos for the allocator's tests, and time that passes in it.
 */
#ifndef NEREID_TEST_ALLOCATE_H
#define NEREID_TEST_ALLOCATE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/allocate.h"

#define S INT64_C(1000000)
#define STEP_US (S / 10)
#define K INT64_C(1000)
#define VIDEOS_MAX 200
#define NO_LIMIT INT64_MAX
#define ALL (ALLOCATE_LAYERS_MAX - 1)

struct room {
    struct allocate_video videos[VIDEOS_MAX];
    struct allocate_video *list[VIDEOS_MAX];
    size_t n;
    int64_t now_us;
};

static inline struct room *room_new(void)
{
    struct room *r = calloc(1, sizeof *r);

    assert_non_null(r);
    r->now_us = S;
    return r;
}

/* By simulcast as browsers do it: 180, 360 and 720 lines. @param bps of each, 0: none */
static inline struct allocate_video *add(struct room *r, int64_t low, int64_t middle, int64_t high)
{
    const int64_t bps[] = {low, middle, high};
    struct allocate_video *v = &r->videos[r->n];

    for (unsigned i = 0; i < LENGTH(bps); i++) {
        if (bps[i] == 0)
            continue;
        v->layers[v->n_layers++] = (struct allocate_layer){.bps = bps[i],
                                                           .height = (uint16_t)(180 << i),
                                                           .id = (uint16_t)(i + 1),
                                                           .is_alive = true};
    }
    v->max_layer = ALL;
    v->wish.rank = ALLOCATE_NO_RANK;
    r->list[r->n++] = v;
    return v;
}

static inline struct allocate_video *add_elastic(struct room *r, int64_t bps)
{
    struct allocate_video *v = add(r, bps, 0, 0);

    v->layers[0].height = 720;
    v->is_elastic = true;
    v->min_bps = 150 * K;
    return v;
}

static inline int64_t step(struct room *r, int64_t budget_bps)
{
    unsigned n_flowing = 0;
    const struct allocate_budget budget = {budget_bps, budget_bps};
    int64_t sum_bps = 0, wish_bps = allocate(r->list, r->n, &budget, r->now_us);

    r->now_us += STEP_US;
    if (budget_bps == NO_LIMIT)
        return wish_bps;
    for (size_t i = 0; i < r->n; i++) {
        const struct allocate_video *v = r->list[i];

        assert_true(v->bps >= 0);
        assert_true(v->layer >= 0 || v->bps == 0);
        assert_true(v->flows <= v->layer);
        sum_bps += v->bps;
        n_flowing += v->bps > 0;
    }
    if (n_flowing == 1 && sum_bps > budget_bps) /* the only one may lie above it by a quarter */
        sum_bps -= sum_bps / 4;
    if (sum_bps > (budget_bps > 0 ? budget_bps : 0))
        fail_msg("%lld of %lld", (long long)sum_bps, (long long)budget_bps);
    return wish_bps;
}

static inline void run(struct room *r, int64_t budget_bps, int64_t duration_us)
{
    for (int64_t end_us = r->now_us + duration_us; r->now_us < end_us;)
        (void)step(r, budget_bps);
}

/* One letter for each video: what is asked for. */
static inline void apply(struct allocate_video *v, char wish)
{
    switch (wish) {
    case 'u':
        v->wish.is_unwanted = true;
        break;
    case 'p':
        v->wish.is_pinned = true;
        break;
    case 's':
        v->wish.is_screen = true;
        break;
    case 'r':
        v->wish.rank = 0;
        break;
    case '1':
        v->wish.height = 180;
        break;
    case '2':
        v->wish.height = 200;
        break;
    case '3':
        v->wish.height = 360;
        break;
    case '9':
        v->wish.height = 1080;
        break;
    case 'l':
        v->max_layer = 0;
        break;
    case 'd': /* the highest is not sent, its rate is known */
        v->layers[2].is_alive = false;
        break;
    case 'n': /* the highest is not sent and never was */
        v->layers[2] = (struct allocate_layer){.height = 720};
        break;
    case 'm': /* only the highest is sent, of the middle one the rate is known */
        v->layers[0] = (struct allocate_layer){.height = 180};
        v->layers[1].is_alive = false;
        break;
    case 'h': /* only the highest is sent, of the others nothing is known */
        v->layers[0] = (struct allocate_layer){.height = 180};
        v->layers[1] = (struct allocate_layer){.height = 360};
        break;
    case 'x': /* nothing is sent */
        for (unsigned i = 0; i < 3; i++)
            v->layers[i] = (struct allocate_layer){0};
        break;
    case 'c': /* has just begun: not measured yet */
        v->layers[0].bps = 0;
        break;
    case '0': /* heights are not known */
        for (unsigned i = 0; i < 3; i++)
            v->layers[i].height = 0;
        v->wish.height = 90;
        break;
    default:
        break;
    }
}

static inline int layer_of(const struct allocate_video *v)
{
    return v->state.has_state ? v->layer : ALLOCATE_PAUSED;
}

/* How often a video's layer becomes another one. */
static inline unsigned count_changes(struct room *r, int64_t budget_bps, int64_t duration_us)
{
    int before[VIDEOS_MAX];
    unsigned n = 0;

    for (int64_t end_us = r->now_us + duration_us; r->now_us < end_us;) {
        for (size_t i = 0; i < r->n; i++)
            before[i] = layer_of(r->list[i]);
        (void)step(r, budget_bps);
        for (size_t i = 0; i < r->n; i++)
            n += layer_of(r->list[i]) != before[i];
    }
    return n;
}

#endif
