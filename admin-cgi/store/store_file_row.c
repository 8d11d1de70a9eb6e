/* Rows of `files`, `versions` and `conflicts`. */
#include "admin-cgi/store/store_file_row.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "common/json_scan.h"
#include "common/server_config.h"

static const char sql_find[] =
    "SELECT f.id, f.state, f.pending, f.dev, f.ino, f.size, f.mtime_ns, f.ctime_ns, f.disk_sha256,"
    " f.problem, f.problem_line, f.problem_column, v.id, v.seq, v.at, v.sha256, v.body,"
    " f.state_since"
    " FROM files f LEFT JOIN versions v ON v.id = f.head WHERE f.kind = ?1 AND f.name = ?2";
static const char sql_create[] =
    "INSERT INTO files (kind, name, state, state_since) VALUES (?1, ?2, 'broken', ?3)";
static const char sql_set_disk[] =
    "UPDATE files SET dev = ?2, ino = ?3, size = ?4, mtime_ns = ?5, ctime_ns = ?6,"
    " disk_sha256 = ?7, pending = ?8 WHERE id = ?1";
static const char sql_settle[] =
    "UPDATE files SET dev = ?2, ino = ?3, size = ?4, mtime_ns = ?5, ctime_ns = ?6,"
    " disk_sha256 = ?7, pending = 0 WHERE id = ?1 AND head = ?8 AND pending = 1";
static const char sql_set_status[] =
    "UPDATE files SET state_since = CASE WHEN state = ?2 THEN state_since ELSE ?6 END,"
    " state = ?2, problem = ?3, problem_line = ?4, problem_column = ?5 WHERE id = ?1";
static const char sql_set_head[] = "UPDATE files SET head = ?2, pending = ?3 WHERE id = ?1";
static const char sql_rename[] = "UPDATE files SET name = ?2 WHERE id = ?1";
static const char sql_conflict[] =
    "INSERT INTO conflicts (file_id, version_id, kind, at) VALUES (?1, ?2, ?3, ?4)";
static const char sql_next_seq[] =
    "SELECT coalesce(max(seq), 0) + 1 FROM versions WHERE file_id = ?1";
static const char sql_version[] =
    "INSERT INTO versions (file_id, seq, parent, at, actor_kind, actor_name, account_id, source,"
    " sha256, body, summary) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
static const char sql_version_find[] =
    "SELECT id, source FROM versions WHERE file_id = ?1 AND sha256 = ?2 ORDER BY id LIMIT 1";

/* The table has no kind of its own for mediad.json: it is a second file of the kind "config". */
static const char *const kind_names[] = {"group", "config", "ice", "config"};
static const char *const status_names[] = {"absent", "ok", "broken", "readonly", "trashed"};

static unsigned index_of(const char *const *names, unsigned n, const char *name, unsigned otherwise)
{
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return otherwise;
}

const char *file_kind_name(enum file_kind kind)
{
    return kind_names[kind];
}

enum file_kind file_kind_of(const char *kind, const char *name)
{
    if (strcmp(kind, kind_names[FILE_MEDIAD]) == 0 && strcmp(name, MEDIAD_FILE_NAME) == 0)
        return FILE_MEDIAD;
    return (enum file_kind)index_of(kind_names, 3, kind, FILE_GROUP);
}

static const char *file_status_name(enum file_status status)
{
    return status_names[status];
}

enum file_status file_status_of(const char *name)
{
    return (enum file_status)index_of(status_names, 5, name, FILE_ABSENT);
}

const char *file_place(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                       int *root)
{
    *root = kind == FILE_GROUP ? db->groups_fd : db->data_fd;
    return arena_printf(a, "%s.json", name);
}

static void read_file(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct file_row *out = row;

    out->id = db_column_int(q, 0);
    out->status = file_status_of(db_column_peek(q, 1));
    out->pending = db_column_int(q, 2) != 0;
    out->stamp.dev = (uint64_t)db_column_int(q, 3);
    out->stamp.ino = (uint64_t)db_column_int(q, 4);
    out->stamp.size_bytes = db_column_int(q, 5);
    out->stamp.mtime_ns = db_column_int(q, 6);
    out->stamp.ctime_ns = db_column_int(q, 7);
    snprintf(out->disk_sha256, sizeof out->disk_sha256, "%s", db_column_peek(q, 8));
    out->problem = db_column_text(q, 9, a);
    out->problem_line = (unsigned)db_column_int(q, 10);
    out->problem_column = (unsigned)db_column_int(q, 11);
    out->head_id = db_column_int(q, 12);
    out->head_seq = db_column_int(q, 13);
    out->head_at_us = db_column_int(q, 14);
    snprintf(out->head_sha256, sizeof out->head_sha256, "%s", db_column_peek(q, 15));
    out->head_text = db_column_blob(q, 16, a);
    out->since_us = db_column_int(q, 17);
}

int file_row_find(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                  struct file_row *out, struct error *e)
{
    int r;

    *out = (struct file_row){.kind = kind, .name = name, .problem = ""};
    r = db_one(db, a, SQL(sql_find, db_text(file_kind_name(kind)), db_text(name)), read_file, out,
               e);
    return r < 0 ? r : 0;
}

int file_row_create(struct db *db, struct file_row *row, int64_t now_us, struct error *e)
{
    int r = db_run(
        db, SQL(sql_create, db_text(file_kind_name(row->kind)), db_text(row->name), db_int(now_us)),
        e);

    if (r == 0) {
        row->id = db_last_id(db);
        row->status = FILE_BROKEN;
    }
    return r;
}

