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

#include "common/link_poll.h"

static char told[256];

static void changed(void *arg, const char *name)
{
    (void)arg;
    snprintf(told + strlen(told), sizeof told - strlen(told), "%s ", name);
}

static const char *look(struct link_poll *p)
{
    told[0] = '\0';
    link_poll_look(p, changed, NULL);
    return told;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void remove_dir(const char *dir)
{
    char command[64];

    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static void test_links(void **state)
{
    char dir[] = "/tmp/nereid-links-XXXXXX";
    struct link_poll *p = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(mkdir("groups", 0700), 0);
    write_text("one", "1");
    write_text("two", "22");
    write_text("groups/plain.json", "{}");
    assert_int_equal(symlink("../one", "groups/a.json"), 0);
    assert_int_equal(symlink("../missing", "groups/b.json"), 0);
    assert_int_equal(link_poll_new(&p, "groups"), 0);
    for (int i = 0; i < 2; i++) { /* twice is once */
        link_poll_note(p, "a");
        link_poll_note(p, "b");
        link_poll_note(p, "plain");
        link_poll_note(p, "nowhere");
    }
    assert_string_equal(look(p), "");
    write_text("one", "another");
    assert_string_equal(look(p), "a ");
    assert_string_equal(look(p), "");
    write_text("missing", "now");
    assert_string_equal(look(p), "b ");
    write_text("groups/plain.json", "{} ");
    assert_string_equal(look(p), "");
    assert_int_equal(unlink("groups/a.json"), 0);
    assert_int_equal(symlink("../two", "groups/a.json"), 0);
    assert_string_equal(look(p), "a ");
    assert_int_equal(unlink("groups/a.json"), 0);
    assert_string_equal(look(p), "a ");
    assert_string_equal(look(p), "");
    link_poll_free(p);
    remove_dir(dir);
}

static void test_replaced(void **state)
{
    char dir[] = "/tmp/nereid-links-XXXXXX";
    struct link_poll *p = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(mkdir("first", 0700), 0);
    assert_int_equal(mkdir("second", 0700), 0);
    assert_int_equal(symlink("first", "groups"), 0);
    assert_int_equal(link_poll_new(&p, "groups"), 0);
    assert_false(link_poll_is_replaced(p));
    assert_int_equal(unlink("groups"), 0);
    assert_false(link_poll_is_replaced(p));
    assert_int_equal(symlink("second", "groups"), 0);
    assert_true(link_poll_is_replaced(p));
    assert_false(link_poll_is_replaced(p));
    link_poll_free(p);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
