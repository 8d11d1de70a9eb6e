/* Writers and a checkpointer at the same time: no commit is lost (security-ops.md F10). */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/store_audit.h"

#define WRITERS 8
#define ROWS 60

/* One process with its own connection: rows of the audit log, each a commit. */
static int write_rows(struct fixture *f, int number)
{
    struct db *db = NULL;
    char name[16];

    snprintf(name, sizeof(name), "writer %d", number);
    if (db_open(&db, &f->places, false, NULL) < 0)
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

    snprintf(path, sizeof(path), "%s/nereid.lock", f->data);
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_ledger),
        CASE(test_checkpoint_and_writers_exclude_each_other),
        CASE(test_a_failed_commit_leaves_no_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
