/*
 * On the page of limits: which groups do what the limits forbid by now.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_LIMITS_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_LIMITS_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"

struct app;

/** `has_limits`; with ?check=yes in the address `is_checked`, `broken` ({name, path, why}) and
 * `more`, how many others there are: that reads every group. */
void limits_view_add(struct request *req, struct app *app, struct json_object *page);

#endif
