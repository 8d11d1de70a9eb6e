/* Lists and searches over groups, from the index (WEB-12). */
#include "admin-cgi/store/store_group_list.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/scope_sql.h"
#include "admin-cgi/store/search_terms.h"
#include "admin-cgi/store/store_file_row.h"
#include "common/base64url.h"
#include "common/group_name.h"

/*
 * One statement for each order; every filter is a parameter that may be off.
 *   ?1 words  ?2 user  ?3 below  ?4 public  ?5 problems  ?6 weak  ?7 trashed  ?8 access
 *   ?9 scopes or NULL  ?10, ?11 cursor (name; changed_at)  ?12 limit
 *   ?13 state  ?14 at which time  ?15 names  ?16 names that are left out
 */
#define GROUP_FILTER                                                                               \
    " FROM files f LEFT JOIN group_index i ON i.file_id = f.id"                                    \
    " LEFT JOIN versions v ON v.id = f.head"                                                       \
    " WHERE f.kind = 'group' AND (f.state = 'trashed') = ?7"                                       \
    " AND (?1 IS NULL OR f.id IN (SELECT rowid FROM group_fts WHERE group_fts MATCH ?1))"          \
    " AND (?2 IS NULL OR f.id IN (SELECT file_id FROM group_users WHERE user_name = ?2))"          \
    " AND (?3 IS NULL OR f.name = ?3 OR (f.name >= ?3 || '/' AND f.name < ?3 || '0'))"             \
    " AND (?4 = 0 OR i.is_public = 1)"                                                             \
    " AND (?5 = 0 OR f.state IN ('broken', 'readonly'))"                                           \
    " AND (?6 = 0 OR i.has_weak = 1)"                                                              \
    " AND (?8 IS NULL OR i.access_kind = ?8)"                                                      \
    " AND (?13 IS NULL OR CASE ?13 WHEN 'not-yet' THEN i.not_before > ?14"                         \
    " WHEN 'closed' THEN i.expires > 0 AND i.expires <= ?14"                                       \
    " WHEN 'subgroups' THEN i.auto_subgroups = 1 WHEN 'recording' THEN i.allow_recording = 1"      \
    " ELSE 0 END)"                                                                                 \
    " AND (?15 IS NULL OR f.name IN (SELECT value FROM json_each(?15)))"                           \
    " AND (?16 IS NULL OR (f.name NOT IN (SELECT value FROM json_each(?16)) AND NOT EXISTS"        \
    " (SELECT 1 FROM versions w WHERE w.file_id = f.id AND w.seq = 1 AND w.at > ?14)))"            \
    " AND" IN_SCOPES("f.name", "?9")
#define GROUP_COLUMNS                                                                              \
    "SELECT f.id, f.name, i.display_name, i.description, f.state, i.access_kind, i.is_public,"     \
    " i.auto_subgroups, i.allow_recording, i.has_weak, i.redirect, i.not_before, i.expires,"       \
    " i.n_users, v.at, v.actor_name, v.actor_kind, f.disk_sha256"

static const char sql_by_name[] = GROUP_COLUMNS GROUP_FILTER
    " AND f.name > coalesce(?10, '') AND ?11 IS ?11 ORDER BY f.name LIMIT ?12";
static const char sql_by_name_down[] = GROUP_COLUMNS GROUP_FILTER
    " AND f.name < coalesce(?10, char(1114111)) AND ?11 IS ?11 ORDER BY f.name DESC LIMIT ?12";
static const char sql_by_change[] = GROUP_COLUMNS GROUP_FILTER
    " AND (?10 IS NULL OR (coalesce(i.changed_at, 0), f.name) > (?11, ?10))"
    " ORDER BY coalesce(i.changed_at, 0), f.name LIMIT ?12";
static const char sql_by_change_down[] = GROUP_COLUMNS GROUP_FILTER
    " AND (?10 IS NULL OR (coalesce(i.changed_at, 0), f.name) < (?11, ?10))"
    " ORDER BY coalesce(i.changed_at, 0) DESC, f.name DESC LIMIT ?12";
static const char sql_total[] = "SELECT count(*)" GROUP_FILTER;
static const char sql_total_all[] =
    "SELECT count(*) FROM files f WHERE f.kind = 'group' AND (f.state = 'trashed') = ?1";
static const char sql_public[] = GROUP_COLUMNS
    " FROM group_index i JOIN files f ON f.id = i.file_id LEFT JOIN versions v ON v.id = f.head"
    " WHERE i.is_public = 1 AND f.state <> 'trashed' ORDER BY i.name LIMIT 1000";
