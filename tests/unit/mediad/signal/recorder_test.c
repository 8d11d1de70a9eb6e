/*
 * The member RECORDING: how it comes and goes, what others hear of it, and which streams it
 * records. No packet flows here, so that no file is made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>

#include "mediad/signal/recorder.h"
#include "tests/unit/mediad/signal/stream_room.h"

#define CAMERA "offer-chromium-camera" /* audio and video */
#define SCREEN "offer-chromium-screen" /* video */
#define VOICE "offer-chromium-audio"   /* audio */

static struct stream_room r;
static char directory[64];
static unsigned n_finished;

static void finished(void *user_data, const char *group, const char *file)
{
    (void)user_data;
    assert_string_equal(group, "g");
    assert_null(file);
    n_finished++;
}

static void describe(const char *text)
{
    struct group_desc *desc = NULL;
    struct error e = {0};

    if (group_desc_parse(&desc, span_str(text), &e) < 0)
        fail_msg("%s", e.text);
    moderation_set_desc(r.group, desc, desc, false);
    group_desc_unref(desc);
}

static int open_room(void **state)
{
    struct recorder_events events = signal_recorder_events;
    struct error e = {0};

    (void)state;
    n_finished = 0;
    events.finished = finished;
    snprintf(directory, sizeof directory, "/tmp/nereid-unit-XXXXXX");
    assert_non_null(mkdtemp(directory));
    room_start(&r);
    if (recorder_new(&r.env.recorder, directory, &events, &r.env, &e) < 0)
        fail_msg("%s", e.text);
    describe("{\"allow-recording\": true}");
    return 0;
}

