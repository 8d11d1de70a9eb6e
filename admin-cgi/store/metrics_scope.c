#include "admin-cgi/store/metrics_scope.h"

#include <stdlib.h>

#include "admin-cgi/store/db_statement.h"
#include "common/buf.h"
#include "common/group_name.h"
#include "common/json_scan.h"
#include "common/now.h"

#define DAY_S 86400
#define MILLION 1000000

/* A group and, for a subtree, what lies between its name with "/" and with "0", the next character
 * of ASCII: all below it. */
#define OF_SCOPE(name) "(" name " = ?1 OR (?2 AND " name " > ?1 || '/' AND " name " < ?1 || '0'))"

#define COLUMNS                                                                                    \
    "SELECT at, people, people_max, up, down, bits_in, bits_out, measured, lost, loss_max "        \
    "FROM group_samples "

static const char sql_of_group[] =
    COLUMNS "WHERE step = ?1 AND group_name = ?2 AND at >= ?3 AND at < ?4";
static const char sql_below[] =
    COLUMNS "WHERE step = ?1 AND group_name > ?2 || '/' AND group_name < ?2 || '0' "
            "AND at >= ?3 AND at < ?4";
static const char sql_usage[] =
    "SELECT day, sum(meetings), sum(person_seconds), max(peak) "
    "FROM usage WHERE day >= ?3 AND group_name <> '' AND " OF_SCOPE("group_name") " GROUP BY day";

/* Another scope holds all that this one does: it would count twice. */
static bool is_covered(const struct scope *scopes, size_t n, size_t i)
{
    struct span prefix = span_str(scopes[i].prefix);

    for (size_t j = 0; j < n; j++) {
        struct span other = span_str(scopes[j].prefix);

        if (j == i)
            continue;
        if (scopes[j].subtree && group_name_is_below(prefix, other))
            return true;
        if (span_eq(prefix, other) && ((scopes[j].subtree && !scopes[i].subtree) ||
                                       (scopes[j].subtree == scopes[i].subtree && j < i)))
            return true;
    }
    return false;
}

/* ---- samples ---- */

/* Sums and maxima of each step's span, of all groups together. */
struct fine {
    int64_t begin_s, step_s;
    size_t n;
    struct metrics_row *rows;
};

static void add_group_row(struct metrics_row *to, sqlite3_stmt *row)
{
    int64_t loss_max = db_column_int(row, 9);

    to->sum[METRIC_PEOPLE] += db_column_int(row, 1);
    to->max[METRIC_PEOPLE] += db_column_int(row, 2);
    to->sum[METRIC_UP] += db_column_int(row, 3);
    to->sum[METRIC_DOWN] += db_column_int(row, 4);
    to->sum[METRIC_BITS_IN] += db_column_int(row, 5);
    to->sum[METRIC_BITS_OUT] += db_column_int(row, 6);
    to->expected += db_column_int(row, 7) * MILLION;
    to->lost += db_column_int(row, 8);
    if (loss_max > to->loss_max)
        to->loss_max = loss_max;
}

static int add_groups(struct db *db, struct fine *fine, const char *sql, const char *prefix,
                      struct error *e)
{
    sqlite3_stmt *rows = NULL;
    int64_t end_s = fine->begin_s + (int64_t)fine->n * fine->step_s;
    int r = db_start(
        db, SQL(sql, db_int(fine->step_s), db_text(prefix), db_int(fine->begin_s), db_int(end_s)),
        &rows, e);

    while (r >= 0 && (r = db_step(db, rows, e)) == 1) {
        size_t at = (size_t)((db_column_int(rows, 0) - fine->begin_s) / fine->step_s);

        if (at < fine->n)
            add_group_row(&fine->rows[at], rows);
    }
    return r;
}

/* How many samples there were stays, those without these groups too. */
static void put_rows(const struct fine *fine, const struct metrics_query *q,
                     struct metrics_row *rows)
{
    for (size_t i = 0; i < q->n; i++)
        rows[i] = (struct metrics_row){.at_us = rows[i].at_us, .n = rows[i].n};
    for (size_t i = 0; i < fine->n; i++)
        metrics_merge(&rows[(int64_t)i * fine->step_s / q->span_s], &fine->rows[i]);
}

int metrics_scope_list(struct db *db, int64_t step_s, const struct metrics_query *q,
                       struct metrics_row *rows, struct error *e)
{
    struct fine fine = {.begin_s = rows[0].at_us / US_PER_S,
                        .step_s = step_s,
                        .n = q->n * (size_t)(q->span_s / step_s)};
    int r = 0;

