/* A disk that is full, which is a small file system of our own; only where we may mount one. */
#include <sched.h>
#include <sys/mount.h>

#include "record_rig.h"

#include "read_back.h"

static bool may_mount;

/* The rig's directory becomes a file system of so many KiB, which only this process sees. */
static void mount_disk(const struct rig *rig, unsigned kib)
{
    char options[64];

    (void)snprintf(options, sizeof options, "size=%uk", kib);
    assert_int_equal(0, mount("tmpfs", rig->directory, "tmpfs", 0, options));
}

static void umount_disk(struct rig *rig)
{
    assert_int_equal(0, umount(rig->directory));
}

/* It fills while it is written: the file is complete all the same. */
static void test_fills_up(void **state)
{
    struct rig rig;
    struct read_back b;
    char path[512];
    unsigned n = 0;

    (void)state;
    if (!may_mount)
        skip();
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    mount_disk(&rig, 3000);
    rig.padding = 10000;
    rig.round_ms = 0; /* by hand, since it fails once */
    while (rig_pump(&rig) == 0) {
        rig_run(&rig, 60, 3, true);
        assert_true(n++ < 1000);
    }
    assert_non_null(strstr(rig.warning, "no room for the recording"));
    rig_finish(&rig);
    assert_int_equal(1, rig.n_files);
    rig_path(&rig, 0, path);
    read_file(&b, path);
    assert_true(b.has_cues_in_front);
    assert_true(b.duration_s > 2);
    assert_in_range(b.streams[0].last_ms, (int64_t)(b.duration_s * 1000) - 200, INT32_MAX);
    umount_disk(&rig);
    rig_close(&rig);
}

/* It is full from the start: it ends with a sentence, and leaves nothing. */
static void test_full_from_the_start(void **state)
{
    struct rig rig;
    struct take_time time;
    struct error e = {0};
    char command[128];
    int r = 0;

    (void)state;
    if (!may_mount)
        skip();
    rig_open(&rig, CODEC_VP8, CODEC_OPUS);
    mount_disk(&rig, 128);
    rig.round_ms = 0;
    for (unsigned i = 0; i < 100 && r == 0; i++) {
        rig_run(&rig, 60, 3, true);
        r = rig_pump(&rig);
    }
    assert_int_equal(ERR_NO_SPACE, r);
    time = rig_time(&rig);
    (void)!take_finish(rig.take, &time, &e);
    assert_int_equal(0, rig.n_files);
    (void)snprintf(command, sizeof command, "! find %s -type f | grep -q .", rig.directory);
    assert_int_equal(0, system(command));
    umount_disk(&rig);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_up),
        cmocka_unit_test(test_full_from_the_start),
    };

    may_mount = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    av_log_set_level(AV_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
