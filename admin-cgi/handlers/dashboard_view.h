/*
 * The parts of the dashboard, and what they have in common: what this person may see of the server.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/store/store_metrics.h"

struct app;

struct dashboard {
    struct request *req;
    struct app *app;
    struct json_object *page;
    struct db *metrics;         /* NULL: there are none yet */
    bool whole;                 /* the whole server; else: */
    const struct scope *scopes; /* what may be viewed; NULL with `whole` */
    size_t n_scopes;
    bool hour_only; /* charts of the last hour, whatever the query says */
};

/** @param page as page_new() */
struct dashboard dashboard_of(struct request *req, struct app *app, struct json_object *page);

#endif
