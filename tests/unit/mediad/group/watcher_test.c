#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/now.h"
#include "mediad/group/watcher.h"

struct scene {
    char dir[64];
    struct timer_wheel timers;
    struct watcher *watcher;
    int64_t now_us;
    char heard[512]; /* "NAME " for a group, "* " for all, "data:FILE " */
};

static void note(struct scene *s, const char *prefix, const char *name)
{
    size_t len = strlen(s->heard);

    snprintf(s->heard + len, sizeof s->heard - len, "%s%s ", prefix, name);
}

static void group_changed(void *arg, const char *name)
{
    note(arg, "", name);
}

static void rescan(void *arg)
{
    note(arg, "", "*");
}

static void data_changed(void *arg, const char *file)
{
    note(arg, "data:", file);
}

static const char *in(const struct scene *s, const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s", s->dir, name);
    return out;
}

static void put(const struct scene *s, const char *name)
{
    char path[256];

    assert_int_equal(file_replace(in(s, name, path), span_str("{}"), 0600, NULL), 0);
}

static void make_dir(const struct scene *s, const char *name)
{
    char path[256];

    assert_int_equal(mkdir(in(s, name, path), 0700), 0);
}

/* Read what the kernel has, which it has at once. */
static void dispatch(struct scene *s)
{
    struct pollfd p = {.fd = watcher_fd(s->watcher), .events = POLLIN};

    assert_int_equal(poll(&p, 1, 20000), 1);
    watcher_dispatch(s->watcher, s->now_us);
}

static void pass(struct scene *s, int64_t us)
{
    s->now_us += us;
    timer_wheel_run(&s->timers, s->now_us);
}

/* @return what was heard once the changes had settled */
static const char *settled(struct scene *s)
{
    s->heard[0] = '\0';
    dispatch(s);
    pass(s, US_PER_S);
    return s->heard;
}

static int setup(void **state)
{
    static const struct watcher_events events = {group_changed, rescan, data_changed};
    struct scene *s = calloc(1, sizeof *s);
    char groups[256], data[256];

    if (!s)
        return -1;
    snprintf(s->dir, sizeof s->dir, "/tmp/nereid-unit-XXXXXX");
    if (!mkdtemp(s->dir))
        return -1;
    make_dir(s, "groups");
    make_dir(s, "groups/a");
    make_dir(s, "data");
    s->now_us = 1000 * US_PER_S;
    timer_wheel_init(&s->timers, s->now_us);
    *state = s;
    return watcher_new(&s->watcher, in(s, "groups", groups), in(s, "data", data), &s->timers,
                       &events, s, NULL);
}

static int teardown(void **state)
{
    struct scene *s = *state;
    char command[128];
    int r;

    watcher_free(s->watcher);
    snprintf(command, sizeof command, "rm -rf %s", s->dir);
    r = system(command);
    free(s);
    return r;
}

static void test_files(void **state)
{
    struct scene *s = *state;
    char path[256];

    put(s, "groups/g.json");
    assert_string_equal(settled(s), "g ");
    put(s, "groups/a/b.json");
    assert_string_equal(settled(s), "a/b ");
    assert_int_equal(unlink(in(s, "groups/g.json", path)), 0);
    assert_string_equal(settled(s), "g ");
    put(s, "groups/notes.txt");
    put(s, "groups/.json");
    put(s, "data/config.json");
    assert_non_null(strstr(settled(s), "data:config.json "));
    assert_null(strstr(s->heard, "notes"));
    assert_null(strstr(s->heard, "*"));
}

/* An editor that writes for long is heard once it pauses, and at the latest after half a second. */
static void test_settling(void **state)
{
    struct scene *s = *state;

    for (int i = 0; i < 4; i++) {
        put(s, "groups/g.json");
        dispatch(s);
        pass(s, 40 * US_PER_MS);
        assert_string_equal(s->heard, "");
    }
    pass(s, 60 * US_PER_MS);
    assert_string_equal(s->heard, "g ");
    s->heard[0] = '\0';
    for (int i = 0; i < 14; i++) {
        put(s, "groups/g.json");
        dispatch(s);
        pass(s, 40 * US_PER_MS);
    }
    assert_string_equal(s->heard, "g ");
}

static void test_directories(void **state)
{
    struct scene *s = *state;
    char from[256], to[256];

    make_dir(s, "groups/new");
    put(s, "groups/new/early.json");
    assert_string_equal(settled(s), "* ");
    put(s, "groups/new/late.json");
    assert_string_equal(settled(s), "new/late ");
    assert_int_equal(rename(in(s, "groups/new", from), in(s, "groups/old", to)), 0);
    assert_string_equal(settled(s), "* ");
    put(s, "groups/old/late.json");
    assert_string_equal(settled(s), "old/late ");
    assert_int_equal(unlink(in(s, "groups/old/late.json", from)), 0);
    assert_int_equal(unlink(in(s, "groups/old/early.json", from)), 0);
    assert_int_equal(rmdir(in(s, "groups/old", from)), 0);
    assert_string_equal(settled(s), "* ");
    put(s, "groups/g.json");
    assert_string_equal(settled(s), "g ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settling, setup, teardown),
        cmocka_unit_test_setup_teardown(test_directories, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
