/* Random videos and budgets: what always holds. */
#include "tests/unit/mediad/rtc/test_allocate.h"

struct generator {
    uint64_t state;
};

/* xorshift64: the same sequence everywhere */
static uint32_t draw(struct generator *g, uint32_t n)
{
    g->state ^= g->state << 13;
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return (uint32_t)(g->state >> 32) % n;
}

static void shake(struct generator *g, struct allocate_video *v)
{
    struct allocate_layer *l = &v->layers[draw(g, ALLOCATE_LAYERS_MAX)];

    switch (draw(g, 9)) {
    case 0:
        v->wish.is_unwanted = !v->wish.is_unwanted;
        break;
    case 1:
        v->wish.is_pinned = draw(g, 8) == 0;
        break;
    case 2:
        v->wish.rank = (uint16_t)draw(g, 4);
        break;
    case 3:
        v->wish.height = (uint16_t)(draw(g, 5) * 180);
        break;
    case 4:
        l->is_alive = !l->is_alive;
        break;
    case 5:
        l->bps = draw(g, 5) == 0 ? 0 : draw(g, 3000000);
        break;
    case 6:
        v->max_layer = (uint8_t)draw(g, 15);
        break;
    case 7:
        v->is_elastic = draw(g, 3) == 0;
        v->min_bps = draw(g, 200000);
        break;
    default:
        v->n_layers = (uint8_t)draw(g, 15); /* too many, too */
        l->id = (uint16_t)draw(g, 15);
        l->height = (uint16_t)(draw(g, 5) * 180);
        break;
    }
}

/* The sum is asserted by step(). Equal input, equal output. */
static void test_random(void **state)
{
    struct generator g = {.state = UINT64_C(0x9e3779b97f4a7c15)};

    (void)state;
    for (unsigned round = 0; round < 40; round++) {
        struct room *r = room_new(), *twin = room_new();
        int64_t budget_bps = 0;

        for (size_t i = 0, n = 1 + draw(&g, 30); i < n; i++) {
            (void)add(r, 150 * K, 500 * K, 1500 * K);
            (void)add(twin, 150 * K, 500 * K, 1500 * K);
        }
        for (unsigned k = 0; k < 300; k++) {
            if (draw(&g, 5) == 0)
                budget_bps = draw(&g, 20) == 0 ? NO_LIMIT : (int64_t)draw(&g, 8000000) - 100;
            shake(&g, r->list[draw(&g, (uint32_t)r->n)]);
            for (size_t i = 0; i < r->n; i++) {
                memcpy(twin->videos[i].layers, r->videos[i].layers, sizeof r->videos[i].layers);
                twin->videos[i].n_layers = r->videos[i].n_layers;
                twin->videos[i].wish = r->videos[i].wish;
                twin->videos[i].max_layer = r->videos[i].max_layer;
                twin->videos[i].is_elastic = r->videos[i].is_elastic;
                twin->videos[i].min_bps = r->videos[i].min_bps;
            }
            assert_int_equal(step(r, budget_bps), step(twin, budget_bps));
            for (size_t i = 0; i < r->n; i++) {
                assert_int_equal(r->videos[i].layer, twin->videos[i].layer);
                assert_true(r->videos[i].bps == twin->videos[i].bps);
                assert_true(!r->videos[i].wish.is_unwanted || r->videos[i].layer < 0);
            }
        }
        free(twin);
        free(r);
    }
}

/* Is a more important than b, by what the header says? */
static bool is_before(const struct allocate_video *a, const struct allocate_video *b)
{
    if (a->wish.is_pinned != b->wish.is_pinned)
        return a->wish.is_pinned;
    if (a->wish.is_screen != b->wish.is_screen)
        return a->wish.is_screen;
    if (a->wish.rank != b->wish.rank)
        return a->wish.rank < b->wish.rank;
    return a->wish.height > b->wish.height;
}

/* A quiet line: whoever could have more at the cost of less important ones has it. */
static void assert_priority(const struct room *r, int64_t budget_bps)
{
    int64_t mins_bps = 0;

    for (size_t i = 0; i < r->n; i++)
        mins_bps += r->list[i]->layer >= 0 ? r->list[i]->layers[0].bps : 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct allocate_video *v = r->list[i];
        int64_t others_bps = 0;
        int64_t next_bps = v->layers[v->layer + 1].bps;

        if (v->reason != ALLOCATE_BANDWIDTH)
            continue;
        for (size_t k = 0; k < r->n; k++) {
            const struct allocate_video *o = r->list[k];

            if (o == v || o->layer < 0)
                continue;
            if (v->layer < 0 ? !is_before(v, o) : is_before(v, o))
                others_bps += v->layer < 0 ? 0 : o->layers[0].bps;
            else
                others_bps += v->layer < 0 ? o->layers[0].bps : o->bps;
        }
        if ((others_bps + next_bps) * 20 <= budget_bps * 19 && (v->layer >= 0 || mins_bps == 0))
            fail_msg("video %zu with layer %d: %lld and %lld of %lld", i, v->layer,
                     (long long)others_bps, (long long)next_bps, (long long)budget_bps);
    }
}

/* After a minute of the same budget priority holds, and nothing changes any more. */
static void test_random_settles(void **state)
{
    struct generator g = {.state = 77};

    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        struct room *r = room_new();
        int64_t budget_bps = draw(&g, 12000000);

        for (size_t i = 0, n = 1 + draw(&g, 20); i < n; i++) {
            int64_t low = 50 * K + draw(&g, 300000);
            struct allocate_video *v = add(r, low, low * 3, low * 10);

            v->wish.is_pinned = draw(&g, 6) == 0;
            v->wish.is_screen = draw(&g, 6) == 0;
            v->wish.rank = (uint16_t)draw(&g, 3);
            v->wish.is_unwanted = draw(&g, 5) == 0;
        }
        for (unsigned k = 0; k < 20; k++)
            run(r, draw(&g, 12000000), (1 + draw(&g, 30)) * STEP_US);
        run(r, budget_bps, 60 * S);
        assert_priority(r, budget_bps);
        if (count_changes(r, budget_bps, 60 * S) > 0)
            fail_msg("round %u does not settle", round);
        free(r);
    }
}

/* No upgrade without its wait while nobody asks for anything. */
static void test_random_waits(void **state)
{
    struct generator g = {.state = 5};
    struct room *r = room_new();
    int64_t lowered_us[8] = {0};
    int8_t before[8];

    (void)state;
    for (unsigned i = 0; i < LENGTH(before); i++)
        (void)add(r, 150 * K, 500 * K, 1500 * K);
    run(r, 3000 * K, S);
    for (unsigned k = 0; k < 20000; k++) {
        for (unsigned i = 0; i < LENGTH(before); i++)
            before[i] = r->list[i]->layer;
        (void)step(r, 1000 * K + (int64_t)draw(&g, 2000000) * (1 + k / 5000));
        for (unsigned i = 0; i < LENGTH(before); i++) {
            if (r->list[i]->layer < before[i])
                lowered_us[i] = r->now_us;
            if (r->list[i]->layer > before[i])
                assert_true(r->now_us - lowered_us[i] >= S);
        }
    }
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_random_settles),
        cmocka_unit_test(test_random_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
