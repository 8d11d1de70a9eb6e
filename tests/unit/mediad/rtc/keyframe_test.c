#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/keyframe.h"

#define MS 1000

/* Stories: at a time a wish, a keyframe or just a look, and whether a request goes out then. */
static void test_stories(void **state)
{
    enum step { WISH, KEYFRAME, LOOK };
    static const struct {
        const char *name;
        int64_t at_ms;
        enum step step;
        enum keyframe_answer answer; /* of a wish */
        bool is_sent;
    } steps[] = {
        {"nothing is wanted", 0, LOOK, 0, false},
        {"the first wish goes at once", 10, WISH, KEYFRAME_ASKED, true},
        {"a second one is merged", 20, WISH, KEYFRAME_ASKED, false},
        {"and waits", 509, LOOK, 0, false},
        {"no repeat before 1 s", 1009, WISH, KEYFRAME_ASKED, false},
        {"repeated after 1 s", 1010, LOOK, 0, true},
        {"and again", 2010, LOOK, 0, true},
        {"no third time", 3010, LOOK, 0, false},
        {"silence after that", 9000, LOOK, 0, false},
        {"a new wish begins anew", 9010, WISH, KEYFRAME_ASKED, true},
        {"the keyframe ends it", 9100, KEYFRAME, 0, false},
        {"no repeat any more", 10100, LOOK, 0, false},
        {"a keyframe by itself", 20000, KEYFRAME, 0, false},
        {"just after it: replay", 20499, WISH, KEYFRAME_REPLAY, false},
        {"later: ask", 20500, WISH, KEYFRAME_ASKED, true},
        {"it comes", 20550, KEYFRAME, 0, false},
        {"wanted again within 500 ms of the request", 20560, LOOK, 0, false},
    };
    struct keyframe_requests k = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(steps); i++) {
        int64_t now_us = steps[i].at_ms * MS;
        bool is_sent;

        if (steps[i].step == KEYFRAME)
            keyframe_arrived(&k, now_us);
        if (steps[i].step == WISH)
            assert_int_equal(keyframe_want(&k, now_us), steps[i].answer);
        is_sent = keyframe_tick(&k, now_us);
        if (is_sent != steps[i].is_sent)
            print_error("%s\n", steps[i].name);
        assert_int_equal(is_sent, steps[i].is_sent);
        if (!k.is_wanted)
            assert_int_equal(keyframe_next_us(&k), INT64_MAX);
    }
    keyframe_want_new(&k); /* the cache lost it */
    assert_false(keyframe_tick(&k, 20570 * MS));
    assert_int_equal(keyframe_next_us(&k), 21000 * MS);
    assert_true(keyframe_tick(&k, 21000 * MS));
}

/* A wish, and the keyframe so much later; looked at every 10 ms. */
static void ask(struct keyframe_requests *k, int64_t *now_us, int64_t answer_ms, bool is_flowing)
{
    int64_t end_us = *now_us + answer_ms * MS;

    keyframe_want_new(k);
    for (; *now_us < end_us; *now_us += 10 * MS) {
        (void)!keyframe_tick(k, *now_us);
        k->is_flowing = is_flowing;
    }
    keyframe_arrived(k, *now_us);
    *now_us += 5000 * MS;
}

/* When a rid starts, Chromium 156 sends 7 to 13 keyframes within two seconds that nobody asked for,
 * of all rids. They answer what was asked for, and cost nothing of what may be asked for later. */
static void test_burst(void **state)
{
    struct keyframe_requests k = {0};
    int64_t now_us = 100 * MS;

    (void)state;
    for (int n = 0; n < 13; n++)
        keyframe_arrived(&k, now_us += 150 * MS);
    assert_int_equal(INT64_MAX, keyframe_next_us(&k));
    assert_false(keyframe_is_deaf(&k));
    keyframe_want_new(&k);
    assert_true(keyframe_tick(&k, now_us += MS));
    for (int n = 0; n < 13; n++)
        keyframe_arrived(&k, now_us += 150 * MS);
    assert_int_equal(INT64_MAX, keyframe_next_us(&k));
    assert_false(keyframe_is_deaf(&k));
    keyframe_want_new(&k);
    assert_true(keyframe_tick(&k, now_us + MS));
}

