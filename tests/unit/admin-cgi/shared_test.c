/* Hash slots across processes: bounded, and free again when a holder dies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin-cgi/shared.h"

static void test_slots_are_bounded(void **state)
{
    struct shared *s = NULL;
    int a, b;

    (void)state;
    assert_int_equal(shared_new(&s, 4, 2), 0);
    a = shared_hash_begin(s, 0, 1000);
    b = shared_hash_begin(s, 1, 1000);
    assert_true(a >= 0 && b >= 0 && a != b);
    shared_hash_end(s, a);
    a = shared_hash_begin(s, 2, 1000);
    assert_true(a >= 0);
    shared_hash_end(s, a);
    shared_hash_end(s, b);
    shared_free(s);
}

/* A child takes the only slot, tells so, and lives until it is killed. */
static pid_t start_holder(struct shared *s)
{
    int told[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(told), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (shared_hash_begin(s, 0, 1000) < 0 || write(told[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(told[1]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    close(told[0]);
    return pid;
}

static void test_a_dead_holder_frees_its_slot(void **state)
{
    struct shared *s = NULL;
    pid_t holder;
    int slot;

    (void)state;
    assert_int_equal(shared_new(&s, 4, 1), 0);
    holder = start_holder(s);
    assert_int_equal(shared_hash_begin(s, 1, 1000), ERR_BUSY); /* waited a millisecond */
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    slot = shared_hash_begin(s, 1, 1000);
    assert_int_equal(slot, 0);
    shared_hash_end(s, slot);
    shared_free(s);
}

static void test_some_workers_never_wait(void **state)
{
    struct shared *s = NULL;
    pid_t holder;

    (void)state;
    assert_int_equal(shared_new(&s, 2, 1), 0); /* two workers: neither may wait */
    holder = start_holder(s);
    assert_int_equal(shared_hash_begin(s, 1, INT64_C(3600000000)), ERR_BUSY);
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    shared_free(s);
}

static void test_two_stay_free_of_what_takes_long(void **state)
{
    struct shared *s = NULL, *small = NULL;

    (void)state;
    assert_int_equal(shared_new(&s, 4, 1), 0);
    assert_int_equal(shared_hold_begin(s, 0), 0);
    assert_int_equal(shared_hold_begin(s, 3), 0);
    assert_int_equal(shared_hold_begin(s, 1), ERR_BUSY);
    assert_int_equal(shared_hold_begin(s, 4), ERR_BUSY);
    shared_hold_end(s, 3);
    assert_int_equal(shared_hold_begin(s, 1), 0);
    shared_worker_reset(s, 1); /* it died */
    assert_int_equal(shared_hold_begin(s, 2), 0);
    shared_free(s);
    assert_int_equal(shared_new(&small, 2, 1), 0);
    assert_int_equal(shared_hold_begin(small, 0), 0); /* one can, always */
    assert_int_equal(shared_hold_begin(small, 1), ERR_BUSY);
    shared_free(small);
}

static void test_work_and_counters(void **state)
{
    struct shared *s = NULL;

    (void)state;
    assert_int_equal(shared_new(&s, 4, 1), 0);
    assert_int_equal(shared_work_age_us(s, 3, 500), 0);
    shared_work_begin(s, 3, 500);
    assert_int_equal(shared_work_age_us(s, 3, 700), 200);
    shared_worker_reset(s, 3);
    assert_int_equal(shared_work_age_us(s, 3, 700), 0);
    shared_count(s, 7, 204);
    shared_count(s, 7, 299);
    shared_count(s, 100000, 204);
    assert_int_equal(shared_counted(s, 7, 2), 2);
    assert_int_equal(shared_counted(s, 7, 4), 0);
    shared_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_are_bounded),
        cmocka_unit_test(test_a_dead_holder_frees_its_slot),
        cmocka_unit_test(test_some_workers_never_wait),
        cmocka_unit_test(test_two_stay_free_of_what_takes_long),
        cmocka_unit_test(test_work_and_counters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
