#include "galenectl/call.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "galenectl/report.h"
#include "galenectl/template_json.h"

static int load_settings(struct call *c)
{
    char *path = NULL;
    int r = settings_path(&path, c->ctl->config, &c->e);

    if (r < 0)
        return r;
    if (c->ctl->config && c->ctl->config[0] && access(path, F_OK) < 0 && errno == ENOENT)
        report("warning: there is no configuration file %s", path);
    r = settings_load(&c->settings, &c->ctl->flags, path, &c->e);
    if (r < 0) {
        struct error cause = c->e;
        char text[sizeof cause.place + sizeof cause.text];

        if (strcmp(cause.place, path) == 0)
            cause.place[0] = 0;
        error_set(&c->e, r, NULL, "failed to read configuration file %.60s: %.120s", path,
                  error_describe(&cause, text, sizeof text));
    }
    free(path);
    return r;
}

int call_open(struct call *c, int r)
{
    if (r < 0 || c->client)
        return r;
    r = load_settings(c);
    if (r == 0)
        r = api_client_new(&c->client, &c->settings, c->ctl->insecure, &c->e);
    return r;
}

/* @return exit status */
static int end(struct call *c, int r)
{
    api_client_free(c->client);
    settings_release(&c->settings);
    buf_release(&c->path);
    return r < 0 ? report_error(c->action, &c->e) : 0;
}

int call_show(struct call *c, int r)
{
    struct json_object *json = NULL;

    r = call_open(c, r);
    if (r == 0)
        r = api_get(c->client, buf_str(&c->path), &json, NULL, &c->e);
    if (r == 0)
        r = template_show(json, &c->e);
    json_object_put(json);
    return end(c, r);
}

int call_list(struct call *c, int r, const struct name_list_query *query)
{
    struct name_list names = {0};

    r = call_open(c, r);
    if (r == 0)
        r = name_list_fetch(&names, c->client, buf_str(&c->path), query, &c->e);
    if (r == 0)
        r = name_list_show(&names, c->client, query, &c->e);
    name_list_release(&names);
    return end(c, r);
}

/* A new object, edited. @param out owned, also after a failure */
static int make_object(struct json_object **out, const struct edit *edit, struct error *e)
{
    *out = json_object_new_object();
    return *out ? edit->apply(*out, edit->arg, e)
                : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

int call_create(struct call *c, int r, const struct edit *edit, bool force)
{
    const struct api_put options = {.if_none_match = !force};
    struct json_object *object = NULL;

    if (r == 0)
        r = make_object(&object, edit, &c->e);
    r = call_open(c, r);
    if (r == 0)
        r = api_put(c->client, buf_str(&c->path), object, &options, &c->e);
    if (r == ERR_PRECONDITION && !force)
        error_set(&c->e, r, NULL,
                  "HTTP error: 412 Precondition Failed: it exists already; "
                  "-force replaces it");
    json_object_put(object);
    return end(c, r);
}

int call_update(struct call *c, int r, const struct edit *edit, bool retry)
{
    r = call_open(c, r);
    if (r == 0)
        r = api_update(c->client, buf_str(&c->path), edit, retry, &c->e);
    return end(c, r);
}

int call_replace(struct call *c, int r, struct json_object *json, const char *content_type)
{
    const struct api_put options = {.content_type = content_type};

    r = call_open(c, r);
    if (r == 0)
        r = api_put(c->client, buf_str(&c->path), json, &options, &c->e);
    json_object_put(json);
    return end(c, r);
}

int call_post(struct call *c, int r, const struct edit *edit, struct buf *location)
{
    struct json_object *object = NULL;

    if (r == 0)
        r = make_object(&object, edit, &c->e);
    r = call_open(c, r);
    if (r == 0)
        r = api_post(c->client, buf_str(&c->path), object, location, &c->e);
    json_object_put(object);
    return end(c, r);
}

int call_delete(struct call *c, int r, const char *if_match)
{
    r = call_open(c, r);
    if (r == 0)
        r = api_delete(c->client, buf_str(&c->path), if_match, &c->e);
    return end(c, r);
}
