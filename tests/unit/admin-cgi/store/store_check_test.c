/* What checks found: a state keeps its beginning. Counts of what is risky. */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/store/store_check.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_throttle.h"

static void put(struct db *db, const char *state, int64_t at_us)
{
    const struct check_row row = {
        .name = "disk", .state = state, .value = "5 GB", .remedy = "", .checked_us = at_us};
    struct error e = {0};

    assert_int_equal(store_check_put(db, &row, &e), 0);
}

static void test_since(void **state)
{
    struct fixture *f = *state;
    struct metrics_db *m = NULL;
    struct check_row *rows = NULL;
    struct db *db = NULL;
    struct error e = {0};
    char path[128];
    size_t n = 0;

    snprintf(path, sizeof path, "%s/metrics.db", f->data);
    assert_int_equal(metrics_db_new(&m, path), 0);
    assert_int_equal(metrics_db_writer(m, &db, &e), 0);
    put(db, "ok", 100);
    put(db, "ok", 200);
    assert_int_equal(store_check_list(db, &f->arena, &rows, &n, &e), 0);
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].since_us, 100);
    assert_int_equal(rows[0].checked_us, 200);
    put(db, "warn", 300);
    assert_int_equal(store_check_list(db, &f->arena, &rows, &n, &e), 0);
    assert_int_equal(rows[0].since_us, 300);
    assert_string_equal(rows[0].state, "warn");
    metrics_db_free(m);
}

static void save(struct fixture *f, const char *name, const char *text)
{
    const struct precondition any = {0};
    const struct actor actor = fixture_actor();
    struct file_result result;
    struct error e = {0};

    if (store_group_save(f->db, name, &any, span_str(text), &actor, &result, &e) < 0)
        fail_msg("%s: %s", name, e.text);
}

static void test_risks(void **state)
{
    static const char open[] = "{\"public\": true, \"wildcard-user\": {\"password\": {\"type\": "
                               "\"wildcard\"}, \"permissions\": \"present\"}}";
    struct fixture *f = *state;
    const struct throttle_rule rule = {.free_failures = 1,
                                       .wait_first_us = US_PER_S,
                                       .wait_max_us = US_PER_S,
                                       .window_us = 60 * US_PER_S};
    struct risk_counts n = {0};
    struct error e = {0};

    assert_int_equal(store_risk_count(f->db, US_PER_S, &n, &e), 0);
    assert_int_equal(n.open_groups + n.plain_passwords + n.blocked, 0);
    save(f, "lobby", open);
    save(f, "hidden", "{\"wildcard-user\": {\"password\": {\"type\": \"wildcard\"}}}");
    save(f, "watch",
         "{\"users\": {\"vimes\": {\"password\": \"plain\", \"permissions\": \"op\"}}}");
    for (int64_t i = 0; i < 4; i++)
        assert_int_equal(store_throttle_failure(f->db, "name", "moist", &rule, US_PER_S, &e), 0);
    assert_int_equal(store_risk_count(f->db, US_PER_S, &n, &e), 0);
    assert_int_equal(n.open_groups, 1);
    assert_int_equal(n.plain_passwords, 1);
    assert_int_equal(n.blocked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_since, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_risks, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
