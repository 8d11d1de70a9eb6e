#include "admin-cgi/store/store_session.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/secret_id.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"
#include "common/atomic_file.h"
#include "common/now.h"

#define IDLE_DEFAULT_US (30 * 60 * US_PER_S)
#define LIFETIME_DEFAULT_US (12 * 3600 * US_PER_S)
#define SEEN_STEP_US (60 * US_PER_S)
#define CLOCK_SLACK_US (5 * 60 * US_PER_S)
#define AGENT_MAX 200

#define SESSION_COLUMNS                                                                            \
    "SELECT id, account_id, group_name, user_name, created_at, last_seen, abs_expires, proved_at," \
    " address, agent, flash, token_hash, idle_us FROM sessions"

static const char sql_find[] = SESSION_COLUMNS " WHERE token_hash = ?1";
static const char sql_list[] =
    SESSION_COLUMNS " WHERE account_id = ?1 AND abs_expires > ?2 AND last_seen + idle_us > ?2"
                    " ORDER BY last_seen DESC LIMIT 100";
static const char sql_create[] =
    "INSERT INTO sessions (token_hash, account_id, group_name, user_name, created_at, last_seen,"
    " idle_us, abs_expires, proved_at, address, agent, flash)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?5, ?8, ?9, ?10)";
static const char sql_end_oldest[] =
    "DELETE FROM sessions WHERE account_id = ?1 AND id NOT IN (SELECT id FROM sessions"
    " WHERE account_id = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2)";
static const char sql_seen[] = "UPDATE sessions SET last_seen = ?2 WHERE id = ?1";
static const char sql_renew[] =
    "UPDATE sessions SET token_hash = ?2, proved_at = ?3, last_seen = ?3 WHERE token_hash = ?1";
static const char sql_flash[] = "UPDATE sessions SET flash = ?2 WHERE id = ?1";
static const char sql_end[] = "DELETE FROM sessions WHERE token_hash = ?1";
static const char sql_end_row[] = "DELETE FROM sessions WHERE id = ?1 AND account_id = ?2";
static const char sql_end_all[] = "DELETE FROM sessions WHERE account_id = ?1 AND id <> ?2";
static const char sql_set_times[] =
    "UPDATE sessions SET idle_us = ?1, abs_expires = created_at + ?2"
    " WHERE idle_us <> ?1 OR abs_expires <> created_at + ?2";
static const char sql_end_others[] = "DELETE FROM sessions WHERE id <> ?1";
static const char sql_purge[] =
    "DELETE FROM sessions WHERE abs_expires <= ?1 OR last_seen + idle_us <= ?1";

static void hash_id(const char *id, char out[SHA256_HEX_SIZE])
{
    sha256_hex(span_str(id), out);
}

static int end_by_id(struct db *db, const char *id, struct error *e)
{
    char hash[SHA256_HEX_SIZE];

    hash_id(id, hash);
    return db_run(db, SQL(sql_end, db_text(hash)), e);
}

/* Cut between characters: columns are text. */
static struct span agent_span(const char *agent)
{
    size_t len = agent ? strlen(agent) : 0;

    if (len > AGENT_MAX) {
        len = AGENT_MAX;
        while (len > 0 && ((unsigned char)agent[len] & 0xc0) == 0x80)
            len--;
    }
    return span_of(agent ? agent : "", len);
}

static int insert(struct db *db, const struct session_new *n, const char *hash, int64_t now_us,
                  struct error *e)
{
    const char *group = n->account_id || !n->group || !n->group[0] ? NULL : n->group;
    int64_t lifetime_us = n->lifetime_us ? n->lifetime_us : LIFETIME_DEFAULT_US;

    return db_run(db,
                  SQL(sql_create, db_text(hash), db_id(n->account_id), db_text(group),
                      n->account_id ? db_text(NULL) : db_text_or_empty(n->user), db_int(now_us),
                      db_int(n->idle_us ? n->idle_us : IDLE_DEFAULT_US),
                      db_int(now_us + lifetime_us), db_text_or_empty(n->address),
                      db_span(agent_span(n->agent)), db_text_or_empty(n->flash)),
                  e);
}

int store_session_create(struct db *db, const struct session_new *n, const char *old_id,
                         int64_t now_us, char id_out[SESSION_ID_SIZE], struct error *e)
{
    char id[SESSION_ID_SIZE], hash[SHA256_HEX_SIZE];
    bool own;
    int r = secret_id_make(id, SESSION_ID_BYTES, e);

    if (r == 0)
        r = db_join(db, &own, e);
    if (r < 0)
        return r;
    hash_id(id, hash);
    if (old_id)
        r = end_by_id(db, old_id, e);
    if (r == 0)
        r = insert(db, n, hash, now_us, e);
    if (r == 0 && n->account_id)
        r = db_run(db, SQL(sql_end_oldest, db_int(n->account_id), db_int(SESSIONS_PER_ACCOUNT_MAX)),
                   e);
    r = db_finish(db, own, r, e);
    if (r == 0)
        memcpy(id_out, id, sizeof id);
    explicit_bzero(id, sizeof id);
    return r;
}

