/*
 * How much the server, or some groups of it, were used month by month.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_USAGE_H
#define NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_USAGE_H

#include "admin-cgi/handlers/dashboard_view.h"

/** Adds `months`, newest first: those of the last year (UTC) that anybody met in. What cannot be
 * read is left out, with a line in the log. */
void dashboard_add_usage(const struct dashboard *d);

#endif
