#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/macros.h"
#include "mediad/group/registry.h"

struct scene {
    char dir[64];
    struct pool *pool;
    struct registry *registry;
};

static const struct registry_caps caps = {100, 2};

static void path_of(const struct scene *s, const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s.json", s->dir, name);
}

static void put(const struct scene *s, const char *name, const char *text)
{
    char path[256];

    path_of(s, name, path);
    assert_int_equal(file_make_parents(path, 0700, NULL), 0);
    assert_int_equal(file_replace(path, span_str(text), 0600, NULL), 0);
}

static void take_away(const struct scene *s, const char *name)
{
    char path[256];

    path_of(s, name, path);
    assert_int_equal(unlink(path), 0);
}

static void run_pool(struct scene *s)
{
    struct pollfd p = {.fd = pool_event_fd(s->pool), .events = POLLIN};

    assert_int_equal(poll(&p, 1, 20000), 1);
    pool_dispatch(s->pool);
}

static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof *s);

    if (!s)
        return -1;
    snprintf(s->dir, sizeof s->dir, "/tmp/nereid-unit-XXXXXX");
    if (!mkdtemp(s->dir) || pool_new(&s->pool, 1, 100, NULL) < 0 ||
        registry_new(&s->registry, s->dir, s->pool) < 0)
        return -1;
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    char command[128];
    int r;

    pool_free(s->pool);
    registry_free(s->registry);
    snprintf(command, sizeof command, "rm -rf %s", s->dir);
    r = system(command);
    free(s);
    return r;
}

struct question {
    struct definition_lookup lookup;
    bool is_answered;
    int result;
    bool is_inherited;
    size_t file_len;
    char display_name[64];
};

static void answered(struct definition_lookup *lookup, int result)
{
    struct question *q = (struct question *)lookup;

    q->is_answered = true;
    q->result = result;
    if (result < 0)
        return;
    q->is_inherited = lookup->found.is_inherited;
    q->file_len = lookup->found.file_len;
    snprintf(q->display_name, sizeof q->display_name, "%s",
             lookup->found.file_desc->display_name ? lookup->found.file_desc->display_name : "");
}

static void begin(struct scene *s, struct question *q, const char *name)
{
    memset(q, 0, sizeof *q);
    q->lookup.done = answered;
    definitions_lookup(s->registry->definitions, &q->lookup, name);
}

static struct question ask(struct scene *s, const char *name)
{
    struct question q;

    begin(s, &q, name);
    while (!q.is_answered)
        run_pool(s);
    return q;
}

static void test_first_file_decides(void **state)
{
    static const struct {
        const char *name;
        int want;
        bool is_inherited;
        const char *display_name;
    } rows[] = {
        {"a", 0, false, "A"},
        {"a/b", 0, true, "A"},
        {"a/b/c", 0, true, "A"},
        {"a/own", 0, false, "Own"},
        {"a/own/x", ERR_NOT_FOUND, false, ""},
        {"plain/x", ERR_NOT_FOUND, false, ""},
        {"nowhere", ERR_NOT_FOUND, false, ""},
        {"bad", ERR_SYNTAX, false, ""},
        {"bad/x", ERR_SYNTAX, false, ""},
    };

    put(*state, "a", "{\"displayName\":\"A\",\"auto-subgroups\":true}");
    put(*state, "a/own", "{\"displayName\":\"Own\"}");
    put(*state, "plain", "{}");
    put(*state, "bad", "{");
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < LENGTH(rows); i++) {
            struct question q = ask(*state, rows[i].name);

            if (q.result != rows[i].want || q.is_inherited != rows[i].is_inherited ||
                strcmp(q.display_name, rows[i].display_name) != 0)
                fail_msg("%s: %d %s", rows[i].name, q.result, q.display_name);
        }
    }
}

static void test_changes_are_seen(void **state)
{
    struct question q;

    put(*state, "g", "{\"displayName\":\"1\"}");
    assert_string_equal(ask(*state, "g").display_name, "1");
    put(*state, "g", "{\"displayName\":\"2\"}");
    begin(*state, &q, "g");
    assert_false(q.is_answered);
    run_pool(*state);
    assert_true(q.is_answered);
    assert_string_equal(q.display_name, "2");
    begin(*state, &q, "g");
    assert_true(q.is_answered);
    /* a bad edit keeps the last good one */
    put(*state, "g", "{\"displayName\":3}");
    assert_string_equal(ask(*state, "g").display_name, "2");
    take_away(*state, "g");
    assert_int_equal(ask(*state, "g").result, ERR_NOT_FOUND);
    put(*state, "g", "{");
    assert_int_equal(ask(*state, "g").result, ERR_SYNTAX);
    put(*state, "g", "{\"displayName\":\"4\"}");
    assert_string_equal(ask(*state, "g").display_name, "4");
}