/* The newest heads from the index of changes: no more rows are read than shown. */
static const char sql_recent[] = GROUP_COLUMNS
    " FROM group_index i CROSS JOIN files f ON f.id = i.file_id"
    " LEFT JOIN versions v ON v.id = f.head WHERE f.state <> 'trashed'"
    " AND" IN_SCOPES("f.name", "?1") " ORDER BY i.changed_at DESC, i.name DESC LIMIT ?2";

/*
 * What lies directly below a group, from the index of names: from each name one step to the next
 * that is not below the same child. A child is a group, or the beginning of others' names, or both.
 *   ?1 prefix with its slash, or ''  ?2 the first text behind all that has it  ?3 scopes or NULL
 *   ?4 limit
 */
#define TREE_SEEN(file)                                                                            \
    " AND " file ".kind = 'group' AND " file ".state <> 'trashed'"                                 \
    " AND" IN_SCOPES(file ".name", "?3")
#define TREE_GROUP TREE_SEEN("f")
#define TREE_BELOW TREE_SEEN("b")
#define TREE_REST "substr(walk.name, length(?1) + 1)"
static const char sql_tree[] =
    "WITH RECURSIVE walk (name) AS ("
    " SELECT (SELECT f.name FROM files f WHERE f.name > ?1 AND f.name < ?2" TREE_GROUP
    " ORDER BY f.name LIMIT 1)"
    " UNION ALL SELECT (SELECT f.name FROM files f WHERE f.name >"
    " CASE WHEN instr(" TREE_REST ", '/') = 0 THEN walk.name"
    " ELSE ?1 || substr(" TREE_REST ", 1, instr(" TREE_REST ", '/')) || char(1114111) END"
    " AND f.name < ?2" TREE_GROUP " ORDER BY f.name LIMIT 1)"
    " FROM walk WHERE walk.name IS NOT NULL LIMIT ?4 * 2),"
    " child (name) AS ("
    " SELECT DISTINCT ?1 || substr(" TREE_REST ", 1, instr(" TREE_REST " || '/', '/') - 1)"
    " FROM walk WHERE walk.name IS NOT NULL LIMIT ?4) " GROUP_COLUMNS ", child.name,"
    " (SELECT count(*) FROM files b WHERE b.name > child.name || '/'"
    " AND b.name < child.name || '0'" TREE_BELOW ")"
    " FROM child LEFT JOIN files f ON f.name = child.name" TREE_GROUP
    " LEFT JOIN group_index i ON i.file_id = f.id"
    " LEFT JOIN versions v ON v.id = f.head ORDER BY child.name";

/* People by group and name. Everybody: walk over the groups, and stop when the page is full. Those
 * of a prefix: find them by name, then sort.
 *   ?1 prefix  ?2, ?5 group and user of the last one before  ?3 scopes or NULL  ?4 limit */
#define USER_COLUMNS "SELECT f.name, u.user_name, u.permissions, u.password_kind, u.is_weak FROM "
#define USER_FILTER                                                                                \
    " ON f.id = u.file_id WHERE f.kind = 'group' AND u.kind = 'named' AND f.state <> 'trashed'"    \
    " AND u.user_name >= ?1 AND u.user_name < ?1 || char(1114111)"                                 \
    " AND f.name >= ?2 AND (f.name, u.user_name) > (?2, ?5)"                                       \
    " AND" IN_SCOPES("f.name", "?3") " ORDER BY f.name, u.user_name LIMIT ?4"
static const char sql_users[] = USER_COLUMNS "files f CROSS JOIN group_users u" USER_FILTER;
static const char sql_users_named[] = USER_COLUMNS "group_users u CROSS JOIN files f" USER_FILTER;

/* Each from an index of its own: the rows of all groups are not read. */
static const char sql_counts[] =
    "SELECT (SELECT count(*) FROM files WHERE kind = 'group'"
    " AND state IN ('ok', 'broken', 'readonly')),"
    " (SELECT count(*) FROM group_index i CROSS JOIN files f ON f.id = i.file_id"
    " WHERE i.is_public = 1 AND f.state <> 'trashed'),"
    " (SELECT count(*) FROM files WHERE kind = 'group' AND state = 'broken'),"
    " (SELECT count(*) FROM files WHERE kind = 'group' AND state = 'readonly'),"
    " (SELECT count(*) FROM files WHERE kind = 'group' AND state = 'trashed'),"
    " (SELECT count(*) FROM files WHERE pending = 1 AND kind = 'group'),"
    " (SELECT count(*) FROM conflicts WHERE resolved_at IS NULL)";

static enum access_kind access_kind_from(const char *name)
{
    for (int i = ACCESS_KIND_NONE; i <= ACCESS_KIND_REDIRECT; i++) {
        if (strcmp(access_kind_name((enum access_kind)i), name) == 0)
            return (enum access_kind)i;
    }
    return ACCESS_KIND_NONE;
}

