#include "admin-cgi/store/store_audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "common/atomic_file.h"
#include "common/buf.h"

static const char sql_last[] = "SELECT hash FROM audit ORDER BY id DESC LIMIT 1";
static const char sql_add[] =
    "INSERT INTO audit (at, actor_kind, actor_name, account_id, address, request_id, action,"
    " object_kind, object, version_before, version_after, result, detail, prev_hash, hash)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
static const char sql_walk[] =
    "SELECT id, at, actor_kind, actor_name, account_id, address, request_id, action, object_kind,"
    " object, version_before, version_after, result, detail, prev_hash, hash FROM audit ORDER BY "
    "id";
/*
 * What leads in is the most telling filter, since each has an index that is in order of ids. The
 * place is always a plain comparison: behind an OR no index leads to it, and each page of a long
 * list would walk over all those before.
 *   ?1 before  ?2 action  ?3 object  ?4 actor  ?5, ?6 times  ?7 limit  ?8 result  ?9 text
 */
#define LIST_COLUMNS                                                                               \
    "SELECT a.id, a.at, a.actor_kind, a.actor_name, a.account_id, a.address, a.request_id,"        \
    " a.action, a.object_kind, a.object, a.version_before, a.version_after, a.result, a.detail,"   \
    " (SELECT seq FROM versions WHERE id = a.version_before),"                                     \
    " (SELECT seq FROM versions WHERE id = a.version_after) FROM audit a "
#define LIST_FILTER                                                                                \
    " AND a.id < ?1 AND (?2 IS NULL OR a.action = ?2)"                                             \
    " AND (?3 IS NULL OR a.object = ?3) AND (?4 IS NULL OR a.actor_name = ?4)"                     \
    " AND (?5 = 0 OR a.at >= ?5) AND (?6 = 0 OR a.at < ?6)"                                        \
    " AND (?8 IS NULL OR (a.result = 'ok') = (?8 = 'ok'))"                                         \
    " AND (?9 IS NULL OR instr(lower(a.actor_name || ' ' || a.action || ' ' || a.object || ' ' ||" \
    " a.address || ' ' || a.request_id || ' ' || a.detail), lower(?9)) > 0)"                       \
    " ORDER BY a.id DESC LIMIT ?7"
static const char sql_list[] = LIST_COLUMNS "WHERE 1" LIST_FILTER;
static const char sql_list_of_object[] =
    LIST_COLUMNS "INDEXED BY audit_object WHERE a.object = ?3" LIST_FILTER;
static const char sql_list_of_actor[] =
    LIST_COLUMNS "INDEXED BY audit_actor WHERE a.actor_name = ?4" LIST_FILTER;

static const char sql_refused[] =
    "SELECT id, at, actor_kind, actor_name, account_id, address, request_id, action, object_kind,"
    " object, version_before, version_after, result, detail FROM audit"
    " WHERE id > (SELECT max(id) FROM audit) - 1000 AND action = 'login' AND result <> 'ok'"
    " ORDER BY id DESC LIMIT ?1";

static const char no_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

/* Every field with its length, so that no two rows have the same bytes. */
static void add_text(struct buf *b, const char *text)
{
    buf_printf(b, "%zu:", strlen(text));
    buf_add_str(b, text);
}

static int row_hash(const char *prev_hash, const struct audit_row *row, int64_t account_id,
                    char out[SHA256_HEX_SIZE])
{
    struct buf b = {0};
    int r;

    add_text(&b, prev_hash);
    buf_printf(&b, "%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",", row->at_us, account_id,
               row->version_before, row->version_after);
    add_text(&b, row->actor_kind);
    add_text(&b, row->actor_name);
    add_text(&b, row->address);
    add_text(&b, row->request_id);
    add_text(&b, row->action);
    add_text(&b, row->object_kind);
    add_text(&b, row->object);
    add_text(&b, row->result);
    add_text(&b, row->detail);
    r = buf_check(&b);
    if (r == 0)
        sha256_hex(buf_span(&b), out);
    buf_release(&b);
    return r;
}

static void read_hash(sqlite3_stmt *q, struct arena *a, void *row)
{
    (void)a;
    snprintf(row, SHA256_HEX_SIZE, "%s", db_column_peek(q, 0));
}

