#include "mediad/http/control_film.h"

#include <string.h>

#include "common/group_name.h"
#include "common/json_build.h"
#include "common/log.h"
#include "common/now.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_body.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/record/jobs.h"

/* ---- asking for one ---- */

/* Strings are borrowed from root, and "" when absent. */
struct wish {
    struct json_object *root;
    const char *group, *start, *by;
};

static int parse(struct wish *w, struct exchange *x, struct error *e)
{
    struct json_fields f = control_body(x, &w->root, e);

    json_fields_string(&f, "group", &w->group);
    json_fields_string(&f, "start", &w->start);
    json_fields_string(&f, "by", &w->by);
    if (f.result < 0)
        return f.result;
    if (group_name_check(span_str(w->group), e) < 0)
        return json_fields_fail(&f, ERR_INVALID, "group", "this is no name of a group");
    /* The program knows what a time is; here it must be one word. */
    if (!*w->start || strlen(w->start) > 64 || strpbrk(w->start, "/ \t\n"))
        return json_fields_fail(&f, ERR_INVALID, "start", "this is no start of a recording");
    if (!*w->by)
        return json_fields_fail(&f, ERR_INVALID, "by", "the acting account is missing");
    return 0;
}

static unsigned status_of(int code)
{
    return code == ERR_EXISTS ? 409 : 503;
}

void control_film(struct exchange *x)
{
    struct signal_env *env = x->server->env;
    struct wish w = {.group = "", .start = "", .by = ""};
    struct error e = {0};
    int r = parse(&w, x, &e);

    if (r < 0) {
        control_body_refuse(x, &e);
    } else if ((r = jobs_film(env->jobs, w.group, w.start, env->wall_us, &e)) < 0) {
        control_refuse(x, status_of(r), err_name(r), e.text);
    } else {
        const struct log_ctx ctx = {.room = "control", .group = w.group};

        log_info(&ctx, "a film of the meeting of %s for %s", w.start, w.by);
        control_answer(x, 200, json_object_new_object());
    }
    json_object_put(w.root);
}

void control_film_stop(struct exchange *x)
{
    struct wish w = {.group = "", .start = "", .by = ""};
    struct error e = {0};
    int r = parse(&w, x, &e);

    if (r < 0) {
        control_body_refuse(x, &e);
    } else if (jobs_stop_film(x->server->env->jobs, w.group, w.start) < 0) {
        control_refuse(x, 404, "not-found", "this film neither waits nor is being made");
    } else {
        const struct log_ctx ctx = {.room = "control", .group = w.group};

        log_info(&ctx, "%s stops the film of the meeting of %s", w.by, w.start);
        control_answer(x, 200, json_object_new_object());
    }
    json_object_put(w.root);
}

/* ---- looking at them ---- */

static struct json_object *number(double n)
{
    char text[32];

    snprintf(text, sizeof text, "%.2f", n);
    return json_object_new_double_s(n, text);
}

static struct json_object *film_to_json(const struct film_job *film)
{
    static const char *const states[] = {"waiting", "running", "done", "failed", "stopped"};
    struct json_object *json = json_object_new_object();
    char when[TIME_RFC3339_SIZE];
    bool is_made =
        json && json_build_set(json, "group", json_object_new_string(film->group)) &&
        json_build_set(json, "start", json_object_new_string(film->start)) &&
        json_build_set(json, "state", json_object_new_string(states[film->state])) &&
        json_build_set(json, "progress", number(film->progress)) &&
        json_build_set(json, "asked",
                       json_object_new_string(time_format_rfc3339(film->asked_us, when)));

    if (is_made && film->state == FILM_DONE && film->file)
        is_made = json_build_set(json, "file", json_object_new_string(film->file));
    if (is_made && film->state == FILM_FAILED && film->why)
        is_made = json_build_set(json, "error", json_object_new_string(film->why));
    if (!is_made) {
        json_object_put(json);
        json = NULL;
    }
    return json;
}

struct list_of_films {
    struct json_object *array; /* NULL: out of memory */
};

static void add_film(void *arg, const struct film_job *film)
{
    struct list_of_films *list = arg;

    if (list->array && !json_build_append(list->array, film_to_json(film))) {
        json_object_put(list->array);
        list->array = NULL;
    }
}

void control_films(struct exchange *x)
{
    struct list_of_films list = {.array = json_object_new_array()};
    char argument[sizeof "group=" + GROUP_NAME_MAX];
    const char *group = NULL;

    if (lws_hdr_total_length(x->wsi, WSI_TOKEN_HTTP_URI_ARGS) > 0)
        group = lws_get_urlarg_by_name(x->wsi, "group=", argument, sizeof argument);
    jobs_each_film(x->server->env->jobs, group, add_film, &list);
    control_answer(x, 200, list.array);
}
