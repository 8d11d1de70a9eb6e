#include "admin-cgi/store/store_session.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "admin-cgi/store/db_internal.h"
#include "common/atomic_file.h"
#include "common/base64url.h"
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
    " idle_us, abs_expires, proved_at, address, agent)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?5, ?8, ?9)";
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
static const char sql_purge[] =
    "DELETE FROM sessions WHERE abs_expires <= ?1 OR last_seen + idle_us <= ?1";

static void hash_id(const char *id, char out[SHA256_HEX_SIZE])
{
    sha256_hex(span_str(id), out);
}

static int new_id(char out[SESSION_ID_SIZE], struct error *e)
{
    unsigned char random[32];
    struct buf text = {0};
    bool fits;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return error_set(e, ERR_IO, NULL, "no random numbers");
    base64url_add(&text, span_of(random, sizeof(random)));
    fits = buf_check(&text) == 0 && span_copy(buf_span(&text), out, SESSION_ID_SIZE);
    buf_wipe(&text);
    explicit_bzero(random, sizeof(random));
    return fits ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a session");
}

static int end_by_id(struct db *db, const char *id, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    sqlite3_stmt *q = db_query(db, sql_end, e);

    hash_id(id, hash);
    if (q)
        db_bind_text(q, 1, hash);
    return db_run(db, q, e);
}

static int insert(struct db *db, const struct session_new *n, const char *hash, int64_t now_us,
                  struct error *e)
{
    const char *agent = n->agent ? n->agent : "";
    size_t agent_len = strlen(agent);
    sqlite3_stmt *q = db_query(db, sql_create, e);

    /* Cut between characters: columns are text. */
    if (agent_len > AGENT_MAX) {
        agent_len = AGENT_MAX;
        while (agent_len > 0 && ((unsigned char)agent[agent_len] & 0xc0) == 0x80)
            agent_len--;
    }
    if (q) {
        db_bind_text(q, 1, hash);
        db_bind_id(q, 2, n->account_id);
        db_bind_text(q, 3, n->account_id || !n->group || !n->group[0] ? NULL : n->group);
        db_bind_text(q, 4, n->account_id ? NULL : n->user ? n->user : "");
        db_bind_int(q, 5, now_us);
        db_bind_int(q, 6, n->idle_us ? n->idle_us : IDLE_DEFAULT_US);
        db_bind_int(q, 7, now_us + (n->lifetime_us ? n->lifetime_us : LIFETIME_DEFAULT_US));
        db_bind_text(q, 8, n->address ? n->address : "");
        db_bind_span(q, 9, span_of(agent, agent_len));
    }
    return db_run(db, q, e);
}

int store_session_create(struct db *db, const struct session_new *n, const char *old_id,
                         int64_t now_us, char id_out[SESSION_ID_SIZE], struct error *e)
{
    char id[SESSION_ID_SIZE], hash[SHA256_HEX_SIZE];
    bool own;
    int r = new_id(id, e);

    if (r == 0)
        r = db_join(db, &own, e);
    if (r < 0)
        return r;
    hash_id(id, hash);
    if (old_id)
        r = end_by_id(db, old_id, e);
    if (r == 0)
        r = insert(db, n, hash, now_us, e);
    if (r == 0 && n->account_id) {
        sqlite3_stmt *q = db_query(db, sql_end_oldest, e);

        if (q) {
            db_bind_int(q, 1, n->account_id);
            db_bind_int(q, 2, SESSIONS_PER_ACCOUNT_MAX);
        }
        r = db_run(db, q, e);
    }
    r = db_finish(db, own, r, e);
    if (r == 0)
        memcpy(id_out, id, sizeof(id));
    explicit_bzero(id, sizeof(id));
    return r;
}

/* @param idle_us taken besides */
static void read_session(sqlite3_stmt *q, struct arena *a, struct session *out, int64_t *idle_us)
{
    memset(out, 0, sizeof(*out));
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
    snprintf(out->token_hash_hex, sizeof(out->token_hash_hex), "%s",
             (const char *)sqlite3_column_text(q, 11));
    if (idle_us)
        *idle_us = db_column_int(q, 12);
}

