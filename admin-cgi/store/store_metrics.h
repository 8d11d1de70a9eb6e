/*
 * What the server did: a sample every ten seconds, added to rows of ten seconds (kept one hour), a
 * minute and ten (24 h), a quarter of an hour and an hour (30 days) and a day (2 years), each with
 * sums and largest values, so that averages and peaks of any span come from few rows. And usage by
 * day and group. The connection is that of metrics_db.h.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_METRICS_H
#define NEREID_ADMIN_CGI_STORE_STORE_METRICS_H

#include "admin-cgi/principal.h"
#include "admin-cgi/store/db.h"

#define METRICS_SAMPLE_S 10

enum metric {
    METRIC_PEOPLE,
    METRIC_GROUPS,  /* with people in them */
    METRIC_UP,      /* streams from publishers, */
    METRIC_DOWN,    /* and to receivers */
    METRIC_BITS_IN, /* bit/s */
    METRIC_BITS_OUT,
    METRIC_CPU, /* thousandths of what mediad's workers can do */
    N_METRICS
};

/** One group with people in it. */
struct group_sample {
    const char *name;
    int64_t people;
    int64_t up, down; /* streams */
    int64_t bits_in, bits_out;
    int64_t measured; /* people who send or receive, */
    int64_t lost;     /* and of each of them what the track loses that fares worst: millionths */
    int64_t loss_max; /* of them all */
};

struct metrics_sample {
    int64_t at_us;
    int64_t value[N_METRICS];
    int64_t lost, expected; /* publishers' packets since the sample before: missing, of so many */
    const struct group_sample *groups;
    size_t n_groups;
};

/** Keeper: add a sample to all rows that it belongs to, in one transaction. */
int store_metrics_add(struct db *db, const struct metrics_sample *sample, struct error *e) MUST_USE;
/** How long the rows of days are kept. */
struct metrics_kept {
    int64_t days, group_days; /* of the whole server, of each group */
};
/** Keeper: remove what is kept long enough. */
int store_metrics_purge(struct db *db, const struct metrics_kept *kept, int64_t now_us,
                        struct error *e) MUST_USE;

/** A span of time, by what was added to it. */
struct metrics_row {
    int64_t at_us; /* its first instant */
    int64_t n;     /* samples; 0: the server did not run, nothing else is set */
    int64_t sum[N_METRICS], max[N_METRICS];
    int64_t lost, expected; /* packets; of some groups see store_metrics_list() */
    int64_t loss_max;       /* millionths */
};

/** A metric's average, rounded; 0 without samples. */
int64_t metrics_average(const struct metrics_row *row, enum metric metric);
/** Lost packets of all expected ones, millionths. */
int64_t metrics_loss(const struct metrics_row *row);
/** Add one row to another: sums add up, the larger maximum stays. */
void metrics_merge(struct metrics_row *into, const struct metrics_row *row);

/** What to read: `n` spans of `span_s` seconds each, the last one holds `until_us`. */
struct metrics_query {
    int64_t span_s; /* a multiple of the step that serves it */
    size_t n;
    int64_t until_us;
    const struct scope *scopes; /* people and groups of these alone; NULL: the whole server */
    size_t n_scopes;
};
/** The rows, oldest first; those without samples have n == 0. In the arena.
 * With scopes they are of whole minutes at least, without METRIC_GROUPS, METRIC_CPU and maxima but
 * that of METRIC_PEOPLE; loss is then that of people, each by the track that fares worst. */
int store_metrics_list(struct db *db, struct arena *a, const struct metrics_query *q,
                       struct metrics_row **out, struct error *e) MUST_USE;

/** The newest sample. @return 1, 0 when there is none, or an error */
int store_metrics_last(struct db *db, struct metrics_row *out, struct error *e) MUST_USE;
/** Has any media ever come in? @return 1, 0, or an error */
int store_metrics_had_media(struct db *db, struct error *e) MUST_USE;

/** One day of usage, UTC. */
struct usage_row {
    int64_t day_us;
    int64_t meetings;       /* that began: a group went from nobody to somebody */
    int64_t person_minutes; /* minutes that people were in meetings, all of them together */
    int64_t peak;           /* most people at once; with scopes: in one meeting */
};
/** Days from `from_us` on that have any, oldest first.
 * @param scopes NULL: the whole server, kept two years; else of these groups, kept 90 days */
int store_usage_list(struct db *db, struct arena *a, int64_t from_us, const struct scope *scopes,
                     size_t n_scopes, struct usage_row **out, size_t *n_out,
                     struct error *e) MUST_USE;

/** The groups that had people in them since `from_us`, and those above them, as a JSON array of
 * names in the arena; names may be there twice. Days count whole. ERR_NOT_FOUND: the records do
 * not reach back so far. */
int store_usage_names(struct db *db, struct arena *a, int64_t from_us, const char **out,
                      struct error *e) MUST_USE;

#endif
