#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/log_fold.h"

#define SECOND INT64_C(1000000)

static struct log_fold fold;

static int empty(void **state)
{
    (void)state;
    fold = (struct log_fold){0};
    return 0;
}

static bool say(const char *text, int64_t now_us)
{
    return log_fold_take(&fold, text, strlen(text), now_us);
}

static void test_flood(void **state)
{
    const struct log_fold_line *line;
    unsigned said = 0, more = 0;

    (void)state;
    for (int i = 0; i < 317; i++)
        said += say("error http no descriptors", i);
    assert_int_equal(said, LOG_FOLD_BURST);
    assert_true(say("info other", 400));
    assert_null(log_fold_due(&fold, 9 * SECOND, false, &more));
    line = log_fold_due(&fold, 11 * SECOND, false, &more);
    assert_non_null(line);
    assert_int_equal(line->len, strlen("error http no descriptors"));
    assert_memory_equal(line->text, "error http no descriptors", line->len);
    assert_int_equal(more, 312);
    assert_null(log_fold_due(&fold, 11 * SECOND, false, &more));
    /* It goes on: one line in ten seconds. */
    assert_false(say("error http no descriptors", 12 * SECOND));
    assert_null(log_fold_due(&fold, 13 * SECOND, false, &more));
    assert_non_null(log_fold_due(&fold, 22 * SECOND, false, &more));
    assert_int_equal(more, 1);
    /* It stopped for a while, and is news again. */
    assert_true(say("error http no descriptors", 40 * SECOND));
}

static void test_slow_repeats(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_true(say("info main read data/mediad.json", i * 3 * SECOND));
}

static void test_end(void **state)
{
    unsigned more = 0;

    (void)state;
    for (int i = 0; i <= LOG_FOLD_BURST; i++)
        say("x", 0);
    assert_null(log_fold_due(&fold, SECOND, false, &more));
    assert_non_null(log_fold_due(&fold, SECOND, true, &more));
    assert_int_equal(more, 1);
}

/* More different lines than are remembered: none is lost, nor its count. */
static void test_many_lines(void **state)
{
    char text[32];
    unsigned said = 0, counted = 0, more = 0;

    (void)state;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 3 * LOG_FOLD_LINES; i++) {
            snprintf(text, sizeof text, "line %d", i);
            said += say(text, round);
        }
    }
    while (log_fold_due(&fold, 0, true, &more))
        counted += more;
    assert_int_equal(said + counted, 20 * 3 * LOG_FOLD_LINES);
}

static void test_sizes(void **state)
{
    static char text[LOG_FOLD_TEXT_MAX + 1];

    (void)state;
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 20; i++) {
        assert_true(log_fold_take(&fold, text, sizeof text, 0));
        assert_true(log_fold_take(&fold, text, 0, 0));
        assert_int_equal(log_fold_take(&fold, text, LOG_FOLD_TEXT_MAX, 0), i < LOG_FOLD_BURST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_flood, empty), cmocka_unit_test_setup(test_slow_repeats, empty),
        cmocka_unit_test_setup(test_end, empty),   cmocka_unit_test_setup(test_many_lines, empty),
        cmocka_unit_test_setup(test_sizes, empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
