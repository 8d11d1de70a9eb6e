#include "admin-cgi/handlers/page_usage.h"

#include <inttypes.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/dashboard_view.h"
#include "admin-cgi/session.h"
#include "common/now.h"

#define USAGE_US (730 * US_PER_DAY)

static void add_day(struct buf *out, const struct usage_row *day)
{
    char date[16];

    if (time_format_utc(date, sizeof date, day->day_us, "%Y-%m-%d"))
        buf_printf(out, "%s,%" PRId64 ",%" PRId64 ",%" PRId64 "\r\n", date, day->meetings,
                   day->person_minutes, day->peak);
}

void page_usage_csv(struct request *req, struct response *res, struct app *app)
{
    const struct dashboard d = dashboard_of(req, app, NULL);
    struct usage_row *days = NULL;
    struct error e = {0};
    size_t n = 0;
    int r = d.metrics ? store_usage_list(d.metrics, req->arena, req->now_us - USAGE_US, d.scopes,
                                         d.n_scopes, &days, &n, &e)
                      : 0;

    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    /* Of some groups the most people at once in one of them: they need not meet at one time. */
    buf_add_str(&res->body, d.whole
                                ? "date,meetings,person_minutes,most_people\r\n"
                                : "date,meetings,person_minutes,most_people_in_one_meeting\r\n");
    for (size_t i = 0; i < n; i++)
        add_day(&res->body, &days[i]);
    response_attachment(res, "text/csv; charset=utf-8", "usage.csv");
}
