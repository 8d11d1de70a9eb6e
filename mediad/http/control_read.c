#include "mediad/http/control_read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/now.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_metrics.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/rtc/media_stats.h"
#include "mediad/signal/recorder.h"
#include "mediad/signal/stream_stats.h"

static void add(struct json_object *object, const char *name, struct json_object *value)
{
    if (object)
        json_object_object_add(object, name, value);
    else
        json_object_put(value);
}

static void add_string(struct json_object *object, const char *name, const char *value)
{
    if (value && *value != '\0')
        add(object, name, json_object_new_string(value));
}

static void add_time(struct json_object *object, const char *name, int64_t time_us)
{
    char text[TIME_RFC3339_SIZE];

    add(object, name, json_object_new_string(time_format_rfc3339(time_us, text)));
}

static void add_count(struct json_object *object, const char *name, uint64_t n)
{
    add(object, name, json_object_new_int64((int64_t)n));
}

static struct json_object *sorted_by(struct json_object *array,
                                     int (*compare)(const void *, const void *))
{
    if (array)
        json_object_array_sort(array, compare);
    return array;
}

static int compare_by(const void *a, const void *b, const char *member)
{
    struct json_object *const *x = a, *const *y = b;

    return strcmp(json_object_get_string(json_object_object_get(*x, member)),
                  json_object_get_string(json_object_object_get(*y, member)));
}

static int by_name(const void *a, const void *b)
{
    return compare_by(a, b, "name");
}

static int by_id(const void *a, const void *b)
{
    return compare_by(a, b, "id");
}

/* ---- live groups ---- */

static struct json_object *member_to_json(const struct member *m, bool with_quality)
{
    static const char *const kinds[] = {
        [MEMBER_CLIENT] = "client", [MEMBER_WHIP] = "whip", [MEMBER_RECORDER] = "recorder"};
    struct json_object *json = json_object_new_object(), *quality;

    add(json, "id", json_object_new_string(m->id));
    add(json, "username", json_object_new_string(m->username));
    add_string(json, "kind", kinds[m->kind]);
    add(json, "permissions", permissions_to_json(&m->permissions));
    add_time(json, "joined", m->joined_us);
    add_string(json, "address", m->address);
    if (with_quality && (quality = stream_summary(m)) != NULL)
        add(json, "quality", quality);
    return json;
}

static struct json_object *recording_to_json(const struct group_recording *recording)
{
    struct json_object *json = json_object_new_object();

    add_time(json, "since", recording->since_us);
    add_count(json, "streams", recording->n_streams);
    return json;
}

static struct json_object *group_to_json(const struct live_group *g, bool with_quality)
{
    struct json_object *json = json_object_new_object(), *clients = json_object_new_array();
    struct group_recording recording;

    add(json, "name", json_object_new_string(g->name));
    add_string(json, "displayName", g->desc->display_name);
    add(json, "members", json_object_new_int64((int64_t)g->n_members));
    add(json, "viewers", json_object_new_int64((int64_t)g->n_viewers));
    add(json, "locked", json_object_new_boolean(g->lock != NULL));
    add_string(json, "lockText", g->lock);
    add(json, "public", json_object_new_boolean(g->desc->is_public));
    add_time(json, "since", g->created_wall_us);
    if (group_recorder_state(g, &recording))
        add(json, "recording", recording_to_json(&recording));
    LIST_EACH (const struct member, m, &g->members, in_group) {
        if (clients)
            json_object_array_add(clients, member_to_json(m, with_quality));
    }
    add(json, "clients", clients);
    return json;
}

static struct json_object *groups_to_json(const struct registry *r, bool with_quality)
{
    struct json_object *array = json_object_new_array();

    LIST_EACH (const struct live_group, g, &r->groups, in_registry)
        json_object_array_add(array, group_to_json(g, with_quality));
    return sorted_by(array, by_name);
}

void control_groups(struct exchange *x)
{
    control_answer(x, 200, groups_to_json(x->server->env->registry, false));
}

void control_public(struct exchange *x)
{
    struct registry *r = x->server->env->registry;
    struct json_object *array = json_object_new_array();

    LIST_EACH (const struct group_file, f, definitions_files(r->definitions), in_definitions) {
        const struct live_group *g = registry_find(r, f->name);
        struct json_object *json;

        if (!array || !f->desc || !f->desc->is_public)
            continue;
        json = json_object_new_object();
        add(json, "name", json_object_new_string(f->name));
        add_string(json, "redirect", f->desc->redirect);
        add_string(json, "displayName", f->desc->display_name);
        add_string(json, "description", f->desc->description);
        add(json, "locked", json_object_new_boolean(g ? g->lock != NULL : f->desc->autolock));
        add(json, "clientCount", json_object_new_int64(g ? (int64_t)g->n_members : 0));
        json_object_array_add(array, json);
    }
    control_answer(x, 200, sorted_by(array, by_name));
}

/* ---- statistics (HTTP-15) ---- */

static struct json_object *group_stats(const struct live_group *g)
{
    struct json_object *json = json_object_new_object(), *clients = NULL;

    add(json, "name", json_object_new_string(g->name));
    LIST_EACH (struct member, m, &g->members, in_group) {
        struct json_object *client;

        if (!clients && (clients = json_object_new_array()) == NULL)
            break;
        client = stream_stats(m);
        if (client)
            json_object_array_add(clients, client);
    }
    if (clients)
        add(json, "clients", sorted_by(clients, by_id));
    return json;
}

