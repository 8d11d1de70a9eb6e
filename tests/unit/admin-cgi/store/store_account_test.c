/* Accounts, setup token, sessions, throttle, audit. */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include <sqlite3.h>

#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_purge.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/store/store_setup.h"
#include "admin-cgi/store/store_throttle.h"
#include "common/macros.h"

static int64_t create(struct fixture *f, const char *login, enum account_role role)
{
    const struct account account = {.login = login, .role = role, .pw_hash = "x"};
    struct actor actor = fixture_actor();
    int64_t id = 0;

    assert_int_equal(store_account_create(f->db, &account, &actor, &id, NULL), 0);
    return id;
}

static void test_accounts(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    const struct scope scope = {.prefix = "area", .subtree = true, .caps = CAP_VIEW | CAP_EDIT};
    const struct account twice = {.login = "ADA", .role = ACCOUNT_AUDITOR};
    struct account found;
    struct principal who;
    int64_t ada = create(f, "ada", ACCOUNT_ADMINISTRATOR), bea;

    assert_int_equal(store_account_create(f->db, &twice, &actor, NULL, NULL), ERR_EXISTS);
    bea = create(f, "bea", ACCOUNT_SCOPED);
    assert_int_equal(
        store_account_set_rights(f->db, bea, ACCOUNT_SCOPED, false, &scope, 1, false, &actor, NULL),
        0);
    assert_int_equal(store_account_find(f->db, &f->arena, span_str("Bea"), &found, NULL), 0);
    who = account_principal(&found);
    assert_true(principal_may(&who, "area/x", CAP_EDIT));
    assert_false(principal_may(&who, "areas", CAP_VIEW));
    assert_false(principal_may(&who, "area", CAP_RECORD));
    /* Nobody can lock the last administrator out. */
    assert_int_equal(store_account_set_rights(f->db, ada, ACCOUNT_ADMINISTRATOR, true, NULL, 0,
                                              false, &actor, NULL),
                     ERR_WRONG_STATE);
    assert_int_equal(store_account_delete(f->db, ada, false, &actor, NULL), ERR_WRONG_STATE);
    assert_int_equal(store_account_delete(f->db, ada, true, &actor, NULL), 0);
    assert_int_equal(store_account_delete(f->db, ada, true, &actor, NULL), ERR_NOT_FOUND);
}

