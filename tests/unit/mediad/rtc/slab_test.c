#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/slab.h"

enum { CHUNK = SLAB_CHUNK_SLOTS };

static struct packet_slot *taken[16 * CHUNK];

static void take(struct slab *slab, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        taken[i] = slab_take(slab);
        assert_non_null(taken[i]);
    }
}

static void give(struct slab *slab, size_t from, size_t to, size_t step)
{
    for (size_t i = from; i < to; i += step) {
        slab_unref(slab, &taken[i]->packet);
        taken[i] = NULL;
    }
}

/* So long as a trim takes. */
static void trim(struct slab *slab)
{
    for (unsigned i = 0; i < SLAB_TRIM_SAMPLES; i++)
        slab_trim(slab);
}

static void test_take_and_return(void **state)
{
    struct slab slab;

    (void)state;
    slab_init(&slab, 3);
    assert_null(slab_take(&slab)); /* nothing was reserved */
    assert_int_equal(0, slab_reserve(&slab, CHUNK));
    take(&slab, 0, CHUNK);
    for (unsigned i = 0; i < CHUNK; i++) {
        assert_ptr_equal(&slab, taken[i]->home);
        assert_int_equal(3, taken[i]->home->worker);
        assert_ptr_equal(taken[i]->data, taken[i]->packet.data);
        assert_int_equal(0, (uintptr_t)taken[i]->data % 64);
        memset(taken[i]->data, (int)i, DATAGRAM_MAX);
    }
    assert_null(slab_take(&slab));
    /* a packet lives until its last reference goes */
    slab_ref(&taken[1]->packet);
    slab_unref(&slab, &taken[1]->packet);
    assert_null(slab_take(&slab));
    slab_unref(&slab, &taken[1]->packet);
    assert_ptr_equal(taken[1], slab_take(&slab));
    assert_int_equal(2, taken[2]->data[DATAGRAM_MAX - 1]); /* neighbours do not overlap */
    assert_int_equal(0, taken[0]->data[DATAGRAM_MAX - 1]);
    slab_release(&slab);
}

static void test_reservations(void **state)
{
    struct slab slab;

    (void)state;
    slab_init(&slab, 0);
    assert_int_equal(0, slab_reserve(&slab, CHUNK - 10));
    take(&slab, 0, 1);
    /* the second chunk does not lose what the first had left */
    assert_int_equal(0, slab_reserve(&slab, 20));
    take(&slab, 1, 2 * CHUNK);
    assert_null(slab_take(&slab));
    /* what is given up serves the next reservation */
    slab_unreserve(&slab, 20);
    assert_int_equal(0, slab_reserve(&slab, CHUNK + 10));
    assert_int_equal(2 * CHUNK, slab.n_slots);
    slab_release(&slab);
}

/* Who leaves what behind: slots in use before, of them still out, and what is held then. */
static void test_trim(void **state)
{
    static const struct {
        size_t n_reserved, n_used, step;
        size_t n_kept_reserved;
        size_t n_slots, most_touched; /* after two trims: what is retired first follows */
    } rows[] = {
        /* nothing was used: nothing has pages */
        {8 * CHUNK, 0, 1, 8 * CHUNK, 8 * CHUNK, 0},
        {8 * CHUNK, 0, 1, 2 * CHUNK, 2 * CHUNK, 0},
        /* all came home: pages go, room stays as far as it is reserved */
        {8 * CHUNK, 8 * CHUNK, 1, 8 * CHUNK, 8 * CHUNK, CHUNK},
        {8 * CHUNK, 8 * CHUNK, 1, 2 * CHUNK, 2 * CHUNK, CHUNK},
        {8 * CHUNK, 8 * CHUNK, 1, 0, CHUNK, CHUNK},
        /* one in two stays out: no chunk is whole */
        {8 * CHUNK, 8 * CHUNK, 2, 8 * CHUNK, 8 * CHUNK, 8 * CHUNK},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct slab slab;

        slab_init(&slab, 0);
        assert_int_equal(0, slab_reserve(&slab, rows[i].n_reserved));
        take(&slab, 0, rows[i].n_used);
        give(&slab, 0, rows[i].n_used, rows[i].step);
        slab_unreserve(&slab, rows[i].n_reserved - rows[i].n_kept_reserved);
        trim(&slab);
        trim(&slab);
        assert_int_equal(rows[i].n_slots, slab.n_slots);
        assert_true(slab.n_touched <= rows[i].most_touched);
        /* all that is reserved can be had, whatever was given back */
        size_t n_out = rows[i].step == 1 ? 0 : rows[i].n_used / 2;

        for (size_t n = 0; n < rows[i].n_kept_reserved - n_out; n++) {
            struct packet_slot *slot = slab_take(&slab);

            assert_non_null(slot);
            memset(slot->data, 1, DATAGRAM_MAX);
        }
        slab_release(&slab);
    }
}

