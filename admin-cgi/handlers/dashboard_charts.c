#include "admin-cgi/handlers/dashboard_charts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/dashboard_usage.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/view/chart.h"
#include "admin-cgi/zone.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"

#define SPANS_MAX 180
#define SERIES_MAX 2

static const struct log_ctx ctx = {.room = "dashboard"};

/* `n` spans of `span_s`; the table has one row for every `per_row` of them, the time axis a tick
 * every `tick_s`. */
static const struct range {
    const char *name, *label, *of_title;
    int64_t span_s;
    size_t n, per_row;
    int64_t tick_s;
    bool has_days; /* at its ticks, else times */
} ranges[] = {
    {"1h", TEXT("1 hour"), TEXT("The last hour"), 30, 120, 10, 900, false},
    {"24h", TEXT("24 hours"), TEXT("The last 24 hours"), 600, 144, 6, 6 * 3600, false},
    {"7d", TEXT("7 days"), TEXT("The last 7 days"), 3600, 168, 6, 86400, true},
    {"30d", TEXT("30 days"), TEXT("The last 30 days"), 14400, 180, 6, 5 * 86400, true},
};

/* Of groups there are no rows finer than a minute. */
static const struct range hour_of_groups = {"1h", TEXT("1 hour"), TEXT("The last hour"), 60, 60, 5,
                                            900,  false};

enum reading { AVERAGE, MOST, LOSS, LOSS_MOST };

static const struct chart {
    const char *name, *title;
    enum chart_unit unit;
    enum about { BOTH, SERVER, GROUPS } about;
    struct series {
        const char *label;
        enum metric metric;
        enum reading reading;
    } series[SERIES_MAX];
} charts[] = {
    {"people",
     TEXT("People"),
     CHART_COUNT,
     BOTH,
     {{TEXT("On average"), METRIC_PEOPLE, AVERAGE}, {TEXT("Most at once"), METRIC_PEOPLE, MOST}}},
    {"streams",
     TEXT("Streams"),
     CHART_COUNT,
     BOTH,
     {{TEXT("From people"), METRIC_UP, AVERAGE}, {TEXT("To people"), METRIC_DOWN, AVERAGE}}},
    {"bitrate",
     TEXT("Bitrate"),
     CHART_BITS,
     BOTH,
     {{TEXT("In"), METRIC_BITS_IN, AVERAGE}, {TEXT("Out"), METRIC_BITS_OUT, AVERAGE}}},
    {"cpu",
     TEXT("Media processor time"),
     CHART_PERMILLE,
     SERVER,
     {{TEXT("On average"), METRIC_CPU, AVERAGE}, {TEXT("At most"), METRIC_CPU, MOST}}},
    {"loss",
     TEXT("Lost packets"),
     CHART_MILLIONTH,
     SERVER,
     {{TEXT("On average"), METRIC_UP, LOSS}, {TEXT("At most"), METRIC_UP, LOSS_MOST}}},
    /* Of groups it is known what each person loses. */
    {"loss",
     TEXT("Lost packets"),
     CHART_MILLIONTH,
     GROUPS,
     {{TEXT("People on average"), METRIC_UP, LOSS}, {TEXT("Who lost most"), METRIC_UP, LOSS_MOST}}},
};

static bool is_shown(const struct dashboard *d, const struct chart *chart)
{
    return chart->about == BOTH || (chart->about == SERVER) == d->whole;
}

static int64_t read_series(const struct metrics_row *row, const struct series *s)
{
    if (row->n == 0)
        return CHART_NONE;
    switch (s->reading) {
    case MOST:
        return row->max[s->metric];
    case LOSS:
        return metrics_loss(row);
    case LOSS_MOST:
        return row->loss_max;
    case AVERAGE:
        break;
    }
    return metrics_average(row, s->metric);
}

/* The span that has just begun may have no sample yet. */
static int64_t latest(const int64_t *values, size_t n)
{
    return values[n - 1] == CHART_NONE && n > 1 ? values[n - 2] : values[n - 1];
}

static const char *in_arena(struct arena *a, struct buf *text)
{
    const char *copy = buf_check(text) == 0 ? arena_dup(a, buf_span(text)) : NULL;

    buf_release(text);
    return copy;
}

static const char *value_text(struct arena *a, int64_t value, enum chart_unit unit)
{
    struct buf text = {0};

    if (value == CHART_NONE)
        return "–";
    chart_value(&text, value, unit, a->language);
    return in_arena(a, &text);
}

static const char *tenths_text(struct arena *a, int64_t tenths)
{
    return arena_printf(a, "%lld.%lld", (long long)tenths / 10, (long long)tenths % 10);
}

