/* Lists and searches over groups, from the index (spec/console.md 8.1). */
#include <stdio.h>
#include <string.h>

#include "admin-cgi/store/store_file_internal.h"
#include "admin-cgi/store/store_group.h"
#include "common/base64url.h"
#include "common/json_scan.h"

/*
 * One statement for each order; every filter is a parameter that may be off. Scopes come as a JSON
 * array of [prefix, subtree] through json_each(), so that no text is glued into SQL.
 *   ?1 words  ?2 user  ?3 below  ?4 public  ?5 problems  ?6 weak  ?7 trashed  ?8 access
 *   ?9 scopes or NULL  ?10, ?11 cursor (name; changed_at)  ?12 limit
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
    " AND (?9 IS NULL OR EXISTS (SELECT 1 FROM json_each(?9) s WHERE"                              \
    " f.name = s.value ->> 0 OR (s.value ->> 1 = 1 AND (s.value ->> 0 = ''"                        \
    " OR (f.name >= s.value ->> 0 || '/' AND f.name < s.value ->> 0 || '0')))))"
#define GROUP_COLUMNS                                                                              \
    "SELECT f.id, f.name, i.display_name, i.description, f.state, i.access_kind, i.is_public,"     \
    " i.auto_subgroups, i.allow_recording, i.has_weak, i.redirect, i.not_before, i.expires,"       \
    " i.n_users, v.at, v.actor_name, v.actor_kind, f.disk_sha256"

static const char sql_by_name[] = GROUP_COLUMNS GROUP_FILTER
    " AND (?10 IS NULL OR f.name > ?10) AND ?11 IS ?11 ORDER BY f.name LIMIT ?12";
static const char sql_by_name_down[] = GROUP_COLUMNS GROUP_FILTER
    " AND (?10 IS NULL OR f.name < ?10) AND ?11 IS ?11 ORDER BY f.name DESC LIMIT ?12";
static const char sql_by_change[] = GROUP_COLUMNS GROUP_FILTER
    " AND (?10 IS NULL OR (coalesce(i.changed_at, 0), f.name) > (?11, ?10))"
    " ORDER BY coalesce(i.changed_at, 0), f.name LIMIT ?12";
static const char sql_by_change_down[] = GROUP_COLUMNS GROUP_FILTER
    " AND (?10 IS NULL OR (coalesce(i.changed_at, 0), f.name) < (?11, ?10))"
    " ORDER BY coalesce(i.changed_at, 0) DESC, f.name DESC LIMIT ?12";
static const char sql_total[] = "SELECT count(*)" GROUP_FILTER;
static const char sql_public[] = GROUP_COLUMNS
    " FROM group_index i JOIN files f ON f.id = i.file_id LEFT JOIN versions v ON v.id = f.head"
    " WHERE i.is_public = 1 AND f.state <> 'trashed' ORDER BY i.name LIMIT 1000";
static const char sql_users[] =
    "SELECT f.name, u.user_name, u.permissions, u.password_kind, u.is_weak FROM group_users u"
    " JOIN files f ON f.id = u.file_id WHERE u.kind = 'named' AND f.state <> 'trashed'"
    " AND u.user_name >= ?1 AND u.user_name < ?1 || char(1114111) AND f.name > ?2"
    " AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(?3) s WHERE"
    " f.name = s.value ->> 0 OR (s.value ->> 1 = 1 AND (s.value ->> 0 = ''"
    " OR (f.name >= s.value ->> 0 || '/' AND f.name < s.value ->> 0 || '0')))))"
    " ORDER BY f.name, u.user_name LIMIT ?4";
static const char sql_counts[] =
    "SELECT count(*) FILTER (WHERE f.state <> 'trashed'),"
    " count(*) FILTER (WHERE f.state <> 'trashed' AND i.is_public = 1),"
    " count(*) FILTER (WHERE f.state = 'broken'), count(*) FILTER (WHERE f.state = 'readonly'),"
    " count(*) FILTER (WHERE f.state = 'trashed'), count(*) FILTER (WHERE f.pending = 1),"
    " (SELECT count(*) FROM conflicts WHERE resolved_at IS NULL)"
    " FROM files f LEFT JOIN group_index i ON i.file_id = f.id WHERE f.kind = 'group'";

/* Words of a person -> FTS5 query: each word a quoted prefix, so that no operator is meant. */
static const char *words_query(struct arena *a, const char *search)
{
    struct span rest = span_str(search);
    struct span word;
    struct buf out = {0};
    char *text = NULL;

    while (span_split(&rest, ' ', &word)) {
        word = span_trim(word);
        if (!word.len)
            continue;
        if (out.len)
            buf_add_char(&out, ' ');
        buf_add_char(&out, '"');
        for (size_t i = 0; i < word.len; i++) {
            if (word.data[i] == '"')
                buf_add_char(&out, '"');
            buf_add_char(&out, (char)word.data[i]);
        }
        buf_add_str(&out, "\"*");
    }
    if (out.len && buf_check(&out) == 0)
        text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text;
}

