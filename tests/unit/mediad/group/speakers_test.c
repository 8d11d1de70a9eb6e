/* Who speaks, who spoke last, and who is among the last N: a look every 300 ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/group/speakers.h"

#define MS INT64_C(1000)
#define LOOK_US (300 * MS)

enum { MANY = 200 };

static struct speakers speakers;
static struct speaker sp[MANY];
static int64_t now_us;
static int n_changes;

static int start(void **state)
{
    (void)state;
    speakers = (struct speakers){0};
    memset(sp, 0, sizeof sp);
    now_us = 1000 * MS;
    n_changes = 0;
    return 0;
}

static void come(int n)
{
    for (int i = 0; i < n; i++)
        speakers_add(&speakers, &sp[i]);
}

static void look(int64_t ms)
{
    for (int64_t end_us = now_us + ms * MS; now_us < end_us; now_us += LOOK_US)
        n_changes += speakers_update(&speakers, now_us);
}

/* Only i is heard. */
static void say(int i, int64_t ms)
{
    sp[i].score = 30;
    look(ms);
    sp[i].score = 0;
}

/* "a! b c": the ranked ones in order, those who speak with an exclamation mark. */
static void check(const char *want)
{
    const struct speaker *ranked[SPEAKERS_TOLD_MAX];
    size_t n = speakers_ranked(&speakers, ranked);
    char got[128] = "";

    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ranked[i]->rank, i);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%c%s", i > 0 ? " " : "",
                 (char)('a' + (ranked[i] - sp)), ranked[i]->is_speaking ? "!" : "");
    }
    assert_string_equal(got, want);
}

static void takes_the_floor_in_turn(void **state)
{
    (void)state;
    come(4);
    look(3000);
    check("");
    assert_int_equal(n_changes, 0);
    say(1, 1200);
    check("b!");
    assert_int_equal(n_changes, 1);
    look(2000);
    check("b");
    assert_int_equal(n_changes, 2);
    say(3, 1200);
    check("d! b");
    say(0, 1200);
    look(2000);
    check("a d b");
    n_changes = 0;
    look(60000);
    check("a d b");
    assert_int_equal(n_changes, 0);
    assert_true(speakers_are_still(&speakers));
    say(3, 1200);
    assert_false(speakers_are_still(&speakers));
    look(2000);
    check("d a b");
}

/* Neither a cough nor many of them, and a pause between words is no end. */
static void short_noises_and_pauses(void **state)
{
    (void)state;
    come(2);
    say(0, 1500);
    check("a!");
    for (int i = 0; i < 10; i++) {
        sp[0].score = 30;
        say(1, 600);
        look(600);
    }
    check("a!");
    n_changes = 0;
    for (int i = 0; i < 10; i++) {
        sp[0].score = 0;
        look(600);
        sp[0].score = 12;
        look(300);
    }
    check("a!");
    assert_int_equal(n_changes, 0);
    /* between the two thresholds nothing changes */
    sp[0].score = sp[1].score = 6;
    look(5000);
    check("a!");
}

static void the_first_stays_first(void **state)
{
    (void)state;
    come(3);
    sp[0].score = 30;
    look(1500);
    sp[1].score = 33;
    look(10000);
    check("a! b!");
    /* louder now and then */
    for (int i = 0; i < 10; i++) {
        sp[1].score = 45;
        look(600);
        sp[1].score = 30;
        look(300);
    }
    check("a! b!");
    /* by turns, two of them */
    sp[2].score = 30;
    look(1500);
    check("a! b! c!");
    for (int i = 0; i < 10; i++) {
        sp[1 + i % 2].score = 45;
        sp[2 - i % 2].score = 30;
        look(600);
    }
    check("a! b! c!");
    sp[1].score = 30;
    sp[2].score = 45;
    look(2100);
    check("c! a! b!");
    sp[2].score = 0;
    look(2100);
    check("a! b! c");
    sp[0].score = sp[1].score = 0;
    look(2100);
    check("a b c");
}

