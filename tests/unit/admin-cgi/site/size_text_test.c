/* Sizes as people write them, and as they are shown. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "admin-cgi/site/size_text.h"

#include "common/macros.h"

static void read_sizes(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } right[] = {
        {"0", 0},
        {"5000000", 5000000},
        {"20 GB", 20000000000},
        {"20gb", 20000000000},
        {" 1.5 TB ", 1500000000000},
        {"1,5 GiB", 1610612736},
        {"512 MiB", 536870912},
        {"3 kB", 3000},
        {"7 B", 7},
        {"1.25 GB", 1250000000},
        {"1.2345 MB", 1234500},
        {"0.125 GB", 125000000},
        {"1125899906842624", INT64_C(1) << 50},
    };
    char infinite[400] = "1.";
    const char *const wrong[] = {"",         "GB",     "much",    "-1",          ".5 GB",
                                 "1.2.3",    "1 GBit", "1 G B",   "1 XB",        "0x10",
                                 "1e9 GB",   "5 %",    "9e99 TB", "99999999 TB", "1,500 MB",
                                 "1.500 GB", "12.500", infinite};
    int64_t bytes;

    (void)state;
    memset(infinite + 2, '9', 310); /* both the number and its scale are beyond a double */
    for (size_t i = 0; i < LENGTH(right); i++) {
        bytes = -1;
        if (!size_text_read(span_str(right[i].text), &bytes) || bytes != right[i].bytes)
            fail_msg("%s: %lld", right[i].text, (long long)bytes);
    }
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        bytes = -1;
        if (size_text_read(span_str(wrong[i]), &bytes) || bytes != -1)
            fail_msg("%s is taken as %lld", wrong[i], (long long)bytes);
    }
}

static void shown_sizes(void **state)
{
    static const struct {
        int64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0"},
        {20000000000, "20 GB"},
        {1073741824, "1 GiB"},
        {1500000000000, "1500 GB"},
        {5000001, "5000001"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t again = -1;

        assert_string_equal(size_text_exact(&arena, rows[i].bytes), rows[i].text);
        assert_true(size_text_read(span_str(rows[i].text), &again));
        assert_int_equal(again, rows[i].bytes);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_sizes),
        cmocka_unit_test(shown_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