static void read_row(sqlite3_stmt *q, struct arena *a, void *row)
{
    const char *digest = db_column_peek(q, 17);
    struct group_row *out = row;

    out->file_id = db_column_int(q, 0);
    out->name = db_column_text(q, 1, a);
    out->display_name = db_column_text(q, 2, a);
    out->description = db_column_text(q, 3, a);
    out->status = file_status_of(db_column_peek(q, 4));
    out->access = access_kind_from(db_column_peek(q, 5));
    out->is_public = db_column_int(q, 6) != 0;
    out->auto_subgroups = db_column_int(q, 7) != 0;
    out->allow_recording = db_column_int(q, 8) != 0;
    out->has_weak_password = db_column_int(q, 9) != 0;
    out->redirect = db_column_text(q, 10, a);
    out->not_before_us = db_column_int(q, 11);
    out->expires_us = db_column_int(q, 12);
    out->n_users = db_column_int(q, 13);
    out->changed_us = db_column_int(q, 14);
    out->changed_by = db_column_text(q, 15, a);
    out->changed_kind = db_column_text(q, 16, a);
    out->etag = digest[0] ? arena_printf(a, "\"%.32s\"", digest) : "";
}

/* Cursor: base64url of "CHANGED_AT:NAME". */
static const char *cursor_make(struct arena *a, const struct group_row *row)
{
    struct buf out = {0};
    char *plain = arena_printf(a, "%lld:%s", (long long)row->changed_us, row->name);
    char *text = NULL;

    if (plain)
        base64url_add(&out, span_str(plain));
    if (plain && buf_check(&out) == 0)
        text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text;
}

static int cursor_read(struct arena *a, const char *text, int64_t *changed_us, const char **name,
                       struct error *e)
{
    struct buf plain = {0};
    uint64_t number = 0;
    struct span rest, piece;
    int r = base64url_decode(&plain, span_str(text));

    rest = buf_span(&plain);
    if (r < 0 || !span_split(&rest, ':', &piece) || !span_u64(piece, &number) || !rest.len ||
        !span_is_utf8(rest)) {
        buf_release(&plain);
        return error_set(e, ERR_INVALID, "after", "this is no place in the list");
    }
    *changed_us = (int64_t)number;
    *name = arena_dup(a, rest);
    buf_release(&plain);
    return *name ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list");
}

/* One statement with the filter of `g`; ?10 to ?12 are left to the caller. */
static struct db_call filtered(struct arena *a, const struct group_query *g, const char *sql)
{
    return *SQL(sql, db_text(g->search && g->search[0] ? search_terms(a, g->search) : NULL),
                db_text(g->user), db_text(g->below && g->below[0] ? g->below : NULL),
                db_int(g->only_public), db_int(g->only_problems), db_int(g->only_weak),
                db_int(g->only_trashed),
                db_text(g->access >= 0 ? access_kind_name((enum access_kind)g->access) : NULL),
                db_scopes(a, g->scopes, g->n_scopes), db_text(NULL), db_text(NULL), db_text(NULL),
                db_text(g->state && g->state[0] ? g->state : NULL), db_int(g->at_us),
                db_text(g->names), db_text(g->unused_but));
}

static bool is_filtered(const struct group_query *g)
{
    return (g->search && g->search[0]) || g->user || (g->below && g->below[0]) || g->only_public ||
           g->only_problems || g->only_weak || g->access >= 0 || g->scopes ||
           (g->state && g->state[0]) || g->names || g->unused_but;
}

/* All of them are counted from an index, without a look at any row. */
static int count_all(struct db *db, struct arena *a, const struct group_query *g, int64_t *out,
                     struct error *e)
{
    struct db_call total;

    if (!is_filtered(g))
        return db_number(db, SQL(sql_total_all, db_int(g->only_trashed)), out, e);
    total = filtered(a, g, sql_total);
    return db_number(db, &total, out, e);
}

static const char *statement_for(const struct group_query *g)
{
    if (g->sort == GROUP_SORT_CHANGED)
        return g->descending ? sql_by_change_down : sql_by_change;
    return g->descending ? sql_by_name_down : sql_by_name;
}

int store_group_list(struct db *db, struct arena *a, const struct group_query *g,
                     struct group_page *out, struct error *e)
{
    size_t limit = g->limit < 1 ? 1 : g->limit > 1000 ? 1000 : g->limit;
    struct db_call list = filtered(a, g, statement_for(g));
    struct group_page page = {0};
    struct db_rows rows = {0};
    const char *after_name = NULL;
    int64_t after_us = 0;
    int r = 0;

