#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/packet_cache.h"

static struct packet packets[70000];

static struct packet *make(uint16_t seq, uint32_t rtp_ts, bool is_keyframe)
{
    struct packet *p = &packets[seq];

    *p = (struct packet){.refs = 1, .seq = seq, .rtp_ts = rtp_ts, .arrival_us = seq};
    p->info.keyframe = is_keyframe ? KEYFRAME_YES : KEYFRAME_NO;
    return p;
}

static void test_put_and_find(void **state)
{
    struct packet_cache c;
    struct packet *p, twin;

    (void)state;
    assert_int_equal(packet_cache_init(&c, 8), 0);
    for (uint16_t i = 0; i < 8; i++) /* over the wrap */
        assert_null(packet_cache_put(&c, make((uint16_t)(65532 + i), i, false)));
    assert_int_equal(packet_cache_find(&c, 65535)->seq, 65535);
    assert_int_equal(packet_cache_find(&c, 3)->seq, 3);
    assert_null(packet_cache_find(&c, 4));
    assert_int_equal(c.newest_seq, 3);
    p = packet_cache_put(&c, make(4, 8, false));
    assert_ptr_equal(p, &packets[65532]); /* displaced: the reference is ours again */
    assert_null(packet_cache_find(&c, 65532));
    p = make(65532, 0, false);
    assert_ptr_equal(packet_cache_put(&c, p), p); /* older than the whole ring */
    twin = packets[4];
    assert_ptr_equal(packet_cache_put(&c, &twin), &twin); /* that number is there already */
    assert_ptr_equal(packet_cache_find(&c, 4), &packets[4]);
    p = packet_cache_put(&c, make(6, 9, false)); /* 5 is missing */
    assert_ptr_equal(p, &packets[65534]);
    p = packet_cache_put(&c, make(5, 9, false)); /* and comes late */
    assert_ptr_equal(p, &packets[65533]);
    assert_int_equal(c.newest_seq, 6);
    for (int i = 0; i < 8; i++)
        assert_non_null(packet_cache_take(&c));
    assert_null(packet_cache_take(&c));
    assert_null(packet_cache_put(&c, make(30000, 0, false))); /* a new numbering */
    assert_ptr_equal(packet_cache_take(&c), &packets[30000]);
    packet_cache_release(&c);
    assert_null(packet_cache_take(&c)); /* released is empty */
}

static void test_keyframe_and_replay(void **state)
{
    struct packet_cache c;
    struct packet_replay r;

    (void)state;
    assert_int_equal(packet_cache_init(&c, 16), 0);
    assert_false(packet_replay_init(&r, &c));
    assert_null(packet_cache_put(&c, make(100, 1, false)));
    assert_int_equal(packet_cache_since_keyframe(&c), 0);
    assert_null(packet_cache_put(&c, make(101, 2, true)));
    assert_null(packet_cache_put(&c, make(102, 2, false)));
    assert_null(packet_cache_put(&c, make(104, 3, false)));
    assert_int_equal(packet_cache_since_keyframe(&c), 4);
    assert_int_equal(c.keyframe_us, 101);
    assert_true(packet_replay_init(&r, &c));
    assert_ptr_equal(packet_replay_next(&r, &c), &packets[101]);
    assert_null(packet_cache_put(&c, make(105, 4, false))); /* comes while replaying */
    assert_ptr_equal(packet_replay_next(&r, &c), &packets[102]);
    assert_ptr_equal(packet_replay_next(&r, &c), &packets[104]); /* 103 is missing */
    assert_null(packet_replay_next(&r, &c));                     /* 105 was not there then */

    assert_null(packet_cache_put(&c, make(107, 9, true)));
    assert_null(packet_cache_put(&c, make(106, 9, true))); /* an earlier packet of that frame */
    assert_int_equal(c.keyframe_seq, 106);
    assert_null(packet_cache_put(&c, make(103, 3, true))); /* an older keyframe, late */
    assert_int_equal(c.keyframe_seq, 106);
    for (uint16_t i = 108; i < 122; i++)
        (void)!packet_cache_put(&c, make(i, 10, false));
    assert_int_equal(packet_cache_since_keyframe(&c), 16);
    (void)!packet_cache_put(&c, make(122, 10, false)); /* overwrites its first packet */
    assert_int_equal(packet_cache_since_keyframe(&c), 0);
    assert_false(packet_replay_init(&r, &c));
    /* Half a cycle of timestamps later the next keyframe counts all the same. */
    (void)!packet_cache_put(&c, make(123, 9 + 0x80000001u, true));
    assert_int_equal(packet_cache_since_keyframe(&c), 1);
    packet_cache_release(&c);
}

