#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "recording/meeting.h"

#define FILES_MAX 6

/* Each is "start-end"; `kept` is one letter for each file that belongs to the meeting of the wanted
 * one. */
static void test_select(void **state)
{
    static const struct {
        const char *name;
        struct {
            int64_t start, end;
        } files[FILES_MAX];
        size_t n, wanted;
        const char *kept;
    } rows[] = {
        {"alone", {{0, 10}}, 1, 0, "a"},
        {"two that overlap", {{0, 10}, {5, 15}}, 2, 1, "ab"},
        {"two that do not", {{0, 10}, {11, 15}}, 2, 1, "b"},
        {"one begins when the other ends", {{0, 10}, {10, 15}}, 2, 0, "a"},
        {"a chain", {{0, 10}, {9, 20}, {19, 30}}, 3, 0, "abc"},
        {"a chain, from its end", {{0, 10}, {9, 20}, {19, 30}}, 3, 2, "abc"},
        {"one long, two short in it", {{0, 100}, {1, 2}, {90, 95}}, 3, 1, "abc"},
        {"the middle of three meetings",
         {{0, 10}, {5, 11}, {20, 30}, {25, 26}, {40, 50}},
         5,
         3,
         "cd"},
        {"at the same time", {{5, 6}, {5, 6}}, 2, 0, "ab"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct meeting_file files[FILES_MAX] = {0};
        char kept[FILES_MAX + 1] = "";
        size_t n;

        print_message("%s\n", rows[i].name);
        for (size_t k = 0; k < rows[i].n; k++) {
            char name[2] = {(char)('a' + k), 0};

            files[k].name = strdup(name);
            files[k].start_us = rows[i].files[k].start;
            files[k].end_us = rows[i].files[k].end;
            files[k].is_wanted = k == rows[i].wanted;
        }
        n = meeting_select(files, rows[i].n);
        for (size_t k = 0; k < n; k++) {
            kept[k] = files[k].name[0];
            free(files[k].name);
        }
        assert_string_equal(kept, rows[i].kept);
    }
}

static void test_nobody_asked(void **state)
{
    (void)state;
    assert_int_equal(meeting_select(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_select),
        cmocka_unit_test(test_nobody_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
