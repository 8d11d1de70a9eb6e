#include "admin-cgi/handlers/dashboard_tiles.h"

#include <sys/statvfs.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/health/last_backup.h"
#include "admin-cgi/page.h"
#include "admin-cgi/view/chart.h"
#include "common/now.h"

#define OLD_US (45 * US_PER_S) /* a sample from before is not what is now */
#define MINUTE_S 60
#define TODAY_SPAN_S 600

static const char *text_of(struct arena *a, int64_t value, enum chart_unit unit)
{
    struct buf text = {0};
    const char *copy;

    chart_value(&text, value, unit, a->language);
    copy = buf_check(&text) == 0 ? arena_dup(a, buf_span(&text)) : NULL;
    buf_release(&text);
    return copy;
}

/* Most people at once since midnight UTC. */
static int64_t peak_today(const struct dashboard *d)
{
    int64_t midnight_us = d->req->now_us - d->req->now_us % US_PER_DAY, peak = 0;
    const struct metrics_query query = {TODAY_SPAN_S, US_PER_DAY / US_PER_S / TODAY_SPAN_S,
                                        d->req->now_us, d->scopes, d->n_scopes};
    struct metrics_row *rows = NULL;

    if (d->whole) {
        struct usage_row *days = NULL;
        size_t n = 0;

        return store_usage_list(d->metrics, d->req->arena, midnight_us, NULL, 0, &days, &n, NULL) ==
                           0 &&
                       n
                   ? days[n - 1].peak
                   : 0;
    }
    if (store_metrics_list(d->metrics, d->req->arena, &query, &rows, NULL) < 0)
        return 0;
    for (size_t i = 0; i < query.n; i++) {
        if (rows[i].at_us >= midnight_us && rows[i].max[METRIC_PEOPLE] > peak)
            peak = rows[i].max[METRIC_PEOPLE];
    }
    return peak;
}

/* The newest minute of those groups that has a sample. @return as store_metrics_last() */
static int last_of_scopes(const struct dashboard *d, struct metrics_row *out)
{
    enum { MINUTES = 60 };
    const struct metrics_query query = {MINUTE_S, MINUTES, d->req->now_us, d->scopes, d->n_scopes};
    struct metrics_row *rows = NULL;
    int r = store_metrics_list(d->metrics, d->req->arena, &query, &rows, NULL);

    for (size_t i = MINUTES; r == 0 && i > 0; i--) {
        if (rows[i - 1].n == 0)
            continue;
        *out = rows[i - 1];
        return 1;
    }
    return r;
}

/* What the server, or those groups, did lately, or when mediad last answered. */
static void add_rates(const struct dashboard *d)
{
    struct arena *a = d->req->arena;
    struct metrics_row last = {0};
    int64_t age_us;

    if ((d->whole ? store_metrics_last(d->metrics, &last, NULL) : last_of_scopes(d, &last)) != 1)
        return;
    age_us = d->req->now_us - last.at_us;
    if (!d->whole)
        age_us -= MINUTE_S * US_PER_S; /* since the end of its row */
    page_flag(d->page, "has_rates", true);
    page_flag(d->page, "rates_are_old", age_us > OLD_US);
    page_time(d->page, "rates_when", last.at_us);
    page_number(d->page, "streams_up", metrics_average(&last, METRIC_UP));
    page_number(d->page, "streams_down", metrics_average(&last, METRIC_DOWN));
    page_text(d->page, "bits_in", text_of(a, metrics_average(&last, METRIC_BITS_IN), CHART_BITS));
    page_text(d->page, "bits_out", text_of(a, metrics_average(&last, METRIC_BITS_OUT), CHART_BITS));
    if (d->whole)
        page_text(d->page, "cpu", text_of(a, metrics_average(&last, METRIC_CPU), CHART_PERMILLE));
    page_text(d->page, "loss", text_of(a, metrics_loss(&last), CHART_MILLIONTH));
}

static void add_room(const struct dashboard *d)
{
    struct statvfs fs;

    if (statvfs(d->app->paths.recordings, &fs) < 0)
        return;
    page_text(d->page, "recordings_free",
              recording_view_size(d->req->arena, (int64_t)fs.f_bavail * (int64_t)fs.f_frsize));
}

void dashboard_add_tiles(const struct dashboard *d)
{
    page_flag(d->page, "sees_server", d->whole);
    if (d->metrics) {
        page_number(d->page, "peak_today", peak_today(d));
        add_rates(d);
    }
    if (!d->whole)
        return;
    add_room(d);
    page_time(d->page, "last_backup", last_backup_us(d->app->paths.data));
    page_text(d->page, "version", NEREID_VERSION);
}
