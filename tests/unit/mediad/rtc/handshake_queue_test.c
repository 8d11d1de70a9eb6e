#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/handshake_queue.h"

static struct packet_slot slots[HANDSHAKE_QUEUE_MAX + 2];

static void test_in_order_of_one_host(void **state)
{
    struct handshake_queue q = {0};

    (void)state;
    assert_null(handshake_queue_take(&q));
    for (unsigned i = 0; i < 5; i++)
        assert_null(handshake_queue_put(&q, 7, &slots[i]));
    for (unsigned i = 0; i < 5; i++)
        assert_ptr_equal(handshake_queue_take(&q), &slots[i]);
    assert_null(handshake_queue_take(&q));
    assert_null(handshake_queue_put(&q, 7, &slots[0]));
    assert_ptr_equal(handshake_queue_take(&q), &slots[0]);
}

/* An office of 100 waits beside one person at home, who comes second at the latest. */
static void test_hosts_take_turns(void **state)
{
    struct handshake_queue q = {0};
    unsigned turn = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        assert_null(handshake_queue_put(&q, 1, &slots[i]));
    assert_null(handshake_queue_put(&q, 2, &slots[100]));
    for (struct packet_slot *s; (s = handshake_queue_take(&q)) != &slots[100]; turn++)
        assert_non_null(s);
    assert_in_range(turn, 0, 1);
}

static void test_full(void **state)
{
    struct handshake_queue q = {0};
    unsigned n = 0;

    (void)state;
    for (unsigned i = 0; i < HANDSHAKE_QUEUE_MAX - 1; i++)
        assert_null(handshake_queue_put(&q, 3, &slots[i]));
    assert_null(handshake_queue_put(&q, 4, &slots[HANDSHAKE_QUEUE_MAX - 1]));
    /* whoever comes, the host that has most gives way, by its oldest */
    assert_ptr_equal(handshake_queue_put(&q, 4, &slots[HANDSHAKE_QUEUE_MAX]), &slots[0]);
    assert_ptr_equal(handshake_queue_put(&q, 3, &slots[HANDSHAKE_QUEUE_MAX + 1]), &slots[1]);
    while (handshake_queue_take(&q))
        n++;
    assert_int_equal(n, HANDSHAKE_QUEUE_MAX);
    assert_int_equal(q.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order_of_one_host),
        cmocka_unit_test(test_hosts_take_turns),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
