#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/group_files.h"
#include "common/macros.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char groups_dir[64];

static void write_group(const char *name, const char *text)
{
    char *path = group_file_path(groups_dir, name);

    assert_non_null(path);
    assert_int_equal(file_make_parents(path, 0700, NULL), 0);
    assert_int_equal(file_replace(path, span_str(text), 0600, NULL), 0);
    free(path);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(groups_dir, sizeof groups_dir, "/tmp/nereid-groups-XXXXXX");
    return mkdtemp(groups_dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(groups_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int collect(const char *name, void *arg)
{
    buf_printf(arg, "%s\n", name);
    return 0;
}

static int stop_at_second(const char *name, void *arg)
{
    (void)name;
    return ++*(int *)arg == 2 ? 17 : 0;
}

static void test_walk(void **state)
{
    static const char *const names[] = {"b", "a/z", "a", "a-b", "a/y/x"};
    char path[128];
    struct buf got = {0};
    int n = 0;

    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++)
        write_group(names[i], "{}");
    for (const char *const *other =
             (const char *const[]){"note.txt", ".hidden.json", "x\\y.json", ".json", NULL};
         *other; other++) {
        snprintf(path, sizeof path, "%s/%s", groups_dir, *other);
        assert_int_equal(file_replace(path, span_str("{}"), 0600, NULL), 0);
    }
    snprintf(path, sizeof path, "%s/link.json", groups_dir);
    assert_int_equal(symlink("b.json", path), 0);
    snprintf(path, sizeof path, "%s/loop", groups_dir);
    assert_int_equal(symlink(".", path), 0);
    snprintf(path, sizeof path, "%s/folder.json", groups_dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(group_files_walk(groups_dir, collect, &got, NULL), 0);
    assert_string_equal(buf_str(&got), "a\na-b\na/y/x\na/z\nb\nlink\n");
    buf_release(&got);
    assert_int_equal(group_files_walk(groups_dir, stop_at_second, &n, NULL), 17);
    assert_int_equal(n, 2);
}

static void test_walk_of_nothing(void **state)
{
    struct buf got = {0};

    (void)state;
    assert_int_equal(group_files_walk("/nonexistent/groups", collect, &got, NULL), 0);
    assert_int_equal(got.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_walk, set_up, tear_down),
        cmocka_unit_test(test_walk_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
