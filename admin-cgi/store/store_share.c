#include "admin-cgi/store/store_share.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"

#define KEPT_US (30 * US_PER_DAY)
#define LISTED_MAX 1000

#define COLUMNS                                                                                    \
    "SELECT id, group_name, filename, label, made_at, made_by, expires_at, ended_at, pw_hash,"     \
    " uses, last_used_at FROM shares"

static const char sql_make[] =
    "INSERT INTO shares (group_name, filename, label, made_at, made_by, expires_at, pw_hash)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char sql_change[] =
    "UPDATE shares SET label = ?2, expires_at = ?3, ended_at = ?4, pw_hash = ?5 WHERE id = ?1";
static const char sql_get[] = COLUMNS " WHERE id = ?1";
static const char sql_list[] =
    COLUMNS " WHERE group_name = ?1 AND filename = ?2 ORDER BY id DESC LIMIT ?3";
static const char sql_open[] =
    COLUMNS " WHERE ended_at = 0 AND expires_at > ?1 ORDER BY id LIMIT ?2";
static const char sql_used[] = "UPDATE shares SET uses = uses + 1, last_used_at = ?2 WHERE id = ?1";
static const char sql_purge[] =
    "DELETE FROM shares WHERE expires_at < ?1 OR (ended_at > 0 AND ended_at < ?1)";

static void read_share(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(struct share *)row = (struct share){
        .id = db_column_int(q, 0),
        .group = db_column_text(q, 1, a),
        .filename = db_column_text(q, 2, a),
        .label = db_column_text(q, 3, a),
        .made_us = db_column_int(q, 4),
        .made_by = db_column_text(q, 5, a),
        .expires_us = db_column_int(q, 6),
        .ended_us = db_column_int(q, 7),
        .pw_hash = db_column_text(q, 8, a),
        .uses = db_column_int(q, 9),
        .last_used_us = db_column_int(q, 10),
    };
}

/* Of the recording, as everything that is done to one. */
static int audit(struct db *db, const struct share *share, const char *action,
                 const struct actor *actor, struct error *e)
{
    return store_audit_add_recording(db, actor, action, share->group, share->filename, e);
}

static int make(struct db *db, const struct share *s, const struct actor *actor, int64_t *id_out,
                struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_run(db,
                   SQL(sql_make, db_text(s->group), db_text(s->filename),
                       db_text_or_empty(s->label), db_int(actor->now_us),
                       db_text_or_empty(actor->name), db_int(s->expires_us),
                       db_text_or_empty(s->pw_hash)),
                   e);
    if (r < 0)
        return r;
    *id_out = db_last_id(db);
    return audit(db, s, "recording.share", actor, e);
}

int store_share_make(struct db *db, const struct share *share, const struct actor *actor,
                     int64_t *id_out, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, make(db, share, actor, id_out, e), e);
}

static int change(struct db *db, const struct share *s, const struct actor *actor, struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_run(db,
                   SQL(sql_change, db_int(s->id), db_text(s->label), db_int(s->expires_us),
                       db_int(s->ended_us), db_text(s->pw_hash)),
                   e);
    return r < 0 ? r
                 : audit(db, s, s->ended_us ? "recording.unshare" : "recording.share-change", actor,
                         e);
}

int store_share_change(struct db *db, const struct share *share, const struct actor *actor,
                       struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, change(db, share, actor, e), e);
}

int store_share_get(struct db *db, struct arena *a, int64_t id, struct share *out, struct error *e)
{
    int r = db_one(db, a, SQL(sql_get, db_int(id)), read_share, out, e);

    if (r == 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such link");
    return r < 0 ? r : 0;
}

static int list(struct db *db, struct arena *a, const struct db_call *call, struct share **out,
                size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, call, read_share, sizeof(struct share), &rows, e);

    *out = rows.items;
    *n_out = rows.n;
    return r;
}

int store_share_list(struct db *db, struct arena *a, const char *group, const char *filename,
                     struct share **out, size_t *n_out, struct error *e)
{
    return list(db, a, SQL(sql_list, db_text(group), db_text(filename), db_int(LISTED_MAX)), out,
                n_out, e);
}

int store_share_list_open(struct db *db, struct arena *a, int64_t now_us, struct share **out,
                          size_t *n_out, struct error *e)
{
    return list(db, a, SQL(sql_open, db_int(now_us), db_int(LISTED_MAX)), out, n_out, e);
}

int store_share_used(struct db *db, int64_t id, int64_t now_us, struct error *e)
{
    return db_write(db, SQL(sql_used, db_int(id), db_int(now_us)), e);
}

int store_share_purge(struct db *db, int64_t now_us, struct error *e)
{
    return db_write(db, SQL(sql_purge, db_int(now_us - KEPT_US)), e);
}
