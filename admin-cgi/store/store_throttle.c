#include "admin-cgi/store/store_throttle.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "common/now.h"

#define KNOWN_US (30 * US_PER_DAY)
#define KNOWN "known" /* a row without failures; it starts when the name was last seen there */

static const char sql_get[] =
    "SELECT failures, window_start, blocked_until FROM throttle WHERE kind = ?1 AND key = ?2";
static const char sql_put[] =
    "INSERT INTO throttle (kind, key, failures, window_start, blocked_until)"
    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (kind, key) DO UPDATE SET"
    " failures = excluded.failures, window_start = excluded.window_start,"
    " blocked_until = excluded.blocked_until";
static const char sql_clear[] = "DELETE FROM throttle WHERE kind = ?1 AND key = ?2";
static const char sql_purge[] =
    "DELETE FROM throttle WHERE blocked_until < ?2"
    " AND window_start < CASE kind WHEN '" KNOWN "' THEN ?3 ELSE ?1 END";

static void read_counter(sqlite3_stmt *q, struct arena *a, void *row)
{
    (void)a;
    *(struct throttle_counter *)row =
        (struct throttle_counter){.failures = (uint32_t)db_column_int(q, 0),
                                  .window_start_us = db_column_int(q, 1),
                                  .blocked_until_us = db_column_int(q, 2)};
}

/* @return 1, 0 when nothing was counted (a zeroed counter), or an error */
static int get(struct db *db, const char *kind, const char *key, struct throttle_counter *out,
               struct error *e)
{
    struct arena none = {0};

    *out = (struct throttle_counter){0};
    return db_one(db, &none, SQL(sql_get, db_text(kind), db_text(key)), read_counter, out, e);
}

int store_throttle_wait(struct db *db, const char *kind, const char *key,
                        const struct throttle_rule *rule, int64_t now_us, int64_t *wait_us,
                        struct error *e)
{
    struct throttle_counter c;
    int r = get(db, kind, key, &c, e);

    if (r < 0)
        return r;
    *wait_us = throttle_wait_us(&c, rule, now_us);
    return 0;
}

static int add_failure(struct db *db, const char *kind, const char *key,
                       const struct throttle_rule *rule, int64_t now_us, struct error *e)
{
    struct throttle_counter c;
    int r = get(db, kind, key, &c, e);

    if (r < 0)
        return r;
    throttle_failure(&c, rule, now_us);
    return db_run(db,
                  SQL(sql_put, db_text(kind), db_text(key), db_int(c.failures),
                      db_int(c.window_start_us), db_int(c.blocked_until_us)),
                  e);
}

int store_throttle_failure(struct db *db, const char *kind, const char *key,
                           const struct throttle_rule *rule, int64_t now_us, struct error *e)
{
    bool own;
    int r;

    db_relax(db, true); /* counters may lose the last second of a power cut */
    r = db_join(db, &own, e);
    if (r == 0)
        r = db_finish(db, own, add_failure(db, kind, key, rule, now_us, e), e);
    db_relax(db, false);
    return r;
}

int store_throttle_success(struct db *db, const char *kind, const char *key, struct error *e)
{
    struct throttle_counter c;
    int r = get(db, kind, key, &c, e);

    return r == 1 ? db_write(db, SQL(sql_clear, db_text(kind), db_text(key)), e) : r;
}

int store_throttle_is_known(struct db *db, const char *key, int64_t now_us, struct error *e)
{
    struct throttle_counter seen;
    int r = get(db, KNOWN, key, &seen, e);

    return r == 1 ? now_us - seen.window_start_us < KNOWN_US : r;
}

int store_throttle_know(struct db *db, const char *key, int64_t now_us, struct error *e)
{
    struct throttle_counter seen;
    int r = get(db, KNOWN, key, &seen, e);

    if (r < 0 || (r == 1 && now_us - seen.window_start_us < US_PER_DAY))
        return r < 0 ? r : 0;
    return db_write(
        db, SQL(sql_put, db_text(KNOWN), db_text(key), db_int(0), db_int(now_us), db_int(0)), e);
}

int store_throttle_purge(struct db *db, int64_t now_us, struct error *e)
{
    return db_write(
        db, SQL(sql_purge, db_int(now_us - US_PER_DAY), db_int(now_us), db_int(now_us - KNOWN_US)),
        e);
}