static const char *scopes_json(struct arena *a, const struct scope *scopes, size_t n)
{
    struct buf out = {0};
    char *text = NULL;

    buf_add_char(&out, '[');
    for (size_t i = 0; i < n; i++) {
        buf_add_str(&out, i ? ",[" : "[");
        json_add_string(&out, span_str(scopes[i].prefix));
        buf_printf(&out, ",%d]", scopes[i].subtree ? 1 : 0);
    }
    buf_add_char(&out, ']');
    if (buf_check(&out) == 0)
        text = arena_dup(a, buf_span(&out));
    else
        a->bad = true;
    buf_release(&out);
    return text;
}

static enum access_kind access_kind_from(const char *name)
{
    for (int i = ACCESS_KIND_NONE; name && i <= ACCESS_KIND_REDIRECT; i++) {
        if (strcmp(access_kind_name((enum access_kind)i), name) == 0)
            return (enum access_kind)i;
    }
    return ACCESS_KIND_NONE;
}

static void read_row(sqlite3_stmt *q, struct arena *a, struct group_row *out)
{
    const char *digest = (const char *)sqlite3_column_text(q, 17);

    out->file_id = db_column_int(q, 0);
    out->name = db_column_text(q, 1, a);
    out->display_name = db_column_text(q, 2, a);
    out->description = db_column_text(q, 3, a);
    out->status = file_status_of((const char *)sqlite3_column_text(q, 4));
    out->access = access_kind_from((const char *)sqlite3_column_text(q, 5));
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
    out->etag = digest ? arena_printf(a, "\"%.32s\"", digest) : "";
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

static void bind_filter(sqlite3_stmt *q, struct arena *a, const struct group_query *g)
{
    db_bind_text(q, 1, g->search && g->search[0] ? words_query(a, g->search) : NULL);
    db_bind_text(q, 2, g->user);
    db_bind_text(q, 3, g->below && g->below[0] ? g->below : NULL);
    db_bind_int(q, 4, g->only_public);
    db_bind_int(q, 5, g->only_problems);
    db_bind_int(q, 6, g->only_weak);
    db_bind_int(q, 7, g->only_trashed);
    db_bind_text(q, 8, g->access >= 0 ? access_kind_name((enum access_kind)g->access) : NULL);
    db_bind_text(q, 9, g->scopes ? scopes_json(a, g->scopes, g->n_scopes) : NULL);
}

static const char *statement_for(const struct group_query *g)
{
    if (g->sort == GROUP_SORT_CHANGED)
        return g->descending ? sql_by_change_down : sql_by_change;
    return g->descending ? sql_by_name_down : sql_by_name;
}

static int count_all(struct db *db, struct arena *a, const struct group_query *g, int64_t *total,
                     struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_total, e);
    int r;

    if (!q)
        return ERR_IO;
    bind_filter(q, a, g);
    r = db_step(db, q, e);
    if (r != 1)
        return r < 0 ? r : ERR_IO;
    *total = db_column_int(q, 0);
    db_reset(q);
    return 0;
}