/* Who does not do what it is asked is known by its silence; one that answers at last, by that. */
static void test_deaf(void **state)
{
    struct keyframe_requests k = {0};
    int64_t now_us = 5000 * MS;

    (void)state;
    for (int i = 0; i < 20; i++)
        ask(&k, &now_us, 300, true);
    assert_false(keyframe_is_deaf(&k));
    ask(&k, &now_us, 1500, true); /* a request was lost */
    ask(&k, &now_us, 300, true);
    ask(&k, &now_us, 1500, true);
    ask(&k, &now_us, 300, true);
    for (int i = 0; i < 5; i++)
        ask(&k, &now_us, 4000, false); /* its line was down */
    assert_false(keyframe_is_deaf(&k));
    ask(&k, &now_us, 4000, true);
    assert_true(keyframe_is_deaf(&k));
    ask(&k, &now_us, 300, true); /* by chance */
    assert_true(keyframe_is_deaf(&k));
    for (int i = 0; i < 4; i++)
        ask(&k, &now_us, 300, true);
    assert_false(keyframe_is_deaf(&k));
    k.cannot_ask = true;
    assert_true(keyframe_is_deaf(&k));
}

/* SEC-46: whatever 1,000 receivers send, at most one request per 500 ms goes up. */
static void test_storm(void **state)
{
    struct keyframe_requests k = {0};
    int64_t last_us = -KEYFRAME_INTERVAL_US;
    unsigned n = 0;

    (void)state;
    for (int64_t now_us = 0; now_us < 60 * 1000 * MS; now_us += MS) {
        for (unsigned i = 0; i < 10; i++)
            (void)keyframe_want(&k, now_us);
        if (!keyframe_tick(&k, now_us)) {
            if (now_us == last_us + 60 * MS)
                keyframe_arrived(&k, now_us);
            continue;
        }
        assert_true(now_us - last_us >= KEYFRAME_INTERVAL_US);
        last_us = now_us;
        n++;
    }
    assert_in_range(n, 60, 120);
}

/* A receiver's share: four at once, then another one for each ten seconds, at most four saved up.
 */
static void test_allowance(void **state)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        unsigned n_wishes, n_allowed;
    } rows[] = {
        {"the first", 0, 1, 1},
        {"three more", 5000, 4, 3},
        {"used up", 9990, 1, 0},
        {"ten seconds after the first", 10000, 2, 1},
        {"used up again", 19990, 1, 0},
        {"one for ten seconds, though none was looked for in the middle", 25000, 2, 1},
        {"counted from twenty on", 29990, 1, 0},
        {"and again", 30000, 2, 1},
        {"after a long time all are back, and no more", 600000, 6, 4},
        {"and the next one counts from then on", 609990, 1, 0},
        {"it is there", 610000, 2, 1},
    };
    struct keyframe_allowance a = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        unsigned n = 0;

        for (unsigned wish = 0; wish < rows[i].n_wishes; wish++)
            n += keyframe_allow(&a, rows[i].at_ms * MS);
        if (n != rows[i].n_allowed)
            fail_msg("%s: %u allowed", rows[i].name, n);
    }
}

static void test_fir(void **state)
{
    struct fir_memory f = {0};

    (void)state;
    assert_true(fir_is_new(&f, 0)); /* the first counts, also when it is 0 */
    assert_false(fir_is_new(&f, 0));
    assert_true(fir_is_new(&f, 1));
    assert_false(fir_is_new(&f, 1));
    assert_true(fir_is_new(&f, 255));
    assert_true(fir_is_new(&f, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),   cmocka_unit_test(test_burst),
        cmocka_unit_test(test_deaf),      cmocka_unit_test(test_storm),
        cmocka_unit_test(test_allowance), cmocka_unit_test(test_fir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