/* ---- one picture ---- */

static void add_value_axis(struct arena *a, struct json_object *out, int64_t axis,
                           enum chart_unit unit)
{
    struct json_object *list = page_list(out, "value_ticks");

    for (int64_t i = 0; i <= 2; i++) {
        struct json_object *tick = page_row(list);
        int64_t y10 = chart_y10(axis * i / 2, axis);

        page_text(tick, "y", tenths_text(a, y10));
        page_text(tick, "text_y", tenths_text(a, y10 + 40));
        page_text(tick, "text", value_text(a, axis * i / 2, unit));
    }
}

/* A day is one of UTC, as what is kept of it is. */
static const char *day_text(struct arena *a, time_t at)
{
    struct buf text = {0};
    struct tm tm;

    if (!gmtime_r(&at, &tm))
        return "";
    local_day_add(&text, a->language, &tm);
    return in_arena(a, &text);
}

/* "14:30" on the clocks of the zone. */
static const char *clock_text(struct arena *a, const char *zone, int64_t at_s)
{
    const char *text = strchr(zone_field_text(a, zone, at_s * US_PER_S), 'T');

    return text ? arena_printf(a, "%.5s", text + 1) : "";
}

/* The first full hour, quarter of an hour, ... of the zone's clocks behind `from_s`; of days,
 * UTC's. */
static int64_t first_tick(struct arena *a, const char *zone, const struct range *range,
                          int64_t from_s)
{
    enum { QUARTER_S = 900 }; /* of which the distance of every zone from UTC is a multiple */
    int64_t at = from_s - from_s % QUARTER_S;
    const char *clock = range->has_days ? "" : clock_text(a, zone, at);
    int hour = 0, minute = 0;

    if (sscanf(clock, "%2d:%2d", &hour, &minute) != 2)
        return from_s - from_s % range->tick_s + range->tick_s;
    return at - (hour * 60 + minute) * 60 % range->tick_s + range->tick_s;
}

static void add_time_axis(struct arena *a, struct json_object *out, const char *zone,
                          const struct range *range, const struct metrics_row *rows)
{
    struct json_object *list = page_list(out, "time_ticks");
    int64_t from_s = rows[0].at_us / US_PER_S;
    int64_t until_s = from_s + (int64_t)range->n * range->span_s;

    for (int64_t at = first_tick(a, zone, range, from_s); at < until_s; at += range->tick_s) {
        int64_t x10 = chart_x10(at, from_s, until_s);
        struct json_object *tick;

        /* A word in the middle of its tick must not leave the picture. */
        if (at < from_s || x10 > (CHART_RIGHT - 12) * 10)
            continue;
        tick = page_row(list);
        page_text(tick, "x", tenths_text(a, x10));
        page_text(tick, "text", range->has_days ? day_text(a, at) : clock_text(a, zone, at));
    }
}

/* "On average: 12 at the end, 30 at most." for each series: what the picture shows, in words. */
static const char *describe(struct arena *a, const char *before, const struct series *s,
                            const int64_t *values, size_t n, enum chart_unit unit)
{
    return arena_printf(a, "%s%s%s", before, *before ? " " : "",
                        say_with(a, "{series}: {last} at the end, {most} at most.", "series",
                                 say(a, s->label), "last", value_text(a, latest(values, n), unit),
                                 "most", value_text(a, chart_most(values, n), unit), NULL));
}

static void add_chart(const struct dashboard *d, struct json_object *list,
                      const struct chart *chart, const struct range *range,
                      const struct metrics_row *rows)
{
    struct arena *a = d->req->arena;
    struct json_object *out = page_row(list), *lines;
    int64_t values[SERIES_MAX][SPANS_MAX], axis = 0, most;
    const char *words = "";

    for (size_t s = 0; s < SERIES_MAX; s++) {
        for (size_t i = 0; i < range->n; i++)
            values[s][i] = read_series(&rows[i], &chart->series[s]);
        most = chart_most(values[s], range->n);
        axis = most > axis ? most : axis;
    }
    axis = chart_axis(axis, chart->unit);
    page_text(out, "name", chart->name);
    page_text(out, "chart_title", say(a, chart->title));
    add_value_axis(a, out, axis, chart->unit);
    add_time_axis(a, out, d->req->who.zone, range, rows);
    lines = page_list(out, "lines");
    for (size_t s = 0; s < SERIES_MAX; s++) {
        struct json_object *line = page_row(lines);
        struct buf path = {0}, area = {0};

        chart_line(&path, values[s], range->n, axis);
        if (s == 0)
            chart_area(&area, values[s], range->n, axis);
        page_flag(line, "first", s == 0);
        page_text(line, "path", in_arena(a, &path));
        page_text(line, "area", in_arena(a, &area));
        page_text(line, "label", say(a, chart->series[s].label));
        page_text(line, "now", value_text(a, latest(values[s], range->n), chart->unit));
        words = describe(a, words, &chart->series[s], values[s], range->n, chart->unit);
    }
    page_text(out, "words", words);
}