/* Write a stamp and a digest; `last` is what the statement wants besides. */
static int write_disk(struct db *db, const char *sql, int64_t id, const struct file_stamp *stamp,
                      const char *sha256, int64_t last, struct error *e)
{
    return db_run(db,
                  SQL(sql, db_int(id), db_int((int64_t)stamp->dev), db_int((int64_t)stamp->ino),
                      db_int(stamp->size_bytes), db_int(stamp->mtime_ns), db_int(stamp->ctime_ns),
                      db_text(sha256[0] ? sha256 : NULL), db_int(last)),
                  e);
}

int file_row_settle(struct db *db, const struct file_row *row, const struct file_stamp *stamp,
                    const char *sha256, struct error *e)
{
    return write_disk(db, sql_settle, row->id, stamp, sha256, row->head_id, e);
}

int file_row_set_disk(struct db *db, struct file_row *row, const struct file_stamp *stamp,
                      const char *sha256, bool pending, struct error *e)
{
    int r = write_disk(db, sql_set_disk, row->id, stamp, sha256, pending, e);

    if (r == 0) {
        row->stamp = *stamp;
        row->pending = pending;
        if (sha256 != row->disk_sha256)
            snprintf(row->disk_sha256, sizeof row->disk_sha256, "%s", sha256);
    }
    return r;
}

int file_row_set_status(struct db *db, struct file_row *row, enum file_status status,
                        const struct error *problem, int64_t now_us, struct error *e)
{
    const char *text = problem ? problem->text : "";
    unsigned line = 0, column = 0;
    int r;

    if (problem)
        error_line_column(problem, &line, &column);
    r = db_run(db,
               SQL(sql_set_status, db_int(row->id), db_text(file_status_name(status)),
                   db_text(text), db_int(line), db_int(column), db_int(now_us)),
               e);
    if (r == 0) {
        row->status = status;
        row->problem = text;
        row->problem_line = line;
        row->problem_column = column;
    }
    return r;
}

int file_row_set_head(struct db *db, struct file_row *row, int64_t version_id, bool pending,
                      struct error *e)
{
    int r = db_run(db, SQL(sql_set_head, db_int(row->id), db_id(version_id), db_int(pending)), e);

    if (r == 0) {
        row->head_id = version_id;
        row->pending = pending;
    }
    return r;
}

int file_row_rename(struct db *db, struct file_row *row, const char *name, struct error *e)
{
    return db_run(db, SQL(sql_rename, db_int(row->id), db_text(name)), e);
}

int conflict_add(struct db *db, int64_t file_id, int64_t version_id, const char *kind,
                 int64_t now_us, struct error *e)
{
    return db_run(
        db, SQL(sql_conflict, db_int(file_id), db_int(version_id), db_text(kind), db_int(now_us)),
        e);
}

int version_add(struct db *db, const struct version_new *v, const struct actor *actor,
                int64_t *id_out, int64_t *seq_out, struct error *e)
{
    int64_t seq = 0;
    int r = db_number(db, SQL(sql_next_seq, db_int(v->file_id)), &seq, e);

    if (r < 0)
        return r;
    r = db_run(db,
               SQL(sql_version, db_int(v->file_id), db_int(seq), db_id(v->parent), db_int(v->at_us),
                   db_text(actor_kind_name(actor->kind)), db_text_or_empty(actor->name),
                   db_id(actor->account_id), db_text(v->source), db_text(v->sha256),
                   db_blob(v->body), db_text_or_empty(v->summary)),
               e);
    if (r == 0) {
        *id_out = db_last_id(db);
        if (seq_out)
            *seq_out = seq;
    }
    return r;
}

struct found_version {
    int64_t id;
    const char *source;
};

static void read_found_version(sqlite3_stmt *q, struct arena *a, void *row)
{
    static const char *const sources[] = {"edit", "import", "displaced", "broken", "restore"};
    struct found_version *found = row;

    (void)a;
    found->id = db_column_int(q, 0);
    found->source = sources[index_of(sources, 5, db_column_peek(q, 1), 0)];
}

int version_find(struct db *db, int64_t file_id, const char *sha256, int64_t *id_out,
                 const char **source_out, struct error *e)
{
    struct found_version found = {0};
    struct arena none = {0};
    int r = db_one(db, &none, SQL(sql_version_find, db_int(file_id), db_text(sha256)),
                   read_found_version, &found, e);

    if (r < 0)
        return r;
    *id_out = found.id;
    if (source_out && found.source)
        *source_out = found.source;
    return 0;
}

static int validate_kind(struct span text, enum json_type type, const char *otherwise,
                         struct error *e)
{
    struct json_object *json = NULL;
    struct error unclean;
    int r = json_scan_parse_file(&json, text, &unclean, e);

    if (r == 0 && !json_object_is_type(json, type))
        r = error_set(e, ERR_INVALID, "line 1 column 1", "%s", otherwise);
    json_object_put(json);
    return r;
}

int file_validate(enum file_kind kind, struct span text, struct group_desc **desc, struct error *e)
{
    struct group_desc *group = NULL;
    struct server_config *config = NULL;
    int r;

    switch (kind) {
    case FILE_GROUP:
        r = group_desc_parse(&group, text, e);
        if (r == 0 && desc)
            *desc = group;
        else
            group_desc_unref(group);
        return r;
    case FILE_CONFIG:
        r = server_config_parse(&config, text, e);
        server_config_free(config);
        return r;
    case FILE_ICE:
        return validate_kind(text, json_type_array, "ice-servers.json must be an array", e);
    case FILE_MEDIAD:
        return validate_kind(text, json_type_object, "mediad.json must be an object", e);
    }
    return ERR_INVALID;
}
