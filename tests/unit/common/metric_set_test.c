#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "common/macros.h"
#include "common/metric_set.h"
#include "common/process_metrics.h"

static const struct metric_family packets = {"packets_total", METRIC_COUNTER, "Packets.",
                                             "direction"};
static const struct metric_family people = {"people", METRIC_GAUGE, "People.", NULL};

static void assert_written(const struct metric_set *s, const char *want)
{
    struct buf out = {0};

    assert_int_equal(metric_set_write(s, &out), 0);
    assert_string_equal(buf_str(&out), want);
    buf_release(&out);
}

static void test_add(void **state)
{
    struct metric_set s = {0};

    (void)state;
    metric_set_add(&s, &packets, "in", 1);
    metric_set_add(&s, &people, NULL, 2.5);
    metric_set_add(&s, &packets, "out", 9007199254740992.0);
    metric_set_add(&s, &packets, "in", 2);
    assert_written(&s, "# HELP nereid_packets_total Packets.\n"
                       "# TYPE nereid_packets_total counter\n"
                       "nereid_packets_total{direction=\"in\"} 3\n"
                       "nereid_packets_total{direction=\"out\"} 9007199254740992\n"
                       "# HELP nereid_people People.\n"
                       "# TYPE nereid_people gauge\n"
                       "nereid_people 2.5\n");
    metric_set_release(&s);
}

/* Backslash, double-quote and line feed of a label's value (exposition formats, "Comments, help
 * text, and type information"). */
static void test_label_is_escaped(void **state)
{
    struct metric_set s = {0};

    (void)state;
    metric_set_add(&s, &packets, "a\"b\\c\nd", 1);
    assert_written(&s, "# HELP nereid_packets_total Packets.\n"
                       "# TYPE nereid_packets_total counter\n"
                       "nereid_packets_total{direction=\"a\\\"b\\\\c\\nd\"} 1\n");
    metric_set_release(&s);
}

static void test_large_sums(void **state)
{
    struct metric_set s = {0}, again = {0};
    struct buf once = {0}, twice = {0};

    (void)state;
    metric_set_add(&s, &people, NULL, 1.7e308);
    metric_set_add(&s, &people, NULL, 1.7e308);
    metric_set_add(&s, &packets, "in", 1.0 / 3);
    assert_int_equal(metric_set_write(&s, &once), 0);
    assert_int_equal(metric_set_read(&again, buf_span(&once), NULL), 0);
    assert_int_equal(metric_set_write(&again, &twice), 0);
    assert_string_equal(buf_str(&once), buf_str(&twice));
    buf_release(&once);
    buf_release(&twice);
    metric_set_release(&s);
    metric_set_release(&again);
}

static void test_read_merges(void **state)
{
    struct metric_set s = {0};
    struct error e = {0};

    (void)state;
    metric_set_add(&s, &packets, "in", 1);
    metric_set_add(&s, &people, NULL, 2);
    assert_int_equal(metric_set_read(&s,
                                     span_str("# HELP x_total Of the other.\n"
                                              "# TYPE x_total counter\n"
                                              "x_total{a=\"}\",b=\"\\\"}\"} 7\n"
                                              "# a comment\n\n"
                                              "nereid_packets_total{direction=\"other\"} 4\n"
                                              "nereid_packets_total{direction=\"in\"} 1e1\n"),
                                     &e),
                     0);
    assert_written(&s, "# HELP nereid_packets_total Packets.\n"
                       "# TYPE nereid_packets_total counter\n"
                       "nereid_packets_total{direction=\"in\"} 11\n"
                       "nereid_packets_total{direction=\"other\"} 4\n"
                       "# HELP nereid_people People.\n"
                       "# TYPE nereid_people gauge\n"
                       "nereid_people 2\n"
                       "# HELP x_total Of the other.\n"
                       "# TYPE x_total counter\n"
                       "x_total{a=\"}\",b=\"\\\"}\"} 7\n");
    metric_set_release(&s);
}

static void test_read_refuses(void **state)
{
    static const struct {
        const char *text, *place;
    } rows[] = {
        {"x 1", "line 1"},
        {"x 1\n{a=\"b\"} 1\n", "line 2"},
        {"x{a=\"b\" 1\n", "line 1"},
        {"x\n", "line 1"},
        {"x  1\n", "line 1"},
        {"x 1 1700000000\n", "line 1"},
        {"x NaN\n", "line 1"},
        {"x one\n", "line 1"},
        {"x{a=\"b\"}1\n", "line 1"},
        {"# HELP x\n", "line 1"},
        {"\n\n# TYPE  x\n", "line 3"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct metric_set s = {0};
        struct error e = {0};

        if (metric_set_read(&s, span_str(rows[i].text), &e) != ERR_SYNTAX ||
            strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %s", rows[i].text, e.place);
        assert_written(&s, "");
        metric_set_release(&s);
    }
}

static void test_process(void **state)
{
    struct metric_set s = {0};
    struct buf out = {0};

    (void)state;
    process_metrics_add(&s, "test", getpid());
    assert_int_equal(metric_set_write(&s, &out), 0);
    assert_non_null(
        strstr(buf_str(&out), "\nnereid_process_resident_memory_bytes{program=\"test\"}"));
    assert_null(
        strstr(buf_str(&out), "nereid_process_resident_memory_bytes{program=\"test\"} 0\n"));
    assert_non_null(strstr(buf_str(&out), "\nnereid_process_cpu_seconds_total{program=\"test\"}"));
    assert_non_null(strstr(buf_str(&out), "\nnereid_start_time_seconds{program=\"test\"} 1"));
    buf_release(&out);
    metric_set_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),          cmocka_unit_test(test_label_is_escaped),
        cmocka_unit_test(test_read_merges),  cmocka_unit_test(test_large_sums),
        cmocka_unit_test(test_read_refuses), cmocka_unit_test(test_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
