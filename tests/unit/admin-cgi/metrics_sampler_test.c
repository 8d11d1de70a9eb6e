/* Rates from counters that only grow, and what ends them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "admin-cgi/metrics_sampler.h"
#include "common/macros.h"
#include "common/now.h"

static bool read_health(struct metrics_sampler *s, int64_t mono_s, int pid, int bytes, int packets,
                        int lost, struct metrics_sample *out)
{
    char text[512];
    struct json_object *health;
    bool is_sample;

    snprintf(text, sizeof text,
             "{\"pid\": %d, \"members\": 3, \"media\": {\"rtp_bytes_total\": {\"in\": %d, \"out\": "
             "%d}, \"rtp_packets_total\": {\"in\": %d}, \"rtp_lost_total\": {\"in\": %d}, "
             "\"streams\": {\"up\": 2, \"down\": 4}, \"worker_busy_ratio\": [0.5, 0.25]}}",
             pid, bytes, 3 * bytes, packets, lost);
    health = json_tokener_parse(text);
    assert_non_null(health);
    *out = (struct metrics_sample){0};
    is_sample = metrics_sampler_read(s, health, mono_s * US_PER_S, out);
    json_object_put(health);
    return is_sample;
}

static void test_rates(void **state)
{
    struct metrics_sampler s = {0};
    struct metrics_sample out;

    (void)state;
    assert_false(read_health(&s, 100, 7, 5000, 100, 2, &out)); /* nothing to compare with */
    assert_true(read_health(&s, 110, 7, 15000, 190, 12, &out));
    assert_int_equal(out.value[METRIC_BITS_IN], 8000);
    assert_int_equal(out.value[METRIC_BITS_OUT], 24000);
    assert_int_equal(out.value[METRIC_CPU], 375);
    assert_int_equal(out.value[METRIC_UP], 2);
    assert_int_equal(out.value[METRIC_DOWN], 4);
    assert_int_equal(out.lost, 10);
    assert_int_equal(out.expected, 100);
    assert_true(read_health(&s, 130, 7, 15000, 190, 12, &out));
    assert_int_equal(out.value[METRIC_BITS_IN], 0);
    assert_int_equal(out.expected, 0);
}

static void test_a_new_run_begins_anew(void **state)
{
    struct metrics_sampler s = {0};
    struct metrics_sample out;

    (void)state;
    assert_false(read_health(&s, 100, 7, 5000, 100, 2, &out));
    assert_false(read_health(&s, 110, 8, 9000, 200, 2, &out));
    assert_true(read_health(&s, 120, 8, 9000, 200, 2, &out));
    assert_false(read_health(&s, 130, 8, 10, 1, 0, &out)); /* the same pid by chance */
}

static void test_what_is_no_answer(void **state)
{
    static const char *const texts[] = {"{}", "[]", "{\"media\": 3}", "null"};
    struct metrics_sampler s = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct metrics_sample out = {0};
        struct json_object *health = json_tokener_parse(texts[i]);

        assert_false(metrics_sampler_read(&s, health, US_PER_S, &out));
        json_object_put(health);
    }
}

static void test_groups(void **state)
{
    struct json_object *groups = json_tokener_parse(
        "[{\"name\": \"a\", \"members\": 2}, {\"name\": \"b\", \"members\": 0}, {\"members\": 4}, "
        "{\"name\": \"c\", \"members\": 3, \"clients\": [{\"id\": \"1\", \"quality\": "
        "{\"streams\": 2, "
        "\"received\": 1, \"up\": 800, \"down\": 300, \"loss\": 0.02}}, {\"id\": \"2\"}, {\"id\": "
        "\"3\", "
        "\"quality\": {\"streams\": 0, \"received\": 2, \"up\": 0, \"down\": 700, \"loss\": "
        "0.05}}]}]");
    struct metrics_sample out = {0};
    struct arena a = {0};

    (void)state;
    metrics_sampler_read_groups(groups, &a, &out);
    assert_int_equal(out.n_groups, 2);
    assert_string_equal(out.groups[1].name, "c");
    assert_int_equal(out.value[METRIC_GROUPS], 2);
    assert_int_equal(out.value[METRIC_PEOPLE], 5);
    assert_int_equal(out.groups[0].measured, 0);
    assert_int_equal(out.groups[1].up, 2);
    assert_int_equal(out.groups[1].down, 3);
    assert_int_equal(out.groups[1].bits_in, 800);
    assert_int_equal(out.groups[1].bits_out, 1000);
    assert_int_equal(out.groups[1].measured, 2);
    assert_int_equal(out.groups[1].lost, 70000);
    assert_int_equal(out.groups[1].loss_max, 50000);
    json_object_put(groups);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_a_new_run_begins_anew),
        cmocka_unit_test(test_what_is_no_answer),
        cmocka_unit_test(test_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
