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

/* ---- rooms of videos ---- */

struct room {
    struct allocate_video videos[VIDEOS_MAX];
    struct allocate_video *list[VIDEOS_MAX];
    size_t n;
    int64_t now_us;
};

static struct room *room_new(void)
{
    struct room *r = calloc(1, sizeof *r);

    assert_non_null(r);
    r->now_us = S;
    return r;
}

/* By simulcast as browsers do it: 180, 360 and 720 lines. @param bps of each, 0: none */
static struct allocate_video *add(struct room *r, int64_t low, int64_t middle, int64_t high)
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

static struct allocate_video *add_elastic(struct room *r, int64_t bps)
{
    struct allocate_video *v = add(r, bps, 0, 0);

    v->layers[0].height = 720;
    v->is_elastic = true;
    v->min_bps = 150 * K;
    return v;
}

static int64_t step(struct room *r, int64_t budget_bps)
{
    int64_t sum_bps = 0, wish_bps = allocate(r->list, r->n, budget_bps, r->now_us);

    r->now_us += STEP_US;
    if (budget_bps == NO_LIMIT)
        return wish_bps;
    for (size_t i = 0; i < r->n; i++) {
        const struct allocate_video *v = r->list[i];

        assert_true(v->bps >= 0);
        assert_true(v->layer >= 0 || v->bps == 0);
        assert_true(v->flows <= v->layer);
        sum_bps += v->bps;
    }
    if (sum_bps > (budget_bps > 0 ? budget_bps : 0))
        fail_msg("%lld of %lld", (long long)sum_bps, (long long)budget_bps);
    return wish_bps;
}

static void run(struct room *r, int64_t budget_bps, int64_t duration_us)
{
    for (int64_t end_us = r->now_us + duration_us; r->now_us < end_us;)
        (void)step(r, budget_bps);
}

/* ---- one call with new videos ---- */

/* One letter for each video: what is asked for. */
static void apply(struct allocate_video *v, char wish)
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

/* ---- when ---- */

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

static unsigned count_changes(struct room *r, int64_t budget_bps, int64_t duration_us)
{
    unsigned n = 0;

    for (int64_t end_us = r->now_us + duration_us; r->now_us < end_us;) {
        (void)step(r, budget_bps);
        for (size_t i = 0; i < r->n; i++)
            n += r->list[i]->state.changed_us == r->now_us - STEP_US;
    }
    return n;
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

/* ---- whatever comes ---- */

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
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_goals),
        cmocka_unit_test(test_twelve),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_elastic),
        cmocka_unit_test(test_elastic_most),
        cmocka_unit_test(test_elastic_beside_layers),
        cmocka_unit_test(test_elastic_lowest_layer),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_shown_again),
        cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_flapping_budget),
        cmocka_unit_test(test_equals),
        cmocka_unit_test(test_speaker_changes),
        cmocka_unit_test(test_room_is_kept),
        cmocka_unit_test(test_room_of_paused_is_kept),
        cmocka_unit_test(test_layers_move),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_random_settles),
        cmocka_unit_test(test_random_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
