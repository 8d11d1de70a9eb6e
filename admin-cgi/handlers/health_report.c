#include "admin-cgi/handlers/health_report.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/health_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/store/store_metrics.h"

static const char *yes(bool is_set)
{
    return is_set ? "set" : "not set";
}

static void write_programs(struct buf *out, const struct request *req)
{
    struct utsname system = {0};

    uname(&system);
    buf_printf(out, "Nereid %s\n", NEREID_VERSION);
    buf_printf(out, "written %s\n", page_time_text(req->arena, req->now_us));
    buf_printf(out, "system %s %s %s, %ld processors\n", system.sysname, system.release,
               system.machine, sysconf(_SC_NPROCESSORS_ONLN));
    buf_printf(out, "SQLite %s\n", sqlite3_libversion());
}

static void write_config(struct buf *out, struct app *app)
{
    const struct server_config *c = app_config(app);

    buf_add_str(out, "\nconfig.json\n");
    buf_printf(out, "  users: %zu\n", c->n_users);
    buf_printf(out, "  canonicalHost: %s\n", yes(c->canonical_host));
    buf_printf(out, "  proxyURL: %s\n", yes(c->proxy_url));
    buf_printf(out, "  allowOrigin: %s\n", yes(c->allow_origin));
    buf_printf(out, "  allowAdminOrigin: %s\n", yes(c->allow_admin_origin));
    buf_printf(out, "  writableGroups: %s\n", c->writable_groups ? "true" : "false");
    buf_printf(out, "  warnings: %zu\n", c->n_warnings);
}

static void write_counts(struct buf *out, struct app *app)
{
    struct group_counts n = {0};

    if (store_group_count(app->db, &n, NULL) < 0)
        return;
    buf_printf(out,
               "\ngroups: %" PRId64 ", public %" PRId64 ", broken %" PRId64 ", read-only %" PRId64
               ", in the trash %" PRId64 "\nchanges that wait: %" PRId64 ", conflicts: %" PRId64
               "\n",
               n.groups, n.public_groups, n.broken, n.readonly, n.trashed, n.pending, n.conflicts);
}

static void write_usage(struct buf *out, struct request *req, struct app *app)
{
    struct db *metrics = metrics_db_reader(app->metrics);
    const struct metrics_query day = {.span_s = 3600, .n = 24, .until_us = req->now_us};
    struct metrics_row *rows = NULL;

    if (!metrics || store_metrics_list(metrics, req->arena, &day, &rows, NULL) < 0)
        return;
    buf_add_str(out, "\nthe last 24 hours, by the hour: people at most, streams from people, to "
                     "people, kbit/s in, out, processor permille, lost of a million\n");
    for (size_t i = 0; i < day.n; i++) {
        const struct metrics_row *r = &rows[i];

        if (r->n)
            buf_printf(out,
                       "  %s: %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                       " %" PRId64 "\n",
                       page_time_text(req->arena, r->at_us), r->max[METRIC_PEOPLE],
                       r->max[METRIC_UP], r->max[METRIC_DOWN], r->max[METRIC_BITS_IN] / 1000,
                       r->max[METRIC_BITS_OUT] / 1000, r->max[METRIC_CPU], metrics_loss(r));
    }
}

void health_report_write(struct buf *out, struct request *req, struct app *app)
{
    const struct health_list found = health_view_list(req, app);

    write_programs(out, req);
    buf_add_str(out, "\nchecks\n");
    for (size_t i = 0; i < found.n; i++) {
        const struct health_check *c = &found.checks[i];

        buf_printf(out, "  %s: %s%s%s\n", c->name, c->state, c->has_address ? "" : ", ",
                   c->has_address ? "" : c->value);
    }
    write_counts(out, app);
    write_config(out, app);
    write_usage(out, req, app);
}
