#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "admin-cgi/recordings/recording_about.h"
#include "common/macros.h"

static void test_all(void **state)
{
    static const char text[] =
        "{\"version\":1,\"started\":\"2026-11-29T12:00:00.123Z\",\"duration\":12.34,"
        "\"username\":\"ada\",\"label\":\"camera\",\"repaired\":true,\"film\":true,\"of the "
        "future\":[],"
        "\"gaps\":[{\"from\":1,\"to\":2.5},{\"from\":3,\"to\":4},{\"from\":9,\"to\":8}],"
        "\"tracks\":[{\"kind\":\"video\",\"codec\":\"vp8\",\"width\":1280,\"height\":720},"
        "{\"kind\":\"audio\",\"codec\":\"opus\"}]}";
    struct recording_about about;
    struct arena a = {0};

    (void)state;
    assert_int_equal(recording_about_parse(&about, &a, span_str(text), NULL), 0);
    assert_int_equal(about.started_us, INT64_C(1795953600123000));
    assert_int_equal(about.duration_us, 12340000);
    assert_string_equal(about.username, "ada");
    assert_string_equal(about.label, "camera");
    assert_true(about.is_repaired);
    assert_true(about.is_film);
    assert_int_equal(about.gap_us, 2500000);
    assert_int_equal(about.n_tracks, 2);
    assert_true(about.tracks[0].is_video);
    assert_string_equal(about.tracks[0].codec, "vp8");
    assert_int_equal(about.tracks[0].width, 1280);
    assert_int_equal(about.tracks[0].height, 720);
    assert_false(about.tracks[1].is_video);
    assert_string_equal(about.tracks[1].codec, "opus");
    arena_release(&a);
}

static void test_nothing(void **state)
{
    struct recording_about about;
    struct arena a = {0};

    (void)state;
    assert_int_equal(recording_about_parse(&about, &a, span_str("{\"label\":null}"), NULL), 0);
    assert_memory_equal(&about, &recording_about_nothing, sizeof about);
    arena_release(&a);
}

static void test_bad(void **state)
{
    static const struct {
        const char *text;
        int want;
        const char *place;
    } cases[] = {
        {"", ERR_SYNTAX, NULL},
        {"{\"a\":1,\"a\":2}", ERR_SYNTAX, NULL},
        {"null", ERR_INVALID, ""},
        {"[]", ERR_INVALID, ""},
        {"{\"started\":\"now\"}", ERR_INVALID, "started"},
        {"{\"duration\":\"1\"}", ERR_INVALID, "duration"},
        {"{\"duration\":-0.1}", ERR_INVALID, "duration"},
        {"{\"duration\":1e300}", ERR_INVALID, "duration"},
        {"{\"duration\":true}", ERR_INVALID, "duration"},
        {"{\"username\":1}", ERR_INVALID, "username"},
        {"{\"label\":\"a\\u0000b\"}", ERR_INVALID, "label"},
        {"{\"repaired\":1}", ERR_INVALID, "repaired"},
        {"{\"gaps\":{}}", ERR_INVALID, "gaps"},
        {"{\"gaps\":[1]}", ERR_INVALID, "gaps"},
        {"{\"gaps\":[{\"from\":-1}]}", ERR_INVALID, "gaps.from"},
        {"{\"film\":0}", ERR_INVALID, "film"},
        {"{\"tracks\":{}}", ERR_INVALID, "tracks"},
        {"{\"tracks\":[1]}", ERR_INVALID, "tracks"},
        {"{\"tracks\":[null]}", ERR_INVALID, "tracks"},
        {"{\"tracks\":[{}]}", ERR_INVALID, "tracks.kind"},
        {"{\"tracks\":[{\"kind\":\"text\"}]}", ERR_INVALID, "tracks.kind"},
        {"{\"tracks\":[{\"kind\":\"video\",\"width\":65536}]}", ERR_INVALID, "tracks.width"},
        {"{\"tracks\":[{\"kind\":\"video\",\"height\":-1}]}", ERR_INVALID, "tracks.height"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct recording_about about;
        struct arena a = {0};
        struct error e = {0};
        int r = recording_about_parse(&about, &a, span_str(cases[i].text), &e);

        if (r != cases[i].want || (cases[i].place && strcmp(e.place, cases[i].place) != 0))
            fail_msg("%s: %d at %s", cases[i].text, r, e.place);
        assert_memory_equal(&about, &recording_about_nothing, sizeof about);
        arena_release(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
