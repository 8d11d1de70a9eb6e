#include "tests/unit/admin-cgi/store/store_fixture.h"

#include <sqlite3.h>

static void copy_schema(struct fixture *f, char *dir, size_t size)
{
    char command[256];

    snprintf(dir, size, "%s/schema", f->dir);
    snprintf(command, sizeof command, "cp -r '%s/schema' '%s'", NEREID_SRCDIR, dir);
    assert_int_equal(system(command), 0);
}

static void write_migration(const char *dir, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    file = fopen(path, "a");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static size_t count_migrations(const char *dir)
{
    size_t n = 0;

    for (;; n++) {
        char command[256];

        snprintf(command, sizeof command, "ls '%s'/%04zu-*.sql >/dev/null 2>&1", dir, n + 1);
        if (system(command) != 0)
            break;
    }
    return n;
}

/* What sqlite_schema holds, as one text. */
static char *schema_of(const char *database)
{
    struct buf out = {0};
    sqlite3 *sql = NULL;
    sqlite3_stmt *q = NULL;
    char *copy;

    assert_int_equal(sqlite3_open(database, &sql), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(sql,
                                        "SELECT coalesce(sql, name) FROM sqlite_schema"
                                        " ORDER BY type, name",
                                        -1, &q, NULL),
                     SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        buf_add_str(&out, (const char *)sqlite3_column_text(q, 0));
        buf_add_char(&out, '\n');
    }
    sqlite3_finalize(q);
    sqlite3_close(sql);
    copy = strdup(buf_str(&out));
    buf_release(&out);
    assert_non_null(copy);
    return copy;
}

static void test_again_is_nothing(void **state)
{
    struct fixture *f = *state;
    bool was_empty = true;

    assert_int_equal(migrate(f->db, NEREID_SRCDIR "/schema", 1, &was_empty, NULL), 0);
    assert_false(was_empty);
    assert_int_equal(migrate_check(f->db, NEREID_SRCDIR "/schema", NULL), 0);
}

/* Every release's schema, one migration after the other with restarts between, ends where a fresh
 * database starts. */
static void test_upgrade_equals_fresh(void **state)
{
    struct fixture *f = *state;
    char all[128], some[128], command[512], database[128];
    char *fresh, *upgraded;
    size_t n;

    copy_schema(f, all, sizeof all);
    n = count_migrations(all);
    assert_true(n >= 1);
    fresh = schema_of(f->database);
    db_close(f->db);
    f->db = NULL;
    snprintf(command, sizeof command, "rm -f '%s'*", f->database);
    assert_int_equal(system(command), 0);
    snprintf(some, sizeof some, "%s/some", f->dir);
    assert_int_equal(mkdir(some, 0700), 0);
    for (size_t i = 1; i <= n; i++) {
        struct error e = {0};

        snprintf(command, sizeof command, "cp '%s'/%04zu-*.sql '%s'", all, i, some);
        assert_int_equal(system(command), 0);
        assert_int_equal(db_open(&f->db, &f->paths, true, &e), 0);
        if (migrate(f->db, some, 1, NULL, &e) < 0)
            fail_msg("migration %zu: %s", i, e.text);
        db_close(f->db);
        f->db = NULL;
    }
    snprintf(database, sizeof database, "%s", f->database);
    upgraded = schema_of(database);
    assert_string_equal(upgraded, fresh);
    free(fresh);
    free(upgraded);
}

static void test_a_snapshot_comes_first(void **state)
{
    struct fixture *f = *state;
    char dir[128], path[256];
    size_t n;

    copy_schema(f, dir, sizeof dir);
    n = count_migrations(dir);
    snprintf(path, sizeof path, "%04zu-more.sql", n + 1);
    write_migration(dir, path,
                    "CREATE TABLE more (x INTEGER) STRICT;\nPRAGMA user_version = 99;\n");
    assert_int_equal(migrate(f->db, dir, 1, NULL, NULL), 0);
    snprintf(path, sizeof path, "%s/nereid.db.before-%04zu", f->data, n + 1);
    assert_int_equal(access(path, F_OK), 0);
    /* Our own program is now the older one. */
    assert_int_equal(migrate(f->db, NEREID_SRCDIR "/schema", 1, NULL, NULL), ERR_WRONG_STATE);
}

static void test_a_failed_migration_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    char dir[128], name[64];
    char *before = schema_of(f->database), *after;

    copy_schema(f, dir, sizeof dir);
    snprintf(name, sizeof name, "%04zu-bad.sql", count_migrations(dir) + 1);
    write_migration(dir, name, "CREATE TABLE half (x INTEGER) STRICT;\nCREATE TABLE oops (;\n");
    assert_true(migrate(f->db, dir, 1, NULL, &e) < 0);
    assert_string_equal(e.place, name);
    after = schema_of(f->database);
    assert_string_equal(before, after);
    assert_int_equal(migrate_check(f->db, NEREID_SRCDIR "/schema", NULL), 0);
    free(before);
    free(after);
}

static void test_an_edited_migration_is_refused(void **state)
{
    struct fixture *f = *state;
    char dir[128];

    copy_schema(f, dir, sizeof dir);
    write_migration(dir, "0001-initial.sql", "-- one more word\n");
    assert_int_equal(migrate(f->db, dir, 1, NULL, NULL), ERR_WRONG_STATE);
}

static void test_gaps_and_nothing_are_refused(void **state)
{
    struct fixture *f = *state;
    char dir[128];

    assert_int_equal(migrate(f->db, f->groups, 1, NULL, NULL), ERR_NOT_FOUND);
    copy_schema(f, dir, sizeof dir);
    write_migration(dir, "0900-far.sql", "SELECT 1;\n");
    assert_int_equal(migrate(f->db, dir, 1, NULL, NULL), ERR_WRONG_STATE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_again_is_nothing),
        CASE(test_upgrade_equals_fresh),
        CASE(test_a_snapshot_comes_first),
        CASE(test_a_failed_migration_leaves_nothing),
        CASE(test_an_edited_migration_is_refused),
        CASE(test_gaps_and_nothing_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
