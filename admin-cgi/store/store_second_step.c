#include "admin-cgi/store/store_second_step.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "common/atomic_file.h"
#include "common/now.h"

#define PER_ACCOUNT_MAX 20
#define LIFETIME_US (SECOND_STEP_SECONDS * US_PER_S)

static const char sql_create[] =
    "INSERT INTO second_steps (hash, account_id, expires_at, next, kept)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char sql_end_oldest[] =
    "DELETE FROM second_steps WHERE account_id = ?1 AND hash NOT IN (SELECT hash FROM second_steps"
    " WHERE account_id = ?1 ORDER BY expires_at DESC LIMIT ?2)";
static const char sql_find[] = "SELECT account_id, tries, next, kept FROM second_steps"
                               " WHERE hash = ?1 AND expires_at > ?2 AND tries < ?3";
static const char sql_try[] = "UPDATE second_steps SET tries = tries + 1"
                              " WHERE hash = ?1 AND expires_at > ?2 AND tries < ?3";
static const char sql_end[] = "DELETE FROM second_steps WHERE hash = ?1";
static const char sql_end_all[] = "DELETE FROM second_steps WHERE account_id = ?1";
static const char sql_purge[] = "DELETE FROM second_steps WHERE expires_at <= ?1";

static int is_over(struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, NULL, "the first step was too long ago");
}

static int insert(struct db *db, const char *hash, int64_t account_id, const char *next,
                  const char *kept, int64_t now_us, struct error *e)
{
    int r = db_run(db,
                   SQL(sql_create, db_text(hash), db_int(account_id), db_int(now_us + LIFETIME_US),
                       db_text_or_empty(next), db_text_or_empty(kept)),
                   e);

    if (r == 0)
        r = db_run(db, SQL(sql_end_oldest, db_int(account_id), db_int(PER_ACCOUNT_MAX)), e);
    return r;
}

int store_second_step_create(struct db *db, int64_t account_id, const char *next, const char *kept,
                             int64_t now_us, char out[SECOND_STEP_SIZE], struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    bool own;
    int r = secret_id_make(out, SECOND_STEP_BYTES, e);

    if (r == 0)
        r = db_join(db, &own, e);
    if (r < 0)
        return r;
    sha256_hex(span_str(out), hash);
    return db_finish(db, own, insert(db, hash, account_id, next, kept, now_us, e), e);
}

static void read_step(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(struct second_step *)row = (struct second_step){.account_id = db_column_int(q, 0),
                                                      .tries = db_column_int(q, 1),
                                                      .next = db_column_text(q, 2, a),
                                                      .kept = db_column_text(q, 3, a)};
}

int store_second_step_find(struct db *db, struct arena *a, const char *id, int64_t now_us,
                           struct second_step *out, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    int r;

    sha256_hex(span_str(id), hash);
    r = db_one(db, a, SQL(sql_find, db_text(hash), db_int(now_us), db_int(SECOND_STEP_TRIES)),
               read_step, out, e);
    if (r == 0)
        return is_over(e);
    return r < 0 ? r : 0;
}

int store_second_step_try(struct db *db, const char *id, int64_t now_us, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    int r;

    sha256_hex(span_str(id), hash);
    r = db_write(db, SQL(sql_try, db_text(hash), db_int(now_us), db_int(SECOND_STEP_TRIES)), e);
    return r == 0 && db_changes(db) != 1 ? is_over(e) : r;
}

int store_second_step_end(struct db *db, const char *id, struct error *e)
{
    char hash[SHA256_HEX_SIZE];

    sha256_hex(span_str(id), hash);
    return db_write(db, SQL(sql_end, db_text(hash)), e);
}

int store_second_step_end_all(struct db *db, int64_t account_id, struct error *e)
{
    return db_write(db, SQL(sql_end_all, db_int(account_id)), e);
}

int store_second_step_purge(struct db *db, int64_t now_us, struct error *e)
{
    return db_write(db, SQL(sql_purge, db_int(now_us)), e);
}
