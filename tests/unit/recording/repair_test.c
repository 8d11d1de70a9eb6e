/*
 * What a killed writer leaves becomes a whole recording: files are cut anywhere, and each block
 * that is whole before the cut is in the repaired one.
 */
#include "test_media.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/now.h"
#include "common/opus_duration.h"
#include "recording/about.h"
#include "recording/folder.h"
#include "recording/poster.h"
#include "recording/repair.h"
#include "recording/tend.h"

#define N_CUTS 20
#define STARTED "2026-11-29T12:00:00.123Z"
#define NAME "2026-11-29T12:00:00.123-ada.webm"
#define PART NAME ".part"
#define HOUR_US (3600 * US_PER_S)

static char top[] = "/tmp/nereid-repair-XXXXXX";
static int folder;

static char *in_top(const char *name)
{
    char *path = path_join(top, name);

    assert_non_null(path);
    return path;
}

static void read_whole(struct buf *out, const char *name)
{
    char *path = in_top(name);

    buf_clear(out);
    assert_int_equal(file_read(out, path, 100 << 20, NULL, NULL), 0);
    free(path);
}

static void write_whole(const char *name, struct span content)
{
    char *path = in_top(name);

    assert_int_equal(file_replace(path, content, 0640, NULL), 0);
    free(path);
}

static void make(const char *name, double duration_s, bool is_live)
{
    char *path = in_top(name);
    const struct test_recording r = {.path = path,
                                     .started = STARTED,
                                     .title = "camera",
                                     .artist = "ada",
                                     .duration_s = duration_s,
                                     .width = 160,
                                     .height = 120,
                                     .has_sound = true,
                                     .is_live = is_live};

    test_make_recording(&r);
    free(path);
}

static enum repair_result repair(const char *name)
{
    enum repair_result result;
    char done[256] = "";
    struct error e = {0};

