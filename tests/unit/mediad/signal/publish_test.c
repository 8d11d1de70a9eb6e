#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "tests/unit/mediad/signal/stream_room.h"

#define CAMERA "offer-chromium-camera"

/* What may not be published, and what its publisher is told. d stands for one without a connection
 * of ours: it is told the same. */
static void test_refusals(void **state)
{
    enum { NOTHING, NOT_IN_A_GROUP, NO_RIGHT, LIMIT_REACHED };
    static const struct {
        int before;
        const char *id, *replaces, *sdp;
        const char *heard;
    } rows[] = {
        {NOTHING, "s", "", CAMERA, "answer s"},
        {NOT_IN_A_GROUP, "s", "", CAMERA, "abort s(join a group first)"},
        {NO_RIGHT, "s", "", CAMERA, "abort s(not-permitted: not authorised)"},
        {LIMIT_REACHED, "s", "", CAMERA, "abort s(too-many-streams: too many streams)"},
        {NOTHING, "taken", "", CAMERA,
         "abort taken(duplicate-stream: this stream id is already in the group)"},
        {NOTHING, "s", "", "no description", NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (int who = 0; who < ROOM_MEMBERS; who += ROOM_MEMBERS - 1) {
            struct stream_room r;
            struct member *m;

            room_start(&r);
            m = &r.m[who].member;
            room_publish(&r, 1, "taken", "", "", CAMERA);
            if (rows[i].before == NOT_IN_A_GROUP)
                room_leave(&r.m[who], LEAVING_ALONE);
            if (rows[i].before == NO_RIGHT)
                assert_int_equal(member_adjust(m, 0, PERMISSION_PRESENT), 0);
            if (rows[i].before == LIMIT_REACHED) {
                r.settings.limits.streams_per_member = 1;
                room_publish(&r, who, "first", "", "", CAMERA);
            }
            r.m[who].heard[0] = '\0';
            room_publish(&r, who, rows[i].id, "", rows[i].replaces, rows[i].sdp);
            if (rows[i].heard)
                room_heard(&r, who, rows[i].heard);
            else if (strncmp(r.m[who].heard, "abort s(", 8) != 0)
                fail_msg("row %zu: %s", i, r.m[who].heard);
            if (!rows[i].heard || strncmp(rows[i].heard, "abort", 5) == 0)
                assert_null(up_link_find(m, "s"));
            room_end(&r);
        }
    }
}

/* An id of the greatest length is one; a longer one is not. */
static void test_long_id(void **state)
{
    struct stream_room r;
    char id[STREAM_ID_MAX + 2];

    (void)state;
    memset(id, 'x', sizeof id);
    id[STREAM_ID_MAX + 1] = '\0';
    room_start(&r);
    room_publish(&r, 0, id, "", "", CAMERA);
    assert_non_null(strstr(r.m[0].heard, "(the stream's id or label is too long)"));
    assert_int_equal(r.m[0].member.n_streams, 0);
    id[STREAM_ID_MAX] = '\0';
    room_publish(&r, 0, id, "", "", CAMERA);
    assert_non_null(up_link_find(&r.m[0].member, id));
    room_publish(&r, 1, "s", id, "", CAMERA);
    room_heard(&r, 1, "answer s");
    room_end(&r);
}

/* The stream that was to be replaced ends, whatever becomes of the new one. */
static void test_refused_replacement(void **state)
{
    static const struct {
        bool has_right;
        const char *sdp;
    } rows[] = {{false, CAMERA}, {true, "no description"}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct stream_room r;

        room_start(&r);
        room_request(&r, 1, "{\"\":[\"audio\"]}");
        room_publish(&r, 0, "old", "", "", CAMERA);
        if (!rows[i].has_right)
            assert_int_equal(member_adjust(&r.m[0].member, 0, PERMISSION_PRESENT), 0);
        room_forget_heard(&r);
        room_publish(&r, 0, "new", "", "old", rows[i].sdp);
        assert_int_equal(strncmp(r.m[0].heard, "abort new(", 10), 0);
        room_heard(&r, 1, "close old");
        assert_int_equal(r.m[0].member.n_streams, 0);
        room_end(&r);
    }
}

/* An offer that cannot be used leaves the stream as it was. */
static void test_bad_change(void **state)
{
    struct stream_room r;

    (void)state;
    room_start(&r);
    room_request(&r, 1, "{\"\":[\"audio\"]}");
    room_publish(&r, 0, "s", "", "", CAMERA);
    room_forget_heard(&r);
    room_publish(&r, 0, "s", "", "", "no description");
    assert_int_equal(strncmp(r.m[0].heard, "abort s(", 8), 0);
    room_heard(&r, 1, "");
    assert_non_null(up_link_find(&r.m[0].member, "s"));
    room_end(&r);
}

static void test_lost_publisher(void **state)
{
    struct stream_room r;
    struct up_link *up;

    (void)state;
    room_start(&r);
    room_request(&r, 1, "{\"\":[\"audio\"]}");
    room_publish(&r, 3, "s", "", "", CAMERA);
    up = up_link_find(&r.m[3].member, "s");
    room_forget_heard(&r);
    signal_media_events.up_failed(up, "why");
    signal_media_events.up_connected(up);
    room_heard(&r, 3, "renegotiate s");
    /* three in a row */
    signal_media_events.up_failed(up, "why");
    signal_media_events.up_failed(up, "why");
    room_heard(&r, 3, "renegotiate s | renegotiate s | renegotiate s");
    room_heard(&r, 1, "");
    signal_media_events.up_failed(up, "why");
    room_heard(&r, 3,
               "renegotiate s | renegotiate s | renegotiate s | abort s(connection-failed: Your "
               "stream could not be connected in 3 attempts: why)");
    room_heard(&r, 1, "close s");
    room_end(&r);
}

static void test_lost_receiver(void **state)
{
    struct stream_room r;
    struct down_link *down;

    (void)state;
    room_start(&r);
    room_request(&r, 1, "{\"\":[\"audio\"]}");
    room_request(&r, 2, "{\"\":[\"audio\"]}");
    room_publish(&r, 0, "s", "", "", CAMERA);
    down = room_down(&r, 1, "s");
    room_forget_heard(&r);
    signal_media_events.down_failed(down, "why");
    signal_media_events.down_failed(down, "why");
    assert_true(down->wants_restart);
    room_heard(&r, 1, "");
    signal_media_events.down_failed(down, "why");
    room_heard(&r, 1, "close s(A stream of a could not be connected in 3 attempts: why)");
    assert_null(down_link_find(&r.m[1].member, "s"));
    room_heard(&r, 2, "");
    room_heard(&r, 0, "");
    room_end(&r);
}

/* The owner is warned, and operators hear of it. */
static void test_notice(void **state)
{
    struct stream_room r;

    (void)state;
    room_start(&r);
    room_publish(&r, 0, "s", "", "", CAMERA);
    assert_int_equal(member_adjust(&r.m[1].member, PERMISSION_OP, 0), 0);
    r.group->n_operators++;
    room_forget_heard(&r);
    signal_media_events.up_notice(up_link_find(&r.m[0].member, "s"), "too much");
    room_heard(&r, 0, "warn(too much)");
    room_heard(&r, 1,
               "{\"type\":\"usermessage\",\"kind\":\"info\",\"privileged\":true,"
               "\"value\":\"Stream of a: too much\"}");
    room_heard(&r, 2, "");
    room_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_long_id),
        cmocka_unit_test(test_refused_replacement),
        cmocka_unit_test(test_bad_change),
        cmocka_unit_test(test_lost_publisher),
        cmocka_unit_test(test_lost_receiver),
        cmocka_unit_test(test_notice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
