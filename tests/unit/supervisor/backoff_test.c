/* When a program that ended is started again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>

#include "common/macros.h"
#include "supervisor/backoff.h"

/* As waitpid(2) gives them on Linux: the signal in the low bits, the exit status above. */
#define EXITED(status) ((status) << 8)
#define KILLED(sig) (sig)

static void waits_double_up_to_half_a_minute_and_nobody_is_given_up(void **state)
{
    static const int64_t want_us[] = {100000,  200000,   400000,   800000,   1600000,  3200000,
                                      6400000, 12800000, 25600000, 30000000, 30000000, 30000000};
    struct backoff b = {0};
    int64_t now_us = 1000;

    (void)state;
    for (size_t i = 0; i < LENGTH(want_us); i++) {
        backoff_started(&b, now_us);
        now_us += 10;
        assert_true(backoff_ended(&b, EXITED(1), now_us));
        assert_int_equal(b.restart_at_us - now_us, want_us[i]);
        assert_int_equal(backoff_is_down(&b), i + 1 >= BACKOFF_DOWN);
        now_us = b.restart_at_us;
    }
    for (int i = 0; i < 1000; i++) {
        backoff_started(&b, now_us);
        backoff_ended(&b, EXITED(1), now_us);
    }
    assert_int_equal(b.restart_at_us - now_us, BACKOFF_LONGEST_US);
}

static void a_long_life_starts_the_count_anew(void **state)
{
    struct backoff b = {0};

    (void)state;
    for (int i = 0; i < 30; i++) {
        backoff_started(&b, 0);
        assert_true(backoff_ended(&b, KILLED(SIGSEGV), BACKOFF_ALIVE_US));
        assert_int_equal(b.restart_at_us, BACKOFF_ALIVE_US + BACKOFF_FIRST_US);
        assert_int_equal(b.failures, 1);
    }
}

static void only_its_own_faults_make_a_program_wait(void **state)
{
    static const struct {
        const char *name;
        int status;
        int64_t alive_us;
        bool has_failed;
        int64_t wait_us;
    } cases[] = {
        {"kill -9", KILLED(SIGKILL), 10, false, BACKOFF_FIRST_US},
        {"SIGTERM, not caught", KILLED(SIGTERM), 10, false, BACKOFF_FIRST_US},
        {"SIGINT", KILLED(SIGINT), 10, false, BACKOFF_FIRST_US},
        {"SIGTERM, obeyed", EXITED(0), BACKOFF_BRIEF_US, false, BACKOFF_FIRST_US},
        {"status 0 right after its start", EXITED(0), 10, false, BACKOFF_BRIEF_US},
        {"status 1", EXITED(1), 10, true, 4 * BACKOFF_FIRST_US},
        {"cannot be run", EXITED(127), 10, true, 4 * BACKOFF_FIRST_US},
        {"SIGSEGV", KILLED(SIGSEGV), 10, true, 4 * BACKOFF_FIRST_US},
        {"SIGSEGV with a core file", KILLED(SIGSEGV) | 0x80, 10, true, 4 * BACKOFF_FIRST_US},
        {"SIGABRT", KILLED(SIGABRT), 10, true, 4 * BACKOFF_FIRST_US},
        {"SIGSYS", KILLED(SIGSYS), 10, true, 4 * BACKOFF_FIRST_US},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct backoff b = {.failures = 2};

        print_message("%s\n", cases[i].name);
        backoff_started(&b, 50);
        assert_int_equal(backoff_ended(&b, cases[i].status, 50 + cases[i].alive_us),
                         cases[i].has_failed);
        assert_int_equal(b.restart_at_us - 50 - cases[i].alive_us, cases[i].wait_us);
        assert_int_equal(b.failures, cases[i].has_failed ? 3 : 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_half_a_minute_and_nobody_is_given_up),
        cmocka_unit_test(a_long_life_starts_the_count_anew),
        cmocka_unit_test(only_its_own_faults_make_a_program_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
