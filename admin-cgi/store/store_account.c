#include "admin-cgi/store/store_account.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"
#include "common/group_name.h"

#define SCOPES_MAX 1000

#define ACCOUNT_COLUMNS                                                                            \
    "SELECT id, login, display_name, role, state, pw_hash, pw_changed_at, must_change,"            \
    " created_at, last_login_at, last_login_address, locale, tz, totp_required, notice,"           \
    " previous_login_at, previous_login_address, previous_failures,"                               \
    " EXISTS (SELECT 1 FROM totp WHERE account_id = accounts.id) FROM accounts"

static const char sql_find[] = ACCOUNT_COLUMNS " WHERE login = ?1";
static const char sql_get[] = ACCOUNT_COLUMNS " WHERE id = ?1";
static const char sql_list[] = ACCOUNT_COLUMNS " ORDER BY login LIMIT 10000";
static const char sql_scopes[] =
    "SELECT prefix, subtree, caps, max_groups FROM account_scopes WHERE account_id = ?1"
    " ORDER BY prefix LIMIT 1000";
static const char sql_create[] =
    "INSERT INTO accounts (login, display_name, role, pw_hash, pw_changed_at, must_change,"
    " created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5)";
static const char sql_scope_add[] =
    "INSERT INTO account_scopes (account_id, prefix, subtree, caps, max_groups)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char sql_scopes_clear[] = "DELETE FROM account_scopes WHERE account_id = ?1";
static const char sql_password[] =
    "UPDATE accounts SET pw_hash = ?2, pw_changed_at = ?3, must_change = ?4 WHERE id = ?1";
static const char sql_end_sessions[] = "DELETE FROM sessions WHERE account_id = ?1 AND id <> ?2";
static const char sql_end_steps[] = "DELETE FROM second_steps WHERE account_id = ?1";
static const char sql_end_link[] = "DELETE FROM sign_in_links WHERE account_id = ?1";
static const char sql_display_name[] = "UPDATE accounts SET display_name = ?2 WHERE id = ?1";
static const char sql_rights[] = "UPDATE accounts SET role = ?2, state = ?3 WHERE id = ?1";
static const char sql_delete[] = "DELETE FROM accounts WHERE id = ?1";
static const char sql_login_noted[] =
    "UPDATE accounts SET previous_login_at = last_login_at,"
    " previous_login_address = last_login_address, previous_failures ="
    " (SELECT count(*) FROM audit WHERE at > max(last_login_at, created_at) AND action = 'login'"
    " AND result = 'refused' AND object = login COLLATE NOCASE),"
    " last_login_at = ?2, last_login_address = ?3, notice = '' WHERE id = ?1";
static const char sql_tell[] = "UPDATE accounts SET notice = notice || ?2 || char(10)"
                               " WHERE id = ?1 AND length(notice) < 2000";
static const char sql_ask_password[] = "UPDATE accounts SET must_change = 1 WHERE id = ?1";
static const char sql_settings[] =
    "UPDATE accounts SET display_name = ?2, locale = ?3, tz = ?4 WHERE id = ?1";
static const char sql_administrators[] =
    "SELECT count(*) FROM accounts WHERE role = 'administrator' AND state = 'active'";

static const char *const role_names[] = {"administrator", "auditor", "scoped"};

int account_login_check(struct span login, struct error *e)
{
    if (login.len == 0)
        return error_set(e, ERR_INVALID, "login", "an account needs a name");
    if (login.len > ACCOUNT_LOGIN_MAX)
        return error_set(e, ERR_INVALID, "login", "the name is longer than %d bytes",
                         ACCOUNT_LOGIN_MAX);
    if (span_index(login, ':', 0) < login.len)
        return error_set(e, ERR_INVALID, "login", "a colon cannot be used in a log-in");
    return user_name_check(login, e);
}

int account_display_name_check(struct span name, struct error *e)
{
    size_t n = 0;

    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < ' ' || name.data[i] == 0x7f)
            return error_set(e, ERR_INVALID, "display-name", "a character cannot be shown");
        n += (name.data[i] & 0xc0) != 0x80;
    }
    if (n > ACCOUNT_DISPLAY_NAME_MAX)
        return error_set(e, ERR_INVALID, "display-name", "the name is longer than %d characters",
                         ACCOUNT_DISPLAY_NAME_MAX);
    return 0;
}

static enum account_role role_of(const char *name)
{
    for (int i = 0; i < 3; i++) {
        if (strcmp(role_names[i], name) == 0)
            return (enum account_role)i;
    }
    return ACCOUNT_SCOPED;
}

