#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/macros.h"

static char dir[] = "/tmp/nereid-atomic-XXXXXX";

static char *in_dir(const char *name)
{
    return path_join(dir, name);
}

static size_t count_entries(void)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void put(const char *path, const char *text)
{
    assert_int_equal(file_replace(path, span_str(text), 0640, NULL), 0);
}

static void test_replace_and_read(void **state)
{
    char *path = in_dir("file");
    struct buf content = {0};
    struct file_stamp first, second, third;
    struct stat st;
    mode_t mask = umask(027);

    (void)state;
    put(path, "one");
    assert_int_equal(file_read(&content, path, 100, &first, NULL), 0);
    assert_string_equal(buf_str(&content), "one");
    assert_int_equal(file_stamp_read(&second, path), 0);
    assert_true(file_stamp_eq(&first, &second));
    assert_int_equal(first.size_bytes, 3);
    put(path, "two");
    assert_int_equal(file_stamp_read(&third, path), 0);
    assert_false(file_stamp_eq(&first, &third));
    assert_int_equal(file_read(&content, path, 3, NULL, NULL), 0);
    assert_string_equal(buf_str(&content), "onetwo"); /* appended */
    assert_int_equal(file_replace(path, span_str(""), 0666, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(file_replace_exact(path, span_str("x"), 0660, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    umask(mask);
    assert_int_equal(count_entries(), 1); /* no temporary file is left */
    assert_int_equal(unlink(path), 0);
    free(path);
    buf_release(&content);
}

static void test_read_refuses(void **state)
{
    static const struct {
        const char *name;
        const char *file;
        size_t size_max;
        int want;
    } rows[] = {
        {"missing", "missing", 10, ERR_NOT_FOUND},
        {"folder", "folder", 10, ERR_INVALID},
        {"pipe", "pipe", 10, ERR_INVALID},
        {"too large", "file", 3, ERR_TOO_LARGE},
        {"just right", "file", 4, 0},
        {"below a file", "file/x", 4, ERR_IO},
    };
    char *file = in_dir("file");
    char *folder = in_dir("folder");
    char *pipe = in_dir("pipe");

    (void)state;
    put(file, "four");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char *path = in_dir(rows[i].file);
        struct buf content = {0};
        struct error e = {0};
        int r;

        buf_add_str(&content, "before ");
        r = file_read(&content, path, rows[i].size_max, NULL, &e);
        if (r != rows[i].want || e.code != r)
            fail_msg("%s: %s", rows[i].name, err_name(r));
        assert_string_equal(buf_str(&content), r == 0 ? "before four" : "before ");
        buf_release(&content);
        free(path);
    }
    unlink(file);
    rmdir(folder);
    unlink(pipe);
    free(file);
    free(folder);
    free(pipe);
}

static void test_read_larger_than_a_block(void **state)
{
    char *path = in_dir("large");
    struct buf content = {0};
    struct buf again = {0};

    (void)state;
    for (int i = 0; i < 50000; i++)
        buf_printf(&content, "%d ", i);
    assert_int_equal(file_replace(path, buf_span(&content), 0600, NULL), 0);
    assert_int_equal(file_read(&again, path, 1 << 20, NULL, NULL), 0);
    assert_true(span_eq(buf_span(&content), buf_span(&again)));
    unlink(path);
    free(path);
    buf_release(&content);
    buf_release(&again);
}

static void test_replace_refuses(void **state)
{
    char *folder = in_dir("folder");
    char *inside = in_dir("nowhere/file");
    struct error e;

    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(file_replace(folder, span_str("x"), 0600, &e), ERR_IO);
    assert_int_equal(count_entries(), 1); /* the temporary file went away */
    assert_int_equal(file_replace(inside, span_str("x"), 0600, &e), ERR_NOT_FOUND);
    assert_int_equal(count_entries(), 1);
    rmdir(folder);
    free(folder);
    free(inside);
}

static void test_make_parents(void **state)
{
    char *path = in_dir("a/b//c/file");
    struct stat st;

    (void)state;
    assert_int_equal(file_make_parents(path, 0750, NULL), 0);
    assert_int_equal(file_make_parents(path, 0750, NULL), 0);
    put(path, "x");
    assert_int_equal(file_sync_parent(path, NULL), 0);
    unlink(path);
    for (size_t i = 0; i < 3; i++) {
        static const char *const folders[] = {"a/b/c", "a/b", "a"};
        char *folder = in_dir(folders[i]);

        assert_int_equal(stat(folder, &st), 0);
        assert_int_equal(rmdir(folder), 0);
        free(folder);
    }
    free(path);
    path = in_dir("file");
    put(path, "x");
    free(path);
    path = in_dir("file/below/x");
    assert_int_equal(file_make_parents(path, 0750, NULL), ERR_IO);
    free(path);
    path = in_dir("file");
    unlink(path);
    free(path);
}

static void test_path_join(void **state)
{
    static const struct {
        const char *dir, *name, *want;
    } rows[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char *path = path_join(rows[i].dir, rows[i].name);

        assert_string_equal(path, rows[i].want);
        free(path);
    }
}

/* FIPS 180-4 examples: "abc" and the empty message. */
static void test_sha256(void **state)
{
    char hex[SHA256_HEX_SIZE];

    (void)state;
    sha256_hex(span_str("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex(span_of(NULL, 0), hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir); /* fails when a test left something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace_and_read),
        cmocka_unit_test(test_read_refuses),
        cmocka_unit_test(test_read_larger_than_a_block),
        cmocka_unit_test(test_replace_refuses),
        cmocka_unit_test(test_make_parents),
        cmocka_unit_test(test_path_join),
        cmocka_unit_test(test_sha256),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
