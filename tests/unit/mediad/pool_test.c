#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "mediad/pool.h"

struct work {
    struct pool_job job;
    atomic_int *runs;
    int *dones;
    int *order; /* where the next one writes its number */
    int number;
    atomic_bool *gate; /* waits until it opens */
};

static void run(struct pool_job *job)
{
    struct work *w = (struct work *)job;

    while (w->gate && !atomic_load(w->gate))
        ;
    atomic_fetch_add(w->runs, 1);
}

static void done(struct pool_job *job)
{
    struct work *w = (struct work *)job;

    if (w->order)
        w->order[*w->dones] = w->number;
    ++*w->dones;
    free(w);
}

static struct work *work_new(atomic_int *runs, int *dones, int number)
{
    struct work *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->job.run = run;
    w->job.done = done;
    w->runs = runs;
    w->dones = dones;
    w->number = number;
    return w;
}

static void wait_for(struct pool *p, const int *dones, int n)
{
    while (*dones < n) {
        struct pollfd fd = {.fd = pool_event_fd(p), .events = POLLIN};

        assert_int_equal(poll(&fd, 1, 20000), 1);
        pool_dispatch(p);
    }
}

static void test_all_are_done(void **state)
{
    struct pool *p = NULL;
    atomic_int runs = 0;
    int dones = 0;

    (void)state;
    assert_int_equal(pool_new(&p, 3, 1000, NULL), 0);
    for (int i = 0; i < 500; i++)
        assert_int_equal(
            pool_submit(p, i % 2 ? POOL_FAST : POOL_SLOW, &work_new(&runs, &dones, i)->job), 0);
    wait_for(p, &dones, 500);
    assert_int_equal(atomic_load(&runs), 500);
    assert_int_equal(pool_waiting(p), 0);
    pool_free(p);
}

static void test_bound_and_order(void **state)
{
    struct pool *p = NULL;
    atomic_int runs = 0;
    atomic_bool gate = false;
    int dones = 0, order[4];
    struct work *w;

    (void)state;
    assert_int_equal(pool_new(&p, 1, 2, NULL), 0);
    w = work_new(&runs, &dones, 0);
    w->gate = &gate;
    w->order = order;
    assert_int_equal(pool_submit(p, POOL_SLOW, &w->job), 0);
    while (pool_waiting(p) > 0)
        ;
    for (int i = 1; i <= 2; i++) {
        w = work_new(&runs, &dones, i);
        w->order = order;
        assert_int_equal(pool_submit(p, POOL_SLOW, &w->job), 0);
    }
    w = work_new(&runs, &dones, 9);
    assert_int_equal(pool_submit(p, POOL_SLOW, &w->job), ERR_BUSY);
    /* the other class has a queue of its own, and goes first */
    w->number = 3;
    w->order = order;
    assert_int_equal(pool_submit(p, POOL_FAST, &w->job), 0);
    atomic_store(&gate, true);
    wait_for(p, &dones, 4);
    assert_int_equal(order[0], 0);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 1);
    assert_int_equal(order[3], 2);
    pool_free(p);
}

static void test_end(void **state)
{
    struct pool *p = NULL;
    atomic_int runs = 0;
    int dones = 0;

    (void)state;
    assert_int_equal(pool_new(&p, 2, 1000, NULL), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(pool_submit(p, POOL_SLOW, &work_new(&runs, &dones, i)->job), 0);
    pool_free(p);
    /* each is done, whether it has run or not */
    assert_int_equal(dones, 100);
    pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_done),
        cmocka_unit_test(test_bound_and_order),
        cmocka_unit_test(test_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