static void test_login_names(void **state)
{
    static const struct {
        const char *login;
        int want;
    } cases[] = {
        {"ada", 0},           {"Ada Lovelace", 0},   {"", ERR_INVALID},
        {"a:b", ERR_INVALID}, {".dot", ERR_INVALID}, {"a\nb", ERR_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        if (account_login_check(span_str(cases[i].login), NULL) != cases[i].want)
            fail_msg("\"%s\"", cases[i].login);
    }
}

static void test_setup_token_is_used_once(void **state)
{
    struct fixture *f = *state;
    const struct account account = {.login = "first", .pw_hash = "x"};
    const struct account second = {.login = "second", .pw_hash = "x"};
    struct actor actor = fixture_actor();
    char token[SETUP_TOKEN_SIZE], older[SETUP_TOKEN_SIZE];
    int64_t now = actor.now_us;

    assert_int_equal(store_setup_token_create(f->db, now, older, NULL), 0);
    assert_int_equal(store_setup_token_create(f->db, now, token, NULL), 0);
    assert_int_equal(store_setup_token_check(f->db, span_str(older), now, NULL), ERR_DENIED);
    assert_int_equal(store_setup_token_check(f->db, span_str(token), now, NULL), 0);
    assert_int_equal(
        store_setup_token_check(f->db, span_str(token), now + SETUP_TOKEN_LIFETIME_US, NULL),
        ERR_DENIED);
    assert_int_equal(store_setup_complete(f->db, span_str("wrong"), &account, &actor, NULL, NULL),
                     ERR_DENIED);
    assert_int_equal(store_setup_complete(f->db, span_str(token), &account, &actor, NULL, NULL), 0);
    assert_int_equal(store_setup_complete(f->db, span_str(token), &second, &actor, NULL, NULL),
                     ERR_WRONG_STATE);
}

static bool file_has(const char *path, const char *needle)
{
    struct buf text = {0};
    bool has = file_read(&text, path, 64 << 20, NULL, NULL) == 0 && text.len &&
               memmem(text.data, text.len, needle, strlen(needle));

    buf_release(&text);
    return has;
}

static void test_secrets_are_not_in_the_database(void **state)
{
    struct fixture *f = *state;
    char token[SETUP_TOKEN_SIZE], id[SESSION_ID_SIZE], wal[160];
    const struct session_new n = {.account_id = create(f, "ada", ACCOUNT_ADMINISTRATOR),
                                  .address = "192.0.2.77"};

    assert_int_equal(store_setup_token_create(f->db, 1, token, NULL), 0);
    assert_int_equal(store_session_create(f->db, &n, NULL, now_realtime_us(), id, NULL), 0);
    snprintf(wal, sizeof wal, "%s-wal", f->database);
    assert_true(file_has(wal, "192.0.2.77")); /* so it is the right place to look */
    assert_false(file_has(wal, token));
    assert_false(file_has(wal, id));
}

static void test_sessions(void **state)
{
    struct fixture *f = *state;
    const struct session_new n = {.account_id = create(f, "ada", ACCOUNT_ADMINISTRATOR)};
    char first[SESSION_ID_SIZE], id[SESSION_ID_SIZE], renewed[SESSION_ID_SIZE];
    int64_t now = now_realtime_us(), minute = 60 * US_PER_S;
    struct session *list, s;
    size_t n_list;

    assert_int_equal(store_session_create(f->db, &n, NULL, now, first, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, first, now, &s, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, "made up", now, &s, NULL), ERR_NOT_FOUND);
    /* Idle for half an hour; alive while it is used; over after twelve hours in any case. */
    assert_int_equal(store_session_find(f->db, &f->arena, first, now + 29 * minute, &s, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, first, now + 58 * minute, &s, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, first, now + 89 * minute, &s, NULL),
                     ERR_NOT_FOUND);
    /* A clock that went back: the session was last seen in what is now the future. */
    assert_int_equal(store_session_find(f->db, &f->arena, first, now - 6 * minute, &s, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(store_session_renew(f->db, first, now + 58 * minute, renewed, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, first, now + 58 * minute, &s, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(store_session_find(f->db, &f->arena, renewed, now + 58 * minute, &s, NULL), 0);
    assert_int_equal(s.proved_at_us, now + 58 * minute);
    for (int i = 0; i < SESSIONS_PER_ACCOUNT_MAX; i++)
        assert_int_equal(store_session_create(f->db, &n, NULL, now + minute + i, id, NULL), 0);
    assert_int_equal(
        store_session_list(f->db, &f->arena, n.account_id, now + minute, &list, &n_list, NULL), 0);
    assert_int_equal(n_list, SESSIONS_PER_ACCOUNT_MAX);
    assert_int_equal(store_session_end(f->db, id, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, id, now + minute, &s, NULL),
                     ERR_NOT_FOUND);
}

static void test_password_change_ends_sessions(void **state)
{
    struct fixture *f = *state;
    const struct session_new n = {.account_id = create(f, "ada", ACCOUNT_ADMINISTRATOR)};
    struct actor actor = fixture_actor();
    char kept[SESSION_ID_SIZE], other[SESSION_ID_SIZE];
    struct session s;

    assert_int_equal(store_session_create(f->db, &n, NULL, actor.now_us, kept, NULL), 0);
    assert_int_equal(store_session_create(f->db, &n, NULL, actor.now_us, other, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, kept, actor.now_us, &s, NULL), 0);
    assert_int_equal(
        store_account_set_password(f->db, n.account_id, "y", false, s.id, &actor, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, kept, actor.now_us, &s, NULL), 0);
    assert_int_equal(store_session_find(f->db, &f->arena, other, actor.now_us, &s, NULL),
                     ERR_NOT_FOUND);
}

static void test_throttle_survives_a_restart(void **state)
{
    struct fixture *f = *state;
    int64_t now = now_realtime_us(), wait = 0;

    for (unsigned i = 0; i <= throttle_setup.free_failures; i++)
        assert_int_equal(store_throttle_failure(f->db, "setup", "k", &throttle_setup, now, NULL),
                         0);
    fixture_reopen(f);
    assert_int_equal(store_throttle_wait(f->db, "setup", "k", &throttle_setup, now, &wait, NULL),
                     0);
    assert_true(wait > 0);
    assert_int_equal(
        store_throttle_wait(f->db, "setup", "other", &throttle_setup, now, &wait, NULL), 0);
    assert_int_equal(wait, 0);
    assert_int_equal(store_throttle_success(f->db, "setup", "k", NULL), 0);
    assert_int_equal(store_throttle_wait(f->db, "setup", "k", &throttle_setup, now, &wait, NULL),
                     0);
    assert_int_equal(wait, 0);
}

static void add_rows(struct fixture *f, int n)
{
    struct actor actor = fixture_actor();

    for (int i = 0; i < n; i++) {
        const struct audit_entry entry = {
            .action = "test", .object = arena_printf(&f->arena, "%d", i), .result = "ok"};

        assert_int_equal(store_audit_add(f->db, &actor, &entry, NULL), 0);
    }
}

static void test_audit_chain(void **state)
{
    struct fixture *f = *state;
    int64_t bad = -1, n = 0;
    sqlite3 *sql = NULL;

    add_rows(f, 5);
    assert_int_equal(store_audit_verify(f->db, &bad, &n, NULL), 0);
    assert_int_equal(bad, 0);
    assert_int_equal(n, 5);
    assert_int_equal(sqlite3_open(f->database, &sql), SQLITE_OK);
    /* The triggers refuse; somebody who drops them is found out. */
    assert_int_not_equal(
        sqlite3_exec(sql, "UPDATE audit SET object = 'x' WHERE id = 3", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_not_equal(sqlite3_exec(sql, "DELETE FROM audit WHERE id = 3", NULL, NULL, NULL),
                         SQLITE_OK);
    assert_int_equal(sqlite3_exec(sql,
                                  "DROP TRIGGER audit_no_update;"
                                  "UPDATE audit SET object = 'x' WHERE id = 3",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(sql);
    assert_int_equal(store_audit_verify(f->db, &bad, &n, NULL), 0);
    assert_int_equal(bad, 3);
}

static void test_old_rows_go_and_the_chain_holds(void **state)
{
    struct fixture *f = *state;
    int64_t bad = -1, n = 0, year = INT64_C(366) * 24 * 3600 * US_PER_S;
    const struct history_kept kept = {.audit_us = year, .versions_us = year, .n_newest = 200};

    add_rows(f, 3);
    assert_int_equal(store_purge_history(f->db, &kept, now_realtime_us(), NULL), 0);
    assert_int_equal(store_audit_verify(f->db, &bad, &n, NULL), 0);
    assert_int_equal(n, 3);
    assert_int_equal(store_purge_history(f->db, &kept, now_realtime_us() + year + US_PER_S, NULL),
                     0);
    assert_int_equal(store_audit_verify(f->db, &bad, &n, NULL), 0);
    assert_int_equal(n, 0);
    add_rows(f, 2);
    assert_int_equal(store_audit_verify(f->db, &bad, &n, NULL), 0);
    assert_int_equal(bad, 0);
    assert_int_equal(n, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_accounts),
        cmocka_unit_test(test_login_names),
        CASE(test_setup_token_is_used_once),
        CASE(test_secrets_are_not_in_the_database),
        CASE(test_sessions),
        CASE(test_password_change_ends_sessions),
        CASE(test_throttle_survives_a_restart),
        CASE(test_audit_chain),
        CASE(test_old_rows_go_and_the_chain_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
