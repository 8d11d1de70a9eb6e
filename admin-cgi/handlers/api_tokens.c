#include "admin-cgi/handlers/api_tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/handlers/token_audit.h"
#include "admin-cgi/site/group_limits.h"
#include "admin-cgi/store/store_group.h"
#include "common/group_name.h"
#include "common/token_store_write.h"

/*
 * The group of the path, "" for the server. It must exist; an automatic subgroup does, and so does
 * a group whose file does not parse: its invitations are in force, and may have to go.
 */
static const char *group_of(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    struct group_record record;
    struct error e = {0};
    int r;

    if (!group)
        return "";
    r = store_group_find(app->db, req->arena, group, req->now_us, &record, &e);
    if (r < 0 && r != ERR_WRONG_STATE) {
        api_fail(res, r, &e);
        return NULL;
    }
    return group;
}

void api_token_list(struct request *req, struct response *res, struct app *app)
{
    const char *group = group_of(req, res, app);
    const struct token **tokens = NULL;
    struct json_object *names;
    struct error e = {0};
    char etag[64];
    size_t n = 0;
    int r;

    if (!group)
        return;
    names = json_object_new_array();
    r = names ? token_store_list(app->tokens, group, &tokens, &n, &e) : ERR_NO_MEMORY;
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *name = json_object_new_string(tokens[i]->token);

        if (!name || json_object_array_add(names, name) < 0)
            r = ERR_NO_MEMORY;
    }
    free(tokens);
    if (r == 0)
        r = token_store_etag(app->tokens, etag, &e);
    if (r < 0) {
        api_fail(res, r, &e);
    } else {
        response_json(res, 200, names);
        if (etag[0])
            response_etag(res, etag);
    }
    json_object_put(names);
}

static bool is_blank(struct json_object *body, const char *name)
{
    struct json_object *value = NULL;

    return !json_object_object_get_ex(body, name, &value) || !value ||
           (json_object_is_type(value, json_type_string) && !json_object_get_string_len(value));
}

/* A token from a body: name and group are the path's. */
static int token_of(struct json_object *body, const char *group, const char *name,
                    struct token *out, struct error *e)
{
    struct token t = {0};
    int r;

