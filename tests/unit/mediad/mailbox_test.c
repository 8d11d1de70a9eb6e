#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "mediad/mailbox.h"

#define PRODUCERS 3
#define MAILS_EACH 100000
#define RING 64

static void test_order_and_bound(void **state)
{
    struct mailbox box = {0};
    struct mail mail = {0}, got;

    (void)state;
    assert_int_equal(0, mailbox_init(&box, 2, 4));
    assert_int_equal(4, mailbox_room(&box, 0));
    for (uint64_t i = 0; i < 4; i++) {
        mail.id = i;
        assert_true(mailbox_post(&box, 0, &mail));
    }
    assert_int_equal(0, mailbox_room(&box, 0));
    assert_false(mailbox_post(&box, 0, &mail)); /* full */
    assert_true(mailbox_post(&box, 1, &mail));  /* the neighbour's ring is its own */
    assert_true(mailbox_take(&box, 0, &got));
    assert_int_equal(0, got.id);
    mail.id = 4;
    assert_true(mailbox_post(&box, 0, &mail));
    for (uint64_t i = 1; i <= 4; i++) {
        assert_true(mailbox_take(&box, 0, &got));
        assert_int_equal(i, got.id);
    }
    assert_false(mailbox_take(&box, 0, &got));
    mailbox_release(&box);
}

static bool is_readable(const struct mailbox *box)
{
    struct pollfd p = {mailbox_fd(box), POLLIN, 0};

    return poll(&p, 1, 0) == 1;
}

static void test_wakes_once(void **state)
{
    struct mailbox box = {0};

    (void)state;
    assert_int_equal(0, mailbox_init(&box, 1, 4));
    assert_false(is_readable(&box));
    mailbox_notify(&box);
    mailbox_notify(&box);
    assert_true(is_readable(&box));
    mailbox_begin(&box);
    assert_false(is_readable(&box));
    mailbox_notify(&box);
    assert_true(is_readable(&box));
    mailbox_release(&box);
}

struct producer {
    struct mailbox *box;
    unsigned index;
};

static void *produce(void *arg)
{
    struct producer *p = arg;

    for (uint64_t i = 0; i < MAILS_EACH;) {
        struct mail mail = {.id = i, .number = p->index, .data = {i, i, i, i, i}};

        if (mailbox_post(p->box, p->index, &mail))
            i++;
        else
            sched_yield();
        mailbox_notify(p->box);
    }
    return NULL;
}

/* The consumer sleeps on the descriptor only: a lost wake-up would hang it. */
static void test_threads(void **state)
{
    struct mailbox box = {0};
    struct producer producers[PRODUCERS];
    pthread_t threads[PRODUCERS];
    uint64_t next[PRODUCERS] = {0}, n = 0;

    (void)state;
    assert_int_equal(0, mailbox_init(&box, PRODUCERS, RING));
    for (unsigned i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){&box, i};
        assert_int_equal(0, pthread_create(&threads[i], NULL, produce, &producers[i]));
    }
    while (n < (uint64_t)PRODUCERS * MAILS_EACH) {
        struct pollfd p = {mailbox_fd(&box), POLLIN, 0};
        struct mail mail;

        assert_int_equal(1, poll(&p, 1, 60000));
        mailbox_begin(&box);
        for (unsigned i = 0; i < PRODUCERS; i++) {
            while (mailbox_take(&box, i, &mail)) {
                assert_int_equal(i, mail.number);
                assert_int_equal(next[i], mail.id);
                assert_int_equal(next[i], mail.data[4]);
                next[i]++;
                n++;
            }
        }
    }
    for (unsigned i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    mailbox_release(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_bound),
        cmocka_unit_test(test_wakes_once),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
