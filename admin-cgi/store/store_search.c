#include "admin-cgi/store/store_search.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/scope_sql.h"
#include "admin-cgi/store/search_terms.h"

/*
 *   ?1 what was typed, or a query of the full text index  ?2 scopes or NULL  ?3 limit
 * CROSS JOIN keeps the order of the tables: the search first, and no more rows than are shown.
 */
#define IS_SEEN " AND f.state <> 'trashed' AND" IN_SCOPES("f.name", "?2")

static const char sql_groups_named[] =
    "SELECT f.name, coalesce(i.display_name, ''), 0 FROM files f"
    " LEFT JOIN group_index i ON i.file_id = f.id WHERE f.kind = 'group'"
    " AND f.name >= ?1 AND f.name < ?1 || char(1114111)" IS_SEEN " ORDER BY f.name LIMIT ?3";
static const char sql_groups_about[] =
    "SELECT f.name, coalesce(i.display_name, ''), 0 FROM group_fts t"
    " CROSS JOIN files f ON f.id = t.rowid LEFT JOIN group_index i ON i.file_id = f.id"
    " WHERE t.group_fts MATCH ?1" IS_SEEN " LIMIT ?3";
static const char sql_users[] =
    "SELECT u.user_name, f.name, 0 FROM group_users u CROSS JOIN files f ON f.id = u.file_id"
    " WHERE u.kind = 'named' AND u.user_name >= ?1 AND u.user_name < ?1 || char(1114111)" IS_SEEN
    " ORDER BY u.user_name, u.file_id LIMIT ?3";
static const char sql_accounts[] =
    "SELECT login, display_name, id FROM accounts WHERE instr(lower(login), lower(?1)) > 0"
    " OR instr(lower(display_name), lower(?1)) > 0 ORDER BY login LIMIT ?2";

static void read_hit(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct search_hit *hit = row;

    hit->name = db_column_text(q, 0, a);
    hit->detail = db_column_text(q, 1, a);
    hit->id = db_column_int(q, 2);
}

static int find(struct db *db, struct arena *a, const struct db_call *call, struct search_hits *out,
                struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, call, read_hit, sizeof(struct search_hit), &rows, e);

    *out = (struct search_hits){.items = rows.items, .n = r < 0 ? 0 : rows.n};
    return r;
}

static struct db_value scopes_of(struct arena *a, const struct search_query *q)
{
    return db_scopes(a, q->scopes, q->n_scopes);
}

static bool has(const struct search_hits *hits, const char *name)
{
    for (size_t i = 0; i < hits->n; i++) {
        if (strcmp(hits->items[i].name, name) == 0)
            return true;
    }
    return false;
}

/* First those of this name, then the others, each once. */
static int join(struct arena *a, const struct search_hits *named, const struct search_hits *about,
                size_t limit, struct search_hits *out, struct error *e)
{
    struct search_hits all = {
        .items = arena_alloc(a, (named->n + about->n + 1) * sizeof(struct search_hit))};

    if (!all.items)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the search");
    for (size_t i = 0; i < named->n; i++)
        all.items[all.n++] = named->items[i];
    for (size_t i = 0; i < about->n && all.n < limit; i++) {
        if (!has(named, about->items[i].name))
            all.items[all.n++] = about->items[i];
    }
    *out = all;
    return 0;
}

int store_search_groups(struct db *db, struct arena *a, const struct search_query *q,
                        struct search_hits *out, struct error *e)
{
    struct db_value scopes = scopes_of(a, q);
    const char *terms = search_terms(a, q->text);
    struct search_hits named = {0}, about = {0};
    int64_t limit = (int64_t)q->limit;
    int r = find(db, a, SQL(sql_groups_named, db_text(q->text), scopes, db_int(limit)), &named, e);

    if (r == 0 && terms)
        r = find(db, a, SQL(sql_groups_about, db_text(terms), scopes, db_int(limit)), &about, e);
    return r < 0 ? r : join(a, &named, &about, q->limit, out, e);
}

int store_search_users(struct db *db, struct arena *a, const struct search_query *q,
                       struct search_hits *out, struct error *e)
{
    return find(db, a, SQL(sql_users, db_text(q->text), scopes_of(a, q), db_int((int64_t)q->limit)),
                out, e);
}

int store_search_accounts(struct db *db, struct arena *a, const struct search_query *q,
                          struct search_hits *out, struct error *e)
{
    return find(db, a, SQL(sql_accounts, db_text(q->text), db_int((int64_t)q->limit)), out, e);
}