/* A peak is over: packets of the peak lie in all chunks, those that follow it in few. */
static void test_trim_under_load(void **state)
{
    struct slab slab;
    size_t peak = LENGTH(taken), low = 2 * CHUNK;

    (void)state;
    slab_init(&slab, 0);
    assert_int_equal(0, slab_reserve(&slab, peak));
    take(&slab, 0, peak);
    /* one packet in eight is still in some cache, spread over all chunks */
    for (size_t i = 0; i < peak; i++) {
        if (i % 8 != 0) {
            slab_unref(&slab, &taken[i]->packet);
            taken[i] = NULL;
        } else {
            taken[i / 8] = taken[i];
        }
    }
    trim(&slab);
    assert_int_equal(peak, slab.n_touched); /* retired, but none is whole */
    /* each is replaced by a newer one, as packets come */
    for (size_t i = 0; i < low; i++) {
        slab_unref(&slab, &taken[i]->packet);
        take(&slab, i, i + 1);
    }
    trim(&slab);
    assert_true(slab.n_touched <= low + 3 * CHUNK);
    /* the peak comes back */
    take(&slab, low, peak);
    assert_null(slab_take(&slab));
    assert_int_equal(peak, slab.n_touched);
    slab_release(&slab);
}

/* What is needed again while it is retired is not mapped anew. */
static void test_recall(void **state)
{
    struct slab slab;

    (void)state;
    slab_init(&slab, 0);
    assert_int_equal(0, slab_reserve(&slab, 4 * CHUNK));
    take(&slab, 0, 4 * CHUNK);
    for (size_t i = 0; i < 4 * CHUNK; i++) {
        if (i % CHUNK != 0)
            slab_unref(&slab, &taken[i]->packet);
    }
    trim(&slab);
    assert_false(list_is_empty(&slab.retired));
    for (size_t n = 0; n < 4 * (CHUNK - 1); n++)
        assert_non_null(slab_take(&slab));
    assert_null(slab_take(&slab));
    assert_true(list_is_empty(&slab.retired));
    slab_release(&slab);
}

enum { SLOTS = 4 * CHUNK, ROUNDS = 200000, BATCH = SLOTS - 64, TRIM_EVERY = 1000 };

static struct slab home, other;
static _Atomic(struct packet_slot *) handed_over[BATCH];
static atomic_bool is_over;

/* Another worker gives everything back to its home. */
static void *give_back(void *arg)
{
    (void)arg;
    while (!atomic_load(&is_over)) {
        for (unsigned i = 0; i < BATCH; i++) {
            struct packet_slot *slot = atomic_exchange(&handed_over[i], NULL);

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
        struct packet_slot *slot = slab_take(&home);

        if (!slot)
            continue;
        if (round % TRIM_EVERY == 0)
            slab_trim(&home);
        slot->len = (uint16_t)round;
        slot->data[0] = (uint8_t)round;
        struct packet_slot *refused = atomic_exchange(&handed_over[round % BATCH], slot);

        if (refused)
            slab_unref(&home, &refused->packet);
    }
    atomic_store(&is_over, true);
    pthread_join(thread, NULL);
    for (unsigned i = 0; i < BATCH; i++) {
        struct packet_slot *left = atomic_load(&handed_over[i]);

        if (left)
            slab_unref(&home, &left->packet);
    }
    trim(&home);
    trim(&home);
    assert_true(home.n_touched <= 2 * CHUNK);
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
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_trim_under_load),
        cmocka_unit_test(test_recall),
        cmocka_unit_test(test_across_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
