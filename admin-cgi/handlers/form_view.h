/*
 * Forms on pages: problems collected field by field, shown in a summary and beside the field
 * (WEB-8).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_FORM_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_FORM_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/form.h"
#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/actor.h"

struct app;

struct form_view {
    struct json_object *page;     /* of page_new(); NULL when out of memory */
    struct json_object *problems; /* array of {field, text}, owned by the page once there is one */
    const char *zone;             /* in which times are shown and read; NULL or "": UTC */
};

/** Parse and check the request's form; on failure the answer (400) is in `res`. */
int form_of_request(struct request *req, struct response *res, struct app *app, struct form *out,
                    const char *const *single, const char *const *repeated) MUST_USE;

/** Note a problem: shown in the summary, and as FIELD_error (dashes as underscores) by the field.
 * A text with values that are words themselves comes said already (say.h), as "%s". */
void form_view_problem(struct form_view *v, const char *field, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/** The same of a value that was refused. @param text with {reason}, where the error's sentence
 * stands */
void form_view_refused(struct form_view *v, const char *field, const char *text,
                       const struct error *e);
/** The same of a field by its label: "Contact: this is too long." @param reason English, as of an
 * error */
void form_view_field_refused(struct form_view *v, const char *field, const char *label,
                             const char *reason);
bool form_view_has_problems(const struct form_view *v);
/** The first problem of a field; NULL: none. Borrowed. */
const char *form_view_problem_of(const struct form_view *v, const char *field);

/**
 * After a change that failed with `code`: was that because the same form came twice at once, and
 * the other one did it? Then the answer is where its result is.
 */
bool form_came_second(struct request *req, struct response *res, struct app *app,
                      const struct actor *actor, int code);

/**
 * A change failed on our side, or broke a limit of this server (ERR_FORBIDDEN with a place): noted
 * at the top of the form, which is then shown as it was sent.
 * @return the status to show the form with; 0: the failure is not ours, and there is nothing to
 * keep
 */
int form_view_unsaved(struct form_view *v, int code, const struct error *e);

/** One of several to choose from, for radio buttons and menus: `word` is sent, `label` and `help`
 * (may be NULL) are read; `is_chosen` when it is the word `chosen`. */
void form_option(struct json_object *list, const char *word, const char *label, const char *help,
                 const char *chosen);

/**
 * Before a change: has this form been sent before? Then the answer is where its result is. Else the
 * actor takes the form's id along, so that the change uses it up.
 * @param url where the result will be shown
 * @return true: `res` is complete
 */
bool form_was_used(struct request *req, struct response *res, struct app *app,
                   const struct form *form, struct actor *actor, const char *url);

#endif