static void read_session(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct session *out = row;

    memset(out, 0, sizeof *out);
    out->id = db_column_int(q, 0);
    out->account_id = db_column_int(q, 1);
    out->group = db_column_text(q, 2, a);
    out->user = db_column_text(q, 3, a);
    out->created_us = db_column_int(q, 4);
    out->last_seen_us = db_column_int(q, 5);
    out->expires_us = db_column_int(q, 6);
    out->proved_at_us = db_column_int(q, 7);
    out->address = db_column_text(q, 8, a);
    out->agent = db_column_text(q, 9, a);
    out->flash = db_column_text(q, 10, a);
    snprintf(out->token_hash_hex, sizeof out->token_hash_hex, "%s", db_column_peek(q, 11));
    out->idle_us = db_column_int(q, 12);
}

static int note_seen(struct db *db, int64_t session_id, int64_t now_us, struct error *e)
{
    int r;

    db_relax(db, true);
    r = db_write(db, SQL(sql_seen, db_int(session_id), db_int(now_us)), e);
    db_relax(db, false);
    return r;
}

int store_session_find(struct db *db, struct arena *a, const char *id, int64_t now_us,
                       struct session *out, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    int r;

    hash_id(id, hash);
    r = db_one(db, a, SQL(sql_find, db_text(hash)), read_session, out, e);
    if (r < 0)
        return r;
    if (r == 0 || out->expires_us <= now_us || out->last_seen_us + out->idle_us <= now_us ||
        out->last_seen_us > now_us + CLOCK_SLACK_US)
        return error_set(e, ERR_NOT_FOUND, NULL, "the session is over");
    if (now_us - out->last_seen_us < SEEN_STEP_US)
        return 0;
    out->last_seen_us = now_us;
    return note_seen(db, out->id, now_us, e);
}

int store_session_renew(struct db *db, const char *old_id, int64_t now_us,
                        char id_out[SESSION_ID_SIZE], struct error *e)
{
    char id[SESSION_ID_SIZE], old_hash[SHA256_HEX_SIZE], hash[SHA256_HEX_SIZE];
    bool own;
    int r = secret_id_make(id, SESSION_ID_BYTES, e);

    if (r == 0)
        r = db_join(db, &own, e);
    if (r < 0)
        return r;
    hash_id(old_id, old_hash);
    hash_id(id, hash);
    r = db_run(db, SQL(sql_renew, db_text(old_hash), db_text(hash), db_int(now_us)), e);
    if (r == 0 && db_changes(db) != 1)
        r = error_set(e, ERR_NOT_FOUND, NULL, "the session is over");
    r = db_finish(db, own, r, e);
    if (r == 0)
        memcpy(id_out, id, sizeof id);
    explicit_bzero(id, sizeof id);
    return r;
}

int store_session_set_flash(struct db *db, int64_t session_id, const char *flash, struct error *e)
{
    return db_write(db, SQL(sql_flash, db_int(session_id), db_text_or_empty(flash)), e);
}

int store_session_end(struct db *db, const char *id, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, end_by_id(db, id, e), e);
}

int store_session_end_row(struct db *db, int64_t session_id, int64_t account_id, struct error *e)
{
    return db_write(db, SQL(sql_end_row, db_int(session_id), db_int(account_id)), e);
}

int store_session_end_all(struct db *db, int64_t account_id, int64_t keep_session_id,
                          struct error *e)
{
    return db_write(db, SQL(sql_end_all, db_int(account_id), db_int(keep_session_id)), e);
}

int store_session_set_times(struct db *db, int64_t idle_us, int64_t lifetime_us, struct error *e)
{
    return db_write(db, SQL(sql_set_times, db_int(idle_us), db_int(lifetime_us)), e);
}

int store_session_end_others(struct db *db, int64_t keep_session_id, const struct actor *actor,
                             int64_t *n, struct error *e)
{
    const struct audit_entry entry = {
        .action = "session.end-all", .object_kind = "server", .object = "sessions", .result = "ok"};
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = store_form_record(db, actor, e);
    if (r == 0)
        r = db_run(db, SQL(sql_end_others, db_int(keep_session_id)), e);
    *n = r == 0 ? db_changes(db) : 0;
    if (r == 0)
        r = store_audit_add(db, actor, &entry, e);
    return db_finish(db, true, r, e);
}

int store_session_list(struct db *db, struct arena *a, int64_t account_id, int64_t now_us,
                       struct session **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_list, db_int(account_id), db_int(now_us)), read_session,
                   sizeof(struct session), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

int store_session_purge(struct db *db, int64_t now_us, struct error *e)
{
    return db_write(db, SQL(sql_purge, db_int(now_us)), e);
}
