#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/group_files.h"

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

static void test_nearest_file_decides(void **state)
{
    static const struct {
        const char *name;
        int want;
        const char *file;
        const char *display_name;
    } rows[] = {
        {"a", 0, "a", "of a"},
        {"a/b", 0, "a", "of a"},
        {"a/b/c", 0, "a", "of a"},
        {"a/closed", 0, "a/closed", "of closed"},
        {"a/closed/x", ERR_NOT_FOUND, NULL, NULL},
        {"plain", 0, "plain", NULL},
        {"plain/x", ERR_NOT_FOUND, NULL, NULL},
        {"nothing", ERR_NOT_FOUND, NULL, NULL},
        {"broken", ERR_INVALID, NULL, NULL},
        {"broken/x", ERR_INVALID, NULL, NULL},
        {"../a", ERR_INVALID, NULL, NULL},
        {"a//b", ERR_INVALID, NULL, NULL},
        {"", ERR_INVALID, NULL, NULL},
    };

    (void)state;
    write_group("a", "{\"displayName\":\"of a\",\"auto-subgroups\":true,\"public\":true}");
    write_group("a/closed", "{\"displayName\":\"of closed\",\"public\":true}");
    write_group("plain", "{}");
    write_group("broken", "{\n\"public\":7}");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct group_desc *d = NULL;
        struct group_source source = {0};
        struct error e = {0};
        int r = group_files_load(&d, &source, groups_dir, rows[i].name, &e);

        if (r != rows[i].want)
            fail_msg("%s: %d %s", rows[i].name, r, e.text);
        if (r < 0) {
            assert_null(d);
            assert_null(source.file_group);
            assert_true(e.text[0] != 0);
            continue;
        }
        assert_string_equal(source.file_group, rows[i].file);
        assert_int_equal(source.is_inherited, strcmp(rows[i].file, rows[i].name) != 0);
        assert_true(source.stamp.size_bytes > 0);
        if (rows[i].display_name)
            assert_string_equal(d->display_name, rows[i].display_name);
        assert_int_equal(d->is_public, !source.is_inherited && rows[i].display_name != NULL);
        group_desc_unref(d);
        group_source_release(&source);
    }
}

static void test_error_names_the_file(void **state)
{
    struct group_desc *d = NULL;
    struct error e = {0};

    (void)state;
    write_group("broken", "{\n\"public\":7}");
    assert_int_equal(group_files_load(&d, NULL, groups_dir, "broken/x", &e), ERR_INVALID);
    assert_string_equal(e.place, "broken.json line 2 column 1");
    assert_string_equal(e.text, "public: should be true or false");
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
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
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
        cmocka_unit_test_setup_teardown(test_nearest_file_decides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_error_names_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_walk, set_up, tear_down),
        cmocka_unit_test(test_walk_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
