#include "admin-cgi/store/store_account.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/store_account_internal.h"
#include "admin-cgi/store/store_audit.h"
#include "common/group_name.h"

#define LOGIN_MAX 64
#define SCOPES_MAX 1000

#define ACCOUNT_COLUMNS                                                                            \
    "SELECT id, login, display_name, role, state, pw_hash, pw_changed_at, must_change, locale, "   \
    "tz,"                                                                                          \
    " created_at, last_login_at, last_login_address FROM accounts"

static const char sql_find[] = ACCOUNT_COLUMNS " WHERE login = ?1";
static const char sql_get[] = ACCOUNT_COLUMNS " WHERE id = ?1";
static const char sql_list[] = ACCOUNT_COLUMNS " ORDER BY login LIMIT 10000";
static const char sql_scopes[] =
    "SELECT prefix, subtree, caps, max_groups FROM account_scopes WHERE account_id = ?1"
    " ORDER BY prefix LIMIT 1000";
static const char sql_create[] =
    "INSERT INTO accounts (login, display_name, role, pw_hash, pw_changed_at, must_change, locale,"
    " tz, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?5)";
static const char sql_scope_add[] =
    "INSERT INTO account_scopes (account_id, prefix, subtree, caps, max_groups)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char sql_scopes_clear[] = "DELETE FROM account_scopes WHERE account_id = ?1";
static const char sql_password[] =
    "UPDATE accounts SET pw_hash = ?2, pw_changed_at = ?3, must_change = ?4 WHERE id = ?1";
static const char sql_end_sessions[] = "DELETE FROM sessions WHERE account_id = ?1 AND id <> ?2";
static const char sql_profile[] =
    "UPDATE accounts SET display_name = ?2, locale = ?3, tz = ?4 WHERE id = ?1";
static const char sql_rights[] = "UPDATE accounts SET role = ?2, state = ?3 WHERE id = ?1";
static const char sql_delete[] = "DELETE FROM accounts WHERE id = ?1";
static const char sql_login_noted[] =
    "UPDATE accounts SET last_login_at = ?2, last_login_address = ?3 WHERE id = ?1";
static const char sql_administrators[] =
    "SELECT count(*) FROM accounts WHERE role = 'administrator' AND state = 'active'";

static const char *const role_names[] = {"administrator", "auditor", "scoped"};

int account_login_check(struct span login, struct error *e)
{
    if (login.len == 0)
        return error_set(e, ERR_INVALID, "login", "an account needs a name");
    if (login.len > LOGIN_MAX)
        return error_set(e, ERR_INVALID, "login", "the name is longer than %d bytes", LOGIN_MAX);
    if (span_index(login, ':', 0) < login.len)
        return error_set(e, ERR_INVALID, "login", "a colon cannot be used in a log-in");
    return user_name_check(login, e);
}

static enum account_role role_of(const char *name)
{
    for (int i = 0; name && i < 3; i++) {
        if (strcmp(role_names[i], name) == 0)
            return (enum account_role)i;
    }
    return ACCOUNT_SCOPED;
}

static void read_account(sqlite3_stmt *q, struct arena *a, struct account *out)
{
    const char *state = (const char *)sqlite3_column_text(q, 4);

    memset(out, 0, sizeof(*out));
    out->id = db_column_int(q, 0);
    out->login = db_column_text(q, 1, a);
    out->display_name = db_column_text(q, 2, a);
    out->role = role_of((const char *)sqlite3_column_text(q, 3));
    out->is_disabled = !state || strcmp(state, "active") != 0;
    out->pw_hash = db_column_text(q, 5, a);
    out->pw_changed_us = db_column_int(q, 6);
    out->must_change = db_column_int(q, 7) != 0;
    out->locale = db_column_text(q, 8, a);
    out->time_zone = db_column_text(q, 9, a);
    out->created_us = db_column_int(q, 10);
    out->last_login_us = db_column_int(q, 11);
    out->last_login_address = db_column_text(q, 12, a);
}

static int read_scopes(struct db *db, struct arena *a, struct account *account, struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_scopes, e);
    struct scope *list = NULL;
    size_t n = 0, size = 0;
    int r;

    if (account->role != ACCOUNT_SCOPED)
        return 0;
    if (!q)
        return ERR_IO;
    db_bind_int(q, 1, account->id);
    while ((r = db_step(db, q, e)) == 1) {
        if (n == size) {
            struct scope *bigger = arena_array(a, size ? 2 * size : 8, sizeof(*bigger));

            if (!bigger) {
                db_reset(q);
                return error_set(e, ERR_NO_MEMORY, NULL, "no memory for an account");
            }
            if (n)
                memcpy(bigger, list, n * sizeof(*bigger));
            list = bigger;
            size = size ? 2 * size : 8;
        }
        list[n++] = (struct scope){.prefix = db_column_text(q, 0, a),
                                   .subtree = db_column_int(q, 1) != 0,
                                   .caps = (unsigned)db_column_int(q, 2),
                                   .max_groups = db_column_int(q, 3)};
    }
    account->scopes = list;
    account->n_scopes = n;
    return r;
}

