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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_video_and_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
