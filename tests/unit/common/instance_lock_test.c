#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/atomic_file.h"
#include "common/instance_lock.h"

static char dir[] = "/tmp/instance_lock_test.XXXXXX";
static char path[64];

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/it.lock", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void test_one_at_a_time(void **state)
{
    struct error e = {0};
    struct buf text = {0};
    char pid[24];
    int fd = -1, second = -1;

    (void)state;
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_int_equal(instance_lock_take(&fd, path, &e), 0);
    assert_int_equal(file_read(&text, path, 100, NULL, &e), 0);
    assert_memory_equal(buf_str(&text), pid, strlen(pid));
    assert_int_equal(buf_str(&text)[strlen(pid)], '\n');
    buf_release(&text);

    assert_int_equal(instance_lock_take(&second, path, &e), ERR_BUSY);
    assert_int_equal(second, -1);
    assert_non_null(strstr(e.text, pid));
    assert_string_equal(e.place, path);

    close(fd);
    assert_int_equal(instance_lock_take(&fd, path, NULL), 0);
    close(fd);
}

/* What a longer pid of an earlier process left does not show through. */
static void test_old_content_goes(void **state)
{
    struct buf text = {0};
    int fd = -1;

    (void)state;
    assert_int_equal(file_replace(path, span_of("12345678901234567890\nmore\n", 26), 0640, NULL),
                     0);
    assert_int_equal(instance_lock_take(&fd, path, NULL), 0);
    assert_int_equal(file_read(&text, path, 100, NULL, NULL), 0);
    assert_int_equal(strtol(buf_str(&text), NULL, 10), getpid());
    assert_null(strstr(buf_str(&text), "more"));
    buf_release(&text);
    close(fd);
}

static void test_refused(void **state)
{
    struct error e = {0};
    int fd = -1;

    (void)state;
    unlink(path);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_int_equal(instance_lock_take(&fd, path, &e), ERR_IO); /* no way out of the directory */
    assert_int_equal(fd, -1);
    unlink(path);
    assert_true(instance_lock_take(&fd, "/nonexistent/it.lock", &e) < 0);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_old_content_goes),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