/* ---- the same as a table ---- */

static void add_cell(const struct dashboard *d, struct json_object *cells, int64_t value,
                     enum chart_unit unit)
{
    page_text(page_row(cells), "text", value_text(d->req->arena, value, unit));
}

static void add_table_row(const struct dashboard *d, struct json_object *list,
                          const struct metrics_row *row)
{
    struct json_object *out = page_row(list), *cells = page_list(out, "cells");

    page_time(out, "when", row->at_us);
    for (size_t i = 0; i < LENGTH(charts); i++) {
        for (size_t s = 0; s < SERIES_MAX && is_shown(d, &charts[i]); s++)
            add_cell(d, cells, read_series(row, &charts[i].series[s]), charts[i].unit);
    }
}

/* Newest first. */
static void add_table(const struct dashboard *d, const struct range *range,
                      const struct metrics_row *rows)
{
    struct json_object *heads = page_list(d->page, "chart_heads");
    struct json_object *names = page_list(d->page, "series_heads");
    struct json_object *list = page_list(d->page, "chart_rows");

    for (size_t i = 0; i < LENGTH(charts); i++) {
        if (!is_shown(d, &charts[i]))
            continue;
        page_text(page_row(heads), "text", say(d->req->arena, charts[i].title));
        for (size_t s = 0; s < SERIES_MAX; s++)
            page_text(page_row(names), "text", say(d->req->arena, charts[i].series[s].label));
    }
    for (size_t i = range->n; i >= range->per_row; i -= range->per_row) {
        struct metrics_row sum = {.at_us = rows[i - range->per_row].at_us};

        for (size_t j = i - range->per_row; j < i; j++)
            metrics_merge(&sum, &rows[j]);
        add_table_row(d, list, &sum);
    }
}

/* ---- the whole ---- */

static const struct range *range_of(const struct dashboard *d)
{
    const char *name = NULL;

    if (!d->hour_only && request_query(d->req, "range", &name, NULL) == 0 && name) {
        for (size_t i = 1; i < LENGTH(ranges); i++) {
            if (strcmp(ranges[i].name, name) == 0)
                return &ranges[i];
        }
    }
    return d->whole ? &ranges[0] : &hour_of_groups;
}

static void add_ranges(const struct dashboard *d, const struct range *range)
{
    struct json_object *list = page_list(d->page, "ranges");

    for (size_t i = 0; i < LENGTH(ranges); i++) {
        struct json_object *row = page_row(list);

        page_text(row, "name", ranges[i].name);
        page_text(row, "label", say(d->req->arena, ranges[i].label));
        page_flag(row, "current", strcmp(ranges[i].name, range->name) == 0);
    }
    page_text(d->page, "range_title", say(d->req->arena, range->of_title));
}

static bool has_samples(const struct metrics_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].n)
            return true;
    }
    return false;
}

void dashboard_add_charts(const struct dashboard *d)
{
    const struct range *range = range_of(d);
    const struct metrics_query query = {range->span_s, range->n, d->req->now_us, d->scopes,
                                        d->n_scopes};
    struct json_object *list = page_list(d->page, "charts");
    struct metrics_row *rows = NULL;
    struct error e = {0};

    add_ranges(d, range);
    page_text(d->page, "charts_zone", zone_name(d->req->who.zone));
    if (!d->metrics || store_metrics_list(d->metrics, d->req->arena, &query, &rows, &e) < 0) {
        if (d->metrics)
            log_warn(&ctx, "no charts: %s", e.text);
        return;
    }
    if (!has_samples(rows, range->n))
        return;
    page_flag(d->page, "has_charts", true);
    for (size_t i = 0; i < LENGTH(charts); i++) {
        if (is_shown(d, &charts[i]))
            add_chart(d, list, &charts[i], range, rows);
    }
    add_table(d, range, rows);
}

void dashboard_add_group_charts(struct request *req, struct app *app, struct json_object *page,
                                const char *group, bool hour_only)
{
    const struct scope scope = {.prefix = group};
    const struct dashboard d = {.req = req,
                                .app = app,
                                .page = page,
                                .metrics = metrics_db_reader(app->metrics),
                                .scopes = &scope,
                                .n_scopes = 1,
                                .hour_only = hour_only};

    dashboard_add_charts(&d);
    if (!hour_only)
        dashboard_add_usage(&d);
}
