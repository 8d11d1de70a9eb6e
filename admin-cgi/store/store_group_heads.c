#include "admin-cgi/store/store_group_heads.h"

#include "admin-cgi/store/db_statement.h"

static const char sql_heads[] =
    "SELECT f.name, v.body FROM files f JOIN versions v ON v.id = f.head"
    " WHERE f.kind = 'group' AND f.state <> 'trashed' AND f.name > ?1 ORDER BY f.name LIMIT ?2";

static void read_head(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct group_head *out = row;

    out->name = db_column_text(q, 0, a);
    out->text = db_column_blob(q, 1, a);
}

int store_group_heads(struct db *db, struct arena *a, const char *after, int64_t limit,
                      struct group_head **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_heads, db_text(after), db_int(limit)), read_head, sizeof **out,
                   &rows, e);

    *out = rows.items;
    *n_out = rows.n;
    return r;
}
