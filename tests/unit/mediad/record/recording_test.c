/* Recordings as the control thread sees them: with the writer's thread, in real time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "mediad/record/recording.h"
#include "read_back.h"

struct seen {
    char why[256], name[256];
    unsigned n_ended, n_finished, n_without_file;
    struct recording *stops; /* in the handler of `ended` */
};

static char directory[64];

static void see_ended(void *user, const char *why)
{
    struct seen *s = user;

    s->n_ended++;
    (void)snprintf(s->why, sizeof s->why, "%s", why);
    if (s->stops)
        recording_stop(s->stops);
}

static void see_warned(void *user, const char *text)
{
    (void)user;
    fail_msg("%s", text);
}

static void see_finished(void *user, const char *group, const char *name)
{
    struct seen *s = user;

    assert_string_equal("choir", group);
    s->n_finished++;
    s->n_without_file += !name;
    if (name)
        (void)snprintf(s->name, sizeof s->name, "%s", name);
}

static const struct recorder_events events = {see_ended, see_warned, see_finished};

static int make_directory(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/recorder.XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static struct recorder *start_recorder(struct seen *s, const char *where)
{
    struct recorder *r;
    struct error e = {0};

    *s = (struct seen){0};
    assert_int_equal(0, recorder_new(&r, where, &events, s, &e));
    return r;
}

static struct recording *start_sound(struct recorder *r, struct seen *s)
{
    const struct recording_spec spec = {
        .group = "choir",
        .username = "",
        .label = "",
        .tracks = {{CODEC_OPUS, ""}},
        .n_tracks = 1,
    };
    struct recording *recording;
    struct error e = {0};

    assert_int_equal(0, recording_start(&recording, r, &spec, s, &e));
    return recording;
}

static void send_sound(struct recording *recording, unsigned n)
{
    static const uint8_t silence[] = {0xf8, 0xff, 0xfe};

    for (unsigned i = 0; i < n; i++) {
        struct record packet = {
            .ext_seq = i,
            .rtp_ts = i * 960,
            .at_us = now_monotonic_us() - (n - i) * 20 * US_PER_MS,
            .payload = span_of(silence, sizeof silence),
        };

        assert_true(record_queue_put(recording_queue(recording), &packet, false, true));
    }
}

static void wait_until(struct recorder *r, const unsigned *count, unsigned n)
{
    int64_t until_us = now_monotonic_us() + 20 * US_PER_S;

    while (*count < n) {
        struct pollfd p = {recorder_event_fd(r), POLLIN, 0};

        assert_true(now_monotonic_us() < until_us);
        if (poll(&p, 1, 1000) > 0)
            recorder_dispatch(r);
    }
}

static void test_start_and_stop(void **state)
{
    struct seen s;
    struct recorder *r = start_recorder(&s, directory);
    struct recording *recording = start_sound(r, &s);
    struct read_back b;
    char path[512];

    (void)state;
    send_sound(recording, 100);
    recording_stop(recording);
    wait_until(r, &s.n_finished, 1);
    assert_int_equal(0, s.n_ended);
    (void)snprintf(path, sizeof path, "%s/choir/%s", directory, s.name);
    read_file(&b, path);
    assert_int_equal(100, b.streams[0].n_packets);
    recorder_free(r);
}

static void test_nothing_came(void **state)
{
    struct seen s;
    struct recorder *r = start_recorder(&s, directory);

    (void)state;
    recording_stop(start_sound(r, &s));
    wait_until(r, &s.n_finished, 1);
    assert_int_equal(1, s.n_without_file);
    recorder_free(r);
}

/* The handler of `ended` stops it, which is the last that is heard of it. */
static void test_it_ends_by_itself(void **state)
{
    struct seen s;
    struct recorder *r = start_recorder(&s, "/proc/nowhere");
    struct recording *recording = start_sound(r, &s);

    (void)state;
    s.stops = recording;
    send_sound(recording, 10);
    wait_until(r, &s.n_finished, 1);
    assert_int_equal(1, s.n_ended);
    assert_non_null(strstr(s.why, "cannot open the recordings of the group"));
    recorder_free(r);
}

/* The process ends: files are complete when recorder_free() returns. */
static void test_the_recorder_ends(void **state)
{
    struct seen s;
    struct recorder *r = start_recorder(&s, directory);
    char command[160];

    (void)state;
    send_sound(start_sound(r, &s), 50);
    send_sound(start_sound(r, &s), 50);
    recorder_free(r);
    (void)snprintf(command, sizeof command, "ls %s/choir | grep -c '[.]webm$' | grep -qx 3",
                   directory);
    assert_int_equal(0, system(command));
}

static void test_what_can_be_recorded(void **state)
{
    const struct recording_spec none = {.group = "choir", .username = "", .label = ""};
    struct seen s;
    struct recorder *r = start_recorder(&s, directory);
    struct recording *recording;

    (void)state;
    assert_int_equal(ERR_UNSUPPORTED, recording_start(&recording, r, &none, &s, NULL));
    assert_false(recording_can(CODEC_NONE));
    recorder_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_and_stop),       cmocka_unit_test(test_nothing_came),
        cmocka_unit_test(test_it_ends_by_itself),    cmocka_unit_test(test_the_recorder_ends),
        cmocka_unit_test(test_what_can_be_recorded),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
