/* Who gets which layer. */
#include "tests/unit/mediad/rtc/test_allocate.h"

static char layer_letter(const struct allocate_video *v)
{
    return v->layer < 0 ? '-' : (char)('0' + v->layer);
}

static char reason_letter(const struct allocate_video *v)
{
    assert_true(v->reason < ALLOCATE_REASONS);
    return "fbus"[v->reason];
}

static void test_rules(void **state)
{
    static const struct {
        const char *name;
        int64_t budget_bps;
        const char *wishes; /* of videos at 150, 500 and 1500 kbit/s */
        const char *layers;
        const char *reasons;
    } rows[] = {
        {"no limit: everything", NO_LIMIT, "...", "222", "fff"},
        {"no limit: nothing that is not shown", NO_LIMIT, "u.", "-2", "uf"},
        {"200 kbit/s and 40 of sound", 160 * K, ".", "0", "b"},
        {"400 kbit/s", 360 * K, ".", "0", "b"},
        {"800 kbit/s", 760 * K, ".", "1", "b"},
        {"1800 kbit/s", 1760 * K, ".", "2", "f"},
        {"too little", 149 * K, ".", "-", "b"},
        {"nothing", 0, "..", "--", "bb"},
        {"less than nothing", -1, ".", "-", "b"},
        {"everybody's lowest before anybody's upgrade", 600 * K, "...", "000", "bbb"},
        {"what does not fit is paused", 400 * K, "...", "00-", "bbb"},
        {"the pinned one first", 200 * K, "..p.", "--0-", "bbbb"},
        {"then the screen", 200 * K, "..s.", "--0-", "bbbb"},
        {"pinned before screen", 1000 * K, ".sp", "001", "bbb"},
        {"pinned before screen, within reach", 2100 * K, ".sp", "002", "bbf"},
        {"screen before speaker", 2100 * K, ".rs", "002", "bbf"},
        {"speaker before large", 2100 * K, "9r", "02", "bf"},
        {"large before small, which is content", 2100 * K, "19", "02", "ff"},
        {"the second upgrade is what fits", 2300 * K, "..", "21", "fb"},
        {"a thumbnail needs no more", 9000 * K, "1", "0", "f"},
        {"200 lines are filled by 360", 9000 * K, "2", "1", "f"},
        {"360 by 360", 9000 * K, "3", "1", "f"},
        {"nothing fills 1080", 9000 * K, "9", "2", "f"},
        {"of unknown height: all", 9000 * K, "0", "2", "f"},
        {"only the lowest is asked for", 9000 * K, "l", "0", "f"},
        {"its publisher is to start it", 9000 * K, "d", "2", "s"},
        {"its publisher has nothing better", 9000 * K, "n", "1", "s"},
        {"a lower one is to be started", 600 * K, "m", "1", "b"},
        {"the one that is sent, where it fits", 1800 * K, "m", "2", "f"},
        {"more than asked for is better than nothing", 1800 * K, "h", "2", "f"},
        {"and costs what it costs", 1000 * K, "h", "-", "b"},
        {"nothing is sent yet", 9000 * K, "x", "0", "f"},
        {"one that begins costs nothing yet", 10 * K, "c", "0", "b"},
        {"unwanted ones take nothing", 1760 * K, "u.u", "-2-", "ufu"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct room *r = room_new();

        for (size_t k = 0; rows[i].wishes[k]; k++)
            apply(add(r, 150 * K, 500 * K, 1500 * K), rows[i].wishes[k]);
        (void)step(r, rows[i].budget_bps);
        for (size_t k = 0; k < r->n; k++) {
            if (layer_letter(r->list[k]) != rows[i].layers[k])
                fail_msg("%s: video %zu has layer %d", rows[i].name, k, r->list[k]->layer);
            if (reason_letter(r->list[k]) != rows[i].reasons[k])
                fail_msg("%s: video %zu has reason %u", rows[i].name, k, r->list[k]->reason);
        }
        free(r);
    }
}

/* What a publisher has to start: room is kept for it, and a lower layer flows meanwhile. */
static void test_goals(void **state)
{
    struct room *r = room_new();
    struct allocate_video *v = add(r, 150 * K, 500 * K, 1500 * K);

    (void)state;
    apply(v, 'd');
    (void)step(r, 2000 * K);
    assert_int_equal(v->layer, 2);
    assert_int_equal(v->flows, 1);
    assert_int_equal(v->bps, 1500 * K);
    v->layers[2].is_alive = true;
    (void)step(r, 2000 * K);
    assert_int_equal(v->flows, 2);
    assert_int_equal(v->reason, ALLOCATE_FULL);
    /* the publisher gave up, and its rate was forgotten */
    v->layers[2] = (struct allocate_layer){.height = 720};
    (void)step(r, 2000 * K);
    assert_int_equal(v->layer, 1);
    assert_int_equal(v->reason, ALLOCATE_SILENT);
    assert_int_equal(v->state.fails, 0);
    /* and sends nothing at all; what comes again is let through at once */
    apply(v, 'x');
    run(r, 2000 * K, S);
    assert_int_equal(v->layer, 0);
    assert_int_equal(v->reason, ALLOCATE_SILENT);
    v->layers[0] = (struct allocate_layer){.bps = 150 * K, .is_alive = true};
    (void)step(r, 160 * K);
    assert_int_equal(v->layer, 0);
    assert_int_equal(v->flows, 0);
    free(r);
}

/* The line of twelve publishers, one of whom speaks. */
static void test_twelve(void **state)
{
    struct room *r = room_new();
    unsigned n_seen = 0;

    (void)state;
    for (unsigned i = 0; i < 12; i++)
        add(r, 150 * K, 500 * K, 1500 * K)->wish.height = 180;
    r->videos[7].wish.rank = 0;
    r->videos[7].wish.height = 720;
    run(r, 1560 * K, S);
    for (unsigned i = 0; i < 12; i++)
        n_seen += r->videos[i].layer >= 0;
    assert_int_equal(n_seen, 10);
    assert_int_equal(r->videos[7].layer, 0);
    for (unsigned i = 0; i < 12; i++)
        r->videos[i].layers[0].bps = 90 * K;
    run(r, 1960 * K, 3 * S);
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(r->videos[i].layer, i == 7 ? 1 : 0);
    free(r);
}

/* What it returns: the budget at which everything is given, and no less than that. */
static void test_wishes(void **state)
{
    static const char *const rooms[] = {".", "..", "1p", "sul", "d9", "m", "x", "h"};

    (void)state;
    for (size_t i = 0; i < LENGTH(rooms); i++) {
        struct room *r = room_new();
        int64_t wish_bps;

        for (size_t k = 0; rooms[i][k]; k++)
            apply(add(r, 150 * K, 500 * K, 1500 * K), rooms[i][k]);
        wish_bps = step(r, 10 * K);
        run(r, wish_bps, 40 * S);
        for (size_t k = 0; k < r->n; k++) {
            if (r->list[k]->reason == ALLOCATE_BANDWIDTH)
                fail_msg("%s: video %zu at %lld", rooms[i], k, (long long)wish_bps);
        }
        free(r);
    }
}

/* ---- elastic ones ---- */

static void test_elastic(void **state)
{
    static const struct {
        const char *name;
        int64_t budget_bps;
        const char *wishes; /* of elastic videos at 1 Mbit/s */
        int64_t want_bps[3];
        const char *reasons;
    } rows[] = {
        {"no limit", NO_LIMIT, "..", {INT64_MAX, INT64_MAX}, "ff"},
        {"all that there is", 400 * K, ".", {400 * K}, "b"},
        {"and more than it takes", 2000 * K, ".", {2000 * K}, "f"},
        {"its least", 150 * K, ".", {150 * K}, "b"},
        {"less than that", 149 * K, ".", {0}, "b"},
        {"equal shares", 900 * K, "...", {300 * K, 300 * K, 300 * K}, "bbb"},
        {"who speaks has more", 1200 * K, ".r", {450 * K, 750 * K}, "bb"},
        {"who is pinned has most", 1200 * K, ".p", {330 * K, 870 * K}, "bb"},
        {"the second has no room", 200 * K, "..", {200 * K, 0}, "bb"},
        {"one that is not shown", 900 * K, "u.", {0, 900 * K}, "ub"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct room *r = room_new();

        for (size_t k = 0; rows[i].wishes[k]; k++)
            apply(add_elastic(r, 1000 * K), rows[i].wishes[k]);
        (void)step(r, rows[i].budget_bps);
        for (size_t k = 0; k < r->n; k++) {
            if (llabs(r->list[k]->bps - rows[i].want_bps[k]) > 10)
                fail_msg("%s: video %zu may take %lld", rows[i].name, k,
                         (long long)r->list[k]->bps);
            if (reason_letter(r->list[k]) != rows[i].reasons[k])
                fail_msg("%s: video %zu has reason %u", rows[i].name, k, r->list[k]->reason);
        }
        free(r);
    }
}

static void test_elastic_most(void **state)
{
    struct room *r = room_new();
    struct allocate_video *a = add_elastic(r, 300 * K), *b = add_elastic(r, 1000 * K);

    (void)state;
    a->max_bps = 400 * K;
    (void)step(r, 1600 * K);
    assert_int_equal(a->bps, 400 * K);
    assert_in_range(b->bps, 1200 * K - 10, 1200 * K);
    (void)step(r, NO_LIMIT);
    assert_int_equal(a->bps, 400 * K);
    assert_true(b->bps == INT64_MAX);
    free(r);
}

/* Beside videos with layers it gets its share first, and what is left. */
static void test_elastic_beside_layers(void **state)
{
    struct room *r = room_new();
    struct allocate_video *layered = add(r, 150 * K, 500 * K, 1500 * K);
    struct allocate_video *elastic = add_elastic(r, 1000 * K);

    (void)state;
    (void)step(r, 1800 * K);
    assert_int_equal(layered->layer, 1);
    assert_in_range(elastic->bps, 1300 * K - 10, 1300 * K);
    free(r);
}

/* A lowest layer whose publisher can be told to send less. */
static void test_elastic_lowest_layer(void **state)
{
    struct room *r = room_new();
    struct allocate_video *v = add(r, 300 * K, 1500 * K, 0);

    (void)state;
    v->is_elastic = true;
    v->min_bps = 100 * K;
    run(r, 200 * K, S);
    assert_int_equal(v->layer, 0);
    assert_int_equal(v->bps, 200 * K);
    assert_int_equal(v->reason, ALLOCATE_BANDWIDTH);
    run(r, 2000 * K, 2 * S);
    assert_int_equal(v->layer, 1);
    assert_int_equal(v->bps, 1500 * K);
    free(r);
}

/* A layer that is too much as it is, but that its publisher can make smaller. */
static void test_reach(void **state)
{
    static const struct {
        const char *name;
        int64_t budget_bps;
        bool can_shrink;
        int reach;
    } rows[] = {
        {"a good part of the next one", 340 * K, true, 1},
        {"too small a part", 190 * K, true, -1},
        {"its publisher is not told", 340 * K, false, -1},
        {"all of the next one: more of the one above", 1000 * K, true, 2},
        {"all of them", 3000 * K, true, -1},
        {"nothing at all", 100 * K, true, -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct room *r = room_new();
        struct allocate_video *v = add(r, 150 * K, 500 * K, 1500 * K);

        for (int l = 1; l < 3; l++) {
            v->layers[l].can_shrink = rows[i].can_shrink;
            v->layers[l].full_bps = v->layers[l].bps;
        }
        run(r, rows[i].budget_bps, 3 * S);
        if (v->reach != rows[i].reach || v->room_bps != rows[i].budget_bps)
            fail_msg("%s: %d", rows[i].name, v->reach);
        free(r);
    }
}

/* What two could make use of is promised to both together once. */
static void test_two_shrunk(void **state)
{
    static const int64_t budgets[] = {700 * K, 1000 * K, 790 * K};
    struct room *r = room_new();

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct allocate_video *v = add(r, 150 * K, 300 * K, 1500 * K);

        v->layers[1].can_shrink = v->layers[1].is_shrunk = true;
        v->layers[1].full_bps = 500 * K;
    }
    for (unsigned i = 0; i < LENGTH(budgets); i++) {
        run(r, budgets[i], 3 * S);
        assert_int_equal(r->list[0]->layer, 1);
        assert_int_equal(r->list[1]->layer, 1);
        assert_int_equal(r->list[0]->room_bps + r->list[1]->room_bps, budgets[i]);
    }
    free(r);
}

/* Who speaks is not kept small by others that were upgraded meanwhile; others share. */
static void test_shrunk_that_matters(void **state)
{
    static const struct {
        uint16_t rank;
        int layer;
    } rows[] = {{0, 0}, {1, 1}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct room *r = room_new();
        struct allocate_video *v = add(r, 150 * K, 200 * K, 0),
                              *other = add(r, 150 * K, 300 * K, 0);

        v->wish.rank = rows[i].rank;
        run(r, 700 * K, 3 * S);
        assert_int_equal(other->layer, 1);
        v->layers[1].can_shrink = v->layers[1].is_shrunk = true;
        v->layers[1].full_bps = 500 * K;
        for (unsigned second = 0; second < 5; second++) { /* its publisher does as it is told */
            v->layers[1].is_pressing = second > 0;
            run(r, 700 * K, S);
            if (second == 0)
                assert_int_equal(v->room_bps, 400 * K);
            v->layers[1].bps = v->room_bps < 500 * K ? v->room_bps : 500 * K;
        }
        assert_int_equal(v->layer, 1);
        assert_int_equal(other->layer, rows[i].layer);
        assert_in_range(v->room_bps, (rows[i].rank == 0 ? 500 : 400) * K,
                        (rows[i].rank == 0 ? 550 : 400) * K);
        free(r);
    }
}

/* Room for a moment is nothing to reach for; what is reached for stays so with somewhat less. */
static void test_reach_wobbles(void **state)
{
    struct room *r = room_new();
    struct allocate_video *v = add(r, 150 * K, 500 * K, 0);

    (void)state;
    v->layers[1].can_shrink = true;
    v->layers[1].full_bps = 500 * K;
    run(r, 220 * K, S);
    for (unsigned i = 0; i < 10; i++) {
        (void)step(r, 300 * K);
        assert_int_equal(v->reach, -1);
        (void)step(r, 220 * K);
    }
    run(r, 300 * K, S);
    assert_int_equal(v->reach, 1);
    run(r, 220 * K, S);
    assert_int_equal(v->reach, 1);
    run(r, 180 * K, S);
    assert_int_equal(v->reach, -1);
    free(r);
}

/* One that was made smaller is taken, is no step to the next one, and is kept while a line gets a
 * bit narrower: it follows. */
static void test_shrunk(void **state)
{
    struct room *r = room_new();
    struct allocate_video *v = add(r, 150 * K, 300 * K, 1500 * K);

    (void)state;
    for (int l = 1; l < 3; l++)
        v->layers[l].can_shrink = true;
    v->layers[1].is_shrunk = true;
    v->layers[1].full_bps = 500 * K;
    v->layers[2].full_bps = 1500 * K;
    run(r, 340 * K, 3 * S);
    assert_int_equal(v->layer, 1);
    run(r, 900 * K, S);
    assert_int_equal(v->layer, 1);
    assert_int_equal(v->reach, -1);
    run(r, 240 * K, S);
    assert_int_equal(v->layer, 1);
    assert_int_equal(v->room_bps, 240 * K);
    run(r, 340 * K, S);
    run(r, 200 * K, S);
    assert_int_equal(v->layer, 0);
    /* it did not follow: it is another one's */
    run(r, 340 * K, 10 * S);
    assert_int_equal(v->layer, 1);
    run(r, 240 * K, 3 * S);
    assert_int_equal(v->layer, 1);
    run(r, 240 * K, S);
    assert_int_equal(v->layer, 0);
    free(r);
}

/* After a burst that filled the line what is sent stays in what came through then; nothing rises.
 */
static void test_held(void **state)
{
    static const struct allocate_budget burst = {1400 * K, 1560 * K}, full = {1400 * K, 1400 * K};
    struct room *r = room_new();
    struct allocate_video *a = add(r, 150 * K, 500 * K, 1500 * K);

    (void)state;
    run(r, 1700 * K, 3 * S);
    assert_int_equal(a->layer, 2);
    (void)allocate(r->list, r->n, &burst, r->now_us);
    assert_int_equal(a->layer, 2);
    (void)allocate(r->list, r->n, &full, r->now_us);
    assert_int_equal(a->layer, 1);
    for (unsigned i = 0; i < 50; i++)
        (void)allocate(r->list, r->n, &burst, r->now_us += STEP_US);
    assert_int_equal(a->layer, 1);
    free(r);
}

/* One that sends less than it can do with costs what it sends. */
static void test_elastic_still_picture(void **state)
{
    struct room *r = room_new();

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        (void)add_elastic(r, 45 * K);
    run(r, 200 * K, 3 * S);
    for (size_t i = 0; i < r->n; i++)
        assert_int_equal(r->list[i]->layer, 0);
    run(r, 100 * K, S);
    assert_int_equal(r->list[3]->layer, ALLOCATE_PAUSED);
    free(r);
}

/* An estimate that just fell is less than the line: the only picture is not given up for that. */
static void test_only_picture(void **state)
{
    struct room *r = room_new();
    struct allocate_video *first = add(r, 150 * K, 500 * K, 1500 * K), *second;

    (void)state;
    run(r, 200 * K, 2 * S);
    assert_int_equal(first->layer, 0);
    run(r, 120 * K, 5 * S);
    assert_int_equal(first->layer, 0);
    run(r, 110 * K, S);
    assert_int_equal(first->layer, ALLOCATE_PAUSED);
    run(r, 140 * K, 5 * S); /* it begins where there is room */
    assert_int_equal(first->layer, ALLOCATE_PAUSED);
    second = add(r, 150 * K, 500 * K, 1500 * K);
    run(r, 400 * K, 3 * S);
    run(r, 280 * K, S);
    assert_int_equal(first->layer, 0);
    assert_int_equal(second->layer, ALLOCATE_PAUSED);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_goals),
        cmocka_unit_test(test_twelve),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_elastic),
        cmocka_unit_test(test_elastic_most),
        cmocka_unit_test(test_elastic_beside_layers),
        cmocka_unit_test(test_elastic_lowest_layer),
        cmocka_unit_test(test_elastic_still_picture),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_shrunk),
        cmocka_unit_test(test_two_shrunk),
        cmocka_unit_test(test_shrunk_that_matters),
        cmocka_unit_test(test_reach_wobbles),
        cmocka_unit_test(test_only_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
