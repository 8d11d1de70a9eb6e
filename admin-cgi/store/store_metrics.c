#include "admin-cgi/store/store_metrics.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/metrics_scope.h"
#include "common/macros.h"
#include "common/now.h"

#define DAY_S 86400
#define MILLION 1000000
/* A group whose people were away for less is the same meeting: two samples may be missed. */
#define SAME_MEETING_S (3 * METRICS_SAMPLE_S)
#define COLUMNS_OF_METRICS 2 /* of a row's columns: its first instant and its samples go before */

/* Rows of `step_s` seconds are kept for `kept_s`, those of days for as long as it was set. */
static const struct step {
    int64_t step_s, kept_s;
    bool of_groups; /* each group's people, too */
} steps[] = {
    {METRICS_SAMPLE_S, 3600, false},
    {60, DAY_S, true},
    {600, DAY_S, false}, /* a point of the chart of a day */
    {900, 30 * DAY_S, true},
    {3600, 30 * DAY_S, false}, /* of a week; four of a month */
    {DAY_S, 0, false},
};

static const char sql_begin[] = "BEGIN IMMEDIATE";
static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";

static const char sql_add[] =
    "INSERT INTO samples VALUES (?1, ?2 - ?2 % ?1, 1, ?3, ?3, ?4, ?4, ?5, ?5, ?6, ?6, ?7, ?7, ?8, "
    "?8, ?9, ?9, ?10, ?11, ?12) ON CONFLICT (step, at) DO UPDATE SET n = n + 1, "
    "people = people + excluded.people, people_max = max(people_max, excluded.people_max), "
    "groups = groups + excluded.groups, groups_max = max(groups_max, excluded.groups_max), "
    "up = up + excluded.up, up_max = max(up_max, excluded.up_max), "
    "down = down + excluded.down, down_max = max(down_max, excluded.down_max), "
    "bits_in = bits_in + excluded.bits_in, bits_in_max = max(bits_in_max, excluded.bits_in_max), "
    "bits_out = bits_out + excluded.bits_out, "
    "bits_out_max = max(bits_out_max, excluded.bits_out_max), "
    "cpu = cpu + excluded.cpu, cpu_max = max(cpu_max, excluded.cpu_max), "
    "lost = lost + excluded.lost, expected = expected + excluded.expected, "
    "loss_max = max(loss_max, excluded.loss_max)";
static const char sql_add_group[] =
    "INSERT INTO group_samples VALUES (?1, ?3, ?2 - ?2 % ?1, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
    "ON CONFLICT (step, group_name, at) DO UPDATE SET people = people + excluded.people, "
    "people_max = max(people_max, excluded.people_max), up = up + excluded.up, "
    "down = down + excluded.down, bits_in = bits_in + excluded.bits_in, "
    "bits_out = bits_out + excluded.bits_out, measured = measured + excluded.measured, "
    "lost = lost + excluded.lost, loss_max = max(loss_max, excluded.loss_max)";
static const char sql_was_live[] =
    "SELECT count(*) FROM live WHERE group_name = ?1 AND seen BETWEEN ?2 AND ?3";
static const char sql_live[] = "INSERT INTO live VALUES (?1, ?2, ?3) ON CONFLICT (group_name) "
                               "DO UPDATE SET people = excluded.people, seen = excluded.seen";
static const char sql_usage[] =
    "INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (day, group_name) DO UPDATE SET "
    "meetings = meetings + excluded.meetings, "
    "person_seconds = person_seconds + excluded.person_seconds, peak = max(peak, excluded.peak)";

static const char sql_purge[] = "DELETE FROM samples WHERE step = ?1 AND at < ?2";
static const char sql_purge_groups[] = "DELETE FROM group_samples WHERE step = ?1 AND at < ?2";
static const char sql_purge_live[] = "DELETE FROM live WHERE seen < ?1";
static const char sql_purge_usage[] =
    "DELETE FROM usage WHERE day < ?1 OR (day < ?2 AND group_name <> '')";

#define COLUMNS                                                                                    \
    "SELECT at, n, people, people_max, groups, groups_max, up, up_max, down, down_max, bits_in, "  \
    "bits_in_max, bits_out, bits_out_max, cpu, cpu_max, lost, expected, loss_max FROM samples "

static const char sql_list[] = COLUMNS "WHERE step = ?1 AND at >= ?2 AND at < ?3 ORDER BY at";
static const char sql_last[] = COLUMNS "WHERE step = ?1 ORDER BY at DESC LIMIT 1";
static const char sql_had_media[] =
    "SELECT EXISTS (SELECT 1 FROM samples WHERE step = ?1 AND bits_in > 0)";
static const char sql_usage_list[] =
    "SELECT day, meetings, person_seconds, peak FROM usage WHERE day >= ?1 AND group_name = '' "
    "ORDER BY day";

/* ---- adding ---- */

