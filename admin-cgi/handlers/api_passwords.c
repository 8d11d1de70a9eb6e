#include "admin-cgi/handlers/api_passwords.h"

#include <string.h>

#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/handlers/user_password.h"
#include "admin-cgi/handlers/user_view.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_user.h"

static int hash(struct request *req, struct app *app, struct password *out, struct span plain,
                struct error *e)
{
    struct actor actor = api_actor(req);

    if (!plain.len)
        return error_set(e, ERR_INVALID, "password", "the password is empty");
    return user_password_hash(app, &actor, plain, out, e);
}

/* The stored password that a user proved, when it is the own one that changes. */
static int proved_password(struct request *req, struct app *app, const struct password **out,
                           struct error *e)
{
    struct group_record group;
    const struct group_user *user;
    int r;

    *out = NULL;
    if (req->who.kind != PRINCIPAL_SELF)
        return 0;
    r = store_group_get(app->db, req->arena, request_capture(req, "group"), req->now_us, &group, e);
    if (r < 0)
        return r;
    user = group_desc_user(group.desc, span_str(user_view_of(req)));
    if (!user)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such user");
    *out = &user->password;
    return 0;
}

/* @param password NULL removes it */
static void save(struct request *req, struct response *res, struct app *app,
                 const struct password *password)
{
    const struct password *must_have = NULL;
    struct actor actor = api_actor(req);
    struct json_object *json = password ? password_to_json(password) : NULL;
    struct file_result result;
    struct error e = {0};
    int r = proved_password(req, app, &must_have, &e);

    if (r == 0 && password && !json)
        r = ERR_NO_MEMORY;
    if (r == 0)
        r = store_user_set_password(app->db, request_capture(req, "group"), user_view_of(req), json,
                                    must_have, &actor, &result, &e);
    json_object_put(json);
    api_changed(res, r, false, &e);
}

void api_password_post(struct request *req, struct response *res, struct app *app)
{
    struct password password = {0};
    struct error e = {0};
    int r;

    if (!api_writable(res, app) || !api_want_type(req, res, "text/plain"))
        return;
    r = hash(req, app, &password, req->body, &e);
    if (r < 0)
        api_fail(res, r, &e);
    else
        save(req, res, app, &password);
    password_release(&password);
}

void api_password_put(struct request *req, struct response *res, struct app *app)
{
    struct password given = {0}, hashed = {0};
    const struct password *password = &given;
    struct json_object *body = NULL;
    struct error e = {0};
    int r;

    if (!api_writable(res, app) || !api_json(req, res, "application/json", &body))
        return;
    r = password_parse_strict(&given, body, &e);
    if (r == 0 && given.type == PASSWORD_PLAIN) {
        r = hash(req, app, &hashed, span_str(given.key), &e);
        password = &hashed;
    }
    if (r == 0 && given.type == PASSWORD_WILDCARD && req->who.kind == PRINCIPAL_SELF)
        r = error_set(&e, ERR_FORBIDDEN, "type", "only an administrator may open an account");
    if (r == 0 && given.type == PASSWORD_NONE && req->who.kind == PRINCIPAL_SELF)
        r = error_set(&e, ERR_FORBIDDEN, NULL, "only an administrator may remove a password");
    if (r < 0)
        api_fail(res, r, &e);
    else
        save(req, res, app, given.type == PASSWORD_NONE ? NULL : password);
    password_release(&given);
    password_release(&hashed);
}

void api_password_delete(struct request *req, struct response *res, struct app *app)
{
    if (api_writable(res, app))
        save(req, res, app, NULL);
}
