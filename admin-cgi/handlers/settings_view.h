/*
 * What the pages of settings share: their frame with its tabs, and what they say of a file.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SETTINGS_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_SETTINGS_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/form.h"
#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_file.h"

struct app;
struct form_view; /* admin-cgi/handlers/form_view.h */

/** A page of settings. @param path of the tab that is shown @return as page_new() */
struct json_object *settings_page(struct request *req, struct response *res, struct app *app,
                                  const char *title, const char *path);

/** What the form of a file says of it: `seen`, the state that it is made from; `obstacle`, why
 * there is no form. @param name as people know the file */
void settings_add_file(struct json_object *page, const struct file_state *file, const char *name);

/** A form of a file, as it was sent and found to be good. */
struct settings_save {
    const struct form *form;
    const struct actor *actor;
    const char *path; /* where the answer leads */
    const char *done; /* what it says there */
    enum file_kind kind;
    int (*edit)(struct buf *out, struct span text, void *arg, struct error *e);
    void *arg;
    /** The answer when something was changed, in place of `done`; NULL: that */
    void (*saved)(struct request *req, struct response *res, struct app *app, void *arg);
};
/** Change the file, and answer. @return 0; else the status to show the form with, told why */
int settings_save(struct request *req, struct response *res, struct app *app, struct form_view *v,
                  const struct settings_save *save);

/** A change of the file failed. @return the status to show the form with, told why; 0: there is
 * nothing to keep */
int settings_file_unsaved(struct form_view *v, int code, const struct error *e);

#endif