static int64_t loss_of(int64_t lost, int64_t expected)
{
    return expected > 0 ? (int64_t)((double)lost / (double)expected * MILLION + 0.5) : 0;
}

static int add_group_to_step(struct db *db, const struct step *step, int64_t at_s,
                             const struct group_sample *g, struct error *e)
{
    return db_run(db,
                  SQL(sql_add_group, db_int(step->step_s), db_int(at_s), db_text(g->name),
                      db_int(g->people), db_int(g->up), db_int(g->down), db_int(g->bits_in),
                      db_int(g->bits_out), db_int(g->measured), db_int(g->lost),
                      db_int(g->loss_max)),
                  e);
}

static int add_to_step(struct db *db, const struct step *step, const struct metrics_sample *s,
                       struct error *e)
{
    int64_t at_s = s->at_us / US_PER_S;
    int r = db_run(db,
                   SQL(sql_add, db_int(step->step_s), db_int(at_s), db_int(s->value[METRIC_PEOPLE]),
                       db_int(s->value[METRIC_GROUPS]), db_int(s->value[METRIC_UP]),
                       db_int(s->value[METRIC_DOWN]), db_int(s->value[METRIC_BITS_IN]),
                       db_int(s->value[METRIC_BITS_OUT]), db_int(s->value[METRIC_CPU]),
                       db_int(s->lost), db_int(s->expected), db_int(loss_of(s->lost, s->expected))),
                   e);

    for (size_t i = 0; r == 0 && step->of_groups && i < s->n_groups; i++)
        r = add_group_to_step(db, step, at_s, &s->groups[i], e);
    return r;
}

static int add_usage(struct db *db, int64_t day_s, const char *group, int64_t began, int64_t people,
                     struct error *e)
{
    return db_run(db,
                  SQL(sql_usage, db_int(day_s), db_text(group), db_int(began),
                      db_int(people * METRICS_SAMPLE_S), db_int(people)),
                  e);
}

/* A group that had nobody in it a moment ago begins a meeting. */
static int add_group_usage(struct db *db, int64_t at_s, const struct group_sample *group,
                           int64_t *n_began, struct error *e)
{
    int64_t was_live = 0;
    int r = db_number(db,
                      SQL(sql_was_live, db_text(group->name), db_int(at_s - SAME_MEETING_S),
                          db_int(at_s + SAME_MEETING_S)),
                      &was_live, e);

    if (r == 0)
        r = db_run(db, SQL(sql_live, db_text(group->name), db_int(group->people), db_int(at_s)), e);
    if (r == 0)
        r = add_usage(db, at_s - at_s % DAY_S, group->name, !was_live, group->people, e);
    *n_began += !was_live;
    return r;
}

static int add_all(struct db *db, const struct metrics_sample *s, struct error *e)
{
    int64_t at_s = s->at_us / US_PER_S, n_began = 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < LENGTH(steps); i++)
        r = add_to_step(db, &steps[i], s, e);
    for (size_t i = 0; r == 0 && i < s->n_groups; i++)
        r = add_group_usage(db, at_s, &s->groups[i], &n_began, e);
    if (r == 0 && (s->n_groups || s->value[METRIC_PEOPLE]))
        r = add_usage(db, at_s - at_s % DAY_S, "", n_began, s->value[METRIC_PEOPLE], e);
    return r;
}

static int purge_all(struct db *db, const struct metrics_kept *kept, int64_t now_s, struct error *e)
{
    int64_t today_s = now_s - now_s % DAY_S;
    int r = db_run(db, SQL(sql_purge_live, db_int(now_s - SAME_MEETING_S)), e);

    for (size_t i = 0; r == 0 && i < LENGTH(steps); i++) {
        struct db_value step = db_int(steps[i].step_s);
        int64_t kept_s = steps[i].kept_s ? steps[i].kept_s : kept->days * DAY_S;
        struct db_value before = db_int(now_s - kept_s);

        r = db_run(db, SQL(sql_purge, step, before), e);
        if (r == 0 && steps[i].of_groups)
            r = db_run(db, SQL(sql_purge_groups, step, before), e);
    }
    if (r == 0)
        r = db_run(db,
                   SQL(sql_purge_usage, db_int(today_s - kept->days * DAY_S),
                       db_int(today_s - kept->group_days * DAY_S)),
                   e);
    return r;
}

static int finish(struct db *db, int r, struct error *e)
{
    if (r == 0)
        r = db_run(db, SQL(sql_commit), e);
    if (r < 0 && db_run(db, SQL(sql_rollback), NULL) < 0)
        return r; /* the failure ended the transaction itself */
    return r;
}

int store_metrics_add(struct db *db, const struct metrics_sample *sample, struct error *e)
{
    int r = db_run(db, SQL(sql_begin), e);

    return r < 0 ? r : finish(db, add_all(db, sample, e), e);
}

int store_metrics_purge(struct db *db, const struct metrics_kept *kept, int64_t now_us,
                        struct error *e)
{
    int r = db_run(db, SQL(sql_begin), e);

