#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "tests/unit/mediad/signal/stream_room.h"

#define CAMERA "offer-chromium-camera" /* audio and video */
#define SCREEN "offer-chromium-screen" /* video */
#define VOICE "offer-chromium-audio"   /* audio */

/* Who gets what: b's request, what a publishes then, and what b hears of it; also when b asks after
 * the stream is there. */
static void test_requests(void **state)
{
    static const struct {
        const char *request;
        const char *label, *sdp;
        const char *heard;
    } rows[] = {
        {NULL, "camera", CAMERA, ""},
        {"{}", "camera", CAMERA, ""},
        {"{\"\":[]}", "camera", CAMERA, ""},
        {"{\"\":[\"audio\",\"video\"]}", "camera", CAMERA, "offer s(audio video)"},
        {"{\"\":[\"audio\",\"video\"]}", "", CAMERA, "offer s(audio video)"},
        {"{\"\":[\"audio\"]}", "camera", CAMERA, "offer s(audio)"},
        {"{\"\":[\"video\"]}", "camera", CAMERA, "offer s(video)"},
        {"{\"\":[\"video-low\"]}", "camera", CAMERA, "offer s(video)"},
        {"{\"\":[\"audio\"]}", "screen", SCREEN, ""},
        {"{\"\":[\"video\"]}", "screen", VOICE, ""},
        {"{\"\":[\"audio\",\"video\"]}", "screen", SCREEN, "offer s(video)"},
        /* a label's own entry holds instead of the one for all */
        {"{\"camera\":[\"audio\"],\"\":[\"video\"]}", "camera", CAMERA, "offer s(audio)"},
        {"{\"camera\":[\"audio\"],\"\":[\"video\"]}", "other", CAMERA, "offer s(video)"},
        {"{\"camera\":[],\"\":[\"video\"]}", "camera", CAMERA, ""},
        {"{\"screen\":[\"video\"]}", "camera", CAMERA, ""},
        {"{\"\":[\"nonsense\"]}", "camera", CAMERA, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (int asks_first = 0; asks_first < 2; asks_first++) {
            struct stream_room r;

            room_start(&r);
            if (asks_first)
                room_request(&r, 1, rows[i].request);
            room_publish(&r, 0, "s", rows[i].label, "", rows[i].sdp);
            if (!asks_first)
                room_request(&r, 1, rows[i].request);
            if (strcmp(r.m[1].heard, rows[i].heard) != 0)
                fail_msg("row %zu (%s): \"%s\"", i, asks_first ? "asked first" : "asked later",
                         r.m[1].heard);
            room_heard(&r, 0, "answer s");
            room_heard(&r, 2, "");
            room_end(&r);
        }
    }
}

/* What becomes of a stream that b and c receive and d, who receives nothing, is in the room of. */
static void test_ends(void **state)
{
    enum { CLOSED_BY_OWNER, CLOSED_UNTOLD, REVOKED, OWNER_LEAVES, ALL_LEAVE };
    static const struct {
        int what;
        const char *owner, *receiver;
    } rows[] = {
        {CLOSED_BY_OWNER, "", "close s"},
        {CLOSED_UNTOLD, "", ""},
        {REVOKED, "abort s(not-permitted: no more)", "close s"},
        {OWNER_LEAVES, "", "close s"},
        {ALL_LEAVE, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct stream_room r;

        room_start(&r);
        room_publish(&r, 0, "s", "camera", "", CAMERA);
        room_request(&r, 1, "{\"\":[\"audio\"]}");
        room_request(&r, 2, "{\"\":[\"video\"]}");
        assert_int_equal(r.m[0].member.n_streams, 1);
        room_forget_heard(&r);
        switch (rows[i].what) {
        case CLOSED_BY_OWNER:
        case CLOSED_UNTOLD:
            up_link_free(up_link_find(&r.m[0].member, "s"), rows[i].what == CLOSED_BY_OWNER);
            break;
        case REVOKED:
            streams_revoke(&r.m[0].member, "no more");
            break;
        default:
            room_leave(&r.m[0], rows[i].what == ALL_LEAVE ? LEAVING_WITH_ALL : LEAVING_ALONE);
        }
        room_heard(&r, 0, rows[i].owner);
        room_heard(&r, 1, rows[i].receiver);
        room_heard(&r, 2, rows[i].receiver);
        room_heard(&r, 3, "");
        assert_null(down_link_find(&r.m[1].member, "s"));
        assert_null(name_index_find(&r.group->streams_by_id, "s"));
        room_end(&r);
    }
}

/* a publishes "new" in place of "old". What b asked for, for all and for "old" alone, decides. */
static void test_replacement(void **state)
{
    static const struct {
        const char *name;
        const char *request;
        const char *override; /* of "old"; NULL: none */
        const char *old_sdp, *new_label, *new_sdp;
        const char *heard;
    } rows[] = {
        {"the same is wanted", "{\"\":[\"audio\",\"video\"]}", NULL, CAMERA, "camera", CAMERA,
         "offer new(audio video)<old"},
        {"nothing was wanted, and is not", "{}", NULL, CAMERA, "camera", CAMERA, ""},
        {"the new one's label is wanted, the old one's was not", "{\"screen\":[\"video\"]}", NULL,
         CAMERA, "screen", SCREEN, "offer new(video)"},
        {"the new one's label is not wanted", "{\"camera\":[\"video\"]}", NULL, CAMERA, "screen",
         SCREEN, "close old | close new"},
        {"what was wanted of the old one holds", "{\"\":[\"audio\",\"video\"]}", "[\"video\"]",
         CAMERA, "camera", CAMERA, "offer new(video)<old"},
        {"also where the new one has none of that", "{\"\":[\"audio\",\"video\"]}", "[\"audio\"]",
         CAMERA, "camera", SCREEN, "close old | close new"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct stream_room r;

        room_start(&r);
        room_publish(&r, 0, "old", "camera", "", rows[i].old_sdp);
        room_request(&r, 1, rows[i].request);
        if (rows[i].override) {
            struct json_object *array = json_tokener_parse(rows[i].override);
            struct down_link *down = room_down(&r, 1, "old");

            down->has_override = true;
            assert_int_equal(wishes_parse(&down->override, array, NULL, NULL), 0);
            stream_evaluate(down->up, &r.m[1].member);
            json_object_put(array);
        }
        room_forget_heard(&r);
        room_publish(&r, 0, "new", rows[i].new_label, "old", rows[i].new_sdp);
        if (strcmp(r.m[1].heard, rows[i].heard) != 0)
            fail_msg("%s: \"%s\"", rows[i].name, r.m[1].heard);
        room_heard(&r, 0, "answer new");
        assert_null(up_link_find(&r.m[0].member, "old"));
        assert_int_equal(r.m[0].member.n_streams, 1);
        assert_null(down_link_find(&r.m[1].member, "old"));
        room_end(&r);
    }
}

/* A changed request is offered anew once the answer to the last offer is in, and not before. */
static void test_one_offer_at_a_time(void **state)
{
    struct stream_room r;
    struct down_link *down;

    (void)state;
    room_start(&r);
    room_publish(&r, 0, "s", "camera", "", CAMERA);
    room_request(&r, 1, "{\"\":[\"audio\"]}");
    down = room_down(&r, 1, "s");
    assert_true(down->is_offered);
    room_request(&r, 1, "{\"\":[\"audio\"]}");
    assert_false(down->wants_offer);
    room_request(&r, 1, "{\"\":[\"audio\",\"video\"]}");
    assert_true(down->wants_offer);
    room_heard(&r, 1, "offer s(audio)");
    /* what is wanted no more goes at once */
    room_request(&r, 1, NULL);
    room_heard(&r, 1, "offer s(audio) | close s");
    assert_null(down_link_find(&r.m[1].member, "s"));
    room_end(&r);
}

/* Other tracks of a published stream. */
static void test_changed_tracks(void **state)
{
    struct stream_room r;

    (void)state;
    room_start(&r);
    room_request(&r, 1, "{\"\":[\"audio\"]}");
    room_request(&r, 2, "{\"\":[\"audio\",\"video\"]}");
    room_publish(&r, 0, "s", "camera", "", SCREEN);
    room_heard(&r, 1, "");
    room_heard(&r, 2, "offer s(video)");
    room_publish(&r, 0, "s", "camera", "", CAMERA);
    room_heard(&r, 0, "answer s | answer s");
    room_heard(&r, 1, "offer s(audio)");
    room_heard(&r, 2, "offer s(video)");
    assert_true(room_down(&r, 2, "s")->wants_offer);
    room_end(&r);
}

/* Everybody publishes, also d, who receives nothing; nobody gets what is its own. */
static void test_everybody(void **state)
{
    static const char *const ids[ROOM_MEMBERS] = {"sa", "sb", "sc", "sd"};
    struct stream_room r;

    (void)state;
    room_start(&r);
    for (int i = 0; i < 3; i++)
        room_request(&r, i, "{\"\":[\"audio\",\"video\"]}");
    for (int i = 0; i < ROOM_MEMBERS; i++)
        room_publish(&r, i, ids[i], "camera", "", VOICE);
    room_heard(&r, 0, "answer sa | offer sb(audio) | offer sc(audio) | offer sd(audio)");
    room_heard(&r, 1, "offer sa(audio) | answer sb | offer sc(audio) | offer sd(audio)");
    room_heard(&r, 2, "offer sa(audio) | offer sb(audio) | answer sc | offer sd(audio)");
    room_heard(&r, 3, "answer sd");
    room_forget_heard(&r);
    room_leave(&r.m[3], LEAVING_ALONE);
    room_leave(&r.m[1], LEAVING_ALONE);
    room_heard(&r, 0, "close sd | close sb");
    room_heard(&r, 1, "close sd");
    room_heard(&r, 2, "close sd | close sb");
    room_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),       cmocka_unit_test(test_ends),
        cmocka_unit_test(test_replacement),    cmocka_unit_test(test_one_offer_at_a_time),
        cmocka_unit_test(test_changed_tracks), cmocka_unit_test(test_everybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
