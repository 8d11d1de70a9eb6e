/*
 * What the pages of settings share: their frame with its tabs, and what they say of a file.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SETTINGS_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_SETTINGS_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;
struct file_state; /* admin-cgi/store/store_file.h */
struct form_view;  /* admin-cgi/handlers/form_view.h */

/** A page of settings. @param path of the tab that is shown @return as page_new() */
struct json_object *settings_page(struct request *req, struct response *res, struct app *app,
                                  const char *title, const char *path);

/** What the form of a file says of it: `seen`, the state that it is made from; `obstacle`, why
 * there is no form. @param name as people know the file */
void settings_add_file(struct json_object *page, const struct file_state *file, const char *name);

/** A change of the file failed. @return the status to show the form with, told why; 0: there is
 * nothing to keep */
int settings_file_unsaved(struct form_view *v, int code, const struct error *e);

#endif