static void read_account(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct account *out = row;

    memset(out, 0, sizeof *out);
    out->id = db_column_int(q, 0);
    out->login = db_column_text(q, 1, a);
    out->display_name = db_column_text(q, 2, a);
    out->role = role_of(db_column_peek(q, 3));
    out->is_disabled = strcmp(db_column_peek(q, 4), "active") != 0;
    out->pw_hash = db_column_text(q, 5, a);
    out->pw_changed_us = db_column_int(q, 6);
    out->must_change = db_column_int(q, 7) != 0;
    out->created_us = db_column_int(q, 8);
    out->last_login_us = db_column_int(q, 9);
    out->last_login_address = db_column_text(q, 10, a);
    out->locale = db_column_text(q, 11, a);
    out->zone = db_column_text(q, 12, a);
    out->totp_required = db_column_int(q, 13) != 0;
    out->notice = db_column_text(q, 14, a);
    out->previous_login_us = db_column_int(q, 15);
    out->previous_login_address = db_column_text(q, 16, a);
    out->previous_failures = db_column_int(q, 17);
    out->has_totp = db_column_int(q, 18) != 0;
}

static void read_scope(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(struct scope *)row = (struct scope){.prefix = db_column_text(q, 0, a),
                                          .subtree = db_column_int(q, 1) != 0,
                                          .caps = (unsigned)db_column_int(q, 2),
                                          .max_groups = db_column_int(q, 3)};
}

static int read_scopes(struct db *db, struct arena *a, struct account *account, struct error *e)
{
    struct db_rows rows = {0};
    int r = 0;

    if (account->role == ACCOUNT_SCOPED)
        r = db_all(db, a, SQL(sql_scopes, db_int(account->id)), read_scope, sizeof(struct scope),
                   &rows, e);
    account->scopes = rows.items;
    account->n_scopes = rows.n;
    return r;
}

static int no_such_account(struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, NULL, "there is no such account");
}

static int find_one(struct db *db, struct arena *a, const struct db_call *call, struct account *out,
                    struct error *e)
{
    int r = db_one(db, a, call, read_account, out, e);

    if (r == 1)
        return read_scopes(db, a, out, e);
    return r < 0 ? r : no_such_account(e);
}

int store_account_find(struct db *db, struct arena *a, struct span login, struct account *out,
                       struct error *e)
{
    return find_one(db, a, SQL(sql_find, db_span(login)), out, e);
}

int store_account_get(struct db *db, struct arena *a, int64_t id, struct account *out,
                      struct error *e)
{
    return find_one(db, a, SQL(sql_get, db_int(id)), out, e);
}

int store_account_list(struct db *db, struct arena *a, struct account **out, size_t *n_out,
                       struct error *e)
{
    struct db_rows rows = {0};
    struct account *list;
    int r = db_all(db, a, SQL(sql_list), read_account, sizeof *list, &rows, e);

    list = rows.items;
    for (size_t i = 0; r == 0 && i < rows.n; i++)
        r = read_scopes(db, a, &list[i], e);
    if (r < 0)
        return r;
    *out = list;
    *n_out = rows.n;
    return 0;
}

int store_account_count_administrators(struct db *db, int64_t *out, struct error *e)
{
    return db_number(db, SQL(sql_administrators), out, e);
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

    snprintf(number, sizeof number, "%lld", (long long)id);
    return store_audit_add(db, actor, &entry, e);
}

static int write_scopes(struct db *db, int64_t id, const struct scope *scopes, size_t n,
                        struct error *e)
{
    int r;

    if (n > SCOPES_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "an account has at most %d scopes", SCOPES_MAX);
    r = db_run(db, SQL(sql_scopes_clear, db_int(id)), e);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = db_run(db,
                   SQL(sql_scope_add, db_int(id), db_text(scopes[i].prefix),
                       db_int(scopes[i].subtree), db_int(scopes[i].caps),
                       db_int(scopes[i].max_groups)),
                   e);
    return r;
}

int store_account_insert(struct db *db, const struct account *account, const struct actor *actor,
                         int64_t *id_out, struct error *e)
{
    int64_t id;
    int r = account_login_check(span_str(account->login), e);

    if (r == 0)
        r = store_form_record(db, actor, e);
    if (r < 0)
        return r;
    r = db_run(db,
               SQL(sql_create, db_text(account->login), db_text_or_empty(account->display_name),
                   db_text(role_names[account->role]), db_text_or_empty(account->pw_hash),
                   db_int(actor->now_us), db_int(account->must_change)),
               e);
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

    return r < 0 ? r : db_finish(db, own, store_account_insert(db, account, actor, id_out, e), e);
}