static int close_room(void **state)
{
    char command[96];

    (void)state;
    group_recorder_stop(r.group, NULL);
    recorder_free(r.env.recorder);
    room_end(&r);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static void start(const char *by)
{
    struct error e = {0};

    if (group_recorder_start(&r.env, r.group, by, &e) < 0)
        fail_msg("%s", e.text);
}

static void assert_refused(int want, const char *text)
{
    struct error e = {0};

    assert_int_equal(group_recorder_start(&r.env, r.group, "ada", &e), want);
    assert_string_equal(e.text, text);
}

static void assert_streams(size_t want)
{
    struct group_recording recording;

    assert_true(group_recorder_state(r.group, &recording));
    assert_int_equal(recording.n_streams, want);
}

static void assert_not_recorded(void)
{
    struct group_recording recording;

    assert_null(r.group->recorder);
    assert_false(group_recorder_state(r.group, &recording));
    assert_int_equal(recording.n_streams, 0);
}

static void assert_heard(int i, const char *text)
{
    if (!strstr(r.m[i].heard, text))
        fail_msg("%s heard \"%s\", not \"%s\"", r.m[i].member.id, r.m[i].heard, text);
}

/* So many recordings have ended since the beginning. */
static void wait_for_finished(unsigned want)
{
    struct pollfd p = {.fd = recorder_event_fd(r.env.recorder), .events = POLLIN};

    while (n_finished < want) {
        assert_int_equal(poll(&p, 1, 20000), 1);
        recorder_dispatch(r.env.recorder);
    }
    assert_int_equal(n_finished, want);
}

static void test_a_member_that_is_not_counted(void **state)
{
    const struct member *m;

    (void)state;
    assert_not_recorded();
    start("ada");
    m = r.group->recorder;
    assert_non_null(m);
    assert_string_equal(m->username, "RECORDING");
    assert_int_equal(strlen(m->id), 32);
    assert_ptr_equal(live_group_find(r.group, m->id), m);
    assert_int_equal(m->permissions.bits, PERMISSION_SYSTEM);
    assert_int_equal(r.group->n_members, ROOM_MEMBERS);
    assert_streams(0);
    for (int i = 0; i < ROOM_MEMBERS - 1; i++)
        assert_heard(i, "ada has started to record this meeting.");
    room_heard(&r, ROOM_MEMBERS - 1, ""); /* no client */
    assert_refused(ERR_EXISTS, "already recording");

    struct frame *f = group_recorder_greeting(r.group);

    assert_non_null(f);
    frame_unref(f);
    group_recorder_stop(r.group, "bob");
    assert_not_recorded();
    assert_null(group_recorder_greeting(r.group));
    assert_heard(0, "bob has ended the recording.");
    assert_int_equal(r.group->n_members, ROOM_MEMBERS);
    room_forget_heard(&r);
    group_recorder_stop(r.group, "bob");
    room_heard(&r, 0, "");
    start(NULL);
    assert_heard(0, "This meeting is being recorded.");
}

static void test_where_it_cannot_be(void **state)
{
    struct recorder *recorder = r.env.recorder;

    (void)state;
    assert_true(group_recorder_may(&r.env, r.group));
    describe("{}");
    assert_false(group_recorder_may(&r.env, r.group));
    assert_refused(ERR_UNSUPPORTED, "this group does not allow recording");
    describe("{\"allow-recording\": true}");
    r.env.recorder = NULL;
    assert_false(group_recorder_may(&r.env, r.group));
    assert_refused(ERR_UNAVAILABLE, "this server does not record");
    r.env.recorder = recorder;
    for (int i = 0; i < ROOM_MEMBERS; i++)
        room_leave(&r.m[i], LEAVING_ALONE);
    assert_refused(ERR_NOT_FOUND, "nobody is in this group");
    assert_not_recorded();
}

static void set_encrypted(const char *json)
{
    struct json_object *change = json_tokener_parse(json);

    assert_non_null(change);
    assert_int_equal(data_merge(&r.group->data, change, 1000), 0);
    json_object_put(change);
    moderation_check_encryption(r.group);
}

static void test_an_encrypted_group(void **state)
{
    static const char refusal[] =
        "this meeting is encrypted end to end: the server cannot record it";

    (void)state;
    room_leave(&r.m[ROOM_MEMBERS - 1], LEAVING_ALONE); /* who came by WHIP could not stay */
    start("ada");
    room_forget_heard(&r);
    set_encrypted("{\"encrypted\": \"no\", \"colour\": true}");
    assert_non_null(r.group->recorder);
    set_encrypted("{\"encrypted\": true}");
    assert_not_recorded();
    assert_heard(0, "The recording has ended: this meeting is encrypted end to end now.");
    assert_false(group_recorder_may(&r.env, r.group));
    assert_refused(ERR_UNSUPPORTED, refusal);
    set_encrypted("{\"encrypted\": null}");
    assert_true(group_recorder_may(&r.env, r.group));
    start("ada");
    describe("{\"allow-recording\": true, \"encrypted\": true}");
    assert_not_recorded();
    set_encrypted("{\"encrypted\": false}");
    assert_refused(ERR_UNSUPPORTED, refusal);
}

/* One recording for each stream that is there and that comes; others where its tracks change. */
static void test_streams(void **state)
{
    (void)state;
    room_publish(&r, 0, "before", "camera", "", CAMERA);
    start("ada");
    assert_streams(1);
    room_publish(&r, 1, "voice", "camera", "", VOICE);
    room_publish(&r, 3, "screen", "screenshare", "", SCREEN);
    assert_streams(3);
    /* the same again: an ICE restart, say */
    room_publish(&r, 1, "voice", "camera", "", VOICE);
    assert_int_equal(n_finished, 0);
    room_publish(&r, 1, "voice", "camera", "", CAMERA);
    assert_streams(3);
    wait_for_finished(1);
    room_publish(&r, 0, "after", "camera", "before", CAMERA);
    assert_streams(3);
    wait_for_finished(2);
    up_link_free(up_link_find(&r.m[3].member, "screen"), true);
    assert_streams(2);
    room_leave(&r.m[1], LEAVING_ALONE);
    assert_streams(1);
    wait_for_finished(4);
    group_recorder_stop(r.group, "ada");
    wait_for_finished(5);
    room_heard(&r, 3, "answer screen");
}

static void test_ends(void **state)
{
    const struct kick kick = {.text = "", .by_username = "eve"};

    (void)state;
    room_publish(&r, 0, "s", "camera", "", CAMERA);
    start("ada");
    moderation_kick(r.group->recorder, &kick);
    assert_not_recorded();
    assert_heard(0, "eve has ended the recording.");
    start("ada");
    room_forget_heard(&r);
    describe("{}");
    assert_not_recorded();
    assert_heard(0, "The recording has ended.");
    describe("{\"allow-recording\": true}");
    start("ada");
    for (int i = ROOM_MEMBERS - 1; i > 0; i--) {
        room_leave(&r.m[i], LEAVING_ALONE);
        assert_streams(1);
    }
    /* somebody comes back in his own place */
    room_leave(&r.m[0], LEAVING_REPLACED);
    assert_streams(0);
    moderation_check_operators(r.group);
    assert_not_recorded();
    wait_for_finished(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_member_that_is_not_counted, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_where_it_cannot_be, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_an_encrypted_group, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_streams, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_ends, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
