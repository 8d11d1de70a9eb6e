/*
 * What the pages of settings share: their frame with its tabs.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SETTINGS_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_SETTINGS_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** A page of settings. @param path of the tab that is shown @return as page_new() */
struct json_object *settings_page(struct request *req, struct response *res, struct app *app,
                                  const char *title, const char *path);

#endif
