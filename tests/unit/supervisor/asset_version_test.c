/* The version of the pages' assets follows what the files hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/macros.h"
#include "supervisor/asset_version.h"

struct place {
    char dir[32];
    char share[48];
    char own[48];
};

static void put(const char *dir, const char *name, const char *text)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(file_replace(path, span_str(text), 0600, NULL), 0);
}

static int make(void **state)
{
    static struct place p;
    char path[64];

    snprintf(p.dir, sizeof p.dir, "/tmp/nereid-assets-XXXXXX");
    assert_non_null(mkdtemp(p.dir));
    snprintf(p.share, sizeof p.share, "%s/share", p.dir);
    snprintf(p.own, sizeof p.own, "%s/own", p.dir);
    snprintf(path, sizeof path, "%s/js", p.share);
    assert_int_equal(mkdir(p.share, 0700), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    put(p.share, "a.css", "a");
    put(p.share, "js/b.js", "b");
    *state = &p;
    return 0;
}

static int clear(void **state)
{
    const struct place *p = *state;
    char command[64];

    snprintf(command, sizeof command, "rm -rf '%s'", p->dir);
    return system(command);
}

static void version_of(const struct place *p, char text[sizeof((struct asset_version){0}.text)])
{
    struct asset_version v = {0};

    assert_int_equal(asset_version_read(&v, p->share, p->own, NULL), 0);
    memcpy(text, v.text, sizeof v.text);
}

static void follows_the_files(void **state)
{
    const struct place *p = *state;
    char before[sizeof((struct asset_version){0}.text)];
    char after[sizeof before];
    char path[64];

    version_of(p, before);
    assert_int_equal(strlen(before), sizeof before - 1);
    put(p->share, "a.css", "a"); /* the same content with another time */
    version_of(p, after);
    assert_string_equal(after, before);
    put(p->share, "a.css", "c");
    version_of(p, after);
    assert_string_not_equal(after, before);
    put(p->share, "a.css", "b"); /* contents change places */
    put(p->share, "js/b.js", "a");
    version_of(p, after);
    assert_string_not_equal(after, before);
    put(p->share, "a.css", "a");
    put(p->share, "js/b.js", "b");
    version_of(p, after);
    assert_string_equal(after, before);
    assert_int_equal(mkdir(p->own, 0700), 0);
    put(p->own, "a.css", "theirs");
    version_of(p, after);
    assert_string_not_equal(after, before);
    snprintf(path, sizeof path, "%s/a.css", p->own);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("../share/a.css", path), 0); /* nginx does not follow it either */
    version_of(p, after);
    assert_string_equal(after, before);
}

static void changes_when_the_files_are_still(void **state)
{
    const struct place *p = *state;
    struct asset_version v = {0};
    char before[sizeof v.text];

    assert_int_equal(asset_version_read(&v, p->share, p->own, NULL), 0);
    memcpy(before, v.text, sizeof before);
    assert_false(asset_version_look(&v, p->share, p->own));
    put(p->share, "a.css", "x");
    assert_false(asset_version_look(&v, p->share, p->own)); /* more may come */
    put(p->share, "js/b.js", "x");
    assert_false(asset_version_look(&v, p->share, p->own));
    assert_string_equal(v.text, before);
    assert_true(asset_version_look(&v, p->share, p->own));
    assert_string_not_equal(v.text, before);
    assert_false(asset_version_look(&v, p->share, p->own));
    put(p->share, "js/b.js", "x"); /* touched, not changed */
    assert_false(asset_version_look(&v, p->share, p->own));
    assert_false(asset_version_look(&v, p->share, p->own));
}

static void nothing_to_serve_is_an_error(void **state)
{
    const struct place *p = *state;
    struct asset_version v = {0};
    struct error e = {0};

    assert_int_equal(asset_version_read(&v, "/nonexistent/static", p->own, &e), ERR_IO);
    assert_string_equal(e.place, "/nonexistent/static");
    assert_false(asset_version_look(&v, "/nonexistent/static", p->own));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_the_files, make, clear),
        cmocka_unit_test_setup_teardown(changes_when_the_files_are_still, make, clear),
        cmocka_unit_test_setup_teardown(nothing_to_serve_is_an_error, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