static int finish_one(struct db *db, struct arena *a, sqlite3_stmt *q, struct account *out,
                      struct error *e)
{
    int r = db_step(db, q, e);

    if (r <= 0)
        return r < 0 ? r : error_set(e, ERR_NOT_FOUND, NULL, "there is no such account");
    read_account(q, a, out);
    db_reset(q);
    r = read_scopes(db, a, out, e);
    if (r == 0 && a->bad)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for an account");
    return r;
}

int store_account_find(struct db *db, struct arena *a, struct span login, struct account *out,
                       struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_find, e);

    if (!q)
        return ERR_IO;
    db_bind_span(q, 1, login);
    return finish_one(db, a, q, out, e);
}

int store_account_get(struct db *db, struct arena *a, int64_t id, struct account *out,
                      struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_get, e);

    if (!q)
        return ERR_IO;
    db_bind_int(q, 1, id);
    return finish_one(db, a, q, out, e);
}

int store_account_list(struct db *db, struct arena *a, struct account **out, size_t *n_out,
                       struct error *e)
{
    struct account *list = NULL;
    sqlite3_stmt *q = db_query(db, sql_list, e);
    size_t n = 0, size = 0;
    int r;

    if (!q)
        return ERR_IO;
    while ((r = db_step(db, q, e)) == 1) {
        if (n == size) {
            struct account *bigger = arena_array(a, size ? 2 * size : 16, sizeof(*bigger));

            if (!bigger) {
                db_reset(q);
                return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the accounts");
            }
            if (n)
                memcpy(bigger, list, n * sizeof(*bigger));
            list = bigger;
            size = size ? 2 * size : 16;
        }
        read_account(q, a, &list[n++]);
    }
    for (size_t i = 0; r == 0 && i < n; i++)
        r = read_scopes(db, a, &list[i], e);
    if (r < 0)
        return r;
    *out = list;
    *n_out = n;
    return 0;
}

int store_account_count_administrators(struct db *db, int64_t *out, struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_administrators, e);
    int r;

    if (!q)
        return ERR_IO;
    r = db_step(db, q, e);
    if (r != 1)
        return r < 0 ? r : ERR_IO;
    *out = db_column_int(q, 0);
    db_reset(q);
    return 0;
}

/* ---- changes ---- */

static int audit(struct db *db, const struct actor *actor, const char *action, int64_t id,
                 const char *login, struct error *e)
{
    char number[32];
    const struct audit_entry entry = {.action = action,
                                      .object_kind = "account",
                                      .object = login ? login : number,
                                      .result = "ok"};

    snprintf(number, sizeof(number), "%lld", (long long)id);
    return store_audit_add(db, actor, &entry, e);
}

static int write_scopes(struct db *db, int64_t id, const struct scope *scopes, size_t n,
                        struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_scopes_clear, e);
    int r;

    if (n > SCOPES_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "an account has at most %d scopes", SCOPES_MAX);
    if (q)
        db_bind_int(q, 1, id);
    r = db_run(db, q, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        q = db_query(db, sql_scope_add, e);
        if (q) {
            db_bind_int(q, 1, id);
            db_bind_text(q, 2, scopes[i].prefix);
            db_bind_int(q, 3, scopes[i].subtree);
            db_bind_int(q, 4, scopes[i].caps);
            db_bind_int(q, 5, scopes[i].max_groups);
        }
        r = db_run(db, q, e);
    }
    return r;
}

int account_insert(struct db *db, const struct account *account, const struct actor *actor,
                   int64_t *id_out, struct error *e)
{
    sqlite3_stmt *q;
    int64_t id;
    int r = account_login_check(span_str(account->login), e);

    if (r < 0)
        return r;
    r = form_record(db, actor, e);
    if (r < 0)
        return r;
    q = db_query(db, sql_create, e);
    if (q) {
        db_bind_text(q, 1, account->login);
        db_bind_text(q, 2, account->display_name ? account->display_name : "");
        db_bind_text(q, 3, role_names[account->role]);
        db_bind_text(q, 4, account->pw_hash ? account->pw_hash : "");
        db_bind_int(q, 5, actor->now_us);
        db_bind_int(q, 6, account->must_change);
        db_bind_text(q, 7, account->locale ? account->locale : "");
        db_bind_text(q, 8, account->time_zone ? account->time_zone : "");
    }
    r = db_run(db, q, e);
    if (r == ERR_EXISTS)
        return error_set(e, r, "login", "there is an account of this name");
    if (r < 0)
        return r;
    id = db_last_id(db);
    r = write_scopes(db, id, account->scopes, account->n_scopes, e);
    if (r == 0)
        r = audit(db, actor, "account.create", id, account->login, e);
    if (r == 0 && id_out)
        *id_out = id;
    return r;
}

int store_account_create(struct db *db, const struct account *account, const struct actor *actor,
                         int64_t *id_out, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, account_insert(db, account, actor, id_out, e), e);
}

