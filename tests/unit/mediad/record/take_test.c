/* A recording from its packets to the file that players read. */
#include "record_rig.h"

#include "read_back.h"

enum { PICTURE = 1, SOUND = 2, BOTH = 3 };

static void finish_and_read(struct rig *rig, struct read_back *b)
{
    char path[512];

    rig_finish(rig);
    assert_int_equal(1, rig->n_files);
    rig_path(rig, 0, path);
    read_file(b, path);
}

/* Flashes that have their tone at most 40 ms away. @param n_off those that have it farther away */
static unsigned count_in_step(const struct read_back *b, unsigned *n_off)
{
    unsigned n = 0;

    *n_off = 0;
    for (unsigned i = 0; i < b->streams[0].n_events; i++) {
        for (unsigned k = 0; k < b->streams[1].n_events; k++) {
            int64_t apart = b->streams[0].event_ms[i] - b->streams[1].event_ms[k];

            if (apart >= -40 && apart <= 40)
                n++;
            else if (apart > -500 && apart < 500)
                (*n_off)++;
        }
    }
    return n;
}

static void check_step(const struct read_back *b, unsigned least)
{
    unsigned n_off, n = count_in_step(b, &n_off);

    assert_int_equal(0, n_off);
    assert_true(n >= least);
}

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

