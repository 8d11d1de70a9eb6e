/* Samples: roll-up, spans, scopes, usage, and a file that is lost or damaged. */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/store/store_metrics.h"
#include "common/macros.h"

#define MILLION 1000000
#define DAY_US (86400 * US_PER_S)
#define NOON_US (INT64_C(1780000000) / 86400 * DAY_US + 12 * 3600 * US_PER_S)

struct metrics_fixture {
    char dir[64], path[96];
    struct metrics_db *m;
    struct db *db;
    struct arena arena;
};

static void open_writer(struct metrics_fixture *f)
{
    struct error e = {0};

    if (metrics_db_writer(f->m, &f->db, &e) < 0)
        fail_msg("%s", e.text);
}

static int setup(void **state)
{
    struct metrics_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    snprintf(f->dir, sizeof f->dir, "/tmp/nereid-metrics-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/metrics.db", f->dir);
    assert_int_equal(metrics_db_new(&f->m, f->path), 0);
    open_writer(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct metrics_fixture *f = *state;
    char command[128];

    metrics_db_free(f->m);
    arena_release(&f->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static void add(struct metrics_fixture *f, int64_t at_us, const struct group_sample *groups,
                size_t n)
{
    struct metrics_sample s = {.at_us = at_us, .groups = groups, .n_groups = n, .expected = 100};
    struct error e = {0};

    for (size_t i = 0; i < n; i++)
        s.value[METRIC_PEOPLE] += groups[i].people;
    s.value[METRIC_GROUPS] = (int64_t)n;
    s.value[METRIC_BITS_IN] = s.value[METRIC_PEOPLE] * 1000;
    s.lost = s.value[METRIC_PEOPLE];
    if (store_metrics_add(f->db, &s, &e) < 0)
        fail_msg("%s", e.text);
}

static void add_people(struct metrics_fixture *f, int64_t at_us, int64_t people)
{
    const struct group_sample one = {.name = "demo", .people = people};

    add(f, at_us, &one, people > 0);
}

static struct metrics_row *list(struct metrics_fixture *f, int64_t span_s, size_t n,
                                int64_t until_us, const struct scope *scopes, size_t n_scopes)
{
    const struct metrics_query q = {span_s, n, until_us, scopes, n_scopes};
    struct metrics_row *rows = NULL;
    struct error e = {0};

    if (store_metrics_list(f->db, &f->arena, &q, &rows, &e) < 0)
        fail_msg("%s", e.text);
    return rows;
}

static void test_a_minute_has_averages_and_maxima(void **state)
{
    struct metrics_fixture *f = *state;
    struct metrics_row *rows;

    for (int64_t i = 0; i < 6; i++)
        add_people(f, NOON_US + i * 10 * US_PER_S, i); /* 0 to 5 */
    rows = list(f, 60, 60, NOON_US + 59 * US_PER_S, NULL, 0);
    assert_int_equal(rows[59].at_us, NOON_US);
    assert_int_equal(rows[59].n, 6);
    assert_int_equal(rows[59].sum[METRIC_PEOPLE], 15);
    assert_int_equal(metrics_average(&rows[59], METRIC_PEOPLE), 3); /* 2.5, rounded */
    assert_int_equal(rows[59].max[METRIC_PEOPLE], 5);
    assert_int_equal(rows[59].max[METRIC_BITS_IN], 5000);
    assert_int_equal(metrics_loss(&rows[59]), 15 * 1000000 / 600);
    assert_int_equal(rows[59].loss_max, 50000);
    assert_int_equal(rows[58].n, 0);
}

/* The same samples by every step that serves a page: nothing is lost on the way up. */
static void test_each_step_says_the_same(void **state)
{
    static const struct {
        const char *name;
        int64_t span_s;
        size_t n;
    } spans[] = {
        {"an hour", 30, 120},    {"a day", 600, 144},    {"a week", 3600, 168},
        {"a month", 14400, 180}, {"a year", 86400, 365},
    };
    struct metrics_fixture *f = *state;

    for (int64_t i = 0; i < 180; i++) /* the last half hour before noon */
        add_people(f, NOON_US - (180 - i) * 10 * US_PER_S, i % 7);
    for (size_t i = 0; i < LENGTH(spans); i++) {
        struct metrics_row *rows = list(f, spans[i].span_s, spans[i].n, NOON_US - 1, NULL, 0);
        struct metrics_row all = {0};

        for (size_t j = 0; j < spans[i].n; j++)
            metrics_merge(&all, &rows[j]);
        if (all.n != 180 || all.max[METRIC_PEOPLE] != 6 || all.sum[METRIC_PEOPLE] != 535)
            fail_msg("%s: %d samples, at most %d, sum %d", spans[i].name, (int)all.n,
                     (int)all.max[METRIC_PEOPLE], (int)all.sum[METRIC_PEOPLE]);
    }
}

static void test_what_is_old_goes_and_its_sums_stay(void **state)
{
    static const struct metrics_kept kept = {.days = 730, .group_days = 90};
    struct metrics_fixture *f = *state;
    struct metrics_row *rows;
    struct error e = {0};

    add_people(f, NOON_US, 4);
    assert_int_equal(store_metrics_purge(f->db, &kept, NOON_US + 2 * 3600 * US_PER_S, &e), 0);
    assert_int_equal(list(f, 10, 360, NOON_US, NULL, 0)[359].n, 0);
    assert_int_equal(list(f, 60, 1440, NOON_US, NULL, 0)[1439].n, 1);
    assert_int_equal(store_metrics_purge(f->db, &kept, NOON_US + 2 * DAY_US, &e), 0);
    assert_int_equal(list(f, 60, 1440, NOON_US, NULL, 0)[1439].n, 0);
    rows = list(f, 900, 2880, NOON_US, NULL, 0);
    assert_int_equal(rows[2879].max[METRIC_PEOPLE], 4);
    assert_int_equal(store_metrics_purge(f->db, &kept, NOON_US + 40 * DAY_US, &e), 0);
    assert_int_equal(list(f, 900, 2880, NOON_US, NULL, 0)[2879].n, 0);
    assert_int_equal(list(f, 86400, 700, NOON_US, NULL, 0)[699].max[METRIC_PEOPLE], 4);
    assert_int_equal(store_metrics_purge(f->db, &kept, NOON_US + 800 * DAY_US, &e), 0);
    assert_int_equal(list(f, 86400, 700, NOON_US, NULL, 0)[699].n, 0);
}

static void test_a_scope_counts_its_groups_once(void **state)
{
    static const struct group_sample groups[] = {{.name = "lab", .people = 1},
                                                 {.name = "school", .people = 2},
                                                 {.name = "school/a", .people = 4},
                                                 {.name = "school0", .people = 8},
                                                 {.name = "schools/b", .people = 16}};
    static const struct {
        const char *name;
        struct scope scopes[3];
        size_t n;
        int64_t people;
    } cases[] = {
        {"one group", {{"school", false, CAP_ALL, 0}}, 1, 2},
        {"a subtree", {{"school", true, CAP_ALL, 0}}, 1, 6},
        {"two groups", {{"school/a", false, CAP_ALL, 0}, {"lab", false, CAP_ALL, 0}}, 2, 5},
        {"one within the other",
         {{"school/a", false, CAP_ALL, 0},
          {"school", true, CAP_ALL, 0},
          {"school", false, CAP_ALL, 0}},
         3,
         6},
        {"the same twice", {{"lab", true, CAP_ALL, 0}, {"lab", true, CAP_ALL, 0}}, 2, 1},
        {"nobody there", {{"none", true, CAP_ALL, 0}}, 1, 0},
    };
    struct metrics_fixture *f = *state;

    for (int64_t i = 0; i < 3; i++)
        add(f, NOON_US + i * 10 * US_PER_S, groups, 5);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct usage_row *days = NULL;
        struct error e = {0};
        size_t n = 0;
        struct metrics_row *rows = list(f, 600, 144, NOON_US, cases[i].scopes, cases[i].n);

        if (rows[143].n != 3 || metrics_average(&rows[143], METRIC_PEOPLE) != cases[i].people ||
            rows[143].max[METRIC_PEOPLE] != cases[i].people || rows[143].sum[METRIC_GROUPS] != 0)
            fail_msg("%s: %d people", cases[i].name, (int)rows[143].max[METRIC_PEOPLE]);
        assert_int_equal(store_usage_list(f->db, &f->arena, NOON_US - DAY_US, cases[i].scopes,
                                          cases[i].n, &days, &n, &e),
                         0);
        if (n != (cases[i].people > 0) ||
            (n && days[0].person_minutes != cases[i].people * 30 / 60))
            fail_msg("%s: usage of %zu days", cases[i].name, n);
    }
}

/* What those groups send, receive and lose, and not what their neighbours do. */
static void test_a_scope_has_its_streams(void **state)
{
    static const struct group_sample groups[] = {{.name = "school",
                                                  .people = 2,
                                                  .up = 1,
                                                  .bits_in = 1000,
                                                  .measured = 1,
                                                  .lost = 30000,
                                                  .loss_max = 30000},
                                                 {.name = "school/a",
                                                  .people = 4,
                                                  .up = 2,
                                                  .down = 6,
                                                  .bits_in = 3000,
                                                  .bits_out = 9000,
                                                  .measured = 2,
                                                  .lost = 60000,
                                                  .loss_max = 50000},
                                                 {.name = "school0",
                                                  .people = 8,
                                                  .up = 100,
                                                  .measured = 1,
                                                  .lost = MILLION,
                                                  .loss_max = MILLION}};
    static const struct scope school = {"school", true, CAP_ALL, 0};
    struct metrics_fixture *f = *state;
    struct metrics_row *rows;

    add(f, NOON_US, groups, LENGTH(groups));
    add(f, NOON_US + 10 * US_PER_S, groups, 1); /* then the one below is over */
    rows = list(f, 60, 60, NOON_US, &school, 1);
    assert_int_equal(rows[59].n, 2);
    assert_int_equal(metrics_average(&rows[59], METRIC_UP), 2);
    assert_int_equal(metrics_average(&rows[59], METRIC_DOWN), 3);
    assert_int_equal(metrics_average(&rows[59], METRIC_BITS_IN), 2500);
    assert_int_equal(metrics_average(&rows[59], METRIC_BITS_OUT), 4500);
    assert_int_equal(metrics_loss(&rows[59]), 30000); /* 3, 6 and 3 % of four people */
    assert_int_equal(rows[59].loss_max, 50000);
    assert_int_equal(rows[59].sum[METRIC_CPU], 0);
}

/* A file of the version before keeps its people, and takes the new figures. */
static void test_a_file_of_before_goes_on(void **state)
{
    static const char *const old[] = {
        "DROP TABLE group_samples",
        "CREATE TABLE group_samples (step INTEGER NOT NULL, at INTEGER NOT NULL, group_name TEXT "
        "NOT NULL, people INTEGER NOT NULL, people_max INTEGER NOT NULL, "
        "PRIMARY KEY (step, at, group_name)) STRICT, WITHOUT ROWID",
        "CREATE INDEX group_samples_name ON group_samples (step, group_name, at, people, "
        "people_max)",
        "PRAGMA user_version = 1",
    };
    static const struct scope demo = {"demo", false, CAP_ALL, 0};
    const struct group_sample one = {.name = "demo", .people = 3, .up = 2};
    struct metrics_fixture *f = *state;
    char insert[160];
    struct metrics_row *rows;

    add_people(f, NOON_US - 60 * US_PER_S, 5);
    for (size_t i = 0; i < LENGTH(old); i++)
        assert_int_equal(sqlite3_exec(f->db->sql, old[i], NULL, NULL, NULL), SQLITE_OK);
    snprintf(insert, sizeof insert, "INSERT INTO group_samples VALUES (60, %lld, 'demo', 5, 5)",
             (long long)(NOON_US / US_PER_S - 60));
    assert_int_equal(sqlite3_exec(f->db->sql, insert, NULL, NULL, NULL), SQLITE_OK);
    metrics_db_free(f->m);
    assert_int_equal(metrics_db_new(&f->m, f->path), 0);
    open_writer(f);
    add(f, NOON_US, &one, 1);
    rows = list(f, 60, 60, NOON_US, &demo, 1);
    assert_int_equal(rows[58].max[METRIC_PEOPLE], 5);
    assert_int_equal(rows[58].sum[METRIC_UP], 0);
    assert_int_equal(rows[59].max[METRIC_PEOPLE], 3);
    assert_int_equal(rows[59].sum[METRIC_UP], 2);
}

static void test_a_meeting_lasts_until_nobody_is_there(void **state)
{
    struct metrics_fixture *f = *state;
    struct usage_row *days = NULL;
    struct error e = {0};
    size_t n = 0;

    for (int64_t i = 0; i < 12; i++)
        add_people(f, NOON_US + i * 10 * US_PER_S, 3);
    for (int64_t i = 12; i < 18; i++)
        add_people(f, NOON_US + i * 10 * US_PER_S, 0);
    for (int64_t i = 18; i < 24; i++)
        add_people(f, NOON_US + i * 10 * US_PER_S, 5);
    assert_int_equal(store_usage_list(f->db, &f->arena, NOON_US - DAY_US, NULL, 0, &days, &n, &e),
                     0);
    assert_int_equal(n, 1);
    assert_int_equal(days[0].day_us, NOON_US - 12 * 3600 * US_PER_S);
    assert_int_equal(days[0].meetings, 2);
    assert_int_equal(days[0].person_minutes, 2 * 3 + 5);
    assert_int_equal(days[0].peak, 5);
}

static void test_a_lost_file_is_begun_anew(void **state)
{
    struct metrics_fixture *f = *state;
    struct metrics_db *reader = NULL;

    add_people(f, NOON_US, 3);
    assert_int_equal(metrics_db_new(&reader, f->path), 0);
    assert_int_equal(store_metrics_had_media(metrics_db_reader(reader), NULL), 1);
    assert_int_equal(unlink(f->path), 0);
    assert_null(metrics_db_reader(reader));
    open_writer(f);
    add_people(f, NOON_US, 0);
    assert_int_equal(store_metrics_had_media(metrics_db_reader(reader), NULL), 0);
    metrics_db_free(reader);
}

static void test_a_damaged_file_is_moved_aside(void **state)
{
    static const char *const texts[] = {"no database", ""};
    struct metrics_fixture *f = *state;

    for (size_t i = 0; i < 2; i++) {
        struct metrics_row row = {0};
        struct error e = {0};
        char aside[128];
        FILE *file;

        metrics_db_free(f->m);
        snprintf(aside, sizeof aside, "%s-wal", f->path);
        unlink(aside); /* else it would mend the file */
        file = fopen(f->path, "w");
        assert_non_null(file);
        assert_true(fputs(texts[i], file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(metrics_db_new(&f->m, f->path), 0);
        open_writer(f);
        assert_int_equal(store_metrics_last(f->db, &row, &e), 0);
        add_people(f, NOON_US, 3);
        assert_int_equal(store_metrics_last(f->db, &row, &e), 1);
        assert_int_equal(row.sum[METRIC_PEOPLE], 3);
        snprintf(aside, sizeof aside, "%s.damaged", f->path);
        assert_int_equal(access(aside, F_OK), 0); /* of the first text: the second is just new */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_minute_has_averages_and_maxima, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_step_says_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_old_goes_and_its_sums_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_scope_counts_its_groups_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_scope_has_its_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_of_before_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_meeting_lasts_until_nobody_is_there, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_lost_file_is_begun_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_file_is_moved_aside, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
