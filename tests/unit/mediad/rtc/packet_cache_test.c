#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_find),
        cmocka_unit_test(test_keyframe_and_replay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
