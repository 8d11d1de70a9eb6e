#include "admin-cgi/handlers/credentials.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/auth_match.h"
#include "admin-cgi/device.h"
#include "admin-cgi/guess.h"
#include "admin-cgi/say.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_group.h"
#include "common/group_name.h"
#include "common/log.h"
#include "common/now.h"

#define SLOT_WAIT_US (2 * US_PER_S)

static const struct log_ctx ctx = {.room = "login"};

/* ---- who it is ---- */

static bool is_admin(const struct permission_spec *spec)
{
    return spec->role == ROLE_ADMIN ||
           (spec->role == ROLE_ARRAY && permissions_has(&spec->literal, PERMISSION_ADMIN));
}

static int match_account(struct request *req, struct app *app, struct credentials *c)
{
    struct account account;
    struct error e = {0};
    int r = store_account_find(app->db, req->arena, span_str(c->name), &account, &e);

    if (r == 0 && !account.is_disabled && account.pw_hash[0]) {
        c->account_id = account.id;
        c->has_totp = account.has_totp;
        return auth_match_account(app, span_str(c->name), span_str(c->password), account.pw_hash,
                                  req->now_us);
    }
    return r == 0 ? ERR_NOT_FOUND : r; /* as if it were not there */
}

static int match_config(struct request *req, struct app *app, struct credentials *c)
{
    const struct group_user *user = server_config_user(app_config(app), span_str(c->name));

    if (!user || !is_admin(&user->permissions))
        return ERR_NOT_FOUND;
    return auth_match_password(app, "config", span_str(c->name), span_str(c->password),
                               &user->password, req->now_us);
}

static int match_group(struct request *req, struct app *app, struct credentials *c)
{
    struct group_record group;
    const struct group_user *user;
    const char *scope;

    if (group_name_check(span_str(c->group), NULL) < 0 ||
        store_group_get(app->db, req->arena, c->group, req->now_us, &group, NULL) < 0)
        return ERR_NOT_FOUND;
    user = group_desc_user(group.desc, span_str(c->name));
    if (!user || !is_admin(&user->permissions))
        return ERR_NOT_FOUND;
    scope = arena_printf(req->arena, "group:%s", c->group);
    return scope ? auth_match_password(app, scope, span_str(c->name), span_str(c->password),
                                       &user->password, req->now_us)
                 : ERR_NO_MEMORY;
}

static int match(struct request *req, struct app *app, struct credentials *c)
{
    int r;

    c->account_id = 0;
    c->has_totp = false;
    if (c->group[0]) {
        r = match_group(req, app, c);
    } else {
        r = match_account(req, app, c);
        if (r == ERR_NOT_FOUND)
            r = match_config(req, app, c);
    }
    return r == ERR_NOT_FOUND ? auth_match_nobody(app, span_str(c->password)) : r;
}

/* ---- guessing ---- */

static void count_failure(struct request *req, struct app *app, const struct guess *g)
{
    struct error e = {0};

    shared_add(app->shared, COUNTER_SIGN_IN_REFUSED);
    if (guess_failed(app->db, g, req->now_us, &e) < 0)
        log_warn(&ctx, "a failed sign-in was not counted: %s", e.text);
}

int credentials_check(struct request *req, struct app *app, struct credentials *c, int64_t *wait_us,
                      struct error *e)
{
    struct guess g;
    int r = guess_of_person(&g, req->client_address, device_known(req, app, c->group, c->name),
                            c->group, span_str(c->name));

    *wait_us = 0;
    if (r == 0)
        r = guess_wait(app->db, &g, req->now_us, wait_us, e);
    if (r == 0 && *wait_us > 0) {
        shared_add(app->shared, COUNTER_THROTTLED);
        return error_set(e, ERR_BUSY, NULL, "too many failed attempts");
    }
    if (r == 0)
        r = match(req, app, c);
    if (r == ERR_DENIED)
        count_failure(req, app, &g);
    else if (r == ERR_BUSY)
        *wait_us = SLOT_WAIT_US;
    else if (r == 0)
        r = guess_succeeded(app->db, &g, req->now_us, e);
    return r;
}

int credentials_prove(struct request *req, struct app *app, const char *password, int64_t *wait_us,
                      struct error *e)
{
    struct credentials c = {.name = req->who.name, .password = password, .group = ""};

    if (req->who.kind == PRINCIPAL_GROUP_USER && req->who.n_scopes > 0)
        c.group = req->who.scopes[0].prefix;
    return credentials_check(req, app, &c, wait_us, e);
}

const char *credentials_wait_text(struct arena *a, int64_t wait_us)
{
    long long seconds = wait_us / US_PER_S + 1;

    if (seconds > 90)
        return say_count(a, "{n} minutes", "{n} minute", (uint64_t)(seconds / 60 + 1));
    return say_count(a, "{n} seconds", "{n} second", (uint64_t)seconds);
}