static int add_row(struct db *db, const struct audit_row *row, int64_t account_id, struct error *e)
{
    char prev_hash[SHA256_HEX_SIZE], hash[SHA256_HEX_SIZE];
    struct arena none = {0};
    int r;

    memcpy(prev_hash, no_hash, sizeof prev_hash);
    r = db_one(db, &none, SQL(sql_last), read_hash, prev_hash, e);
    if (r >= 0)
        r = row_hash(prev_hash, row, account_id, hash);
    if (r < 0)
        return r;
    return db_run(db,
                  SQL(sql_add, db_int(row->at_us), db_text(row->actor_kind),
                      db_text(row->actor_name), db_int(account_id), db_text(row->address),
                      db_text(row->request_id), db_text(row->action), db_text(row->object_kind),
                      db_text(row->object), db_int(row->version_before), db_int(row->version_after),
                      db_text(row->result), db_text(row->detail), db_text(prev_hash),
                      db_text(hash)),
                  e);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int store_audit_add(struct db *db, const struct actor *actor, const struct audit_entry *entry,
                    struct error *e)
{
    const struct audit_row row = {
        .at_us = actor->now_us,
        .actor_kind = actor_kind_name(actor->kind),
        .actor_name = or_empty(actor->name),
        .address = or_empty(actor->address),
        .request_id = or_empty(actor->request_id),
        .action = entry->action,
        .object_kind = or_empty(entry->object_kind),
        .object = or_empty(entry->object),
        .version_before = entry->version_before,
        .version_after = entry->version_after,
        .result = entry->result,
        .detail = or_empty(entry->detail),
    };
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    return db_finish(db, own, add_row(db, &row, actor->account_id, e), e);
}

int store_audit_add_recording(struct db *db, const struct actor *actor, const char *action,
                              const char *group, const char *name, struct error *e)
{
    struct buf object = {0};
    struct audit_entry entry = {.action = action, .object_kind = "recording", .result = "ok"};
    int r;

    buf_printf(&object, "%s/%s", group, name);
    r = buf_check(&object);
    entry.object = buf_str(&object);
    if (r == 0)
        r = store_audit_add(db, actor, &entry, e);
    buf_release(&object);
    return r;
}

int store_audit_add_all(struct db *db, const struct actor *actor, const struct audit_entry *entries,
                        size_t n, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < n; i++)
        r = store_audit_add(db, actor, &entries[i], e);
    return db_finish(db, own, r, e);
}

static void read_row(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct audit_row *out = row;

    *out = (struct audit_row){0};
    out->id = db_column_int(q, 0);
    out->at_us = db_column_int(q, 1);
    out->actor_kind = db_column_text(q, 2, a);
    out->actor_name = db_column_text(q, 3, a);
    out->address = db_column_text(q, 5, a);
    out->request_id = db_column_text(q, 6, a);
    out->action = db_column_text(q, 7, a);
    out->object_kind = db_column_text(q, 8, a);
    out->object = db_column_text(q, 9, a);
    out->version_before = db_column_int(q, 10);
    out->version_after = db_column_int(q, 11);
    out->result = db_column_text(q, 12, a);
    out->detail = db_column_text(q, 13, a);
}

static void read_listed(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct audit_row *out = row;

    read_row(q, a, row);
    out->seq_before = db_column_int(q, 14);
    out->seq_after = db_column_int(q, 15);
}

int store_audit_list(struct db *db, struct arena *a, const struct audit_query *query,
                     struct audit_row **out, size_t *n_out, struct error *e)
{
    const char *sql = query->object  ? sql_list_of_object
                      : query->actor ? sql_list_of_actor
                                     : sql_list;
    struct db_rows rows = {0};
    int r = db_all(db, a,
                   SQL(sql, db_int(query->before_id ? query->before_id : INT64_MAX),
                       db_text(query->action), db_text(query->object), db_text(query->actor),
                       db_int(query->from_us), db_int(query->until_us),
                       db_int((int64_t)query->limit), db_text(query->result), db_text(query->text)),
                   read_listed, sizeof(struct audit_row), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

int store_audit_refused(struct db *db, struct arena *a, size_t limit, struct audit_row **out,
                        size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_refused, db_int((int64_t)limit)), read_row,
                   sizeof(struct audit_row), &rows, e);

    *out = rows.items;
    *n_out = rows.n;
    return r;
}

/* Does the row say what its hash says, and follow the row before it? */
static bool row_fits(sqlite3_stmt *q, char expected[SHA256_HEX_SIZE])
{
    struct arena a = {0};
    struct audit_row row;
    char hash[SHA256_HEX_SIZE] = "";
    const char *prev = db_column_peek(q, 14);
    /* The first row left may follow rows that were purged: its own claim has to do. */
    bool fits = !expected[0] || strcmp(prev, expected) == 0;

    read_row(q, &a, &row);
    fits = fits && !a.bad && row_hash(prev, &row, db_column_int(q, 4), hash) == 0 &&
           strcmp(hash, db_column_peek(q, 15)) == 0;
    arena_release(&a);
    memcpy(expected, hash, sizeof hash);
    return fits;
}

int store_audit_verify(struct db *db, int64_t *bad_id, int64_t *n_rows, struct error *e)
{
    sqlite3_stmt *q = NULL;
    char expected[SHA256_HEX_SIZE] = "";
    int r = db_start(db, SQL(sql_walk), &q, e);

    *bad_id = *n_rows = 0;
    if (r < 0)
        return r;
    while ((r = db_step(db, q, e)) == 1) {
        (*n_rows)++;
        if (!row_fits(q, expected)) {
            *bad_id = db_column_int(q, 0);
            db_reset(q);
            return 0;
        }
    }
    return r;
}