    return r < 0 ? r : finish(db, purge_all(db, kept, now_us / US_PER_S, e), e);
}

/* ---- reading ---- */

int64_t metrics_average(const struct metrics_row *row, enum metric metric)
{
    return row->n > 0 ? (row->sum[metric] + row->n / 2) / row->n : 0;
}

int64_t metrics_loss(const struct metrics_row *row)
{
    return loss_of(row->lost, row->expected);
}

void metrics_merge(struct metrics_row *into, const struct metrics_row *row)
{
    into->n += row->n;
    for (size_t i = 0; i < N_METRICS; i++) {
        into->sum[i] += row->sum[i];
        if (row->max[i] > into->max[i])
            into->max[i] = row->max[i];
    }
    into->lost += row->lost;
    into->expected += row->expected;
    if (row->loss_max > into->loss_max)
        into->loss_max = row->loss_max;
}

static void read_row(sqlite3_stmt *q, struct arena *a, void *out)
{
    struct metrics_row *row = out;
    int column = COLUMNS_OF_METRICS;

    (void)a;
    row->at_us = db_column_int(q, 0) * US_PER_S;
    row->n = db_column_int(q, 1);
    for (size_t i = 0; i < N_METRICS; i++) {
        row->sum[i] = db_column_int(q, column++);
        row->max[i] = db_column_int(q, column++);
    }
    row->lost = db_column_int(q, column++);
    row->expected = db_column_int(q, column++);
    row->loss_max = db_column_int(q, column);
}

/* The coarsest step that is kept for so long and divides the span: the fewest rows. */
static const struct step *step_for(const struct metrics_query *q)
{
    for (size_t i = LENGTH(steps); i > 0; i--) {
        const struct step *step = &steps[i - 1];

        if (step->kept_s >= (int64_t)(q->n - 1) * q->span_s && q->span_s % step->step_s == 0 &&
            (!q->scopes || step->of_groups))
            return step;
    }
    return &steps[LENGTH(steps) - 1];
}

static void place(const struct metrics_query *q, struct metrics_row *rows,
                  const struct metrics_row *row)
{
    int64_t at = (row->at_us - rows[0].at_us) / (q->span_s * US_PER_S);

    if (at >= 0 && at < (int64_t)q->n)
        metrics_merge(&rows[at], row);
}

int store_metrics_list(struct db *db, struct arena *a, const struct metrics_query *q,
                       struct metrics_row **out, struct error *e)
{
    const struct step *step = step_for(q);
    int64_t until_s = q->until_us / US_PER_S, end_s = until_s - until_s % q->span_s + q->span_s;
    int64_t begin_s = end_s - (int64_t)q->n * q->span_s;
    struct metrics_row *rows = arena_array(a, q->n, sizeof *rows);
    struct db_rows found = {0};
    int r;

    if (!rows)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the charts");
    for (size_t i = 0; i < q->n; i++)
        rows[i].at_us = (begin_s + (int64_t)i * q->span_s) * US_PER_S;
    r = db_all(db, a, SQL(sql_list, db_int(step->step_s), db_int(begin_s), db_int(end_s)), read_row,
               sizeof(struct metrics_row), &found, e);
    for (size_t i = 0; r == 0 && i < found.n; i++)
        place(q, rows, &((struct metrics_row *)found.items)[i]);
    if (r == 0 && q->scopes)
        r = metrics_scope_list(db, step->step_s, q, rows, e);
    *out = rows;
    return r;
}

int store_metrics_last(struct db *db, struct metrics_row *out, struct error *e)
{
    struct arena none = {0};

    return db_one(db, &none, SQL(sql_last, db_int(METRICS_SAMPLE_S)), read_row, out, e);
}

int store_metrics_had_media(struct db *db, struct error *e)
{
    int64_t had = 0;
    int r = db_number(db, SQL(sql_had_media, db_int(DAY_S)), &had, e);

    return r < 0 ? r : had > 0;
}

static void read_usage(sqlite3_stmt *q, struct arena *a, void *out)
{
    struct usage_row *row = out;

    (void)a;
    row->day_us = db_column_int(q, 0) * US_PER_S;
    row->meetings = db_column_int(q, 1);
    row->person_minutes = db_column_int(q, 2) / 60;
    row->peak = db_column_int(q, 3);
}

int store_usage_list(struct db *db, struct arena *a, int64_t from_us, const struct scope *scopes,
                     size_t n_scopes, struct usage_row **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = scopes ? metrics_scope_usage(db, a, from_us, scopes, n_scopes, out, n_out, e)
                   : db_all(db, a, SQL(sql_usage_list, db_int(from_us / US_PER_S)), read_usage,
                            sizeof(struct usage_row), &rows, e);

    if (r == 0 && !scopes) {
        *out = rows.items;
        *n_out = rows.n;
    }
    return r;
}
