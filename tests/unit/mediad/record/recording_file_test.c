/* Names, places and modes of recordings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/record/recording_file.h"

#define STARTED (INT64_C(1790000000123) * US_PER_MS) /* 2026-09-21T14:13:20.123Z */

static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    setenv("TZ", "UTC-2", 1); /* two hours east */
    tzset();
    umask(077);
    (void)snprintf(directory, sizeof directory, "/tmp/recordings.XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static void create(struct recording_file *f, const char *group)
{
    struct error e = {0};

    if (recording_file_create(f, directory, group, STARTED, "ada", "webm", &e) < 0)
        fail_msg("%s", e.text);
}

static mode_t mode_of(const char *path)
{
    char whole[512];
    struct stat st;

    (void)snprintf(whole, sizeof whole, "%s/%s", directory, path);
    return stat(whole, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void test_life(void **state)
{
    struct recording_file f;
    char path[512];
    int fd;

    (void)state;
    create(&f, "city/watch");
    assert_string_equal("2026-09-21T16:13:20.123-ada.webm", f.name);
    assert_int_equal(02770, mode_of("city"));
    assert_int_equal(02770, mode_of("city/watch"));
    assert_int_equal(0640, mode_of("city/watch/2026-09-21T16:13:20.123-ada.webm.part"));
    (void)snprintf(path, sizeof path, "%s/city/watch/%s.part", directory, f.name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(-1, flock(fd, LOCK_EX | LOCK_NB)); /* it is being written */
    assert_int_equal(EWOULDBLOCK, errno);
    close(fd);
    assert_int_equal(0, recording_file_publish(&f, NULL));
    assert_int_equal(0, recording_file_about(&f, span_str("{}"), NULL));
    assert_int_equal(02770, mode_of("city/watch/.about"));
    assert_int_equal(0640, mode_of("city/watch/.about/2026-09-21T16:13:20.123-ada.webm.json"));
    assert_int_equal(0640, mode_of("city/watch/2026-09-21T16:13:20.123-ada.webm"));
    recording_file_close(&f);
}

/* Finished files and those being written both take a name. */
static void test_taken_names(void **state)
{
    struct recording_file a, b, c;

    (void)state;
    create(&a, "taken");
    create(&b, "taken");
    assert_string_equal("2026-09-21T16:13:20.123-ada-01.webm", b.name);
    assert_int_equal(0, recording_file_publish(&a, NULL));
    create(&c, "taken");
    assert_string_equal("2026-09-21T16:13:20.123-ada-02.webm", c.name);
    assert_int_equal(0, recording_file_publish(&b, NULL));
    recording_file_remove(&c);
    assert_int_equal(0, mode_of("taken/2026-09-21T16:13:20.123-ada-02.webm.part"));
    recording_file_close(&a);
    recording_file_close(&b);
    recording_file_close(&c);
}

/* Somebody put a file there meanwhile: it is not written over. */
static void test_name_taken_meanwhile(void **state)
{
    struct recording_file f;
    char path[512];

    (void)state;
    create(&f, "meanwhile");
    (void)snprintf(path, sizeof path, "%s/meanwhile/%s", directory, f.name);
    assert_int_equal(0, file_replace(path, span_str("mine"), 0600, NULL));
    assert_int_equal(0, recording_file_publish(&f, NULL));
    assert_string_equal("2026-09-21T16:13:20.123-ada-01.webm", f.name);
    recording_file_close(&f);
}

static void test_no_way_through_links(void **state)
{
    struct recording_file f;
    struct error e = {0};
    char path[512];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/link", directory);
    assert_int_equal(0, symlink("/tmp", path));
    assert_int_equal(ERR_IO, recording_file_create(&f, directory, "link", STARTED, "", "webm", &e));
    assert_int_equal(ERR_IO,
                     recording_file_create(&f, directory, "link/x", STARTED, "", "webm", &e));
    assert_int_equal(ERR_IO, recording_file_create(&f, directory, "../x", STARTED, "", "webm", &e));
}

/* Where no folder can be made the error says why, and not that there is none. */
static void test_why_there_is_no_folder(void **state)
{
    struct recording_file f;
    struct error e = {0};

    (void)state;
    assert_int_equal(ERR_IO, recording_file_create(&f, "/sys", "city", STARTED, "ada", "webm", &e));
    assert_null(strstr(e.text, strerror(ENOENT)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_taken_names),
        cmocka_unit_test(test_name_taken_meanwhile),
        cmocka_unit_test(test_no_way_through_links),
        cmocka_unit_test(test_why_there_is_no_folder),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
