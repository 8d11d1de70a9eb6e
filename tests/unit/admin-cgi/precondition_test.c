#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/precondition.h"
#include "common/macros.h"

static void test_rules(void **state)
{
    static const struct {
        const char *name;
        const char *etag;
        const char *if_match, *if_none_match;
        int read, write;
    } cases[] = {
        {"no condition", "\"7\"", NULL, NULL, 0, 0},
        {"If-Match", "\"7\"", "\"7\"", NULL, 0, 0},
        {"stale If-Match", "\"7\"", "\"6\"", NULL, 412, 412},
        {"If-Match in a list", "\"7\"", "\"6\" , \"7\"", NULL, 0, 0},
        {"If-Match list without commas", "\"7\"", "\"6\" \"7\"", NULL, 0, 0},
        {"If-Match, weak", "\"7\"", "W/\"7\"", NULL, 412, 412},
        {"If-Match, weak stored", "W/\"7\"", "W/\"7\"", NULL, 0, 0},
        {"If-Match *", "\"7\"", "*", NULL, 0, 0},
        {"If-Match * on nothing", NULL, "*", NULL, 412, 412},
        {"If-Match on nothing", "", "\"7\"", NULL, 412, 412},
        {"If-Match empty tag on nothing", "", "\"\"", NULL, 412, 412},
        {"malformed list stops", "\"7\"", "x, \"7\"", NULL, 412, 412},
        {"unterminated", "\"7\"", "\"7", NULL, 412, 412},
        {"empty", "\"7\"", "", NULL, 412, 412},
        {"If-None-Match", "\"7\"", NULL, "\"7\"", 304, 412},
        {"If-None-Match other", "\"7\"", NULL, "\"6\"", 0, 0},
        {"If-None-Match *", "\"7\"", NULL, "*", 304, 412},
        {"If-None-Match * on nothing", NULL, NULL, "*", 0, 0},
        {"both hold", "\"7\"", "\"7\"", "\"6\"", 0, 0},
        {"If-Match first", "\"7\"", "\"6\"", "\"7\"", 412, 412},
        {"both match", "\"7\"", "\"7\"", "\"7\"", 304, 412},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct precondition c = {cases[i].if_match, cases[i].if_none_match};
        int read = precondition_status(&c, cases[i].etag, true);
        int write = precondition_status(&c, cases[i].etag, false);

        if (read != cases[i].read || write != cases[i].write)
            fail_msg("%s: %d %d", cases[i].name, read, write);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
