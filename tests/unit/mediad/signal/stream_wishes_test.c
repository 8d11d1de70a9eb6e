/* How much a receiver wants a stream's video, and what it and the publisher hear of what is sent.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/signal/features.h"
#include "tests/unit/mediad/signal/stream_room.h"

#define CAMERA "offer-chromium-camera"
#define SIMULCAST "offer-chromium-simulcast"
#define SCREEN "offer-chromium-screen"

static void show(struct down_link *down, bool is_pinned, bool is_hidden, uint16_t height)
{
    down->shown = (struct shown){.is_pinned = is_pinned, .is_hidden = is_hidden, .height = height};
    down_link_wish(down);
}

static void what_is_shown_is_wanted(void **state)
{
    struct stream_room r;
    struct down_link *down;

    (void)state;
    room_start(&r);
    room_request(&r, 1, "{\"\":[\"audio\",\"video\"]}");
    room_publish(&r, 0, "s", "camera", "", CAMERA);
    room_publish(&r, 0, "t", "screenshare", "", SCREEN);
    down = room_down(&r, 1, "s");
    assert_false(down->wish.is_unwanted || down->wish.is_pinned || down->wish.is_screen);
    assert_int_equal(down->wish.height, 0);
    assert_int_equal(down->wish.rank, ALLOCATE_NO_RANK);
    show(down, true, false, 720);
    assert_true(down->wish.is_pinned && !down->wish.is_unwanted);
    assert_int_equal(down->wish.height, 720);
    show(down, false, true, 720);
    assert_true(!down->wish.is_pinned && down->wish.is_unwanted);
    assert_true(room_down(&r, 1, "t")->wish.is_screen);
    room_end(&r);
}

/* A stream that takes another one's place is shown where that was. */
static void replaced(void **state)
{
    struct stream_room r;

    (void)state;
    room_start(&r);
    room_request(&r, 1, "{\"\":[\"audio\",\"video\"]}");
    room_request(&r, 2, "{\"\":[\"audio\",\"video\"]}");
    room_publish(&r, 0, "s", "camera", "", CAMERA);
    show(room_down(&r, 1, "s"), true, false, 360);
    room_publish(&r, 0, "t", "camera", "s", CAMERA);
    assert_true(room_down(&r, 1, "t")->wish.is_pinned);
    assert_int_equal(room_down(&r, 1, "t")->wish.height, 360);
    assert_false(room_down(&r, 2, "t")->wish.is_pinned);
    room_end(&r);
}

/* The rank of who publishes among those whom the receiver hears. */
static void ranks(void **state)
{
    struct stream_room r;

    (void)state;
    room_start(&r);
    for (int i = 1; i < 3; i++)
        room_request(&r, i, "{\"\":[\"audio\",\"video\"]}");
    room_publish(&r, 0, "s", "camera", "", CAMERA);
    r.m[0].member.speaker.rank = 2;
    r.m[1].member.speaker.rank = 0;
    for (int i = 1; i < 3; i++)
        down_link_wish(room_down(&r, i, "s"));
    assert_int_equal(room_down(&r, 1, "s")->wish.rank, 1);
    assert_int_equal(room_down(&r, 2, "s")->wish.rank, 2);
    r.m[1].member.speaker.rank = 3;
    down_link_wish(room_down(&r, 1, "s"));
    assert_int_equal(room_down(&r, 1, "s")->wish.rank, 2);
    room_publish(&r, 0, "t", "camera", "", CAMERA);
    assert_int_equal(room_down(&r, 2, "t")->wish.rank, 2);
    room_end(&r);
}

