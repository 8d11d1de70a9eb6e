/*
 * Statements and their values; writers and a checkpointer at the same time: no commit is lost
 * (FAULT-10).
 */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "common/macros.h"

#define WRITERS 8
#define ROWS 60

/* One process with its own connection: rows of the audit log, each a commit. */
static int write_rows(struct fixture *f, int number)
{
    struct db *db = NULL;
    char name[32];

    snprintf(name, sizeof name, "writer %d", number);
    if (db_open(&db, &f->paths, false, NULL) < 0)
        return 1;
    db_relax(db, true); /* many commits, and the log itself under test, not the disk */
    for (int i = 0; i < ROWS; i++) {
        const struct actor actor = {.kind = ACTOR_SYSTEM, .name = name, .now_us = i + 1};
        const struct audit_entry entry = {.action = "ledger", .result = "ok"};

        if (store_audit_add(db, &actor, &entry, NULL) < 0)
            return 2;
    }
    db_close(db);
    return 0;
}

static void test_ledger(void **state)
{
    struct fixture *f = *state;
    pid_t writers[WRITERS];
    unsigned running = WRITERS, checkpoints = 0;
    int64_t bad = -1, n = 0;

    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0)
            _exit(write_rows(f, i));
    }
    while (running) {
        int status;

        if (db_checkpoint(f->db, 1, NULL) == 0)
            checkpoints++;
        for (int i = 0; i < WRITERS; i++) {
            if (writers[i] && waitpid(writers[i], &status, WNOHANG) == writers[i]) {
                assert_true(WIFEXITED(status));
                assert_int_equal(WEXITSTATUS(status), 0);
                writers[i] = 0;
                running--;
            }
        }
    }
    assert_true(checkpoints > 0);
    assert_int_equal(store_audit_verify(f->db, &bad, &n, NULL), 0);
    assert_int_equal(bad, 0);
    assert_int_equal(n, WRITERS * ROWS);
    assert_int_equal(db_check_integrity(f->db, NULL), 0);
}

/* While anybody writes, no kind of checkpoint begins; while one runs, nobody writes. */
static void test_checkpoint_and_writers_exclude_each_other(void **state)
{
    struct fixture *f = *state;
    char path[128];
    int fd;

    snprintf(path, sizeof path, "%s/nereid.lock", f->data);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(db_begin(f->db, NULL), 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0); /* writers among themselves may */
    assert_int_equal(flock(fd, LOCK_UN), 0);
    db_rollback(f->db);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    close(fd);
}

static void test_a_failed_commit_leaves_no_lock(void **state)
{
    struct fixture *f = *state;
    bool own;

    assert_int_equal(db_join(f->db, &own, NULL), 0);
    assert_true(own);
    assert_int_equal(db_finish(f->db, own, ERR_INVALID, NULL), ERR_INVALID);
    assert_int_equal(db_check_writable(f->db, NULL), 0);
    assert_int_equal(db_checkpoint(f->db, 0, NULL), 0);
}

static const char sql_type[] = "SELECT typeof(?1) || ':' || coalesce(?1, 'none')";
static const char sql_count_to[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                                   " WHERE i < ?1) SELECT i FROM n WHERE i <= ?1";
static const char sql_nonsense[] = "SELECT nothing FROM nowhere";

static void read_number(sqlite3_stmt *q, struct arena *a, void *row)
{
    (void)a;
    *(int64_t *)row = db_column_int(q, 0);
}

static void test_values_keep_their_types(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *name;
        struct db_value value;
        const char *want;
    } rows[] = {
        {"a number", db_int(-7), "integer:-7"},
        {"an id", db_id(7), "integer:7"},
        {"no id", db_id(0), "null:none"},
        {"a text", db_text("it's"), "text:it's"},
        {"an empty text", db_text(""), "text:"},
        {"no text", db_text(NULL), "null:none"},
        {"no words", db_text_or_empty(NULL), "text:"},
        {"a part of a text", db_span(span_of("abcdef", 3)), "text:abc"},
        {"an empty part", db_span(span_of(NULL, 0)), "text:"},
        {"bytes", db_blob(span_of("xyz", 2)), "blob:xy"},
        {"no bytes", db_blob(span_of(NULL, 0)), "blob:"},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *got = NULL;

        if (db_one(f->db, &f->arena, SQL(sql_type, rows[i].value), db_read_text, &got, NULL) != 1 ||
            strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s, not %s", rows[i].name, got ? got : "nothing", rows[i].want);
    }
}

static void test_a_value_left_out_is_null_again(void **state)
{
    struct fixture *f = *state;
    const char *got = NULL;

    assert_int_equal(db_one(f->db, &f->arena, SQL(sql_type, db_int(1)), db_read_text, &got, NULL),
                     1);
    assert_int_equal(db_one(f->db, &f->arena, SQL(sql_type), db_read_text, &got, NULL), 1);
    assert_string_equal(got, "null:none");
}

static void test_rows_come_all_and_in_order(void **state)
{
    static const int64_t counts[] = {1, 16, 17, 1000};
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH(counts); i++) {
        struct db_rows rows = {0};

        assert_int_equal(db_all(f->db, &f->arena, SQL(sql_count_to, db_int(counts[i])), read_number,
                                sizeof(int64_t), &rows, NULL),
                         0);
        assert_int_equal(rows.n, counts[i]);
        for (size_t k = 0; k < rows.n; k++)
            assert_int_equal(((int64_t *)rows.items)[k], k + 1);
    }
}

