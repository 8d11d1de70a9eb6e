#include "admin-cgi/handlers/form_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_form.h"

#define FORM_ID_LEN 32

int form_of_request(struct request *req, struct response *res, struct app *app, struct form *out,
                    const char *const *single, const char *const *repeated)
{
    struct error e = {0};
    int r = form_parse(out, req->arena, req->body, &e);

    if (r == 0)
        r = form_check(out, single, repeated, &e);
    if (r < 0)
        page_error(req, res, app, err_http_status(r), &e);
    return r;
}

void form_view_problem(struct form_view *v, const char *field, const char *fmt, ...)
{
    char text[320];
    char key[80];
    const char *said;
    struct json_object *problem;
    va_list ap;

    if (!v->page)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    said = say_reported(page_arena(v->page), text);
    if (!v->problems) {
        v->problems = json_object_new_array();
        json_object_object_add(v->page, "problems", v->problems);
        page_flag(v->page, "has_problems", true);
    }
    problem = json_object_new_object();
    page_text(problem, "field", field);
    page_text(problem, "text", said);
    json_object_array_add(v->problems, problem);
    snprintf(key, sizeof key, "%s_error", field);
    for (char *c = key; *c; c++) {
        if (*c == '-')
            *c = '_';
    }
    page_text(v->page, key, said);
}

void form_view_refused(struct form_view *v, const char *field, const char *text,
                       const struct error *e)
{
    struct arena *a = page_arena(v->page);

    if (a)
        form_view_problem(v, field, "%s",
                          say_with(a, text, "reason",
                                   say_reported(a, e->code ? e->text : err_text(e->code)), NULL));
}

void form_view_field_refused(struct form_view *v, const char *field, const char *label,
                             const char *reason)
{
    struct arena *a = page_arena(v->page);

    if (a)
        form_view_problem(v, field, "%s",
                          say_with(a, "{field}: {reason}.", "field", say(a, label), "reason",
                                   say_reported(a, reason), NULL));
}

const char *form_view_problem_of(const struct form_view *v, const char *field)
{
    size_t n = v->problems ? json_object_array_length(v->problems) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *problem = json_object_array_get_idx(v->problems, i);

        if (strcmp(json_object_get_string(json_object_object_get(problem, "field")), field) == 0)
            return json_object_get_string(json_object_object_get(problem, "text"));
    }
    return NULL;
}

bool form_view_has_problems(const struct form_view *v)
{
    return v->problems;
}

int form_view_unsaved(struct form_view *v, int code, const struct error *e)
{
    int status = err_http_status(code);
    struct arena *a = page_arena(v->page);

    if (!v->page)
        return 0;
    if (code == ERR_FORBIDDEN && e->place[0]) {
        form_view_refused(v, e->place, "This server does not allow it: {reason}.", e);
        return 422;
    }
    if (status < 500)
        return 0;
    form_view_problem(v, "main", "%s",
                      say_with(a, "Nothing was saved: {reason}. What you wrote is still below.",
                               "reason", say_reported(a, e->code ? e->text : err_text(code)),
                               NULL));
    return status;
}

void form_option(struct json_object *list, const char *word, const char *label, const char *help,
                 const char *chosen)
{
    struct json_object *row = page_row(list);

    page_text(row, "word", word);
    page_text(row, "label", label);
    page_text(row, "help", help);
    page_flag(row, "is_chosen", strcmp(word, chosen) == 0);
}

bool form_came_second(struct request *req, struct response *res, struct app *app,
                      const struct actor *actor, int code)
{
    const char *result = NULL;

    if (code != ERR_EXISTS || !actor->form_id ||
        store_form_find(app->db, req->arena, actor->form_id, actor->account_id, &result, NULL) < 0)
        return false;
    response_redirect(res, 303, result);
    return true;
}

bool form_was_used(struct request *req, struct response *res, struct app *app,
                   const struct form *form, struct actor *actor, const char *url)
{
    const char *id = form_text(form, "form");

    if (strlen(id) != FORM_ID_LEN || strspn(id, "0123456789abcdef") != FORM_ID_LEN)
        return false; /* not one of ours: a script's, which sends each form once */
    actor->form_id = id;
    actor->form_url = url;
    return form_came_second(req, res, app, actor, ERR_EXISTS);
}
