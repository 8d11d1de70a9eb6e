#include "admin-cgi/store/store_group_public.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/search_terms.h"

#define PUBLIC_FILTER                                                                              \
    " FROM group_index i JOIN files f ON f.id = i.file_id"                                         \
    " WHERE i.is_public = 1 AND f.state <> 'trashed'"                                              \
    " AND (?1 IS NULL OR i.file_id IN (SELECT rowid FROM group_fts WHERE group_fts MATCH ?1))"

static const char sql_total[] = "SELECT count(*)" PUBLIC_FILTER;
static const char sql_page[] =
    "SELECT i.name, i.display_name, i.description, i.redirect" PUBLIC_FILTER
    " ORDER BY i.name LIMIT ?2 OFFSET ?3";

static void read_row(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct public_group *out = row;

    out->name = db_column_text(q, 0, a);
    out->display_name = db_column_text(q, 1, a);
    out->description = db_column_text(q, 2, a);
    out->redirect = db_column_text(q, 3, a);
}

/* Contact, comment and users are in the same index, and none of a stranger's business. */
static const char *public_terms(struct arena *a, const char *search)
{
    const char *terms = search ? search_terms(a, search) : NULL;

    return terms ? arena_printf(a, "{name display_name description} : (%s)", terms) : NULL;
}

int store_group_public(struct db *db, struct arena *a, const char *search, int64_t page,
                       size_t size, struct public_page *out, struct error *e)
{
    const char *terms = public_terms(a, search);
    struct public_page found = {.page = page};
    struct db_rows rows = {0};
    int64_t per_page = (int64_t)size;
    int r = db_number(db, SQL(sql_total, db_text(terms)), &found.total, e);

    if (r < 0)
        return r;
    found.pages = found.total > per_page ? (found.total + per_page - 1) / per_page : 1;
    if (found.page > found.pages)
        found.page = found.pages;
    r = db_all(db, a,
               SQL(sql_page, db_text(terms), db_int(per_page), db_int((found.page - 1) * per_page)),
               read_row, sizeof(struct public_group), &rows, e);
    if (r < 0)
        return r;
    found.rows = rows.items;
    found.n_rows = rows.n;
    *out = found;
    return 0;
}