/* Seconds of a track at some rate, after each of which it is asked whether its ring fits. */
static void run_for(struct packet_cache *c, unsigned per_s, unsigned ticks, int64_t *now_us,
                    uint16_t *seq)
{
    for (unsigned tick = 0; tick < ticks; tick++) {
        for (unsigned i = 1; i <= per_s; i++) {
            struct packet *p = make((*seq)++, 0, false);

            p->arrival_us = *now_us + (int64_t)i * 1000000 / per_s;
            (void)!packet_cache_put(c, p);
            while (packet_cache_expire(c, p->arrival_us))
                ;
        }
        *now_us += 1000000;
        while (packet_cache_expire(c, *now_us))
            ;
        uint32_t fit = packet_cache_fit(c);

        if (fit != packet_cache_capacity(c))
            assert_int_equal(0, packet_cache_resize(c, fit));
    }
}

/* Whatever the rate, what is young enough to be asked for is there, and little else. */
static void test_age_and_rate(void **state)
{
    static const struct {
        unsigned per_s;
        unsigned seconds;
        uint32_t capacity;
        unsigned kept;
    } steps[] = {
        {100, 5, 512, 150},    {150, 5, 512, 225},
        {10, 20, 512, 64},                          /* the newest ones, whatever their age */
        {1500, 5, 4096, 2250}, {300, 5, 4096, 450}, /* not yet: the rate may come back */
        {300, 40, 1024, 450},  {100, 60, 512, 150},
        {5000, 5, 4096, 4096}, /* no more than that */
        {0, 70, 512, 64},
    };
    struct packet_cache c;
    int64_t now_us = 1000000;
    uint16_t seq = 65000;

    (void)state;
    assert_int_equal(0, packet_cache_init(&c, PACKET_CACHE_VIDEO));
    for (size_t i = 0; i < LENGTH(steps); i++) {
        unsigned n = 0;

        run_for(&c, steps[i].per_s, steps[i].seconds, &now_us, &seq);
        assert_int_equal(steps[i].capacity, packet_cache_capacity(&c));
        assert_int_equal(steps[i].capacity * sizeof(void *), packet_cache_size(&c));
        assert_int_equal(steps[i].kept, c.n);
        while (packet_cache_find(&c, (uint16_t)(seq - 1 - n)))
            n++;
        assert_int_equal(steps[i].kept, n); /* the newest ones, without a gap */
    }
    while (packet_cache_take(&c))
        ;
    assert_int_equal(0, c.n);
    packet_cache_release(&c);
}

/* A screen that stands still: its keyframe stays for those who join, as far as replays reach. */
/* Of a publisher that answers no requests all is kept from the last keyframe on, in a ring that
 * grows for it; and no more than the largest one holds. */
static void test_kept_group(void **state)
{
    struct packet_cache c;
    int64_t now_us = 0;
    uint16_t seq = 0;

    (void)state;
    assert_int_equal(0, packet_cache_init(&c, PACKET_CACHE_VIDEO));
    c.keeps_group = true;
    for (unsigned i = 0; i < 40000;
         i++, now_us += 2500) { /* 400 a second; 5 s, then 100 s a group */
        bool is_keyframe = i % 2000 == 0 && i < 20000;
        uint32_t fit;
        struct packet *p = make(seq, i * 100, is_keyframe);

        p->arrival_us = now_us;
        (void)!packet_cache_put(&c, p);
        while (packet_cache_expire(&c, now_us))
            ;
        fit = i % 400 == 0 ? packet_cache_fit(&c) : packet_cache_capacity(&c);
        if (fit != packet_cache_capacity(&c))
            assert_int_equal(0, packet_cache_resize(&c, fit));
        if (i >= 6000 && i < 20000)
            assert_int_equal(i % 2000 + 1, packet_cache_since_keyframe(&c));
        /* with a keyframe there is nothing before it but what is young */
        if (i >= 6000 && i < 20000)
            assert_true(c.n <= i % 2000 + 1 + 600);
        assert_true(packet_cache_capacity(&c) <= PACKET_CACHE_MAX);
        seq++;
    }
    assert_int_equal(0, packet_cache_since_keyframe(&c)); /* given up: too long */
    assert_true(c.n <= 600);
    assert_true(packet_cache_capacity(&c) < PACKET_CACHE_MAX);
    packet_cache_release(&c);
}

