/*
 * The dashboard's charts, and the same as a table.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_CHARTS_H
#define NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_CHARTS_H

#include "admin-cgi/handlers/dashboard_view.h"

/** Charts and their table for the span that the query names: "range" is "1h", "24h", "7d" or "30d".
 * What cannot be read is left out, with a line in the log. */
void dashboard_add_charts(const struct dashboard *d);

#endif
