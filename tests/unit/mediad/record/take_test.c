/* A recording from its packets to the file that players read. */
#include "record_rig.h"

#include "read_back.h"

static void test_video_and_sound(void **state)
{
    struct rig rig;
    struct read_back b;
    char path[512];

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 10000, 3, true);
    rig_finish(&rig);
    assert_int_equal(1, rig.n_files);
    rig_path(&rig, 0, path);
    read_file(&b, path);
    assert_int_equal(2, b.n_streams);
    assert_int_equal(AV_CODEC_ID_VP8, b.streams[0].codec);
    assert_int_equal(AV_CODEC_ID_OPUS, b.streams[1].codec);
    assert_int_equal(0, b.streams[0].first_ms);
    assert_int_equal(-7, b.streams[1].first_ms); /* 0, but for what its decoder drops */
    assert_int_equal(250, b.streams[0].n_packets);
    assert_int_equal(250, b.streams[0].n_frames);
    assert_int_equal(500, b.streams[1].n_packets);
    assert_true(b.duration_s > 9.9 && b.duration_s < 10.1);
    assert_true(b.has_cues_in_front);
    assert_string_equal("camera", b.title);
    assert_string_equal("sam/vimes", b.artist);
    assert_string_equal("2026-09-21T14:13:20.000000Z", b.created);
    for (unsigned i = 0; i < 9; i++)
        assert_in_range(b.streams[0].event_ms[i] - b.streams[1].event_ms[i] + 40, 0, 80);
    rig_close(&rig);
}

/* Each codec's file is decoded whole, and begins with a keyframe at 0. */
static void check_codec(enum codec codec, enum AVCodecID id, const char *extension)
{
    struct rig rig;
    struct read_back b;
    char path[512];

    rig_open(&rig, codec, CODEC_OPUS);
    rig_run(&rig, 4000, 3, true);
    rig_finish(&rig);
    rig_path(&rig, 0, path);
    assert_non_null(strstr(path, extension));
    read_file(&b, path);
    assert_int_equal(id, b.streams[0].codec);
    assert_int_equal(0, b.streams[0].first_ms);
    assert_true(b.streams[0].starts_with_key);
    assert_int_equal(100, b.streams[0].n_packets);
    assert_int_equal(100, b.streams[0].n_frames);
    assert_int_equal(320, b.streams[0].width);
    assert_int_equal(192, b.streams[0].height);
    assert_int_equal(1, b.streams[0].n_sizes);
    assert_true(b.has_cues_in_front);
    assert_in_range(b.n_cues, 1, 3);
    rig_close(&rig);
}

static void test_vp9(void **state)
{
    (void)state;
    check_codec(CODEC_VP9, AV_CODEC_ID_VP9, ".webm");
}

static void test_av1(void **state)
{
    (void)state;
    check_codec(CODEC_AV1, AV_CODEC_ID_AV1, ".webm");
}

static void test_h264(void **state)
{
    (void)state;
    check_codec(CODEC_H264, AV_CODEC_ID_H264, ".mkv");
}

/* Sound that no browser plays from WebM comes out as Opus, in step with the picture. */
static void check_sound(enum codec codec)
{
    struct rig rig;
    struct read_back b;
    char path[512];

    rig_open(&rig, CODEC_VP8, codec);
    rig_run(&rig, 5000, 3, true);
    rig_run(&rig, 3000, 1, true); /* muted */
    rig_run(&rig, 4000, 3, true);
    rig_finish(&rig);
    rig_path(&rig, 0, path);
    read_file(&b, path);
    assert_int_equal(AV_CODEC_ID_OPUS, b.streams[1].codec);
    assert_in_range(b.streams[1].samples, 48000 * 119 / 10, 48000 * 121 / 10);
    assert_in_range(b.streams[1].longest_ms, 19, 21);
    assert_true(b.streams[1].n_events >= 8);
    for (unsigned i = 0, k = 0; i < b.streams[0].n_events; i++) {
        if (i >= 5 && i < 8)
            continue; /* no sound */
        assert_in_range(b.streams[0].event_ms[i] - b.streams[1].event_ms[k] + 40, 0, 80);
        k++;
    }
    rig_close(&rig);
}

static void test_g722(void **state)
{
    (void)state;
    check_sound(CODEC_G722);
}

static void test_pcmu_and_pcma(void **state)
{
    (void)state;
    check_sound(CODEC_PCMU);
    check_sound(CODEC_PCMA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_video_and_sound),
        cmocka_unit_test(test_vp9),
        cmocka_unit_test(test_av1),
        cmocka_unit_test(test_h264),
        cmocka_unit_test(test_g722),
        cmocka_unit_test(test_pcmu_and_pcma),
    };

    av_log_set_level(AV_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