    if (!json_object_is_type(body, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "a token is an object");
    if (!is_blank(body, "token"))
        return error_set(e, ERR_INVALID, "token", "the server names tokens");
    if (!is_blank(body, "group"))
        return error_set(e, ERR_INVALID, "group", "the path says which group this is for");
    r = token_from_json(&t, body, e);
    if (r < 0)
        return r;
    free(t.token);
    free(t.group);
    t.token = span_dup(span_str(name));
    t.group = span_dup(span_str(group));
    if (!t.token || !t.group)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for a token");
    else if (!group[0] && !t.include_subgroups)
        r = error_set(e, ERR_INVALID, "includeSubgroups",
                      "a token for the server must include subgroups");
    else if (t.username && (r = user_name_check(span_str(t.username), e)) < 0)
        snprintf(e->place, sizeof e->place, "username");
    if (r < 0)
        token_release(&t);
    else
        *out = t;
    return r;
}

static int check_end(struct request *req, struct app *app, const struct token *t, struct error *e)
{
    struct actor actor = api_actor(req);

    return group_limits_check_invitation(app->db, &actor, t->has_expires ? t->expires_us : 0, e);
}

void api_token_post(struct request *req, struct response *res, struct app *app)
{
    const char *group = group_of(req, res, app);
    char name[TOKEN_NAME_SIZE] = "";
    struct json_object *body = NULL;
    struct token token = {0};
    struct error e = {0};
    int r;

    if (!group || !api_json(req, res, "application/json", &body))
        return;
    r = token_new_name(name);
    if (r == 0)
        r = token_of(body, group, name, &token, &e);
    if (r == 0) {
        token.has_issued_at = true;
        token.issued_at_us = req->now_us;
        free(token.issued_by);
        token.issued_by = req->who.name[0] ? span_dup(span_str(req->who.name)) : NULL;
        r = check_end(req, app, &token, &e);
    }
    if (r == 0)
        r = token_store_add(app->tokens, &token, &e);
    token_release(&token);
    if (r < 0) {
        api_fail(res, r, &e);
        return;
    }
    token_audit(req, app, ACTOR_API, "token.create", group, name);
    response_no_body(res, 201);
    response_header(res, "Location", name);
}

/* The token of the path, if it is of the path's group; else 404 or (for PUT) 409. Borrowed. */
static const struct token *find(struct request *req, struct response *res, struct app *app,
                                const char *group, bool is_put, bool *is_new)
{
    const struct token *t = NULL;
    struct error e = {0};
    int r = token_store_get(app->tokens, request_capture(req, "token"), &t, &e);

    *is_new = false;
    if (r == ERR_NOT_FOUND && is_put) {
        *is_new = true;
        return NULL;
    }
    if (r < 0) {
        api_fail(res, r, &e);
        return NULL;
    }
    if (strcmp(t->group, group) == 0)
        return t;
    if (is_put)
        response_text(res, 409, "this token is of another group\n");
    else
        response_text(res, 404, "there is no such token\n");
    return NULL;
}

void api_token_get(struct request *req, struct response *res, struct app *app)
{
    const char *group = group_of(req, res, app);
    const struct token *t;
    struct json_object *json;
    struct error e = {0};
    char etag[64];
    bool is_new;
    int r;

    t = group ? find(req, res, app, group, false, &is_new) : NULL;
    if (!t)
        return;
    json = token_to_json(t); /* before the next call on the store */
    r = json ? token_store_etag(app->tokens, etag, &e) : ERR_NO_MEMORY;
    if (r < 0) {
        api_fail(res, r, &e);
    } else if (api_read_condition(req, res, etag)) {
        /* Name and group are the path's: the body says neither. */
        json_object_object_add(json, "token", json_object_new_string(""));
        json_object_object_add(json, "group", json_object_new_string(""));
        response_json(res, 200, json);
    }
    json_object_put(json);
}

/* The store's ETag when the request has conditions and they hold. @return false: 412 was answered
 */
static bool check_condition(struct request *req, struct response *res, struct app *app, bool exists,
                            char etag[64], const char **if_match)
{
    const struct precondition condition = precondition_of(req);
    struct error e = {0};
    int r = token_store_etag(app->tokens, etag, &e);

    *if_match = NULL;
    if (r == 0 && !exists)
        etag[0] = '\0';
    if (r == 0)
        r = precondition_check(&condition, etag, &e);
    if (r < 0) {
        api_fail(res, r, &e);
        return false;
    }
    if (exists && (condition.if_match || condition.if_none_match))
        *if_match = etag; /* compared again under the lock */
    return true;
}

static int replace(struct token *t, void *arg, struct error *e)
{
    struct token *wanted = arg, copy = {0};
    int r = token_copy(&copy, wanted);

    if (r < 0)
        return error_set(e, r, NULL, "no memory for a token");
    if (!copy.has_issued_at) {
        copy.has_issued_at = t->has_issued_at;
        copy.issued_at_us = t->issued_at_us;
    }
    if (!copy.issued_by && t->issued_by)
        copy.issued_by = span_dup(span_str(t->issued_by));
    token_release(t);
    *t = copy;
    return 0;
}

void api_token_put(struct request *req, struct response *res, struct app *app)
{
    const char *group = group_of(req, res, app), *name = request_capture(req, "token");
    struct json_object *body = NULL;
    const char *if_match = NULL;
    struct token token = {0};
    struct error e = {0};
    char etag[64];
    bool is_new;
    int r;

    if (!group || (!find(req, res, app, group, true, &is_new) && !is_new) ||
        !check_condition(req, res, app, !is_new, etag, &if_match) ||
        !api_json(req, res, "application/json", &body))
        return;
    r = user_name_check(span_str(name), &e);
    if (r == 0)
        r = token_of(body, group, name, &token, &e);
    if (r == 0)
        r = check_end(req, app, &token, &e);
    if (r == 0 && is_new)
        r = token_store_add(app->tokens, &token, &e);
    else if (r == 0)
        r = token_store_update(app->tokens, name, if_match, replace, &token, &e);
    token_release(&token);
    if (r < 0) {
        api_fail(res, r == ERR_EXISTS ? ERR_PRECONDITION : r, &e);
        return;
    }
    token_audit(req, app, ACTOR_API, is_new ? "token.create" : "token.put", group, name);
    response_no_body(res, is_new ? 201 : 204);
}

void api_token_delete(struct request *req, struct response *res, struct app *app)
{
    const char *group = group_of(req, res, app), *name = request_capture(req, "token");
    const char *if_match = NULL;
    struct error e = {0};
    char etag[64];
    bool is_new;
    int r;

    if (!group || !find(req, res, app, group, false, &is_new) ||
        !check_condition(req, res, app, true, etag, &if_match))
        return;
    r = token_store_delete(app->tokens, name, if_match, &e);
    if (r < 0) {
        api_fail(res, r, &e);
        return;
    }
    token_audit(req, app, ACTOR_API, "token.delete", group, name);
    response_no_body(res, 204);
}
