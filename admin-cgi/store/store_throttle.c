#include "admin-cgi/store/store_throttle.h"

#include "admin-cgi/store/db_internal.h"

#define KEEP_US (INT64_C(24) * 3600 * 1000000)

static const char sql_get[] =
    "SELECT failures, window_start, blocked_until FROM throttle WHERE kind = ?1 AND key = ?2";
static const char sql_put[] =
    "INSERT INTO throttle (kind, key, failures, window_start, blocked_until)"
    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (kind, key) DO UPDATE SET"
    " failures = excluded.failures, window_start = excluded.window_start,"
    " blocked_until = excluded.blocked_until";
static const char sql_clear[] = "DELETE FROM throttle WHERE kind = ?1 AND key = ?2";
static const char sql_purge[] =
    "DELETE FROM throttle WHERE window_start < ?1 AND blocked_until < ?2";

static int get(struct db *db, const char *kind, const char *key, struct throttle_counter *out,
               bool *found, struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_get, e);
    int r;

    *out = (struct throttle_counter){0};
    *found = false;
    if (!q)
        return ERR_IO;
    db_bind_text(q, 1, kind);
    db_bind_text(q, 2, key);
    r = db_step(db, q, e);
    if (r != 1)
        return r;
    out->failures = (uint32_t)db_column_int(q, 0);
    out->window_start_us = db_column_int(q, 1);
    out->blocked_until_us = db_column_int(q, 2);
    *found = true;
    db_reset(q);
    return 0;
}

int store_throttle_wait(struct db *db, const char *kind, const char *key,
                        const struct throttle_rule *rule, int64_t now_us, int64_t *wait_us,
                        struct error *e)
{
    struct throttle_counter c;
    bool found;
    int r = get(db, kind, key, &c, &found, e);

    if (r == 0)
        *wait_us = found ? throttle_wait_us(&c, rule, now_us) : 0;
    return r;
}

static int put(struct db *db, const char *kind, const char *key, const struct throttle_counter *c,
               struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_put, e);

    if (q) {
        db_bind_text(q, 1, kind);
        db_bind_text(q, 2, key);
        db_bind_int(q, 3, c->failures);
        db_bind_int(q, 4, c->window_start_us);
        db_bind_int(q, 5, c->blocked_until_us);
    }
    return db_run(db, q, e);
}

int store_throttle_failure(struct db *db, const char *kind, const char *key,
                           const struct throttle_rule *rule, int64_t now_us, struct error *e)
{
    struct throttle_counter c;
    bool found, own;
    int r;

    db_relax(db, true); /* counters may lose the last second of a power cut */
    r = db_join(db, &own, e);
    if (r == 0) {
        r = get(db, kind, key, &c, &found, e);
        if (r == 0) {
            throttle_failure(&c, rule, now_us);
            r = put(db, kind, key, &c, e);
        }
        r = db_finish(db, own, r, e);
    }
    db_relax(db, false);
    return r;
}

int store_throttle_success(struct db *db, const char *kind, const char *key, struct error *e)
{
    struct throttle_counter c;
    bool found;
    sqlite3_stmt *q;
    bool own;
    int r = get(db, kind, key, &c, &found, e);

    if (r < 0 || !found)
        return r;
    r = db_join(db, &own, e);
    if (r < 0)
        return r;
    q = db_query(db, sql_clear, e);
    if (q) {
        db_bind_text(q, 1, kind);
        db_bind_text(q, 2, key);
    }
    return db_finish(db, own, db_run(db, q, e), e);
}

int store_throttle_purge(struct db *db, int64_t now_us, struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    q = db_query(db, sql_purge, e);
    if (q) {
        db_bind_int(q, 1, now_us - KEEP_US);
        db_bind_int(q, 2, now_us);
    }
    return db_finish(db, own, db_run(db, q, e), e);
}
