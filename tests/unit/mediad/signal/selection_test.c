#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/signal/selection.h"

static const struct track_info camera[] = {{.kind = TRACK_AUDIO, .codec = "opus", .rid = ""},
                                           {.kind = TRACK_VIDEO, .codec = "vp8", .rid = ""}};
static const struct track_info simulcast[] = {{.kind = TRACK_AUDIO, .codec = "opus", .rid = ""},
                                              {.kind = TRACK_VIDEO, .codec = "vp8", .rid = "h"},
                                              {.kind = TRACK_VIDEO, .codec = "vp8", .rid = "l"}};
static const struct track_info screen[] = {{.kind = TRACK_VIDEO, .codec = "vp8", .rid = ""}};
static const struct track_info two_voices[] = {{.kind = TRACK_AUDIO, .codec = "opus", .rid = ""},
                                               {.kind = TRACK_AUDIO, .codec = "opus", .rid = ""}};

static void test_evaluation(void **state)
{
    static const struct {
        const char *name;
        const struct track_info *tracks;
        size_t n_tracks;
        unsigned wishes;
        size_t want_n;
        struct track_selection want[SELECTION_MAX];
    } rows[] = {
        {"nothing asked", camera, 2, 0, 0, {{0}}},
        {"audio", camera, 2, WISH_AUDIO, 1, {{.track = 0}}},
        {"both", camera, 2, WISH_AUDIO | WISH_VIDEO, 2, {{.track = 0}, {.track = 1}}},
        {"low of the only video is its lowest layer",
         camera,
         2,
         WISH_VIDEO_LOW,
         1,
         {{.track = 1, .lowest_layer = true}}},
        {"low of two videos is the last one",
         simulcast,
         3,
         WISH_AUDIO | WISH_VIDEO_LOW,
         2,
         {{.track = 0}, {.track = 2}}},
        {"video of two is the first", simulcast, 3, WISH_VIDEO, 1, {{.track = 1}}},
        {"video wins over low", simulcast, 3, WISH_VIDEO | WISH_VIDEO_LOW, 1, {{.track = 1}}},
        {"audio of a silent stream", screen, 1, WISH_AUDIO, 0, {{0}}},
        {"all of a silent stream", screen, 1, WISH_AUDIO | WISH_VIDEO, 1, {{.track = 0}}},
        {"the first voice only", two_voices, 2, WISH_AUDIO | WISH_VIDEO, 1, {{.track = 0}}},
        {"a stream without tracks", NULL, 0, WISH_AUDIO | WISH_VIDEO, 0, {{0}}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct track_selection have[SELECTION_MAX];
        size_t n = selection_make(have, rows[i].tracks, rows[i].n_tracks, rows[i].wishes);

        if (!selection_eq(have, n, rows[i].want, rows[i].want_n))
            fail_msg("%s: %zu tracks", rows[i].name, n);
    }
}

static void test_equality(void **state)
{
    const struct track_selection a[] = {{0, false}, {1, false}}, b[] = {{0, false}, {1, true}};

    (void)state;
    assert_true(selection_eq(a, 2, a, 2));
    assert_false(selection_eq(a, 2, a, 1));
    assert_false(selection_eq(a, 2, b, 2));
    assert_true(selection_eq(a, 1, b, 1));
}

static unsigned wishes(const char *request, const char *label)
{
    struct json_object *json = json_tokener_parse(request);
    struct request_table t = {0};
    unsigned w;

    assert_int_equal(request_table_set(&t, json, NULL), 0);
    w = request_table_wishes(&t, label);
    request_table_release(&t);
    json_object_put(json);
    return w;
}

static void test_requests(void **state)
{
    static const char both[] = "{\"\":[\"audio\",\"video\"],\"camera\":[\"audio\",\"video-low\"],"
                               "\"screenshare\":[],\"odd\":[\"smell\",\"audio\"]}";

    (void)state;
    assert_int_equal(wishes(both, "camera"), WISH_AUDIO | WISH_VIDEO_LOW);
    assert_int_equal(wishes(both, "screenshare"), 0);
    assert_int_equal(wishes(both, "video"), WISH_AUDIO | WISH_VIDEO);
    assert_int_equal(wishes(both, ""), WISH_AUDIO | WISH_VIDEO);
    assert_int_equal(wishes(both, "odd"), WISH_AUDIO);
    assert_int_equal(wishes("{\"camera\":[\"audio\"]}", "other"), 0);
    assert_int_equal(wishes("{}", ""), 0);
    assert_int_equal(wishes("{\"\":[\"audio\"],\"camera\":null}", "camera"), WISH_AUDIO);
}

static void test_bad_requests(void **state)
{
    static const struct {
        const char *text, *place;
    } rows[] = {
        {"[]", "request"},
        {"\"audio\"", "request"},
        {"{\"\":\"audio\"}", "request."},
        {"{\"\":[\"audio\"],\"camera\":[1]}", "request.camera"},
        {"{\"screenshare\":{}}", "request.screenshare"},
    };
    struct json_object *good = json_tokener_parse("{\"\":[\"audio\"]}");
    struct request_table t = {0};

    (void)state;
    assert_int_equal(request_table_set(&t, good, NULL), 0);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].text);
        struct error e = {0};

        if (request_table_set(&t, json, &e) != ERR_INVALID)
            fail_msg("accepted: %s", rows[i].text);
        if (strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %s", rows[i].text, e.place);
        json_object_put(json);
    }
    assert_int_equal(request_table_wishes(&t, "x"), WISH_AUDIO);
    assert_int_equal(request_table_set(&t, NULL, NULL), 0);
    assert_int_equal(request_table_wishes(&t, "x"), 0);
    request_table_release(&t);
    json_object_put(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluation),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_bad_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
