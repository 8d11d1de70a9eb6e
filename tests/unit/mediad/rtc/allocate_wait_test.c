/* When layers change, and when they do not. */
#include "tests/unit/mediad/rtc/test_allocate.h"

/* One video at 150, 500, 1500 from a budget to another one: how long until its layer is the wanted
 * one. */
static int64_t time_to(struct room *r, const struct allocate_video *v, int layer,
                       int64_t budget_bps)
{
    int64_t start_us = r->now_us;

    for (unsigned i = 0; i < 1000; i++) {
        int64_t at_us = r->now_us;

        (void)step(r, budget_bps);
        if (v->layer == layer)
            return at_us - start_us;
    }
    return INT64_MAX;
}

static void test_waits(void **state)
{
    static const struct {
        const char *name;
        int64_t before_bps;
        int before;
        char wish; /* and then this one */
        int64_t after_bps;
        int after;
        int64_t want_us;
    } rows[] = {
        {"down at once", 2000 * K, 2, '.', 500 * K, 1, 0},
        {"paused at once", 2000 * K, 2, '.', 100 * K, -1, 0},
        {"up after a second", 300 * K, 0, '.', 2000 * K, 2, S},
        {"up from a pause", 100 * K, -1, '.', 300 * K, 0, S},
        {"up from a pause to the best", 100 * K, -1, '.', 2000 * K, 2, 2 * S},
        {"up where room is ample", 300 * K, 0, '.', 9000 * K, 2, S},
        {"a pinned one after half a second", 300 * K, 0, 'p', 1700 * K, 2, S / 2},
        {"at once where room is ample", 300 * K, 0, 'p', 2250 * K, 2, 0},
        {"not to the brim", 300 * K, 0, '.', 1570 * K, 1, S},
        {"not shown: at once", 2000 * K, 2, 'u', 2000 * K, -1, 0},
        {"no more than asked for: at once", 2000 * K, 2, 'l', 2000 * K, 0, 0},
        {"no limit: at once", 300 * K, 0, '.', NO_LIMIT, 2, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct room *r = room_new();
        struct allocate_video *v = add(r, 150 * K, 500 * K, 1500 * K);
        int64_t got_us;

        run(r, rows[i].before_bps, 10 * S);
        assert_int_equal(v->layer, rows[i].before);
        apply(v, rows[i].wish);
        got_us = time_to(r, v, rows[i].after, rows[i].after_bps);
        if (got_us != rows[i].want_us)
            fail_msg("%s: after %lld ms", rows[i].name, (long long)got_us / 1000);
        free(r);
    }
}

static void test_shown_again(void **state)
{
    static const struct {
        int64_t budget_bps;
        int64_t want_us;
    } rows[] = {{1700 * K, S / 2}, {2300 * K, 0}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct room *r = room_new();
        struct allocate_video *v = add(r, 150 * K, 500 * K, 1500 * K);

        apply(v, 'u');
        run(r, rows[i].budget_bps, 10 * S);
        v->wish.is_unwanted = false;
        assert_int_equal(time_to(r, v, 2, rows[i].budget_bps), rows[i].want_us);
        free(r);
    }
}

/* Upgrades that the line does not carry: each next one waits longer. */
static void test_backoff(void **state)
{
    static const int64_t want_us[] = {S, 2 * S, 4 * S, 8 * S, 16 * S, 30 * S, 30 * S};
    struct room *r = room_new();
    struct allocate_video *v = add(r, 150 * K, 500 * K, 0);

    (void)state;
    run(r, 300 * K, 10 * S);
    for (size_t i = 0; i < LENGTH(want_us); i++) {
        int64_t got_us = time_to(r, v, 1, 600 * K);

        if (got_us != want_us[i] - (i > 0 ? STEP_US : 0))
            fail_msg("%zu: %lld ms", i, (long long)got_us / 1000);
        run(r, 600 * K, S);
        (void)step(r, 300 * K); /* and down it goes */
        assert_int_equal(v->layer, 0);
    }
    /* one that stood for five seconds has not failed */
    (void)time_to(r, v, 1, 600 * K);
    run(r, 600 * K, 6 * S);
    (void)step(r, 300 * K);
    assert_int_equal(time_to(r, v, 1, 600 * K), S);
    (void)step(r, 300 * K);
    assert_int_equal(time_to(r, v, 1, 600 * K), 2 * S - STEP_US);
    /* and somebody who asks for more need not wait for the line's past */
    for (unsigned i = 0; i < 5; i++) {
        (void)time_to(r, v, 1, 600 * K);
        (void)step(r, 300 * K);
    }
    v->wish.is_pinned = true;
    assert_int_equal(time_to(r, v, 1, 600 * K), S / 2);
    (void)step(r, 300 * K);
    assert_int_equal(time_to(r, v, 1, 600 * K), 2 * S - STEP_US);
    free(r);
}

/* What failed on a narrow line is tried again soon on a wide one. */
static void test_backoff_ends_with_the_line(void **state)
{
    struct room *r = room_new();
    struct allocate_video *v = add(r, 150 * K, 500 * K, 0);

    (void)state;
    run(r, 300 * K, 10 * S);
    for (unsigned i = 0; i < 5; i++) {
        (void)time_to(r, v, 1, 600 * K);
        (void)step(r, 300 * K);
    }
    run(r, 600 * K, 5 * S);
    assert_int_equal(v->layer, 0);
    (void)step(r, 300 * K);
    assert_int_equal(time_to(r, v, 1, 1000 * K), 3 * S);
    free(r);
}

/* Estimates that swing: five minutes of each. */
static void test_flapping_budget(void **state)
{
    static const struct {
        const char *name;
        int64_t low_bps, high_bps;
        int64_t half_us;
        unsigned max;
    } rows[] = {
        {"within the margin", 1500 * K, 1570 * K, 2 * S, 0},
        {"too quick", 600 * K, 1700 * K, S / 2, 0},
        {"every two seconds", 600 * K, 1700 * K, 2 * S, 34},
        {"every four seconds", 600 * K, 1700 * K, 4 * S, 30},
        {"as slow as it is", 600 * K, 1700 * K, 30 * S, 10},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct room *r = room_new();
        unsigned n = 0;

        (void)add(r, 150 * K, 500 * K, 1500 * K);
        run(r, rows[i].low_bps, S);
        if (rows[i].max == 0)
            run(r, rows[i].low_bps, 10 * S);
        for (int64_t at_us = 0; at_us < 300 * S; at_us += 2 * rows[i].half_us) {
            n += count_changes(r, rows[i].high_bps, rows[i].half_us);
            n += count_changes(r, rows[i].low_bps, rows[i].half_us);
        }
        if (n > rows[i].max || (rows[i].max > 0 && n == 0))
            fail_msg("%s: %u changes", rows[i].name, n);
        free(r);
    }
}

/* Of two that matter as much the one that has the room keeps it, whatever comes and goes. */
static void test_equals(void **state)
{
    struct room *r = room_new();
    struct allocate_video *a = add(r, 150 * K, 0, 0), *b = add(r, 150 * K, 0, 0);

    (void)state;
    run(r, 200 * K, S);
    assert_int_equal(a->layer, 0);
    assert_int_equal(b->layer, -1);
    a->wish.is_unwanted = true;
    run(r, 200 * K, 3 * S);
    assert_int_equal(b->layer, 0);
    a->wish.is_unwanted = false;
    assert_int_equal(count_changes(r, 200 * K, 60 * S), 0);
    assert_int_equal(b->layer, 0);
    /* but one that matters more takes it, after its wait */
    a->wish.is_pinned = true;
    assert_int_equal(time_to(r, a, 0, 200 * K), S / 2);
    assert_int_equal(b->layer, -1);
    free(r);
}

/* The best layer goes to who speaks, without a moment of both. */
static void test_speaker_changes(void **state)
{
    struct room *r = room_new();
    struct allocate_video *a = add(r, 150 * K, 500 * K, 1500 * K);
    struct allocate_video *b = add(r, 150 * K, 500 * K, 1500 * K);

    (void)state;
    a->wish.rank = 0;
    b->wish.rank = 1;
    run(r, 2100 * K, 2 * S);
    assert_int_equal(a->layer, 2);
    assert_int_equal(b->layer, 0);
    a->wish.rank = 1;
    b->wish.rank = 0;
    assert_int_equal(time_to(r, b, 2, 2100 * K), S / 2);
    assert_int_equal(a->layer, 1); /* what is left holds it, though it would not raise it */
    assert_int_equal(count_changes(r, 2100 * K, 60 * S), 0);
    free(r);
}

/* Somebody who matters less does not take the room for which somebody waits. */
static void test_room_is_kept(void **state)
{
    struct room *r = room_new();
    struct allocate_video *a = add(r, 150 * K, 0, 1500 * K), *b = add(r, 150 * K, 1400 * K, 0);

    (void)state;
    a->wish.rank = 0;
    run(r, 400 * K, 2 * S);
    run(r, 1700 * K, S / 2); /* b would fit, a not yet */
    run(r, 1900 * K, 2 * S);
    assert_int_equal(a->layer, 1);
    assert_int_equal(b->layer, 0);
    assert_true(b->state.raised_us == S); /* at its start, never since */
    free(r);
}

/* Nor does an upgrade take the room for which a paused one waits. */
static void test_room_of_paused_is_kept(void **state)
{
    struct room *r = room_new();
    struct allocate_video *a = add(r, 150 * K, 500 * K, 0), *b = add(r, 400 * K, 0, 0);

    (void)state;
    a->wish.rank = 0;
    run(r, 200 * K, 2 * S);
    assert_int_equal(b->layer, -1);
    run(r, 570 * K, S / 2); /* a's upgrade would fit, b not yet */
    run(r, 700 * K, 2 * S);
    assert_int_equal(b->layer, 0);
    assert_int_equal(a->layer, 0);
    assert_true(a->state.raised_us == S);
    free(r);
}

/* Layers come, go and change places, as their rates are measured: what flows stays. */
static void test_layers_move(void **state)
{
    struct room *r = room_new();
    struct allocate_video *v = add(r, 150 * K, 500 * K, 1500 * K);
    struct allocate_layer layer;

    (void)state;
    run(r, 800 * K, S);
    assert_int_equal(v->layer, 1);
    layer = v->layers[1];
    layer.id = 9; /* one is found between them */
    layer.bps = 300 * K;
    memmove(&v->layers[2], &v->layers[1], 2 * sizeof layer);
    v->layers[1] = layer;
    v->n_layers = 4;
    (void)step(r, 800 * K);
    assert_int_equal(v->layer, 2);
    assert_int_equal(v->bps, 500 * K);
    /* and now it takes more than the one that flows */
    layer.bps = 510 * K;
    v->layers[1] = v->layers[2];
    v->layers[2] = layer;
    (void)step(r, 800 * K);
    assert_int_equal(v->layer, 1);
    assert_int_equal(v->layers[v->layer].id, 2);
    /* what flows is gone: something no larger */
    v->layers[1] = v->layers[3];
    v->n_layers = 2;
    (void)step(r, 2000 * K);
    assert_int_equal(v->layer, 0);
    /* how long there has been room is known of the layer, not of the place */
    run(r, 2000 * K, S / 2);
    v->layers[2] = v->layers[1];
    v->layers[1].id = 7;
    v->layers[1].bps = 1400 * K;
    v->n_layers = 3;
    assert_int_equal(time_to(r, v, 2, 2000 * K), S / 2 - STEP_US);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits),        cmocka_unit_test(test_shown_again),
        cmocka_unit_test(test_backoff),      cmocka_unit_test(test_flapping_budget),
        cmocka_unit_test(test_equals),       cmocka_unit_test(test_speaker_changes),
        cmocka_unit_test(test_room_is_kept), cmocka_unit_test(test_room_of_paused_is_kept),
        cmocka_unit_test(test_layers_move),  cmocka_unit_test(test_backoff_ends_with_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
