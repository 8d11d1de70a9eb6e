#include "mediad/http/control_try.h"

#include <stdio.h>

#include "common/group_name.h"
#include "common/json_build.h"
#include "common/macros.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_body.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/signal/authenticate.h"
#include "mediad/signal/entrance.h"

/* Strings are borrowed from root. */
struct trial {
    struct json_object *root;
    const char *group, *username, *password, *token;
};

static int parse(struct trial *t, struct exchange *x, struct error *e)
{
    struct json_fields f = control_body(x, &t->root, e);

    t->group = t->username = t->password = t->token = "";
    json_fields_string(&f, "group", &t->group);
    json_fields_string(&f, "username", &t->username);
    json_fields_string(&f, "password", &t->password);
    json_fields_string(&f, "token", &t->token);
    if (f.result == 0 && group_name_check(span_str(t->group), e) < 0)
        return json_fields_fail(&f, ERR_INVALID, "group", "this is no name of a group");
    return f.result;
}

static void answer(struct exchange *x, const char *result, const struct identity *identity)
{
    static const char *const ways[] = {
        [LOGIN_TOKEN] = "token", [LOGIN_USER] = "user", [LOGIN_WILDCARD] = "wildcard"};
    struct json_object *json = json_object_new_object();
    bool is_made = json && json_build_set(json, "result", json_object_new_string(result));

    if (is_made && identity)
        is_made =
            json_build_set(json, "username", json_object_new_string(identity->username)) &&
            json_build_set(json, "way", json_object_new_string(ways[identity->known.login])) &&
            json_build_set(json, "permissions", permissions_to_json(&identity->permissions));
    if (!is_made) {
        json_object_put(json);
        json = NULL;
    }
    control_answer(x, 200, json);
}

static void tried(void *arg, enum refusal refusal, struct identity *identity)
{
    static const char *const words[] = {
        [REFUSAL_NOT_AUTHORISED] = "not-authorised",
        [REFUSAL_NEED_USERNAME] = "need-username",
        [REFUSAL_DUPLICATE_USERNAME] = "duplicate-username",
        [REFUSAL_BAD_USERNAME] = "bad-username",
        [REFUSAL_BUSY] = "busy",
        [REFUSAL_INTERNAL] = "internal",
    };
    struct exchange *x = arg;
    struct signal_env *env = x->server->env;
    const struct newcomer n = {.identity = identity, .id = "trial", .address = ""};
    struct definition present; /* the file may have changed while a password was hashed */
    enum admission a;

    if (refusal != REFUSAL_NONE) {
        answer(x, words[refusal], NULL);
        return;
    }
    if (definitions_peek(env->registry->definitions, x->group, &present) < 0) {
        control_refuse(x, 503, "unavailable", "the group has changed; try again");
        return;
    }
    a = entrance_judge(env, registry_find(env->registry, x->group), present.file_desc, &n);
    answer(x, a == ADMIT ? "join" : admission_error(a), identity);
}

static void found(struct definition_lookup *lookup, int result)
{
    struct exchange *x = CONTAINER_OF(lookup, struct exchange, lookup);
    struct group_desc *desc = NULL;
    struct credentials c = {.group = x->group};
    struct trial t = {0};

    if (result == 0 && lookup->found.is_inherited)
        result = group_desc_subgroup(&desc, lookup->found.file_desc);
    else if (result == 0)
        desc = group_desc_ref(lookup->found.file_desc);
    if (result == 0)
        result = parse(&t, x, NULL);
    if (result == ERR_NOT_FOUND) {
        control_refuse(x, 404, "not-found", "there is no such group");
    } else if (result < 0) {
        control_refuse(x, 503, "unavailable", "the group cannot be looked up");
    } else if (desc->redirect && *desc->redirect) {
        answer(x, "redirect", NULL);
    } else {
        c.desc = desc;
        c.username = *t.username ? t.username : NULL;
        c.password = t.password;
        c.token = t.token;
        authenticate(x->server->env, &c, tried, x, &x->trial);
    }
    json_object_put(t.root);
    group_desc_unref(desc);
}

void control_try(struct exchange *x)
{
    struct trial t = {0};
    struct error e = {0};
    int r = parse(&t, x, &e);

    if (r < 0) {
        control_body_refuse(x, &e);
    } else {
        snprintf(x->group, sizeof x->group, "%s", t.group);
        x->lookup.done = found;
        definitions_lookup(x->server->env->registry->definitions, &x->lookup, x->group);
    }
    json_object_put(t.root);
}