    if (g->after && g->after[0])
        r = cursor_read(a, g->after, &after_us, &after_name, e);
    if (r == 0 && !g->without_total)
        r = count_all(db, a, g, &page.total, e);
    if (r < 0)
        return r;
    list.values[10] = db_text(after_name);
    list.values[11] = db_int(after_us);
    list.values[12] = db_int((int64_t)limit + 1);
    r = db_all(db, a, &list, read_row, sizeof(struct group_row), &rows, e);
    if (r < 0)
        return r;
    page.rows = rows.items;
    page.n_rows = rows.n;
    if (page.n_rows > limit) {
        page.n_rows = limit;
        page.next = cursor_make(a, &page.rows[limit - 1]);
    }
    if (a->bad)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list");
    *out = page;
    return 0;
}

static void read_child(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct group_child *child = row;

    read_row(q, a, &child->group);
    child->is_group = child->group.file_id != 0;
    child->name = db_column_text(q, 18, a);
    child->n_below = db_column_int(q, 19);
}

int store_group_children(struct db *db, struct arena *a, const char *parent,
                         const struct scope *scopes, size_t n_scopes, size_t limit,
                         struct group_child **out, size_t *n_out, struct error *e)
{
    const char *prefix = *parent ? arena_printf(a, "%s/", parent) : "";
    const char *end = *parent ? arena_printf(a, "%s0", parent) : "\xF4\x8F\xBF\xBF";
    struct db_rows rows = {0};
    int r = db_all(db, a,
                   SQL(sql_tree, db_text(prefix), db_text(end), db_scopes(a, scopes, n_scopes),
                       db_int((int64_t)limit)),
                   read_child, sizeof(struct group_child), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

int store_group_list_public(struct db *db, struct arena *a, struct group_row **out, size_t *n_out,
                            struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_public), read_row, sizeof(struct group_row), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

int store_group_recent(struct db *db, struct arena *a, const struct scope *scopes, size_t n_scopes,
                       size_t limit, struct group_row **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_recent, db_scopes(a, scopes, n_scopes), db_int((int64_t)limit)),
                   read_row, sizeof(struct group_row), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

static void read_match(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct user_match *match = row;

    match->group = db_column_text(q, 0, a);
    match->user = db_column_text(q, 1, a);
    match->permissions = db_column_text(q, 2, a);
    match->password_kind = db_column_text(q, 3, a);
    match->is_weak = db_column_int(q, 4) != 0;
}

int store_user_search(struct db *db, struct arena *a, const char *prefix,
                      const struct scope *scopes, size_t n_scopes, const struct user_match *after,
                      size_t limit, struct user_match **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r =
        db_all(db, a,
               SQL(prefix[0] ? sql_users_named : sql_users, db_text(prefix),
                   db_text_or_empty(after ? after->group : NULL), db_scopes(a, scopes, n_scopes),
                   db_int((int64_t)limit), db_text_or_empty(after ? after->user : NULL)),
               read_match, sizeof(struct user_match), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

int store_group_check_quota(struct db *db, struct arena *a, const struct principal *who,
                            const char *name, struct error *e)
{
    if (who->is_server_admin)
        return 0;
    for (size_t i = 0; i < who->n_scopes; i++) {
        const struct scope *scope = &who->scopes[i];
        struct group_query query = {.access = -1, .below = scope->prefix, .limit = 1};
        struct group_page found;
        int r;

        if (!(scope->caps & CAP_CREATE) || !scope->max_groups ||
            !group_name_is_below(span_str(name), span_str(scope->prefix)))
            continue;
        r = store_group_list(db, a, &query, &found, e);
        if (r < 0)
            return r;
        if (found.total >= scope->max_groups)
            return error_set(e, ERR_FORBIDDEN, NULL, "you may have %lld groups here, and have them",
                             (long long)scope->max_groups);
    }
    return 0;
}

static void read_counts(sqlite3_stmt *q, struct arena *a, void *row)
{
    (void)a;
    *(struct group_counts *)row = (struct group_counts){
        .groups = db_column_int(q, 0),
        .public_groups = db_column_int(q, 1),
        .broken = db_column_int(q, 2),
        .readonly = db_column_int(q, 3),
        .trashed = db_column_int(q, 4),
        .pending = db_column_int(q, 5),
        .conflicts = db_column_int(q, 6),
    };
}

int store_group_count(struct db *db, struct group_counts *out, struct error *e)
{
    struct arena none = {0};
    int r = db_one(db, &none, SQL(sql_counts), read_counts, out, e);

    return r < 0 ? r : 0;
}