int store_group_list(struct db *db, struct arena *a, const struct group_query *g,
                     struct group_page *out, struct error *e)
{
    size_t limit = g->limit < 1 ? 1 : g->limit > 1000 ? 1000 : g->limit;
    struct group_page page = {0};
    const char *after_name = NULL;
    int64_t after_us = 0;
    sqlite3_stmt *q;
    int r = 0;

    if (g->after && g->after[0])
        r = cursor_read(a, g->after, &after_us, &after_name, e);
    if (r == 0)
        r = count_all(db, a, g, &page.total, e);
    if (r < 0)
        return r;
    page.rows = arena_array(a, limit + 1, sizeof(*page.rows));
    q = db_query(db, statement_for(g), e);
    if (!page.rows || !q)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list");
    bind_filter(q, a, g);
    db_bind_text(q, 10, after_name);
    db_bind_int(q, 11, after_us);
    db_bind_int(q, 12, (int64_t)limit + 1);
    while (page.n_rows <= limit && (r = db_step(db, q, e)) == 1)
        read_row(q, a, &page.rows[page.n_rows++]);
    db_reset(q);
    if (r < 0)
        return r;
    if (page.n_rows > limit) {
        page.n_rows = limit;
        page.next = cursor_make(a, &page.rows[limit - 1]);
    }
    if (a->bad)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list");
    *out = page;
    return 0;
}

int store_group_list_public(struct db *db, struct arena *a, struct group_row **out, size_t *n_out,
                            struct error *e)
{
    struct group_row *rows = arena_array(a, 1000, sizeof(*rows));
    sqlite3_stmt *q = db_query(db, sql_public, e);
    size_t n = 0;
    int r;

    if (!rows || !q)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list");
    while ((r = db_step(db, q, e)) == 1 && n < 1000)
        read_row(q, a, &rows[n++]);
    db_reset(q);
    if (r < 0)
        return r;
    *out = rows;
    *n_out = n;
    return 0;
}

int store_user_search(struct db *db, struct arena *a, const char *prefix,
                      const struct scope *scopes, size_t n_scopes, const char *after_group,
                      size_t limit, struct user_hit **out, size_t *n_out, struct error *e)
{
    struct user_hit *hits = arena_array(a, limit, sizeof(*hits));
    sqlite3_stmt *q = db_query(db, sql_users, e);
    size_t n = 0;
    int r;

    if (!hits || !q)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list");
    db_bind_text(q, 1, prefix);
    db_bind_text(q, 2, after_group ? after_group : "");
    db_bind_text(q, 3, scopes ? scopes_json(a, scopes, n_scopes) : NULL);
    db_bind_int(q, 4, (int64_t)limit);
    while ((r = db_step(db, q, e)) == 1 && n < limit) {
        hits[n].group = db_column_text(q, 0, a);
        hits[n].user = db_column_text(q, 1, a);
        hits[n].permissions = db_column_text(q, 2, a);
        hits[n].password_kind = db_column_text(q, 3, a);
        hits[n].is_weak = db_column_int(q, 4) != 0;
        n++;
    }
    db_reset(q);
    if (r < 0)
        return r;
    *out = hits;
    *n_out = n;
    return 0;
}

int store_group_count(struct db *db, struct group_counts *out, struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_counts, e);
    int r;

    if (!q)
        return ERR_IO;
    r = db_step(db, q, e);
    if (r != 1)
        return r < 0 ? r : ERR_IO;
    *out = (struct group_counts){
        .groups = db_column_int(q, 0),
        .public_groups = db_column_int(q, 1),
        .broken = db_column_int(q, 2),
        .readonly = db_column_int(q, 3),
        .trashed = db_column_int(q, 4),
        .pending = db_column_int(q, 5),
        .conflicts = db_column_int(q, 6),
    };
    db_reset(q);
    return 0;
}
