/* Looking at everything: many files at once, and what is wrong with one of them. */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include "admin-cgi/export/importer.h"
#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_group.h"

#define MANY 1000

static void scan(struct fixture *f)
{
    struct importer *im = NULL;

    assert_int_equal(importer_new(&im, f->db, f->groups, f->data, NULL), 0);
    assert_int_equal(importer_scan(im, now_realtime_us(), now_monotonic_us(), NULL), 0);
    importer_free(im);
}

static void write_many(struct fixture *f, const char *description)
{
    char name[16], text[64];

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "g%03u", i);
        snprintf(text, sizeof text, "{\"description\": \"%s %u\"}", description, i);
        fixture_write(f, name, text);
    }
}

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t n = -1;

    assert_int_equal(db_number(f->db, &(const struct db_call){.sql = sql}, &n, NULL), 0);
    return n;
}

static int count_commit(void *n)
{
    ++*(unsigned *)n;
    return 0;
}

static void assert_audit_is_whole(struct fixture *f)
{
    int64_t bad = 0, rows = 0;

    assert_int_equal(store_audit_verify(f->db, &bad, &rows, NULL), 0);
    assert_int_equal(bad, 0);
}

static void test_many_files_share_transactions(void **state)
{
    struct fixture *f = *state;
    unsigned n_commits = 0;

    sqlite3_commit_hook(f->db->sql, count_commit, &n_commits);
    write_many(f, "new");
    scan(f);
    /* One each would be 1,000, and most of the time of a first start. */
    assert_in_range(n_commits, 1, MANY / 50);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE state = 'ok'"), MANY);
    assert_int_equal(number(f, "SELECT count(*) FROM group_index"), MANY);
    assert_int_equal(number(f, "SELECT count(*) FROM audit WHERE action = 'file.import'"), MANY);
    n_commits = 0;
    scan(f);
    assert_int_equal(n_commits, 0);
    write_many(f, "edited");
    scan(f);
    assert_in_range(n_commits, 1, MANY / 50);
    assert_int_equal(number(f, "SELECT count(*) FROM versions WHERE seq = 2"), MANY);
    assert_audit_is_whole(f);
}

static void test_one_that_is_wrong_keeps_no_other_out(void **state)
{
    struct fixture *f = *state;

    write_many(f, "new");
    fixture_write(f, "g300", "{\"description\": ");
    assert_int_equal(remove(fixture_path(f, "g301")), 0);
    assert_int_equal(symlink("nowhere.json", fixture_path(f, "g301")), 0);
    assert_int_equal(remove(fixture_path(f, "g302")), 0);
    assert_int_equal(mkfifo(fixture_path(f, "g302"), 0600), 0);
    /* And one that the database does not take, whatever the reason. */
    assert_int_equal(sqlite3_exec(f->db->sql,
                                  "CREATE TRIGGER refuse BEFORE INSERT ON group_index WHEN"
                                  " new.name = 'g700' BEGIN SELECT RAISE(ABORT, 'no'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    scan(f);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE state = 'ok'"), MANY - 4);
    assert_int_equal(number(f, "SELECT count(*) FROM versions"), MANY - 4);
    assert_int_equal(number(f, "SELECT count(*) FROM group_index"), MANY - 4);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE name IN ('g300', 'g301')"
                               " AND state = 'broken'"),
                     2);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE name IN ('g302', 'g700')"), 0);
    assert_audit_is_whole(f);
    assert_int_equal(sqlite3_exec(f->db->sql, "DROP TRIGGER refuse", NULL, NULL, NULL), SQLITE_OK);
    scan(f);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE state = 'ok'"), MANY - 3);
}

/* Among files that changed: one renamed, one gone, one whose save was cut short by a crash. */
static void test_the_rest_is_looked_at_one_by_one(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct file_result result;

    write_many(f, "new");
    scan(f);
    assert_int_equal(store_group_save(f->db, "g400", NULL, span_str("{\"public\": true}"), &actor,
                                      &result, NULL),
                     0);
    assert_int_equal(db_write(f->db,
                              SQL("UPDATE files SET head = (SELECT id FROM versions"
                                  " WHERE file_id = files.id AND seq = 1), pending = 1"
                                  " WHERE name = 'g400'"),
                              NULL),
                     0);
    fixture_write(f, "g401", "{\"description\": \"by hand\"}");
    assert_int_equal(rename(fixture_path(f, "g402"), fixture_path(f, "moved")), 0);
    assert_int_equal(remove(fixture_path(f, "g403")), 0);
    scan(f);
    assert_string_equal(fixture_read(f, "g400"), "{\"description\": \"new 400\"}");
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE pending = 1"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM versions v JOIN files f ON f.id = v.file_id"
                               " WHERE f.name = 'g401'"),
                     2);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE name = 'moved'"), 1);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE name = 'g402'"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM files WHERE state = 'ok'"), MANY);
    assert_audit_is_whole(f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_many_files_share_transactions),
        CASE(test_one_that_is_wrong_keeps_no_other_out),
        CASE(test_the_rest_is_looked_at_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
