/* A joiner before a picture group that began long ago. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/rtc/catch_up.h"

/* The numbers wrap in the middle of the group. */
#define FIRST 65000
#define BEHIND ((uint16_t)(FIRST + 1500))

static struct packet packets[65536];
static struct packet_cache cache;

static void add(uint16_t seq, bool is_keyframe)
{
    struct packet *p = &packets[seq];

    *p = (struct packet){.refs = 1, .seq = seq};
    p->rtp_ts = (uint32_t)(uint16_t)(seq - FIRST) * 10u;
    p->info.keyframe = is_keyframe ? KEYFRAME_YES : KEYFRAME_NO;
    assert_null(packet_cache_put(&cache, p));
}

static int open_group(void **state)
{
    (void)state;
    assert_int_equal(0, packet_cache_init(&cache, PACKET_CACHE_MAX));
    cache.keeps_group = true;
    for (unsigned i = 0; i < 1500; i++) {
        if (i != 700) /* was lost */
            add((uint16_t)(FIRST + i), i == 0);
    }
    return 0;
}

static int close_group(void **state)
{
    (void)state;
    packet_cache_release(&cache);
    return 0;
}

/* One step, whose packets must follow `*next`. @return how many */
static unsigned step(struct catch_up *c, uint16_t *next)
{
    struct packet *p;
    unsigned n = 0;

    while ((p = catch_up_next(c, &cache)) != NULL) {
        if (p->seq == (uint16_t)(FIRST + 701) && *next == (uint16_t)(FIRST + 700))
            (*next)++;
        assert_int_equal(*next, p->seq);
        (*next)++;
        n++;
    }
    return n;
}

/* All of it, once, in order, and what came meanwhile; at no time more than a step's worth. */
static void test_all_of_it(void **state)
{
    struct catch_up c;
    uint16_t next = FIRST, newest = BEHIND;
    unsigned n = 0, n_steps = 0;

    (void)state;
    catch_up_start(&c, &cache, FIRST);
    while (c.is_running) {
        unsigned n_step;

        assert_false(catch_up_step(&c, &cache));
        n_step = step(&c, &next);
        assert_true(n_step <= 2 * CATCH_UP_MAX);
        n += n_step;
        if (c.is_running) {
            assert_true(n_step >= CATCH_UP_MIN);
            for (unsigned i = 0; i < 10; i++) /* 1,000 a second */
                add(newest++, false);
        }
        n_steps++;
    }
    assert_int_equal(newest, next);
    assert_int_equal((uint16_t)(newest - FIRST - 1), n);
    assert_true(n_steps < 150); /* 1.5 s */
    assert_null(catch_up_next(&c, &cache));
}

/* A keyframe that comes meanwhile spares the rest. */
static void test_newer_keyframe(void **state)
{
    struct catch_up c;
    uint16_t next = FIRST;

    (void)state;
    catch_up_start(&c, &cache, FIRST);
    assert_false(catch_up_step(&c, &cache));
    assert_true(step(&c, &next) > 0);
    add(BEHIND, true);
    assert_true(catch_up_step(&c, &cache));
    next = BEHIND;
    assert_int_equal(1, step(&c, &next));
    assert_false(c.is_running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_of_it, open_group, close_group),
        cmocka_unit_test_setup_teardown(test_newer_keyframe, open_group, close_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
