#include "admin-cgi/handlers/dashboard_usage.h"

#include <string.h>

#include "admin-cgi/local_format.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/log.h"
#include "common/now.h"

#define YEAR_US (366 * US_PER_DAY)
#define MONTH_SIZE sizeof "2026-11"

static const struct log_ctx ctx = {.room = "dashboard"};

struct month {
    char name[16];
    struct usage_row sum;
};

static void add_month(const struct dashboard *d, struct json_object *list,
                      const struct month *month)
{
    struct json_object *row = page_row(list);

    page_text(row, "month", month->name);
    page_number(row, "meetings", month->sum.meetings);
    page_text(row, "hours", local_number(d->req->arena, (double)month->sum.person_minutes / 60, 1));
    page_number(row, "most", month->sum.peak);
}

static void add_day(struct month *month, const struct usage_row *day)
{
    month->sum.meetings += day->meetings;
    month->sum.person_minutes += day->person_minutes;
    if (day->peak > month->sum.peak)
        month->sum.peak = day->peak;
}

/* Days come oldest first, a page has the newest month on top. */
static void add_months(const struct dashboard *d, struct json_object *list,
                       const struct usage_row *days, size_t n)
{
    struct month month = {0};

    for (size_t i = n; i > 0; i--) {
        char name[MONTH_SIZE];

        if (!time_format_utc(name, sizeof name, days[i - 1].day_us, "%Y-%m"))
            continue;
        if (strcmp(name, month.name) != 0) {
            if (month.name[0])
                add_month(d, list, &month);
            month = (struct month){0};
            memcpy(month.name, name, sizeof name);
        }
        add_day(&month, &days[i - 1]);
    }
    if (month.name[0])
        add_month(d, list, &month);
}

void dashboard_add_usage(const struct dashboard *d)
{
    struct json_object *list = page_list(d->page, "months");
    struct usage_row *days = NULL;
    struct error e = {0};
    size_t n = 0;
    int r = d->metrics ? store_usage_list(d->metrics, d->req->arena, d->req->now_us - YEAR_US,
                                          d->scopes, d->n_scopes, &days, &n, &e)
                       : 0;

    if (r < 0) {
        log_warn(&ctx, "no usage: %s", e.text);
        return;
    }
    add_months(d, list, days, n);
    page_flag(d->page, "has_months", n > 0);
    /* Of some groups the most people at once in one of them: they need not meet at one time. */
    page_text(d->page, "most_title",
              say(d->req->arena, d->whole ? "Most people at once" : "Most people in one meeting"));
}