static void test_no_row(void **state)
{
    struct fixture *f = *state;
    struct db_rows rows = {.n = 5};
    int64_t number = 5;
    struct error e = {0};

    assert_int_equal(db_number(f->db, SQL(sql_count_to, db_int(0)), &number, &e), ERR_NOT_FOUND);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_int_equal(
        db_one(f->db, &f->arena, SQL(sql_count_to, db_int(0)), read_number, &number, &e), 0);
    assert_int_equal(number, 5);
    assert_int_equal(db_all(f->db, &f->arena, SQL(sql_count_to, db_int(0)), read_number,
                            sizeof(int64_t), &rows, NULL),
                     0);
    assert_int_equal(rows.n, 0);
}

static void test_a_refused_statement_says_so_and_keeps_no_lock(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    int64_t number = 5;

    assert_int_equal(db_write(f->db, SQL(sql_nonsense), &e), ERR_IO);
    assert_non_null(strstr(e.text, "refused"));
    assert_int_equal(db_number(f->db, SQL(sql_nonsense), &number, NULL), ERR_IO);
    assert_int_equal(number, 5);
    assert_int_equal(db_checkpoint(f->db, 0, NULL), 0); /* nobody writes any more */
}

static void test_nothing_is_saved_in_a_database_that_was_exchanged(void **state)
{
    struct fixture *f = *state;
    const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "late", .now_us = 1};
    const struct audit_entry entry = {.action = "ledger", .result = "ok"};
    struct db *late = f->db;
    struct error e = {0};
    char aside[160];

    assert_int_equal(store_audit_add(late, &actor, &entry, NULL), 0);
    assert_false(db_is_exchanged(late));
    assert_int_equal(db_checkpoint(late, 0, NULL), 0);
    snprintf(aside, sizeof aside, "%s.aside", f->database);
    assert_int_equal(rename(f->database, aside), 0);
    snprintf(aside, sizeof aside, "%s-wal", f->database);
    assert_int_equal(unlink(aside), 0);
    snprintf(aside, sizeof aside, "%s-shm", f->database);
    assert_int_equal(unlink(aside), 0);
    fixture_open(f);
    assert_int_equal(store_audit_add(late, &actor, &entry, &e), ERR_UNAVAILABLE);
    assert_non_null(strstr(e.text, "exchanged"));
    assert_true(db_is_exchanged(late));
    assert_int_equal(db_checkpoint(f->db, 0, NULL), 0); /* it holds no lock */
    assert_int_equal(store_audit_add(f->db, &actor, &entry, NULL), 0);
    db_close(late);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_values_keep_their_types),
        CASE(test_a_value_left_out_is_null_again),
        CASE(test_rows_come_all_and_in_order),
        CASE(test_no_row),
        CASE(test_a_refused_statement_says_so_and_keeps_no_lock),
        CASE(test_ledger),
        CASE(test_checkpoint_and_writers_exclude_each_other),
        CASE(test_a_failed_commit_leaves_no_lock),
        CASE(test_nothing_is_saved_in_a_database_that_was_exchanged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