/* Of the cameras beyond the last N only pinned ones are wanted; screens are no cameras. */
static void beyond_the_last_n(void **state)
{
    struct stream_room r;

    (void)state;
    room_start(&r);
    r.settings.last_n = 1;
    room_request(&r, 1, "{\"\":[\"audio\",\"video\"]}");
    room_publish(&r, 2, "c", "camera", "", CAMERA);
    assert_false(room_down(&r, 1, "c")->wish.is_unwanted);
    assert_true(timer_is_running(&r.env.hearing));
    /* a was there before c */
    room_publish(&r, 0, "a", "", "", CAMERA);
    assert_false(room_down(&r, 1, "a")->wish.is_unwanted);
    assert_true(room_down(&r, 1, "c")->wish.is_unwanted);
    room_publish(&r, 2, "screen", "screenshare", "", SCREEN);
    assert_false(room_down(&r, 1, "screen")->wish.is_unwanted);
    show(room_down(&r, 1, "c"), true, false, 0);
    assert_false(room_down(&r, 1, "c")->wish.is_unwanted);
    show(room_down(&r, 1, "c"), true, true, 0);
    assert_true(room_down(&r, 1, "c")->wish.is_unwanted);
    /* the group's own limit */
    r.group->desc->last_n = -1;
    show(room_down(&r, 1, "c"), false, false, 0);
    room_publish(&r, 3, "d", "camera", "", CAMERA);
    assert_false(room_down(&r, 1, "c")->wish.is_unwanted);
    assert_false(room_down(&r, 1, "d")->wish.is_unwanted);
    r.group->desc->last_n = 2;
    room_publish(&r, 3, "e", "camera", "", CAMERA);
    assert_false(room_down(&r, 1, "c")->wish.is_unwanted);
    assert_true(room_down(&r, 1, "d")->wish.is_unwanted);
    assert_true(room_down(&r, 1, "e")->wish.is_unwanted);
    room_end(&r);
}

/* Who asked for it hears how it is sent a video, and which layers are received. */
static void told(void **state)
{
    static const struct down_allocation paused = {.is_paused = true, .reason = ALLOCATE_BANDWIDTH};
    struct stream_room r;
    struct up_link *up;

    (void)state;
    room_start(&r);
    room_request(&r, 1, "{\"\":[\"video\"]}");
    room_request(&r, 2, "{\"\":[\"video\"]}");
    room_publish(&r, 0, "s", "camera", "", SIMULCAST);
    up = up_link_find(&r.m[0].member, "s");
    room_forget_heard(&r);
    signal_media_events.down_allocated(room_down(&r, 1, "s"), &paused);
    signal_media_events.up_demand(up, 1);
    for (int i = 0; i < 3; i++)
        room_heard(&r, i, "");
    r.m[0].member.features = FEATURE_LAYERS;
    r.m[1].member.features = FEATURE_STREAM_STATE;
    r.m[2].member.features = FEATURE_LAYERS | FEATURE_SPEAKERS;
    signal_media_events.down_allocated(room_down(&r, 1, "s"), &paused);
    signal_media_events.down_allocated(room_down(&r, 2, "s"), &paused);
    room_heard(&r, 1,
               "{\"type\":\"streamState\",\"id\":\"s\",\"value\":{\"state\":\"paused\","
               "\"reason\":\"bandwidth\",\"layer\":0,\"layers\":0,\"bitrate\":0}}");
    room_heard(&r, 2, "");
    /* track 0 is sound, then come the two rids */
    signal_media_events.up_demand(up, 5);
    signal_media_events.up_demand(up, 4);
    signal_media_events.up_demand(up, 0);
    room_heard(&r, 0,
               "{\"type\":\"layers\",\"id\":\"s\",\"value\":{\"active\":[\"l\"]}} | "
               "{\"type\":\"layers\",\"id\":\"s\",\"value\":{\"active\":[]}}");
    /* other tracks: said again, as what was said before is by rid */
    room_forget_heard(&r);
    room_publish(&r, 0, "s", "camera", "", CAMERA);
    room_heard(&r, 0, "answer s | {\"type\":\"layers\",\"id\":\"s\",\"value\":{\"active\":[]}}");
    room_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shown_is_wanted),
        cmocka_unit_test(replaced),
        cmocka_unit_test(ranks),
        cmocka_unit_test(beyond_the_last_n),
        cmocka_unit_test(told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