void control_stats(struct exchange *x)
{
    struct registry *r = x->server->env->registry;
    struct json_object *array = json_object_new_array();
    char argument[sizeof "group=" + GROUP_NAME_MAX];

    if (lws_hdr_total_length(x->wsi, WSI_TOKEN_HTTP_URI_ARGS) > 0) {
        const char *name = lws_get_urlarg_by_name(x->wsi, "group=", argument, sizeof argument);
        const struct live_group *only = name ? registry_find(r, name) : NULL;

        if (only)
            json_object_array_add(array, group_stats(only));
        control_answer(x, 200, array);
        return;
    }
    LIST_EACH (const struct live_group, g, &r->groups, in_registry)
        json_object_array_add(array, group_stats(g));
    control_answer(x, 200, sorted_by(array, by_name));
}

/* ---- health ---- */

/* What keeps everybody waiting; each reader sees the time since the one before. */
static struct json_object *loop_to_json(struct http_server *server)
{
    struct json_object *json = json_object_new_object();

    add(json, "longestStepUs", json_object_new_int64(server->longest_step_us));
    add(json, "longestDelayUs", json_object_new_int64(server->longest_delay_us));
    server->longest_step_us = server->longest_delay_us = 0;
    return json;
}

static struct json_object *draining_to_json(const struct signal_env *env)
{
    struct json_object *json = json_object_new_object();

    add_time(json, "since", env->drain_wall_us);
    add_string(json, "text", env->drain_text);
    return json;
}

static struct json_object *health_to_json(struct signal_env *env)
{
    struct json_object *json = json_object_new_object();
    size_t n_bad = 0;

    LIST_EACH (const struct group_file, f, definitions_files(env->registry->definitions),
               in_definitions)
        n_bad += f->is_bad;
    add_string(json, "status", env->is_ending ? "ending" : "ok");
    add_string(json, "version", NEREID_VERSION);
    add_count(json, "pid", (uint64_t)getpid());
    add_time(json, "started", env->started_wall_us);
    add_count(json, "groups", env->registry->by_name.n);
    add_count(json, "members", env->registry->n_members);
    add_count(json, "membersPeak", env->counters.members_peak);
    add_count(json, "connections", census_count(&env->census));
    add_count(json, "unjoined", census_count_unjoined(&env->census));
    add_count(json, "poolWaiting", pool_waiting(env->pool));
    add_count(json, "problems", n_bad);
    if (env->is_draining)
        add(json, "draining", draining_to_json(env));
    add(json, "counters", control_counters(env));
    add(json, "media", media_stats(env->media));
    add(json, "offered", media_offered(env->media));
    return json;
}

void control_health(struct exchange *x)
{
    struct json_object *json = health_to_json(x->server->env);

    add(json, "loop", loop_to_json(x->server));
    control_answer(x, 200, json);
}

static int by_text(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;

    return strcmp(json_object_get_string(*x), json_object_get_string(*y));
}

/* Public groups that nobody is in, and that wait for an operator. */
static struct json_object *autolocked_to_json(const struct registry *r)
{
    struct json_object *array = json_object_new_array();

    LIST_EACH (const struct group_file, f, definitions_files(r->definitions), in_definitions) {
        if (array && f->desc && f->desc->is_public && f->desc->autolock &&
            !registry_find(r, f->name))
            json_object_array_add(array, json_object_new_string(f->name));
    }
    return sorted_by(array, by_text);
}

void control_live(struct exchange *x)
{
    struct signal_env *env = x->server->env;
    struct json_object *json = json_object_new_object();

    add(json, "groups", groups_to_json(env->registry, true));
    add(json, "autolocked", autolocked_to_json(env->registry));
    add(json, "health", health_to_json(env));
    control_answer(x, 200, json);
}

/* ---- problems ---- */

static void add_place(struct json_object *json, const struct error *e)
{
    unsigned line, column;

    if (error_line_column(e, &line, &column)) {
        add_count(json, "line", line);
        add_count(json, "column", column);
    } else {
        add_string(json, "place", e->place);
    }
}

static struct json_object *problem(const char *group, const char *severity, const char *text)
{
    struct json_object *json = json_object_new_object();
    struct buf path = {0};

    buf_printf(&path, "groups/%s.json", group);
    add_string(json, "path", buf_str(&path));
    add_string(json, "group", group);
    add_string(json, "severity", severity);
    add_string(json, "text", text);
    buf_release(&path);
    return json;
}

static void add_file_problems(struct json_object *array, const struct group_file *f)
{
    struct json_object *json;

    if (f->is_bad) {
        json = problem(f->name, "error", f->problem.text);
        add_place(json, &f->problem);
        add(json, "lastGood", json_object_new_boolean(f->desc != NULL));
        json_object_array_add(array, json);
    }
    for (size_t i = 0; f->desc && i < f->desc->n_warnings; i++) {
        const struct group_warning *w = &f->desc->warnings[i];

        json = problem(f->name, "warning", w->text);
        add_count(json, "line", w->line);
        add_count(json, "column", w->column);
        json_object_array_add(array, json);
    }
}

static int by_path(const void *a, const void *b)
{
    return compare_by(a, b, "path");
}

void control_problems(struct exchange *x)
{
    struct signal_env *env = x->server->env;
    struct json_object *array = json_object_new_array(), *json;
    struct error e = {0};

    LIST_EACH (const struct group_file, f, definitions_files(env->registry->definitions),
               in_definitions) {
        if (array)
            add_file_problems(array, f);
    }
    server_config_file_get(env->config, &e);
    if (e.code != 0 && array && (json = json_object_new_object()) != NULL) {
        add_string(json, "path", "data/config.json");
        add_string(json, "severity", "error");
        add_string(json, "text", e.text);
        add_place(json, &e);
        json_object_array_add(array, json);
    }
    control_answer(x, 200, sorted_by(array, by_path));
}
