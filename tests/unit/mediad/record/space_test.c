/* How much room recordings take, and may take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/record/space.h"

static char directory[64];

static int make_tree(void **state)
{
    char command[512];

    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/space.XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(command, sizeof command,
                   "cd %s && mkdir -p a/b a/.trash c && head -c 1000 /dev/zero | tee a/1 a/b/2 "
                   "a/.trash/3 c/4 >/dev/null && ln -s /usr a/link",
                   directory);
    return system(command);
}

static int remove_tree(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

/* Subgroups are groups of their own; what is in the trash counts, and links lead nowhere. */
static void test_used(void **state)
{
    (void)state;
    assert_int_equal(2000, space_used(directory, "a", false));
    assert_int_equal(3000, space_used(directory, "a", true));
    assert_int_equal(4000, space_used(directory, "", true));
    assert_int_equal(0, space_used(directory, "nobody", true));
}

static void test_limits(void **state)
{
    static const struct {
        const char *name;
        struct recorder_limits limits;
        const char *why; /* NULL: there is room */
    } rows[] = {
        {"none", {0, 0, 0}, NULL},
        {"room in all", {1, 2001, 4001}, NULL},
        {"the group's", {0, 2000, 0}, "the group's recordings have 2.0 KiB, and may have 2.0 KiB"},
        {"all", {0, 0, 4000}, "all recordings have 3.9 KiB, and may have 3.9 KiB"},
        {"the disk", {INT64_C(1) << 50, 0, 0}, "the disk is nearly full: "},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct error e = {0};
        int r = space_check(directory, "a", &rows[i].limits, &e);

        if (r != (rows[i].why ? ERR_NO_SPACE : 0) ||
            (rows[i].why && strncmp(e.text, rows[i].why, strlen(rows[i].why)) != 0))
            fail_msg("%s: %s", rows[i].name, e.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_used),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