/* What is lost for good costs pictures up to the next keyframe, and no sound its place. */
static void test_loss(void **state)
{
    struct rig rig;
    struct read_back b;
    unsigned n_off;
    char *about;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig.loss_percent = 5;
    rig_run(&rig, 20000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_true(rig.n_lost > 20);
    assert_true(rig.n_wishes > 5);
    assert_int_equal(b.streams[0].n_packets, b.streams[0].n_frames);
    assert_true(b.streams[0].n_frames > 100);
    assert_in_range(b.streams[1].samples, 48000 * 197 / 10, 48000 * 203 / 10);
    assert_int_equal(20, b.streams[1].longest_ms);
    assert_true(count_in_step(&b, &n_off) > 6); /* of some flashes the beginning is lost */
    about = rig_about(&rig, 0);
    assert_non_null(strstr(about, "\"gaps\":[{\"from\":"));
    free(about);
    rig_close(&rig);
}

/* What is lost and comes again within the window costs nothing. */
static void test_repaired_loss(void **state)
{
    struct rig rig;
    struct read_back b;
    char *about;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig.loss_percent = 5;
    rig.repair_us = 300 * US_PER_MS;
    rig_run(&rig, 10000, BOTH, true);
    rig.loss_percent = 0;
    rig_run(&rig, 1000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_true(rig.n_lost > 20);
    assert_in_range(b.streams[0].n_frames, 270, 275); /* the first may be sound's */
    assert_in_range(b.streams[1].n_packets, 545, 551);
    check_step(&b, 9);
    about = rig_about(&rig, 0);
    assert_null(strstr(about, "gaps"));
    free(about);
    rig_close(&rig);
}

static void test_mute(void **state)
{
    struct rig rig;
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 3000, BOTH, true);
    rig_run(&rig, 10000, PICTURE, true);
    rig_run(&rig, 5000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_int_equal(450, b.streams[0].n_frames);
    assert_int_equal(900, b.streams[1].n_packets);
    assert_int_equal(20, b.streams[1].longest_ms);
    assert_int_equal(48000 * 18, b.streams[1].samples + 312);
    check_step(&b, 7);
    rig_close(&rig);
}

/* A publisher whose RTP clock stands still while it is muted. */
static void test_clock_that_stands_still(void **state)
{
    struct rig rig;
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 3000, BOTH, false);
    rig_run(&rig, 4000, PICTURE, false);
    rig.tracks[1].stood_us = 4 * US_PER_S;
    rig_run(&rig, 10000, BOTH, false);
    finish_and_read(&rig, &b);
    assert_int_equal(20, b.streams[1].longest_ms);
    assert_in_range(b.streams[1].samples, 48000 * 16, 48000 * 18);
    assert_true(b.streams[1].n_events >= 8); /* and it is heard again soon */
    rig_close(&rig);
}

static void test_camera_off(void **state)
{
    struct rig rig;
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 3000, BOTH, true);
    rig_run(&rig, 60000, SOUND, true);
    rig_run(&rig, 5000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_int_equal(200, b.streams[0].n_frames);
    assert_int_equal(60040, b.streams[0].longest_ms);
    assert_int_equal(3400, b.streams[1].n_packets);
    assert_int_equal(20, b.streams[1].longest_ms);
    check_step(&b, 7);
    rig_close(&rig);
}

static void check_size_change(enum codec codec)
{
    struct rig rig;
    struct read_back b;

    rig_open(&rig, codec, CODEC_OPUS);
    rig_run(&rig, 2000, BOTH, true);
    rig_close_encoder(&rig.tracks[0]);
    rig.tracks[0].width = 640;
    rig.tracks[0].height = 384;
    rig_run(&rig, 2000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_int_equal(100, b.streams[0].n_frames);
    assert_int_equal(2, b.streams[0].n_sizes);
    assert_int_equal(640, b.streams[0].width);
    rig_close(&rig);
}

static void test_size_changes(void **state)
{
    (void)state;
    check_size_change(CODEC_VP8);
    check_size_change(CODEC_VP9);
    check_size_change(CODEC_H264);
    check_size_change(CODEC_AV1);
}

/* What is sent late is laid where it was taken: the reports say so. */
static void test_late_video(void **state)
{
    struct rig rig;
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig.tracks[0].skew_us = 320 * US_PER_MS;
    rig_run(&rig, 12000, BOTH, true);
    finish_and_read(&rig, &b);
    check_step(&b, 10);
    rig_close(&rig);
}

/* A sound card that is 500 ppm fast: after 200 s it would be 100 ms off. */
static void test_drift(void **state)
{
    struct rig rig;
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig.tracks[0].width = 96;
    rig.tracks[0].height = 64;
    rig.tracks[1].rate = 1.0005;
    rig_run(&rig, 200000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_int_equal(20, b.streams[1].longest_ms);
    check_step(&b, 190);
    rig_close(&rig);
}

/* Another rid: other numbers, another clock. */
static void test_source_switch(void **state)
{
    struct rig rig;
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 3000, BOTH, true);
    rig.tracks[0].source = 1;
    rig.tracks[0].first_rtp_ts = 12345;
    rig.tracks[0].seq = 7;
    rig.tracks[0].wants_keyframe = true;
    rig_run(&rig, 5000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_int_equal(200, b.streams[0].n_frames);
    assert_int_equal(40, b.streams[0].longest_ms);
    check_step(&b, 6);
    rig_close(&rig);
}

/* No picture for three seconds: sound alone is kept, and a second file has both. */
static void test_pictures_come_late(void **state)
{
    struct rig rig;
    struct read_back b;
    char path[512];

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 6000, SOUND, true);
    rig_run(&rig, 4000, BOTH, true);
    rig_finish(&rig);
    assert_int_equal(2, rig.n_files);
    rig_path(&rig, 0, path);
    read_file(&b, path);
    assert_int_equal(1, b.n_streams);
    assert_int_equal(AV_CODEC_ID_OPUS, b.streams[0].codec);
    assert_in_range(b.streams[0].samples, 48000 * 59 / 10, 48000 * 61 / 10);
    rig_path(&rig, 1, path);
    read_file(&b, path);
    assert_int_equal(2, b.n_streams);
    assert_int_equal(0, b.streams[0].first_ms);
    assert_int_equal(100, b.streams[0].n_frames);
    check_step(&b, 3);
    rig_close(&rig);
}

static void test_no_empty_file(void **state)
{
    struct rig rig;
    char command[128];

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_NONE);
    rig.tracks[0].seq++;
    rig_send(&rig, 0);
    rig.loss_percent = 100; /* the keyframe's end may have come, no more */
    rig_run(&rig, 5000, PICTURE, true);
    rig_finish(&rig);
    (void)snprintf(command, sizeof command, "find %s -type f | grep -c . | grep -qx %u",
                   rig.directory, 2 * rig.n_files);
    assert_int_equal(0, system(command));
    rig_close(&rig);

    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig.loss_percent = 100;
    rig_run(&rig, 5000, BOTH, true);
    rig_finish(&rig);
    assert_int_equal(0, rig.n_files);
    (void)snprintf(command, sizeof command, "! find %s -type f | grep -q .", rig.directory);
    assert_int_equal(0, system(command));
    rig_close(&rig);
}

/* The process is killed: whole clusters can be read, and at most two seconds are missing. */
static void test_kill(void **state)
{
    struct rig rig;
    struct read_back b;
    char path[512], command[160];
    FILE *list;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 9500, BOTH, true);
    (void)snprintf(command, sizeof command, "ls %s/city/watch/*.webm.part", rig.directory);
    list = popen(command, "r");
    assert_non_null(fgets(path, sizeof path, list));
    path[strcspn(path, "\n")] = '\0';
    assert_int_equal(0, pclose(list));
    read_file(&b, path); /* as it lies on the disk now */
    assert_true(b.streams[0].last_ms > 7500);
    assert_true(b.streams[1].last_ms > 7500);
    rig_close(&rig);
}

