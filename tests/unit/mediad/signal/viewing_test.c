/* Which stream a viewer gets, at the beginning and when one has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/signal/viewing.h"
#include "tests/unit/mediad/signal/stream_room.h"

#define CAMERA "offer-chromium-camera"
#define SCREEN "offer-chromium-screen"
#define VOICE "offer-chromium-audio"

static struct stream_room r;

static int open_room(void **state)
{
    (void)state;
    room_start(&r);
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    room_end(&r);
    return 0;
}

static const char *chosen(const char *label, const struct viewing_before *before,
                          const struct player_stream *player)
{
    const struct up_link *up = viewing_choose(r.group, label, before, player);

    return up ? up->id : "none";
}

static void test_at_the_beginning(void **state)
{
    (void)state;
    assert_string_equal(chosen(NULL, NULL, NULL), "none");
    room_publish(&r, 0, "a1", "camera", "", CAMERA);
    room_publish(&r, 1, "b1", "camera", "", CAMERA);
    room_publish(&r, 1, "b2", "screenshare", "", SCREEN);
    r.m[1].member.speaker.rank = 0; /* who speaks does not matter yet */
    assert_string_equal(chosen(NULL, NULL, NULL), "a1");
    assert_string_equal(chosen("camera", NULL, NULL), "a1");
    assert_string_equal(chosen("screenshare", NULL, NULL), "b2");
    assert_string_equal(chosen("", NULL, NULL), "none");
}

static void test_when_one_has_ended(void **state)
{
    struct viewing_before before = {&r.m[3].member, "camera"};

    (void)state;
    room_publish(&r, 0, "a1", "camera", "", CAMERA);
    room_publish(&r, 1, "b1", "camera", "", CAMERA);
    room_publish(&r, 1, "b2", "screenshare", "", SCREEN);
    room_publish(&r, 2, "c1", "camera", "", CAMERA);
    for (int i = 0; i < 3; i++)
        r.m[i].member.speaker.rank = SPEAKERS_NO_RANK;
    assert_string_equal(chosen(NULL, &before, NULL), "a1"); /* nobody spoke: the oldest */
    r.m[2].member.speaker.rank = 0;
    r.m[1].member.speaker.rank = 1;
    assert_string_equal(chosen(NULL, &before, NULL), "c1");
    assert_string_equal(chosen("screenshare", &before, NULL), "b2");
    /* the same member's, in place of its own, whoever speaks */
    before.owner = &r.m[0].member;
    assert_string_equal(chosen(NULL, &before, NULL), "a1");
    /* of another label it is one of many */
    before.label = "screenshare";
    assert_string_equal(chosen(NULL, &before, NULL), "c1");
}

/* What a player was answered decides what it can be sent. */
static void test_what_can_be_played(void **state)
{
    static const char *const codecs[] = {"vp8", "h264", "opus", NULL};
    const struct stream_names names = {"g", "whep", "whep", 99};
    struct buf offer = sdp_data("offer-chromium-player"), answer = {0}, h264 = {0};
    struct buf camera = sdp_data(CAMERA);
    struct player_stream *player = NULL;
    struct group_desc *desc = NULL;
    struct error e = {0};
    const char *video = strstr(buf_str(&camera), "m=video");

    (void)state;
    /* the same camera by a program that has H.264 alone */
    buf_add(&h264, camera.data, (size_t)(video - buf_str(&camera)));
    buf_add_str(&h264, "m=video 9 UDP/TLS/RTP/SAVPF 108\r\na=mid:1\r\na=sendonly\r\na=rtcp-mux\r\n"
                       "a=rtpmap:108 H264/90000\r\na=fmtp:108 packetization-mode=1;"
                       "profile-level-id=42e01f\r\n");
    assert_int_equal(
        group_desc_parse(&desc, span_str("{\"codecs\": [\"vp8\", \"h264\", \"opus\"]}"), &e), 0);
    moderation_set_desc(r.group, desc, desc, false);
    group_desc_unref(desc);
    room_publish(&r, 0, "a1", "camera", "", CAMERA);
    assert_int_equal(player_stream_new(&player, r.env.media, &names, NULL), 0);
    if (player_stream_offer(player, buf_span(&offer),
                            viewing_choose(r.group, NULL, NULL, NULL)->media, codecs, &answer,
                            &e) < 0)
        fail_msg("%s", e.text);
    room_publish(&r, 1, "b1", "camera", "", buf_str(&h264));
    room_publish(&r, 2, "c1", "camera", "", CAMERA);
    const struct viewing_before before = {&r.m[3].member, "camera"};

    assert_string_equal(chosen(NULL, &before, player), "a1");
    up_link_free(up_link_find(&r.m[0].member, "a1"), true);
    assert_string_equal(chosen(NULL, &before, NULL), "b1");
    assert_string_equal(chosen(NULL, &before, player), "c1");
    up_link_free(up_link_find(&r.m[2].member, "c1"), true);
    assert_string_equal(chosen(NULL, &before, player), "b1"); /* better than none */
    room_publish(&r, 2, "c2", "voice", "", VOICE);
    assert_string_equal(chosen(NULL, &before, player), "c2"); /* its sound is fine */
    player_stream_free(player);
    buf_release(&offer);
    buf_release(&answer);
    buf_release(&h264);
    buf_release(&camera);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_at_the_beginning, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_when_one_has_ended, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_what_can_be_played, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