/* And what would become one: a sign-in that waits for its code. */
static int end_sessions(struct db *db, int64_t id, int64_t keep, struct error *e)
{
    int r = db_run(db, SQL(sql_end_sessions, db_int(id), db_int(keep)), e);

    return r < 0 ? r : db_run(db, SQL(sql_end_steps, db_int(id)), e);
}

/* One row must have changed. */
static int run_on_account(struct db *db, const struct db_call *call, struct error *e)
{
    int r = db_run(db, call, e);

    return r == 0 && db_changes(db) == 0 ? no_such_account(e) : r;
}

static int write_password(struct db *db, int64_t id, const char *pw_hash, bool must_change,
                          int64_t keep, const struct actor *actor, struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = run_on_account(db,
                           SQL(sql_password, db_int(id), db_text(pw_hash), db_int(actor->now_us),
                               db_int(must_change)),
                           e);
    if (r == 0)
        r = db_run(db, SQL(sql_end_link, db_int(id)), e);
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

int store_account_audit(struct db *db, const struct actor *actor, const char *action, int64_t id,
                        struct error *e)
{
    return audit(db, actor, action, id, NULL, e);
}

static int write_ask_password(struct db *db, int64_t id, const struct actor *actor, struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = run_on_account(db, SQL(sql_ask_password, db_int(id)), e);
    return r < 0 ? r : audit(db, actor, "account.ask-password", id, NULL, e);
}

int store_account_ask_password(struct db *db, int64_t id, const struct actor *actor,
                               struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, write_ask_password(db, id, actor, e), e);
}

static int write_settings(struct db *db, int64_t id, const struct account *wanted,
                          const struct actor *actor, struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = run_on_account(db,
                           SQL(sql_settings, db_int(id), db_text_or_empty(wanted->display_name),
                               db_text_or_empty(wanted->locale), db_text_or_empty(wanted->zone)),
                           e);
    return r < 0 ? r : audit(db, actor, "account.settings", id, NULL, e);
}

int store_account_set_settings(struct db *db, int64_t id, const struct account *wanted,
                               const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, write_settings(db, id, wanted, actor, e), e);
}

int store_account_tell(struct db *db, int64_t id, const char *sentence, struct error *e)
{
    return db_write(db, SQL(sql_tell, db_int(id), db_text(sentence)), e);
}

static int write_display_name(struct db *db, int64_t id, const char *display_name,
                              const struct actor *actor, struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = run_on_account(db, SQL(sql_display_name, db_int(id), db_text_or_empty(display_name)),
                           e);
    return r < 0 ? r : audit(db, actor, "account.name", id, NULL, e);
}

int store_account_set_display_name(struct db *db, int64_t id, const char *display_name,
                                   const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, write_display_name(db, id, display_name, actor, e), e);
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
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = run_on_account(db,
                           SQL(sql_rights, db_int(id), db_text(role_names[role]),
                               db_text(disabled ? "disabled" : "active")),
                           e);
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

static int delete_account(struct db *db, int64_t id, bool config_has_admin,
                          const struct actor *actor, struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = run_on_account(db, SQL(sql_delete, db_int(id)), e);
    if (r == 0)
        r = check_administrator_left(db, config_has_admin, e);
    return r < 0 ? r : audit(db, actor, "account.delete", id, NULL, e);
}

int store_account_delete(struct db *db, int64_t id, bool config_has_admin,
                         const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, delete_account(db, id, config_has_admin, actor, e), e);
}

int store_account_note_login(struct db *db, int64_t id, const char *address, int64_t now_us,
                             struct error *e)
{
    return db_write(db, SQL(sql_login_noted, db_int(id), db_int(now_us), db_text_or_empty(address)),
                    e);
}

struct principal account_principal(const struct account *account)
{
    return (struct principal){
        .kind = PRINCIPAL_ACCOUNT,
        .account_id = account->id,
        .name = account->login,
        .display_name = account->display_name,
        .is_server_admin = account->role == ACCOUNT_ADMINISTRATOR,
        .is_auditor = account->role == ACCOUNT_AUDITOR,
        .scopes = account->scopes,
        .n_scopes = account->n_scopes,
        .must_change_password = account->must_change,
        .must_enrol = account->totp_required && !account->has_totp,
        .zone = account->zone,
        .chosen_zone = account->zone,
        .locale = account->locale,
    };
}