    if (repair_part(&result, done, sizeof done, folder, name, now_realtime_us() + HOUR_US, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    if (result == REPAIR_DONE)
        assert_string_equal(done, NAME);
    return result;
}

/* In both, track by track, the same blocks in the same order. */
static void assert_same_blocks(const struct test_blocks *a, const struct test_blocks *b)
{
    assert_int_equal(a->n, b->n);
    for (unsigned track = 1; track <= 2; track++) {
        size_t j = 0;

        for (size_t i = 0; i < a->n; i++) {
            if (a->list[i].track != track)
                continue;
            while (j < b->n && b->list[j].track != track)
                j++;
            assert_true(j < b->n);
            assert_int_equal(a->list[i].ts, b->list[j].ts);
            assert_true(span_eq(a->list[i].payload, b->list[j].payload));
            j++;
        }
    }
}

static int64_t end_us(const struct test_blocks *blocks)
{
    int64_t end = 0;

    for (size_t i = 0; i < blocks->n; i++) {
        const struct test_block *b = &blocks->list[i];
        int64_t us = b->ts * US_PER_MS;

        if (b->track == 2)
            us += opus_packet_samples(b->payload) * US_PER_S / 48000;
        if (us > end)
            end = us;
    }
    return end;
}

static unsigned count_track(const struct test_blocks *blocks, unsigned track)
{
    unsigned n = 0;

    for (size_t i = 0; i < blocks->n; i++)
        n += blocks->list[i].track == track;
    return n;
}

static void assert_whole(const struct test_blocks *before)
{
    struct test_blocks *after = malloc(sizeof *after);
    char *path = in_top(NAME);
    struct about about;
    struct buf file = {0};
    AVFormatContext *in = NULL;

    read_whole(&file, NAME);
    test_read_blocks(after, buf_span(&file));
    assert_same_blocks(before, after);
    assert_int_equal(after->list[0].ts, 0);
    if (count_track(before, 1) > 0) {
        assert_true(after->cues > 0);
        assert_true(after->cues < after->first_cluster);
    }
    assert_int_equal(avformat_open_input(&in, path, NULL, NULL), 0);
    assert_in_range(in->duration, end_us(before) - US_PER_MS, end_us(before) + US_PER_MS);
    assert_string_equal(av_dict_get(in->metadata, "creation_time", NULL, 0)->value,
                        "2026-11-29T12:00:00.123000Z");
    assert_string_equal(av_dict_get(in->metadata, "title", NULL, 0)->value, "camera");
    assert_string_equal(av_dict_get(in->metadata, "artist", NULL, 0)->value, "ada");
    avformat_close_input(&in);
    if (count_track(before, 1) > 0)
        assert_int_equal(test_decode(path, AVMEDIA_TYPE_VIDEO, NULL, NULL), count_track(before, 1));
    if (count_track(before, 2) > 0)
        assert_int_equal(test_decode(path, AVMEDIA_TYPE_AUDIO, NULL, NULL), count_track(before, 2));
    assert_int_equal(about_read(&about, folder, NAME, NULL), 0);
    assert_true(about.is_repaired);
    assert_int_equal(about.started_us % US_PER_S, 123 * US_PER_MS);
    assert_in_range(about.duration_us, end_us(before) - US_PER_MS, end_us(before) + US_PER_MS);
    assert_string_equal(about.username, "ada");
    assert_string_equal(about.label, "camera");
    assert_string_equal(about.video, "vp8");
    assert_string_equal(about.audio, "opus");
    buf_release(&file);
    free(path);
    free(after);
}

/* A generator of our own, so that each run cuts at the same places. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void cut_and_repair(bool is_live, uint32_t seed)
{
    struct test_blocks *before = malloc(sizeof *before);
    struct buf whole = {0};
    unsigned n_repaired = 0;

    make("whole.webm", 7, is_live);
    read_whole(&whole, "whole.webm");
    for (unsigned i = 0; i < N_CUTS; i++) {
        size_t cut = next_random(&seed) % whole.len;
        struct span rest = span_of(whole.data, cut);

        test_read_blocks(before, rest);
        write_whole(PART, rest);
        if (before->n == 0) {
            assert_int_equal(repair(PART), REPAIR_EMPTY);
            assert_false(folder_has_file(folder, NAME, NULL));
        } else {
            assert_int_equal(repair(PART), REPAIR_DONE);
            assert_whole(before);
            assert_int_equal(unlinkat(folder, NAME, 0), 0);
            n_repaired++;
        }
        assert_false(folder_has_file(folder, PART, NULL));
        assert_false(folder_has_file(folder, "." NAME REPAIR_SUFFIX, NULL));
    }
    assert_true(n_repaired >= N_CUTS / 2);
    buf_release(&whole);
    free(before);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    cut_and_repair(false, 12);
}

static void test_cut_anywhere_unknown_sizes(void **state)
{
    (void)state;
    cut_and_repair(true, 34);
}

/* One byte of the last block is missing, or nothing of it is there but its first byte. */
static void test_cut_at_a_block(void **state)
{
    struct test_blocks *before = malloc(sizeof *before);
    struct buf whole = {0};
    size_t ends[3];

    (void)state;
    make("whole.webm", 3, false);
    read_whole(&whole, "whole.webm");
    test_read_blocks(before, buf_span(&whole));
    assert_true(before->n > 60);
    ends[0] = before->list[50].end - 1;
    ends[1] = before->list[50].end;
    ends[2] = before->list[50].end + 1;
    for (size_t i = 0; i < 3; i++) {
        struct span rest = span_of(whole.data, ends[i]);

        test_read_blocks(before, rest);
        assert_int_equal(before->n, i == 0 ? 50 : 51);
        write_whole(PART, rest);
        assert_int_equal(repair(PART), REPAIR_DONE);
        assert_whole(before);
        assert_int_equal(unlinkat(folder, NAME, 0), 0);
    }
    buf_release(&whole);
    free(before);
}

/* ---- who may touch what ---- */

static void test_locked_stays(void **state)
{
    int fd;

    (void)state;
    make(PART, 1, false);
    fd = openat(folder, PART, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(repair(PART), REPAIR_SKIPPED);
    assert_true(folder_has_file(folder, PART, NULL));
    close(fd);
    assert_int_equal(repair(PART), REPAIR_DONE);
    assert_int_equal(unlinkat(folder, NAME, 0), 0);
}

static void test_a_young_empty_file_stays(void **state)
{
    enum repair_result result;
    char done[256];

    (void)state;
    write_whole(PART, span_str(""));
    assert_int_equal(repair_part(&result, done, sizeof done, folder, PART, now_realtime_us(), NULL),
                     0);
    assert_int_equal(result, REPAIR_SKIPPED);
    assert_int_equal(repair(PART), REPAIR_EMPTY);
    assert_false(folder_has_file(folder, PART, NULL));
}

/* A sweep that found the file before its maker had locked it, removes it. */
static void test_a_file_that_a_sweep_takes_is_made_anew(void **state)
{
    const char *copy = "." NAME REPAIR_SUFFIX;
    int sweeper, fd;
    pid_t child;

    (void)state;
    write_whole(copy, span_str("left"));
    sweeper = folder_open_file(folder, copy, O_RDONLY, 0);
    assert_true(sweeper >= 0);
    assert_int_equal(flock(sweeper, LOCK_EX | LOCK_NB), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        usleep(50000);
        _exit(unlinkat(folder, copy, 0));
    }
    close(sweeper); /* the child holds it */
    fd = folder_make_locked(folder, copy, 0640);
    assert_true(fd >= 0);
    assert_true(folder_is_same(folder, copy, fd));
    assert_int_equal(lseek(fd, 0, SEEK_END), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    errno = 0;
    assert_int_equal(folder_make_locked(folder, copy, 0640), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    close(fd);
    repair_sweep(folder, copy);
    assert_false(folder_has_file(folder, copy, NULL));
}

static void test_what_is_no_recording_stays(void **state)
{
    static char zeros[100000];
    enum repair_result result;
    char done[256];
    struct error e = {0};

    (void)state;
    write_whole(PART, span_of(zeros, sizeof zeros));
    assert_int_equal(
        repair_part(&result, done, sizeof done, folder, PART, now_realtime_us() + HOUR_US, &e),
        ERR_INVALID);
    assert_string_equal(e.place, PART);
    assert_true(folder_has_file(folder, PART, NULL));
    assert_int_equal(unlinkat(folder, PART, 0), 0);
}

/* A crash between the name of the copy and the end of the original. */
static void test_repaired_before(void **state)
{
    struct buf whole = {0};

    (void)state;
    make(PART, 3, false);
    read_whole(&whole, PART);
    assert_int_equal(repair(PART), REPAIR_DONE);
    write_whole(PART, buf_span(&whole));
    assert_int_equal(repair(PART), REPAIR_DONE);
    assert_false(folder_has_file(folder, PART, NULL));
    assert_int_equal(unlinkat(folder, NAME, 0), 0);
    buf_release(&whole);
}

static void test_another_of_its_name(void **state)
{
    enum repair_result result;
    char done[256];
    struct error e = {0};

    (void)state;
    make(PART, 3, false);
    write_whole(NAME, span_str("not this one"));
    assert_int_equal(
        repair_part(&result, done, sizeof done, folder, PART, now_realtime_us() + HOUR_US, &e),
        ERR_EXISTS);
    assert_true(folder_has_file(folder, PART, NULL));
    assert_int_equal(unlinkat(folder, PART, 0), 0);
    assert_int_equal(unlinkat(folder, NAME, 0), 0);
}

/* ---- a whole pass ---- */

static void test_tend(void **state)
{
    char *path = in_top("");
    struct about about;
    struct buf whole = {0};
    int trash;
    struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

    (void)state;
    make("whole.webm", 3, false);
    read_whole(&whole, "whole.webm");
    write_whole(PART, span_sub(buf_span(&whole), 0, whole.len * 2 / 3));
    assert_int_equal(symlinkat("whole.webm", folder, "link.webm"), 0);
    assert_int_equal(symlinkat("/", folder, "root"), 0);
    trash = folder_make(folder, TRASH_FOLDER);
    assert_true(trash >= 0);
    write_whole(".trash/old.webm", span_str("x"));
    write_whole(".trash/old.webm.deleted", span_str(""));
    write_whole(".trash/new.webm", span_str("x"));
    assert_int_equal(utimensat(trash, "old.webm.deleted", old, 0), 0);
    assert_int_equal(tend(top, now_realtime_us(), NULL), 0);
    assert_true(folder_has_file(folder, NAME, NULL));
    assert_true(poster_exists(folder, NAME));
    assert_int_equal(about_read(&about, folder, "whole.webm", NULL), 0);
    assert_false(about.is_repaired);
    assert_true(poster_exists(folder, "whole.webm"));
    assert_int_equal(about_read(&about, folder, "link.webm", NULL), ERR_NOT_FOUND);
    assert_false(folder_has_file(trash, "old.webm", NULL));
    assert_false(folder_has_file(trash, "old.webm.deleted", NULL));
    assert_true(folder_has_file(trash, "new.webm", NULL));
    close(trash);
    buf_release(&whole);
    free(path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    av_log_set_level(AV_LOG_QUIET);
    if (!mkdtemp(top))
        return -1;
    folder = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    close(folder);
    return nftw(top, remove_one, 10, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_cut_anywhere_unknown_sizes),
        cmocka_unit_test(test_cut_at_a_block),
        cmocka_unit_test(test_locked_stays),
        cmocka_unit_test(test_a_young_empty_file_stays),
        cmocka_unit_test(test_a_file_that_a_sweep_takes_is_made_anew),
        cmocka_unit_test(test_what_is_no_recording_stays),
        cmocka_unit_test(test_repaired_before),
        cmocka_unit_test(test_another_of_its_name),
        cmocka_unit_test(test_tend),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