    fine.rows = calloc(fine.n, sizeof *fine.rows);
    if (!fine.rows)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for the charts");
    for (size_t i = 0; r == 0 && i < q->n_scopes; i++) {
        const char *prefix = q->scopes[i].prefix;

        if (is_covered(q->scopes, q->n_scopes, i))
            continue;
        r = add_groups(db, &fine, sql_of_group, prefix, e);
        if (r == 0 && q->scopes[i].subtree)
            r = add_groups(db, &fine, sql_below, prefix, e);
    }
    if (r == 0)
        put_rows(&fine, q, rows);
    free(fine.rows);
    return r;
}

/* ---- usage ---- */

static int add_usage(struct db *db, const struct scope *scope, int64_t from_s,
                     struct usage_row *days, size_t n_days, struct error *e)
{
    sqlite3_stmt *rows = NULL;
    int r =
        db_start(db, SQL(sql_usage, db_text(scope->prefix), db_int(scope->subtree), db_int(from_s)),
                 &rows, e);

    while (r >= 0 && (r = db_step(db, rows, e)) == 1) {
        size_t at = (size_t)((db_column_int(rows, 0) - from_s) / DAY_S);
        int64_t peak = db_column_int(rows, 3);

        if (at >= n_days)
            continue;
        days[at].meetings += db_column_int(rows, 1);
        days[at].person_minutes += db_column_int(rows, 2);
        if (peak > days[at].peak)
            days[at].peak = peak;
    }
    return r;
}

int metrics_scope_usage(struct db *db, struct arena *a, int64_t from_us, const struct scope *scopes,
                        size_t n_scopes, struct usage_row **out, size_t *n_out, struct error *e)
{
    enum { DAYS_MAX = 800 };
    int64_t from_s = from_us / US_PER_S - from_us / US_PER_S % DAY_S;
    struct usage_row *days = arena_array(a, DAYS_MAX, sizeof *days);
    size_t n = 0;
    int r = 0;

    if (!days)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the usage");
    for (size_t i = 0; r == 0 && i < n_scopes; i++) {
        if (!is_covered(scopes, n_scopes, i))
            r = add_usage(db, &scopes[i], from_s, days, DAYS_MAX, e);
    }
    for (size_t i = 0; i < DAYS_MAX; i++) {
        struct usage_row day = days[i];

        if (!day.peak)
            continue;
        day.day_us = (from_s + (int64_t)i * DAY_S) * US_PER_S;
        day.person_minutes /= 60; /* they were seconds */
        days[n++] = day;
    }
    *out = days;
    *n_out = n;
    return r;
}

/* ---- which groups were used ---- */

static const char sql_begin[] = "SELECT coalesce(min(at), ?1) FROM samples WHERE step = 86400";
static const char sql_used[] =
    "SELECT DISTINCT group_name FROM usage WHERE day >= ?1 AND group_name <> ''";

/* A name, and those of the groups above it. */
static void add_names(struct buf *out, struct span name)
{
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && name.data[i] != '/')
            continue;
        if (out->len > 1)
            buf_add_char(out, ',');
        json_add_string(out, span_sub(name, 0, i));
    }
}

int store_usage_names(struct db *db, struct arena *a, int64_t from_us, const char **out,
                      struct error *e)
{
    int64_t from_s = from_us / US_PER_S - from_us / US_PER_S % DAY_S;
    sqlite3_stmt *rows = NULL;
    struct buf text = {0};
    int64_t begin_s = 0;
    int r = db_number(db, SQL(sql_begin, db_int(INT64_MAX)), &begin_s, e);

    *out = NULL;
    if (r == 0 && begin_s > from_s)
        return ERR_NOT_FOUND;
    if (r == 0)
        r = db_start(db, SQL(sql_used, db_int(from_s)), &rows, e);

    buf_add_char(&text, '[');
    while (r >= 0 && (r = db_step(db, rows, e)) == 1)
        add_names(&text, span_str(db_column_peek(rows, 0)));
    buf_add_char(&text, ']');
    if (r == 0)
        r = buf_check(&text);
    if (r == 0)
        *out = arena_dup(a, buf_span(&text));
    buf_release(&text);
    return r == 0 && !*out ? ERR_NO_MEMORY : r;
}
