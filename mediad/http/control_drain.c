#include "mediad/http/control_drain.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_body.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"

struct drain {
    bool on;
    const char *text, *by; /* borrowed from the document */
};

static int parse(struct drain *d, struct json_fields f)
{
    json_fields_bool(&f, "on", &d->on);
    json_fields_string(&f, "text", &d->text);
    if (control_body_by(&f, &d->by) == 0 && strlen(d->text) > DRAIN_TEXT_MAX)
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

    if (parse(&d, control_body(x, &root, &e)) < 0) {
        control_body_refuse(x, &e);
    } else {
        set(x->server->env, &d);
        control_answer(x, 200, json_object_new_object());
    }
    json_object_put(root);
}
