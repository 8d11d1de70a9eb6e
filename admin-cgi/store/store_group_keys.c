#include "admin-cgi/store/store_group_keys.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"

static const char sql_since[] = "SELECT at FROM versions WHERE file_id = ?1"
                                " AND instr(body, ?2) > 0 ORDER BY seq LIMIT 1";
/* most groups have no keys, whose bodies have the member "kty": they are not looked at any further
 */
static const char sql_bodies[] =
    "SELECT f.name, v.body FROM files f JOIN versions v ON v.id = f.head"
    " WHERE f.kind = 'group' AND f.state != 'trashed' AND f.id != ?1"
    " AND instr(v.body, ?2) > 0 ORDER BY f.name";

int store_group_key_since(struct db *db, int64_t file_id, const char *mark, int64_t *at_us,
                          struct error *e)
{
    int r = db_number(db, SQL(sql_since, db_int(file_id), db_blob(span_str(mark))), at_us, e);

    if (r == ERR_NOT_FOUND)
        *at_us = 0;
    return r == ERR_NOT_FOUND ? 0 : r;
}

int store_group_keys_elsewhere(struct db *db, int64_t but_file_id, const char *const *marks,
                               size_t n_marks, store_group_key_fn *tell, void *user,
                               struct error *e)
{
    sqlite3_stmt *q = NULL;
    int r = db_start(db, SQL(sql_bodies, db_int(but_file_id), db_blob(span_str("\"kty\""))), &q, e);

    while (r == 0 && (r = db_step(db, q, e)) == 1) {
        const void *body = sqlite3_column_blob(q, 1);
        size_t len = (size_t)sqlite3_column_bytes(q, 1);

        for (size_t i = 0; body && i < n_marks; i++) {
            if (marks[i] && memmem(body, len, marks[i], strlen(marks[i])))
                tell(user, i, db_column_peek(q, 0));
        }
        r = 0;
    }
    return r;
}