static void test_quiet_track(void **state)
{
    struct packet_cache c;
    struct packet_replay r;

    (void)state;
    assert_int_equal(0, packet_cache_init(&c, PACKET_CACHE_VIDEO));
    for (uint16_t i = 0; i < 100; i++)
        assert_null(packet_cache_put(&c, make(i, i, i == 100 - PACKET_CACHE_REPLAY_MAX)));
    unsigned n = 0;

    while (packet_cache_expire(&c, 3600 * INT64_C(1000000)))
        n++;
    assert_int_equal(100 - PACKET_CACHE_AGELESS, n);
    assert_int_equal(PACKET_CACHE_REPLAY_MAX, packet_cache_since_keyframe(&c));
    assert_true(packet_replay_init(&r, &c));
    assert_ptr_equal(&packets[100 - PACKET_CACHE_REPLAY_MAX], packet_replay_next(&r, &c));
    packet_cache_release(&c);
}

/* Gaps, jumps and late packets leave nothing behind that would never expire. */
static void test_expiry_over_gaps(void **state)
{
    static const uint16_t seqs[] = {10, 11, 9, 300, 301, 8000, 8001, 7990, 16000, 24000, 100};
    struct packet_cache c;
    unsigned n = 0, n_put = 0;

    (void)state;
    assert_int_equal(0, packet_cache_init(&c, PACKET_CACHE_AUDIO));
    for (size_t i = 0; i < LENGTH(seqs); i++) {
        struct packet *p = make(seqs[i], 0, false);

        p->arrival_us = 0;
        struct packet *back = packet_cache_put(&c, p);

        n_put += back == p ? 0 : 1;
        n += back && back != p ? 1 : 0;
    }
    assert_int_equal(10, n_put); /* 100 is older than the ring */
    while (packet_cache_expire(&c, PACKET_CACHE_AGE_US - 1))
        n++;
    assert_int_equal(n_put, n + c.n); /* all that are left are young */
    while (packet_cache_expire(&c, PACKET_CACHE_AGE_US))
        n++;
    assert_int_equal(1, c.n); /* the newest one */
    assert_ptr_equal(&packets[24000], packet_cache_find(&c, 24000));
    assert_int_equal(n_put, n + c.n);
    packet_cache_release(&c);
}

/* A size that two packets would share a place in is refused, and nothing is lost. */
static void test_resize_with_a_clash(void **state)
{
    struct packet_cache c;

    (void)state;
    assert_int_equal(0, packet_cache_init(&c, PACKET_CACHE_AUDIO));
    assert_int_equal(0, packet_cache_resize(&c, 512));
    assert_null(packet_cache_put(&c, make(5, 0, false)));
    assert_null(packet_cache_put(&c, make(5 + 128, 0, false)));
    assert_int_equal(ERR_BUSY, packet_cache_resize(&c, 128));
    assert_int_equal(0, packet_cache_resize(&c, 256));
    assert_ptr_equal(&packets[5], packet_cache_find(&c, 5));
    assert_ptr_equal(&packets[133], packet_cache_find(&c, 133));
    packet_cache_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_find),        cmocka_unit_test(test_keyframe_and_replay),
        cmocka_unit_test(test_age_and_rate),        cmocka_unit_test(test_quiet_track),
        cmocka_unit_test(test_kept_group),          cmocka_unit_test(test_expiry_over_gaps),
        cmocka_unit_test(test_resize_with_a_clash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
