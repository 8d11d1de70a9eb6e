#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "mediad/rtc/slab.h"

static void test_take_and_return(void **state)
{
    struct slab slab;
    struct slot *slots[8];

    (void)state;
    slab_init(&slab, 3);
    assert_null(slab_take(&slab)); /* nothing was reserved */
    assert_int_equal(0, slab_reserve(&slab, 3));
    for (unsigned i = 0; i < 3; i++) {
        slots[i] = slab_take(&slab);
        assert_non_null(slots[i]);
        assert_ptr_equal(&slab, slots[i]->home);
        assert_int_equal(3, slots[i]->home->worker);
        assert_ptr_equal(slots[i]->data, slots[i]->packet.data);
        assert_int_equal(0, (uintptr_t)slots[i]->data % 64);
        memset(slots[i]->data, (int)i, DATAGRAM_MAX);
    }
    assert_null(slab_take(&slab));
    /* a packet lives until its last reference goes */
    slab_ref(&slots[1]->packet);
    slab_unref(&slab, &slots[1]->packet);
    assert_null(slab_take(&slab));
    slab_unref(&slab, &slots[1]->packet);
    assert_ptr_equal(slots[1], slab_take(&slab));
    assert_int_equal(2, slots[2]->data[DATAGRAM_MAX - 1]); /* neighbours do not overlap */
    assert_int_equal(0, slots[0]->data[DATAGRAM_MAX - 1]);
    slab_release(&slab);
}

static void test_reservations(void **state)
{
    struct slab slab;
    unsigned n = 0;

    (void)state;
    slab_init(&slab, 0);
    assert_int_equal(0, slab_reserve(&slab, 2));
    assert_non_null(slab_take(&slab));
    /* the second chunk does not lose what the first had left */
    assert_int_equal(0, slab_reserve(&slab, 4));
    while (slab_take(&slab))
        n++;
    assert_int_equal(5, n);
    /* what is given up serves the next reservation */
    slab_unreserve(&slab, 4);
    assert_int_equal(0, slab_reserve(&slab, 4));
    assert_int_equal(6, slab.n_slots);
    slab_release(&slab);
}

enum { SLOTS = 64, ROUNDS = 20000, BATCH = 8 };

static struct slab home, other;
static _Atomic(struct slot *) handed_over[BATCH];
static atomic_bool is_over;

/* Another worker gives everything back to its home. */
static void *give_back(void *arg)
{
    (void)arg;
    while (!atomic_load(&is_over)) {
        for (unsigned i = 0; i < BATCH; i++) {
            struct slot *slot = atomic_exchange(&handed_over[i], NULL);

            if (slot) {
                assert_int_equal((uint8_t)slot->len, slot->data[0]);
                slab_unref(&other, &slot->packet);
            }
        }
    }
    return NULL;
}

static void test_across_threads(void **state)
{
    pthread_t thread;
    unsigned n = 0;

    (void)state;
    slab_init(&home, 0);
    slab_init(&other, 1);
    assert_int_equal(0, slab_reserve(&home, SLOTS));
    assert_int_equal(0, pthread_create(&thread, NULL, give_back, NULL));
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct slot *slot = slab_take(&home);

        if (!slot)
            continue;
        slot->len = (uint16_t)round;
        slot->data[0] = (uint8_t)round;
        struct slot *refused = atomic_exchange(&handed_over[round % BATCH], slot);

        if (refused)
            slab_unref(&home, &refused->packet);
    }
    atomic_store(&is_over, true);
    pthread_join(thread, NULL);
    for (unsigned i = 0; i < BATCH; i++) {
        struct slot *left = atomic_load(&handed_over[i]);

        if (left)
            slab_unref(&home, &left->packet);
    }
    /* none was lost, none doubled */
    while (slab_take(&home))
        n++;
    assert_int_equal(SLOTS, n);
    slab_release(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_and_return),
        cmocka_unit_test(test_reservations),
        cmocka_unit_test(test_across_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
