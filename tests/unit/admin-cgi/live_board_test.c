/* The last sample across processes: whole, or none when who wrote it died. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin-cgi/live_board.h"

static struct live_board *new_board(void)
{
    struct live_board *b = NULL;

    assert_int_equal(live_board_new(&b), 0);
    return b;
}

static void test_a_new_board_has_no_sample(void **state)
{
    struct live_board *b = new_board();
    struct buf text = {0};
    int64_t asked_us = 1;

    (void)state;
    assert_int_equal(live_board_look(b, &asked_us), 0);
    assert_int_equal(asked_us, 0);
    assert_int_equal(live_board_copy(b, &text, &asked_us), 0);
    assert_int_equal(text.len, 0);
    buf_release(&text);
    live_board_free(b);
}

static void test_another_process_sees_the_sample(void **state)
{
    struct live_board *b = new_board();
    struct buf text = {0};
    int64_t asked_us = 0;
    pid_t child = fork();
    uint64_t first;

    (void)state;
    assert_true(child >= 0);
    if (child == 0)
        _exit(live_board_put(b, span_str("[1]"), 77));
    assert_int_equal(waitpid(child, NULL, 0), child);
    first = live_board_copy(b, &text, &asked_us);
    assert_true(first > 0);
    assert_int_equal(asked_us, 77);
    assert_string_equal(buf_str(&text), "[1]");
    assert_int_equal(live_board_put(b, span_str("[22]"), 99), 0);
    assert_true(live_board_look(b, &asked_us) > first);
    assert_int_equal(asked_us, 99);
    buf_release(&text);
    live_board_free(b);
}

static void test_what_is_too_large_leaves_the_one_before(void **state)
{
    static uint8_t large[LIVE_BOARD_BYTES + 1];
    struct live_board *b = new_board();
    int64_t asked_us = 0;

    (void)state;
    assert_int_equal(live_board_put(b, span_str("[]"), 5), 0);
    assert_int_equal(live_board_put(b, span_of(large, sizeof large), 6), ERR_TOO_LARGE);
    assert_true(live_board_look(b, &asked_us) > 0);
    assert_int_equal(asked_us, 5);
    live_board_free(b);
}

/* A child begins to ask, tells so, and lives until it is killed. */
static pid_t start_asker(struct live_board *b)
{
    int told[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(told), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!live_board_begin(b, 1000) || write(told[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(told[1]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    close(told[0]);
    return pid;
}

static void test_one_asks_and_a_dead_one_is_followed(void **state)
{
    struct live_board *b = new_board();
    pid_t asker = start_asker(b);

    (void)state;
    assert_false(live_board_begin(b, 1000)); /* waited a millisecond */
    assert_int_equal(kill(asker, SIGKILL), 0);
    assert_int_equal(waitpid(asker, NULL, 0), asker);
    assert_true(live_board_begin(b, 1000));
    live_board_end(b);
    live_board_free(b);
}

static void test_all_learn_that_mediad_hangs(void **state)
{
    struct live_board *b = new_board();
    int status = 0;
    pid_t child;

    (void)state;
    assert_false(live_board_hangs(b, 1));
    live_board_set_hangs(b, 100);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(live_board_hangs(b, 99) && !live_board_hangs(b, 100) ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    live_board_set_hangs(b, 0);
    assert_false(live_board_hangs(b, 99));
    live_board_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_board_has_no_sample),
        cmocka_unit_test(test_another_process_sees_the_sample),
        cmocka_unit_test(test_what_is_too_large_leaves_the_one_before),
        cmocka_unit_test(test_one_asks_and_a_dead_one_is_followed),
        cmocka_unit_test(test_all_learn_that_mediad_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
