/* Paths of charts: heights, gaps, axes, and what values are called. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "admin-cgi/view/chart.h"
#include "common/macros.h"

static void test_axes(void **state)
{
    static const struct {
        int64_t most;
        enum chart_unit unit;
        int64_t axis;
    } rows[] = {
        {0, CHART_COUNT, 4},         {4, CHART_COUNT, 4},
        {5, CHART_COUNT, 5},         {11, CHART_COUNT, 20},
        {21, CHART_COUNT, 50},       {51, CHART_COUNT, 100},
        {100, CHART_COUNT, 100},     {101, CHART_COUNT, 200},
        {0, CHART_BITS, 100000},     {3400000, CHART_BITS, 5000000},
        {3, CHART_PERMILLE, 100},    {980, CHART_PERMILLE, 1000},
        {0, CHART_MILLIONTH, 10000}, {INT64_C(4000000000000), CHART_BITS, INT64_C(5000000000000)},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (chart_axis(rows[i].most, rows[i].unit) != rows[i].axis)
            fail_msg("row %zu: %lld", i, (long long)chart_axis(rows[i].most, rows[i].unit));
    }
}

static void test_paths(void **state)
{
#define NO CHART_NONE
    static const struct {
        const char *name;
        int64_t values[6];
        size_t n;
        const char *line, *area;
    } rows[] = {
        {"nothing", {NO, NO, NO}, 3, "", ""},
        {"a rise", {0, 10}, 2, "M149.5 126L312.5 10", "M149.5 126L149.5 126L312.5 10L312.5 126Z"},
        {"one height",
         {5, 5, 5, 5},
         4,
         "M108.8 68L353.3 68",
         "M108.8 126L108.8 68L353.3 68L353.3 126Z"},
        {"a gap", {10, 0, NO, 10, 10}, 5, "M100.6 10L165.8 126M296.2 10L361.4 10", NULL},
        {"alone", {NO, 5, NO}, 3, "M231 68L285.3 68", NULL},
        {"over the axis", {30, -4}, 2, "M149.5 10L312.5 126", NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf line = {0}, area = {0};

        chart_line(&line, rows[i].values, rows[i].n, 10);
        chart_area(&area, rows[i].values, rows[i].n, 10);
        if (strcmp(buf_str(&line), rows[i].line) != 0 ||
            (rows[i].area && strcmp(buf_str(&area), rows[i].area) != 0))
            fail_msg("%s: %s, %s", rows[i].name, buf_str(&line), buf_str(&area));
        buf_release(&line);
        buf_release(&area);
    }
}

static void test_values(void **state)
{
    static const struct {
        int64_t value;
        enum chart_unit unit;
        const char *text;
    } rows[] = {
        {12, CHART_COUNT, "12"},
        {0, CHART_BITS, "0 kbit/s"},
        {64499, CHART_BITS, "64 kbit/s"},
        {1234567, CHART_BITS, "1.2 Mbit/s"},
        {123456789, CHART_BITS, "123 Mbit/s"},
        {2500000000, CHART_BITS, "2.5 Gbit/s"},
        {0, CHART_PERMILLE, "0 %"},
        {4, CHART_PERMILLE, "0.40 %"},
        {123, CHART_PERMILLE, "12 %"},
        {1000, CHART_PERMILLE, "100 %"},
        {1500, CHART_MILLIONTH, "0.15 %"},
        {25000, CHART_MILLIONTH, "2.5 %"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf text = {0};

        chart_value(&text, rows[i].value, rows[i].unit, NULL);
        assert_string_equal(buf_str(&text), rows[i].text);
        buf_release(&text);
    }
}

static void test_places(void **state)
{
    (void)state;
    assert_int_equal(chart_x10(0, 0, 100), CHART_LEFT * 10);
    assert_int_equal(chart_x10(100, 0, 100), CHART_RIGHT * 10);
    assert_int_equal(chart_x10(5, 5, 5), CHART_LEFT * 10);
    assert_int_equal(chart_y10(0, 10), CHART_BOTTOM * 10);
    assert_int_equal(chart_y10(10, 10), CHART_TOP * 10);
    assert_int_equal(chart_y10(1, 0), CHART_BOTTOM * 10);
    assert_int_equal(chart_most((const int64_t[]){CHART_NONE, 3, 7, CHART_NONE}, 4), 7);
    assert_int_equal(chart_most(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_axes),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
