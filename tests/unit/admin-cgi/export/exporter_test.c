/* The files' side of a save: exchange, what was displaced, links in the way. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/export/disk.h"
#include "admin-cgi/export/exporter.h"

static char dir[64];
static int root = -1;

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/nereid-export-XXXXXX");
    assert_non_null(mkdtemp(dir));
    root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(root >= 0);
    return 0;
}

static int teardown(void **state)
{
    char command[96];

    (void)state;
    close(root);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static void put(const char *name, const char *text)
{
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void expect(const char *name, const char *want)
{
    struct disk_file f = {0};

    assert_int_equal(disk_read(root, name, 1000, INT64_MAX, &f, NULL), 0);
    assert_true(f.exists);
    assert_string_equal(buf_str(&f.text), want);
    disk_file_release(&f);
}

static size_t count_leftovers;

static void count(const struct leftover *l, void *arg)
{
    (void)l;
    (void)arg;
    count_leftovers++;
}

static size_t leftovers(void)
{
    count_leftovers = 0;
    assert_int_equal(export_leftovers(root, INT64_C(1) << 60, count, NULL, NULL), 0);
    return count_leftovers;
}

static void digest(const char *text, char out[SHA256_HEX_SIZE])
{
    sha256_hex(span_str(text), out);
}

static int publish(const char *path, const char *text, const char *known, struct displaced *d)
{
    struct export_job job;
    struct file_stamp stamp = {0};

    assert_int_equal(export_prepare(&job, root, path, span_str(text), 7, NULL), 0);
    assert_int_equal(export_exchange(&job, known[0] != '\0', NULL), 0);
    return export_finish(&job, known, &stamp, d, NULL);
}

static void test_new_and_replaced(void **state)
{
    struct displaced d = {0};
    char known[SHA256_HEX_SIZE];

    (void)state;
    assert_int_equal(publish("a/b/c.json", "one", "", &d), 0);
    expect("a/b/c.json", "one");
    digest("one", known);
    assert_int_equal(publish("a/b/c.json", "two", known, &d), 0);
    expect("a/b/c.json", "two");
    assert_false(d.found);
    assert_int_equal(leftovers(), 0);
}

static void test_a_stranger_in_between_is_kept(void **state)
{
    struct displaced d = {0};
    char known[SHA256_HEX_SIZE];

    (void)state;
    digest("what we saw", known);
    put("x.json", "what somebody wrote meanwhile");
    assert_int_equal(publish("x.json", "ours", known, &d), 0);
    expect("x.json", "ours");
    assert_true(d.found);
    assert_string_equal(buf_str(&d.text), "what somebody wrote meanwhile");
    displaced_release(&d);
    assert_int_equal(leftovers(), 1); /* an editor may still hold it open */

    /* The same when nothing was there, and when it went away meanwhile. */
    put("y.json", "first");
    d = (struct displaced){0};
    assert_int_equal(publish("y.json", "ours", "", &d), 0);
    assert_true(d.found);
    displaced_release(&d);
    d = (struct displaced){0};
    assert_int_equal(publish("z.json", "ours", known, &d), 0);
    assert_false(d.found);
    expect("z.json", "ours");
}

static void test_abort_leaves_nothing(void **state)
{
    struct export_job job;

    (void)state;
    assert_int_equal(export_prepare(&job, root, "x.json", span_str("x"), 7, NULL), 0);
    assert_int_equal(leftovers(), 1);
    export_abort(&job);
    export_abort(&job);
    assert_int_equal(leftovers(), 0);
}

static void test_links_do_not_lead_out(void **state)
{
    struct export_job job;
    struct error e = {0};

    (void)state;
    assert_int_equal(symlinkat("/tmp", root, "out"), 0);
    assert_int_equal(export_prepare(&job, root, "out/x.json", span_str("x"), 7, &e), ERR_INVALID);
    assert_int_equal(export_prepare(&job, root, "../x.json", span_str("x"), 7, &e), ERR_IO);
    assert_int_equal(export_prepare(&job, root, "", span_str("x"), 7, &e), ERR_INVALID);
}

static void test_remove(void **state)
{
    struct displaced d = {0};
    char known[SHA256_HEX_SIZE];

    (void)state;
    digest("one", known);
    put("x.json", "one");
    assert_int_equal(export_remove(root, "x.json", 7, known, &d, NULL), 0);
    assert_false(d.found);
    assert_int_equal(export_remove(root, "x.json", 7, known, &d, NULL), 0);
    assert_int_equal(export_remove(root, "no/such.json", 7, known, &d, NULL), 0);
    put("x.json", "changed");
    assert_int_equal(export_remove(root, "x.json", 7, known, &d, NULL), 0);
    assert_true(d.found);
    displaced_release(&d);
}

static void test_look(void **state)
{
    struct disk_file f = {0};

    (void)state;
    put("x.json", "0123456789");
    assert_int_equal(mkdirat(root, "d.json", 0750), 0);
    assert_int_equal(symlinkat("x.json", root, "l.json"), 0);
    assert_int_equal(symlinkat("nowhere", root, "broken.json"), 0);
    assert_int_equal(linkat(root, "x.json", root, "h.json", 0), 0);
    assert_int_equal(disk_look(root, "none.json", &f), 0);
    assert_false(f.exists);
    assert_int_equal(disk_look(root, "d.json", &f), 0);
    assert_true(f.is_irregular);
    assert_int_equal(disk_look(root, "l.json", &f), 0);
    assert_true(f.is_link && !f.is_irregular);
    assert_int_equal(disk_look(root, "broken.json", &f), 0);
    assert_true(f.is_link && f.is_irregular);
    assert_int_equal(disk_look(root, "h.json", &f), 0);
    assert_true(f.is_hard_linked);
    assert_int_equal(disk_read(root, "x.json", 9, INT64_MAX, &f, NULL), ERR_TOO_LARGE);
    disk_file_release(&f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_new_and_replaced),
        CASE(test_a_stranger_in_between_is_kept),
        CASE(test_abort_leaves_nothing),
        CASE(test_links_do_not_lead_out),
        CASE(test_remove),
        CASE(test_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