static void test_many_wait_for_one_load(void **state)
{
    struct question q[5];

    put(*state, "g", "{\"displayName\":\"many\"}");
    for (size_t i = 0; i < 5; i++)
        begin(*state, &q[i], "g");
    definition_lookup_cancel(&q[0].lookup);
    definition_lookup_cancel(&q[3].lookup);
    run_pool(*state);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(q[i].is_answered, i != 0 && i != 3);
}

static void test_pool_ends_first(void **state)
{
    struct scene *s = *state;
    struct question q;

    put(s, "g", "{}");
    begin(s, &q, "g");
    pool_free(s->pool);
    s->pool = NULL;
    assert_true(q.is_answered);
}

static struct live_group *open_group(struct scene *s, const char *name, int want)
{
    struct definition found;
    struct live_group *g = NULL;

    assert_int_equal(ask(s, name).result, 0);
    assert_int_equal(definitions_peek(s->registry->definitions, name, &found), 0);
    assert_int_equal(registry_open(s->registry, name, &found, &caps, 0, 0, &g), want);
    return g;
}

static void test_live_groups(void **state)
{
    struct scene *s = *state;
    struct live_group *g;

    put(s, "p",
        "{\"auto-subgroups\":true,\"displayName\":\"P\",\"description\":\"d\","
        "\"public\":true}");
    assert_null(registry_find(s->registry, "p/x"));
    g = open_group(s, "p/x", 0);
    assert_ptr_equal(registry_find(s->registry, "p/x"), g);
    assert_ptr_equal(open_group(s, "p/x", 0), g);
    assert_true(g->is_inherited);
    assert_false(g->desc->is_public);
    assert_null(g->desc->description);
    assert_int_equal(g->file_len, 1);
    open_group(s, "p/y", 0);
    /* the cap on subgroups of one file */
    open_group(s, "p/z", ERR_BUSY);
    /* a file of its own takes over */
    put(s, "p/x", "{\"displayName\":\"X\"}");
    assert_int_equal(ask(s, "p/x").result, 0);
    assert_false(g->is_inherited);
    assert_string_equal(g->desc->display_name, "X");
    /* and a change of the parent reaches the others */
    put(s, "p", "{\"auto-subgroups\":true,\"displayName\":\"Q\"}");
    assert_int_equal(ask(s, "p").result, 0);
    assert_string_equal(registry_find(s->registry, "p/y")->desc->display_name, "Q");
    assert_string_equal(g->desc->display_name, "X");
}

static void test_sweep(void **state)
{
    struct scene *s = *state;
    int64_t hour_us = INT64_C(3600) * 1000000;

    put(s, "brief", "{\"max-history-age\":3600}");
    put(s, "long", "{}");
    put(s, "public", "{\"public\":true}");
    put(s, "gone", "{}");
    open_group(s, "brief", 0);
    open_group(s, "long", 0);
    open_group(s, "public", 0);
    open_group(s, "gone", 0);
    take_away(s, "gone");
    assert_int_equal(ask(s, "gone").result, ERR_NOT_FOUND);
    registry_sweep(s->registry, hour_us);
    assert_non_null(registry_find(s->registry, "brief"));
    assert_null(registry_find(s->registry, "gone"));
    registry_sweep(s->registry, hour_us + 1);
    assert_null(registry_find(s->registry, "brief"));
    assert_non_null(registry_find(s->registry, "long"));
    registry_sweep(s->registry, 5 * hour_us);
    assert_null(registry_find(s->registry, "long"));
    assert_non_null(registry_find(s->registry, "public"));
}

static void test_rescan(void **state)
{
    struct scene *s = *state;
    struct definition found;

    put(s, "a", "{\"displayName\":\"1\"}");
    put(s, "b/c", "{}");
    assert_int_equal(definitions_load_all(s->registry->definitions, NULL), 0);
    assert_int_equal(definitions_peek(s->registry->definitions, "b/c", &found), 0);
    put(s, "a", "{\"displayName\":\"22\"}");
    take_away(s, "b/c");
    put(s, "d", "{}");
    definitions_rescan(s->registry->definitions);
    /* the walk, then the two files that it found changed */
    while (definitions_peek(s->registry->definitions, "d", &found) < 0 ||
           definitions_peek(s->registry->definitions, "a", &found) < 0 ||
           strcmp(found.file_desc->display_name, "22") != 0)
        run_pool(s);
    assert_int_equal(definitions_peek(s->registry->definitions, "b/c", &found), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_file_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_are_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_wait_for_one_load, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pool_ends_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_live_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sweep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rescan, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