static int end_sessions(struct db *db, int64_t id, int64_t keep, struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_end_sessions, e);

    if (q) {
        db_bind_int(q, 1, id);
        db_bind_int(q, 2, keep);
    }
    return db_run(db, q, e);
}

/* One row must have changed. */
static int run_on_account(struct db *db, sqlite3_stmt *q, struct error *e)
{
    int r = db_run(db, q, e);

    if (r == 0 && db_changes(db) == 0)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such account");
    return r;
}

static int write_password(struct db *db, int64_t id, const char *pw_hash, bool must_change,
                          int64_t keep, const struct actor *actor, struct error *e)
{
    sqlite3_stmt *q;
    int r = form_record(db, actor, e);

    if (r < 0)
        return r;
    q = db_query(db, sql_password, e);
    if (q) {
        db_bind_int(q, 1, id);
        db_bind_text(q, 2, pw_hash);
        db_bind_int(q, 3, actor->now_us);
        db_bind_int(q, 4, must_change);
    }
    r = run_on_account(db, q, e);
    if (r == 0)
        r = end_sessions(db, id, keep, e);
    return r < 0 ? r : audit(db, actor, "account.password", id, NULL, e);
}

int store_account_set_password(struct db *db, int64_t id, const char *pw_hash, bool must_change,
                               int64_t keep_session_id, const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    return db_finish(db, own,
                     write_password(db, id, pw_hash, must_change, keep_session_id, actor, e), e);
}

int store_account_set_profile(struct db *db, int64_t id, const char *display_name,
                              const char *locale, const char *time_zone, const struct actor *actor,
                              struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    r = form_record(db, actor, e);
    q = r == 0 ? db_query(db, sql_profile, e) : NULL;
    if (q) {
        db_bind_int(q, 1, id);
        db_bind_text(q, 2, display_name ? display_name : "");
        db_bind_text(q, 3, locale ? locale : "");
        db_bind_text(q, 4, time_zone ? time_zone : "");
    }
    if (r == 0)
        r = run_on_account(db, q, e);
    if (r == 0)
        r = audit(db, actor, "account.profile", id, NULL, e);
    return db_finish(db, own, r, e);
}

/* After a change, in its transaction: somebody must be left who may do everything. */
static int check_administrator_left(struct db *db, bool config_has_admin, struct error *e)
{
    int64_t n = 0;
    int r = config_has_admin ? 0 : store_account_count_administrators(db, &n, e);

    if (r == 0 && !config_has_admin && n == 0)
        r = error_set(e, ERR_WRONG_STATE, NULL, "this is the last administrator");
    return r;
}

static int write_rights(struct db *db, int64_t id, enum account_role role, bool disabled,
                        const struct scope *scopes, size_t n_scopes, const struct actor *actor,
                        struct error *e)
{
    sqlite3_stmt *q;
    int r = form_record(db, actor, e);

    if (r < 0)
        return r;
    q = db_query(db, sql_rights, e);
    if (q) {
        db_bind_int(q, 1, id);
        db_bind_text(q, 2, role_names[role]);
        db_bind_text(q, 3, disabled ? "disabled" : "active");
    }
    r = run_on_account(db, q, e);
    if (r == 0)
        r = write_scopes(db, id, scopes, n_scopes, e);
    if (r == 0)
        r = end_sessions(db, id, 0, e);
    return r < 0 ? r
                 : audit(db, actor, disabled ? "account.disable" : "account.rights", id, NULL, e);
}

int store_account_set_rights(struct db *db, int64_t id, enum account_role role, bool disabled,
                             const struct scope *scopes, size_t n_scopes, bool config_has_admin,
                             const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    r = write_rights(db, id, role, disabled, scopes, n_scopes, actor, e);
    if (r == 0)
        r = check_administrator_left(db, config_has_admin, e);
    return db_finish(db, own, r, e);
}

int store_account_delete(struct db *db, int64_t id, bool config_has_admin,
                         const struct actor *actor, struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    r = form_record(db, actor, e);
    q = r == 0 ? db_query(db, sql_delete, e) : NULL;
    if (q)
        db_bind_int(q, 1, id);
    if (r == 0)
        r = run_on_account(db, q, e);
    if (r == 0)
        r = check_administrator_left(db, config_has_admin, e);
    if (r == 0)
        r = audit(db, actor, "account.delete", id, NULL, e);
    return db_finish(db, own, r, e);
}

int store_account_note_login(struct db *db, int64_t id, const char *address, int64_t now_us,
                             struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    q = db_query(db, sql_login_noted, e);
    if (q) {
        db_bind_int(q, 1, id);
        db_bind_int(q, 2, now_us);
        db_bind_text(q, 3, address ? address : "");
    }
    return db_finish(db, own, db_run(db, q, e), e);
}

struct principal account_principal(const struct account *account)
{
    return (struct principal){
        .kind = PRINCIPAL_ACCOUNT,
        .account_id = account->id,
        .name = account->login,
        .is_server_admin = account->role == ACCOUNT_ADMINISTRATOR,
        .is_auditor = account->role == ACCOUNT_AUDITOR,
        .scopes = account->scopes,
        .n_scopes = account->n_scopes,
    };
}
