/*
 * Is the server well? What its checks found (health/health_checks.h), and a report for who helps.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_HEALTH_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_HEALTH_H

#include "admin-cgi/router.h"

/** GET /admin/health */
route_handler page_health;
/** GET /admin/health.json: {"checks": [{"name", "title", "state", "value", "since", "remedy"}]} */
route_handler page_health_json;
/** POST /admin/health: all checks run again, soon. */
route_handler page_health_post;
/** GET /admin/health/report: the report for who helps, to be read before it is saved. */
route_handler page_health_report;
/** GET /admin/health/report.txt: the same as a file. */
route_handler page_health_report_file;

#endif