static int note_seen(struct db *db, int64_t session_id, int64_t now_us, struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r;

    db_relax(db, true);
    r = db_join(db, &own, e);
    if (r == 0) {
        q = db_query(db, sql_seen, e);
        if (q) {
            db_bind_int(q, 1, session_id);
            db_bind_int(q, 2, now_us);
        }
        r = db_finish(db, own, db_run(db, q, e), e);
    }
    db_relax(db, false);
    return r;
}

int store_session_find(struct db *db, struct arena *a, const char *id, int64_t now_us,
                       struct session *out, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    sqlite3_stmt *q = db_query(db, sql_find, e);
    int64_t idle_us = 0;
    int r;

    if (!q)
        return ERR_IO;
    hash_id(id, hash);
    db_bind_text(q, 1, hash);
    r = db_step(db, q, e);
    if (r < 0)
        return r;
    if (r == 1) {
        read_session(q, a, out, &idle_us);
        db_reset(q);
    }
    if (r == 0 || out->expires_us <= now_us || out->last_seen_us + idle_us <= now_us ||
        out->last_seen_us > now_us + CLOCK_SLACK_US)
        return error_set(e, ERR_NOT_FOUND, NULL, "the session is over");
    if (now_us - out->last_seen_us >= SEEN_STEP_US)
        return note_seen(db, out->id, now_us, e);
    return 0;
}

int store_session_renew(struct db *db, const char *old_id, int64_t now_us,
                        char id_out[SESSION_ID_SIZE], struct error *e)
{
    char id[SESSION_ID_SIZE], old_hash[SHA256_HEX_SIZE], hash[SHA256_HEX_SIZE];
    sqlite3_stmt *q;
    bool own;
    int r = new_id(id, e);

    if (r == 0)
        r = db_join(db, &own, e);
    if (r < 0)
        return r;
    hash_id(old_id, old_hash);
    hash_id(id, hash);
    q = db_query(db, sql_renew, e);
    if (q) {
        db_bind_text(q, 1, old_hash);
        db_bind_text(q, 2, hash);
        db_bind_int(q, 3, now_us);
    }
    r = db_run(db, q, e);
    if (r == 0 && db_changes(db) != 1)
        r = error_set(e, ERR_NOT_FOUND, NULL, "the session is over");
    r = db_finish(db, own, r, e);
    if (r == 0)
        memcpy(id_out, id, sizeof(id));
    explicit_bzero(id, sizeof(id));
    return r;
}

int store_session_set_flash(struct db *db, int64_t session_id, const char *flash, struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    q = db_query(db, sql_flash, e);
    if (q) {
        db_bind_int(q, 1, session_id);
        db_bind_text(q, 2, flash ? flash : "");
    }
    return db_finish(db, own, db_run(db, q, e), e);
}

int store_session_end(struct db *db, const char *id, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, end_by_id(db, id, e), e);
}

static int end_two(struct db *db, const char *sql, int64_t first, int64_t second, struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    q = db_query(db, sql, e);
    if (q) {
        db_bind_int(q, 1, first);
        db_bind_int(q, 2, second);
    }
    return db_finish(db, own, db_run(db, q, e), e);
}

int store_session_end_row(struct db *db, int64_t session_id, int64_t account_id, struct error *e)
{
    return end_two(db, sql_end_row, session_id, account_id, e);
}

int store_session_end_all(struct db *db, int64_t account_id, int64_t keep_session_id,
                          struct error *e)
{
    return end_two(db, sql_end_all, account_id, keep_session_id, e);
}

int store_session_list(struct db *db, struct arena *a, int64_t account_id, int64_t now_us,
                       struct session **out, size_t *n_out, struct error *e)
{
    struct session *list = arena_array(a, 100, sizeof(*list));
    sqlite3_stmt *q = db_query(db, sql_list, e);
    size_t n = 0;
    int r;

    if (!list || !q)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the sessions");
    db_bind_int(q, 1, account_id);
    db_bind_int(q, 2, now_us);
    while ((r = db_step(db, q, e)) == 1 && n < 100)
        read_session(q, a, &list[n++], NULL);
    db_reset(q);
    if (r < 0)
        return r;
    *out = list;
    *n_out = n;
    return 0;
}

int store_session_purge(struct db *db, int64_t now_us, struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    q = db_query(db, sql_purge, e);
    if (q)
        db_bind_int(q, 1, now_us);
    return db_finish(db, own, db_run(db, q, e), e);
}
