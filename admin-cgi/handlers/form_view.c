#include "admin-cgi/handlers/form_view.h"

#include <stdarg.h>
#include <stdio.h>

#include "admin-cgi/page.h"
#include "admin-cgi/session.h"

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
    struct json_object *problem;
    va_list ap;

    if (!v->page)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!v->problems) {
        v->problems = json_object_new_array();
        json_object_object_add(v->page, "problems", v->problems);
        page_flag(v->page, "has_problems", true);
    }
    problem = json_object_new_object();
    page_text(problem, "field", field);
    page_text(problem, "text", text);
    json_object_array_add(v->problems, problem);
    snprintf(key, sizeof key, "%s_error", field);
    for (char *c = key; *c; c++)
        if (*c == '-')
            *c = '_';
    page_text(v->page, key, text);
}

bool form_view_has_problems(const struct form_view *v)
{
    return v->problems != NULL;
}