static void who_leaves(void **state)
{
    (void)state;
    come(4);
    say(0, 1200);
    look(2000);
    sp[1].score = sp[2].score = 30;
    look(1500);
    sp[2].score = 60;
    look(600);
    check("b! c! a");
    speakers_remove(&speakers, &sp[2]);
    assert_false(speakers_are_still(&speakers));
    n_changes = 0;
    look(300);
    check("b! a");
    assert_int_equal(n_changes, 1);
    speakers_remove(&speakers, &sp[3]);
    look(300);
    assert_int_equal(n_changes, 1);
    speakers_remove(&speakers, &sp[1]);
    speakers_remove(&speakers, &sp[0]);
    look(300);
    check("");
    assert_int_equal(n_changes, 2);
    assert_true(speakers_are_still(&speakers));
    /* back again, as somebody new */
    speakers_add(&speakers, &sp[1]);
    look(300);
    check("");
}

/* The letters of those with a camera that are not beyond the limit. */
static void check_limit(int64_t n, const char *want)
{
    char got[32];
    size_t len = 0;

    (void)speakers_limit(&speakers, n);
    for (int i = 0; i < 8; i++) {
        if (sp[i].has_camera && !sp[i].is_beyond)
            got[len++] = (char)('a' + i);
    }
    got[len] = '\0';
    assert_string_equal(got, want);
}

static void the_last_n(void **state)
{
    (void)state;
    come(6);
    check_limit(2, "");
    sp[1].has_camera = sp[2].has_camera = sp[4].has_camera = sp[5].has_camera = true;
    assert_true(speakers_limit(&speakers, 2));
    assert_false(speakers_limit(&speakers, 2));
    check_limit(2, "bc"); /* as they came */
    say(0, 1200);         /* without a camera */
    check_limit(2, "bc");
    say(5, 1200);
    check_limit(2, "bf");
    say(4, 1200);
    check_limit(2, "ef");
    look(60000);
    check_limit(2, "ef");
    check_limit(3, "bef");
    check_limit(4, "bcef");
    check_limit(0, "bcef");
    check_limit(-1, "bcef");
    check_limit(1, "e");
    sp[4].has_camera = false;
    check_limit(1, "f");
    assert_false(sp[4].is_beyond);
    speakers_remove(&speakers, &sp[5]);
    check_limit(1, "b");
}

static void many(void **state)
{
    const struct speaker *ranked[SPEAKERS_TOLD_MAX];

    (void)state;
    come(MANY);
    for (int i = 0; i < MANY; i++) {
        sp[i].has_camera = true;
        sp[i].score = 20;
    }
    look(1500);
    assert_int_equal(speakers_ranked(&speakers, ranked), SPEAKERS_TOLD_MAX);
    for (int i = 0; i < MANY; i++) {
        assert_true(sp[i].is_speaking);
        assert_int_equal(sp[i].rank, i < SPEAKERS_TOLD_MAX ? i : SPEAKERS_NO_RANK);
    }
    assert_true(speakers_limit(&speakers, 5));
    sp[150].score = 60;
    look(1500);
    assert_int_equal(sp[150].rank, 0);
    assert_int_equal(sp[SPEAKERS_TOLD_MAX - 1].rank, SPEAKERS_NO_RANK);
    assert_true(speakers_limit(&speakers, 5));
    assert_true(sp[4].is_beyond && !sp[3].is_beyond && !sp[150].is_beyond);
    /* one beyond the ranks is told of nobody */
    n_changes = 0;
    sp[100].score = 0;
    look(1500);
    assert_int_equal(n_changes, 0);
    for (int i = 0; i < MANY; i++)
        sp[i].score = 0;
    look(1500);
    assert_int_equal(n_changes, 1);
    assert_int_equal(sp[150].rank, 0);
    assert_int_equal(sp[0].rank, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(takes_the_floor_in_turn, start),
        cmocka_unit_test_setup(short_noises_and_pauses, start),
        cmocka_unit_test_setup(the_first_stays_first, start),
        cmocka_unit_test_setup(who_leaves, start),
        cmocka_unit_test_setup(the_last_n, start),
        cmocka_unit_test_setup(many, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
