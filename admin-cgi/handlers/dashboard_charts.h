/*
 * The dashboard's charts, and the same as a table.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_CHARTS_H
#define NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_CHARTS_H

#include "admin-cgi/handlers/dashboard_view.h"

/** Charts and their table for the span that the query names: "range" is "1h", "24h", "7d" or "30d".
 * What cannot be read is left out, with a line in the log. */
void dashboard_add_charts(const struct dashboard *d);

/** The same of one group, and its usage by month, as on the dashboard of who may see it alone.
 * @param hour_only the charts of the last hour alone, whatever the query says */
void dashboard_add_group_charts(struct request *req, struct app *app, struct json_object *page,
                                const char *group, bool hour_only);

#endif