/* The writer comes round every few seconds only: pictures are dropped up to a keyframe, sound is
 * kept, operators are told, and after half a minute of that the recording ends by itself. */
static void test_slow_disk(void **state)
{
    struct rig rig;
    struct read_back b;
    int r = 0;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 2000, BOTH, true);
    rig.padding = 200000; /* bytes of each frame: 5 MB/s */
    for (unsigned i = 0; i < 10 && r == 0; i++) {
        rig.round_ms = 0;
        rig_run(&rig, 5000, BOTH, true);
        r = rig_pump(&rig);
        assert_int_equal(0, record_queue_is_closed(rig.queue));
    }
    assert_int_equal(ERR_BUSY, r);
    assert_string_equal("the disk is too slow for the recording", rig.warning);
    assert_true(rig.n_dropped > 100);
    finish_and_read(&rig, &b);
    assert_int_equal(20, b.streams[1].longest_ms);
    check_step(&b, 2);
    rig_close(&rig);
}

/* Packets come, but no keyframe that is whole. */
static void test_still_picture(void **state)
{
    struct rig rig;
    char *about;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    rig_run(&rig, 3000, BOTH, true);
    assert_string_equal("", rig.warning);
    rig.tracks[0].seq++; /* one is lost, and the publisher knows no keyframes on request */
    rig.is_deaf = true;
    rig_run(&rig, 7000, BOTH, true);
    assert_string_equal("its picture stands still: no keyframe comes that is whole", rig.warning);
    rig_finish(&rig);
    about = rig_about(&rig, 0);
    assert_non_null(strstr(about, "\"gaps\":[{\"from\":2.960,\"to\":2.960}]"));
    free(about);
    rig_close(&rig);
}

/* Keyframes are asked for at once, then every ten seconds for those who seek. */
static void test_keyframes_for_seeking(void **state)
{
    struct rig rig;
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    assert_int_equal(0, rig_pump(&rig));
    assert_int_equal(1, rig.n_wishes);
    rig_run(&rig, 45000, BOTH, true);
    finish_and_read(&rig, &b);
    assert_in_range(b.n_cues, 5, 6);
    rig_close(&rig);
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
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_repaired_loss),
        cmocka_unit_test(test_mute),
        cmocka_unit_test(test_clock_that_stands_still),
        cmocka_unit_test(test_camera_off),
        cmocka_unit_test(test_size_changes),
        cmocka_unit_test(test_late_video),
        cmocka_unit_test(test_drift),
        cmocka_unit_test(test_source_switch),
        cmocka_unit_test(test_pictures_come_late),
        cmocka_unit_test(test_no_empty_file),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_slow_disk),
        cmocka_unit_test(test_still_picture),
        cmocka_unit_test(test_keyframes_for_seeking),
    };

    av_log_set_level(AV_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
