#include "mediad/http/control_drain.h"

#include <stdio.h>
#include <string.h>

#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"

struct drain {
    bool on;
    const char *text, *by; /* borrowed from the document */
};

static int parse(struct drain *d, struct json_object *root, struct error *e)
{
    struct json_fields f = {.object = root, .e = e};

    if (!json_object_is_type(root, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "not an object");
    json_fields_bool(&f, "on", &d->on);
    json_fields_string(&f, "text", &d->text);
    json_fields_string(&f, "by", &d->by);
    if (f.result == 0 && *d->by == '\0')
        return json_fields_fail(&f, ERR_INVALID, "by", "the acting account is missing");
    if (f.result == 0 && strlen(d->text) > DRAIN_TEXT_MAX)
        return json_fields_fail(&f, ERR_TOO_LARGE, "text", "longer than this server takes");
    return f.result;
}

static void set(struct signal_env *env, const struct drain *d)
{
    const struct log_ctx ctx = {.room = "control"};

    if (d->on && !env->is_draining)
        env->drain_wall_us = env->wall_us;
    env->is_draining = d->on;
    snprintf(env->drain_text, sizeof env->drain_text, "%s", d->on ? d->text : "");
    log_info(&ctx,
             d->on ? "nobody new comes in, by order of %s; %zu inside"
                   : "everybody may come in again, by order of %s; %zu inside",
             d->by, env->registry->n_members);
}

void control_drain(struct exchange *x)
{
    struct json_object *root = NULL;
    struct drain d = {.text = "", .by = ""};
    struct error e = {0};
    char described[sizeof e.place + sizeof e.text + 4];
    int r = json_scan_parse(&root, buf_span(&x->body), &json_limits_file, &e);

    if (r == 0)
        r = parse(&d, root, &e);
    if (r < 0) {
        control_refuse(x, 400, "bad-request", error_describe(&e, described, sizeof described));
    } else {
        set(x->server->env, &d);
        control_answer(x, 200, json_object_new_object());
    }
    json_object_put(root);
}
