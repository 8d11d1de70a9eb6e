#include "admin-cgi/auth.h"

#include <string.h>

#include "admin-cgi/auth_match.h"
#include "admin-cgi/guess.h"
#include "admin-cgi/secret_code.h"
#include "admin-cgi/session.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_app_password.h"
#include "admin-cgi/store/store_group.h"
#include "common/auth_parse.h"
#include "common/log.h"
#include "common/now.h"
#include "common/token_jwt.h"

static const struct log_ctx ctx = {.room = "auth"};

/* One attempt to be let in. */
struct attempt {
    struct request *req;
    struct app *app;
    const struct route *route;
    const char *group; /* NULL: the whole server */
    const char *user;  /* whose password is asked about; NULL: nobody's, or the wildcard user's */
    bool has_group;    /* the group (or its ancestor's description) was found */
    struct group_record record;
    struct span name, password;
    struct guess guess;
    bool hashed;      /* a hash was computed on the way (SEC-7) */
    struct error why; /* a failure of ours, not of the caller */
};

/* ---- guessing ---- */

/* Must the attempt wait? Then the answer is in `res`. */
static int check_guess(struct attempt *a, struct response *res, bool is_basic)
{
    struct db *db = a->app->db;
    int64_t wait_us = 0;
    int r = 0;

    if (is_basic)
        r = guess_of_program(&a->guess, db, a->req->client_address, a->group ? a->group : "",
                             a->name, a->req->now_us, &a->why);
    else
        guess_of_token(&a->guess, a->req->client_address);
    if (r == 0)
        r = guess_wait(db, &a->guess, a->req->now_us, &wait_us, &a->why);
    if (r < 0)
        return ERR_UNAVAILABLE;
    if (wait_us == 0)
        return 0;
    shared_add(a->app->shared, COUNTER_THROTTLED);
    response_text(res, 429, "Too many failed log-ins\n");
    response_header_f(res, "Retry-After", "%lld", (long long)((wait_us + US_PER_S - 1) / US_PER_S));
    return ERR_BUSY;
}

static void note_guess(struct attempt *a, bool success)
{
    struct error e = {0};
    int r = success ? guess_succeeded(a->app->db, &a->guess, a->req->now_us, &e)
                    : guess_failed(a->app->db, &a->guess, a->req->now_us, &e);

    shared_add(a->app->shared, success ? COUNTER_LOGIN_OK : COUNTER_LOGIN_REFUSED);
    if (r < 0)
        log_warn(&ctx, "a log-in could not be counted: %s", e.text);
}

/* ---- Basic: the places where a name may be known ---- */

static int match(struct attempt *a, const char *scope, const struct password *stored)
{
    a->hashed = a->hashed || !password_is_cheap(stored);
    return auth_match_password(a->app, scope, a->name, a->password, stored, now_monotonic_us());
}

static bool spec_has(const struct permission_spec *spec, const struct group_desc *desc,
                     enum permission wanted)
{
    struct permissions p = {0};
    bool has = permission_spec_expand(&p, spec, desc && desc->allow_recording,
                                      desc && desc->unrestricted_tokens) == 0 &&
               permissions_has(&p, wanted);

    permissions_release(&p);
    return has;
}

bool auth_is_admin(const struct permission_spec *spec)
{
    return spec_has(spec, NULL, PERMISSION_ADMIN);
}

static int try_config(struct attempt *a)
{
    const struct group_user *user = server_config_user(app_config(a->app), a->name);
    int r;

    if (!user || !auth_is_admin(&user->permissions))
        return ERR_DENIED;
    r = match(a, "config", &user->password);
    if (r == 0) {
        a->req->who.kind = PRINCIPAL_CONFIG;
        a->req->who.is_server_admin = true;
    }
    return r;
}

/* A password that the account's person made for a program: long and random, so that its digest is
 * enough. @return ERR_DENIED: it is none, or no longer */
static int try_app_password(struct attempt *a, const struct account *account)
{
    struct app_password found;
    char hash[SHA256_HEX_SIZE];
    int r;

    sha256_hex(a->password, hash);
    r = store_app_password_find(a->app->db, a->req->arena, account->id, hash, a->req->now_us,
                                &found, &a->why);
    if (r == ERR_NOT_FOUND) {
        memset(&a->why, 0, sizeof a->why);
        return ERR_DENIED;
    }
    if (r == 0)
        r = store_app_password_note(a->app->db, &found, a->req->client_address, a->req->now_us,
                                    &a->why);
    if (r < 0)
        return r;
    a->req->who = account_principal(account);
    return principal_limit(&a->req->who, a->req->arena, found.caps);
}

static int try_account(struct attempt *a)
{
    struct account account;
    int r = store_account_find(a->app->db, a->req->arena, a->name, &account, &a->why);

    if (r == ERR_NOT_FOUND) {
        memset(&a->why, 0, sizeof a->why);
        return ERR_DENIED;
    }
    if (r < 0)
        return r;
    if (account.is_disabled)
        return ERR_DENIED;
    if (app_password_has_form(a->password))
        return try_app_password(a, &account);
    if (!account.pw_hash[0] || account.must_change)
        return ERR_DENIED;
    a->hashed = true;
    r = auth_match_account(a->app, span_str(account.login), a->password, account.pw_hash,
                           now_monotonic_us());
    if (r < 0)
        return r;
    if (account.has_totp || site_demands_code(a->app->db, &account))
        return ERR_WRONG_STATE; /* no way around the second factor */
    a->req->who = account_principal(&account);
    return 0;
}

/* The user of the group whose entry decides for a name: its own, else the wildcard user's. */
static const struct group_user *group_user_for(const struct attempt *a)
{
    const struct group_user *user = group_desc_user(a->record.desc, a->name);

    return user ? user : a->record.desc->wildcard;
}

static const char *group_scope(struct attempt *a)
{
    const char *scope = arena_printf(a->req->arena, "group:%s", a->record.file.name);

    return scope ? scope : "group";
}

static int try_group_user(struct attempt *a, enum permission wanted, unsigned caps)
{
    const struct group_user *user = a->has_group ? group_user_for(a) : NULL;
    struct scope *scope;
    int r;

    if (!user || !spec_has(&user->permissions, a->record.desc, wanted))
        return ERR_DENIED;
    r = match(a, group_scope(a), &user->password);
    if (r < 0)
        return r;
    scope = arena_alloc(a->req->arena, sizeof *scope);
    if (!scope)
        return ERR_NO_MEMORY;
    *scope = (struct scope){.prefix = a->group, .caps = caps};
    a->req->who.kind = PRINCIPAL_GROUP_USER;
    a->req->who.scopes = scope;
    a->req->who.n_scopes = 1;
    return 0;
}

/* The own password: the same name, and a password that is really stored (HTTP-11). */
static int try_own_password(struct attempt *a)
{
    const struct group_user *user;
    int r;

    if (!a->has_group || !a->user || !a->user[0] || !span_eq_str(a->name, a->user) ||
        a->req->method == METHOD_DELETE || a->record.is_inherited)
        return ERR_DENIED;
    user = group_desc_user(a->record.desc, a->name);
    if (!user || user->password.type == PASSWORD_WILDCARD || user->password.type == PASSWORD_NONE ||
        user->password.type == PASSWORD_BAD)
        return ERR_DENIED;
    r = match(a, group_scope(a), &user->password);
    if (r == 0)
        a->req->who.kind = PRINCIPAL_SELF;
    return r;
}

static int basic(struct attempt *a)
{
    enum access access = a->route->access;
    int r = try_config(a);

    if (r == ERR_DENIED)
        r = try_account(a);
    if (r == ERR_DENIED && (access == ACCESS_API_GROUP || access == ACCESS_API_PASSWORD))
        r = try_group_user(a, PERMISSION_ADMIN, CAP_ALL);
    if (r == ERR_DENIED && access == ACCESS_API_PASSWORD)
        r = try_own_password(a);
    if (r == ERR_DENIED && access == ACCESS_RECORDINGS)
        r = try_group_user(a, PERMISSION_RECORD, CAP_RECORD);
    if (r == ERR_DENIED && !a->hashed)
        r = auth_match_nobody(a->app, a->password);
    if (r == 0 && !a->req->who.name[0]) {
        a->req->who.name = arena_dup(a->req->arena, a->name);
        if (!a->req->who.name)
            return ERR_NO_MEMORY;
    }
    return r;
}

/* ---- Bearer ---- */

static int grant_token(struct attempt *a, const char *name, const char *group, bool subtree,
                       bool is_global)
{
    struct scope *scope = arena_alloc(a->req->arena, sizeof *scope);

    if (!scope)
        return ERR_NO_MEMORY;
    *scope = (struct scope){
        .prefix = arena_str(a->req->arena, group), .subtree = subtree, .caps = CAP_ALL};
    a->req->who.kind = PRINCIPAL_TOKEN;
    a->req->who.name = arena_str(a->req->arena, name ? name : "");
    a->req->who.is_server_admin = is_global;
    a->req->who.scopes = scope;
    a->req->who.n_scopes = 1;
    return a->req->arena->bad ? ERR_NO_MEMORY : 0;
}

static int bearer_stateful(struct attempt *a, struct span text)
{
    const char *name = arena_dup(a->req->arena, text);
    const struct token *t = NULL;
    int r = name ? token_store_get(a->app->tokens, name, &t, &a->why) : ERR_NO_MEMORY;

    if (r == ERR_NOT_FOUND)
        return ERR_DENIED;
    if (r < 0)
        return r;
    if (!auth_is_admin(&t->permissions) ||
        !token_is_valid_for(t, span_str(a->group ? a->group : ""), a->req->now_us))
        return ERR_DENIED;
    return grant_token(a, t->username, t->group, t->include_subgroups, token_is_global(t));
}

/* Keys of a group speak for that group alone, never for the server. */
static int bearer_jwt(struct attempt *a, struct span text)
{
    struct jwt_door door = {.group = a->group,
                            .canonical_host = app_config(a->app)->canonical_host,
                            .base_path = a->req->base,
                            .now_us = a->req->now_us};
    struct jwt_claims claims = {0};
    struct error why = {0};
    int r;

    if (!a->group || !a->has_group || !a->record.desc->keys)
        return ERR_DENIED;
    door.keys = a->record.desc->keys;
    r = jwt_verify(&claims, text, &door, &why);
    if (r < 0)
        return r;
    if (auth_is_admin(&claims.permissions))
        r = grant_token(a, claims.subject, a->group, false, false);
    else
        r = ERR_DENIED;
    jwt_claims_release(&claims);
    return r;
}

/* ---- the guard ---- */

static const char *realm(const struct attempt *a)
{
    const char *text = "/galene-api/";

    if (a->route->access == ACCESS_RECORDINGS)
        text = arena_printf(a->req->arena, "recordings/%s", a->group ? a->group : "");
    return text ? text : "";
}

/* The realm is a quoted string: a quote or backslash in a group name is escaped. */
static void refuse(struct attempt *a, struct response *res)
{
    struct buf value = {0};

    response_text(res, 401, "Unauthorised\n");
    buf_add_str(&value, "Basic realm=\"");
    for (const char *c = realm(a); *c; c++) {
        if (*c == '"' || *c == '\\')
            buf_add_char(&value, '\\');
        buf_add_char(&value, *c);
    }
    buf_add_str(&value, "\", charset=\"UTF-8\"");
    if (buf_check(&value) == 0)
        response_header(res, "WWW-Authenticate", buf_str(&value));
    buf_release(&value);
}

static int answer_failure(struct attempt *a, struct response *res, int code)
{
    if (code == ERR_DENIED) {
        refuse(a, res);
        return code;
    }
    if (code == ERR_WRONG_STATE && !a->why.code) {
        response_text(res, 403,
                      "This account signs in with a code, so its password is not enough here: make "
                      "an app password at \"Your account\" in the console\n");
        return code;
    }
    if (code == ERR_BUSY && !a->why.code) {
        response_text(res, 429, "Too many log-ins at once\n");
        response_header(res, "Retry-After", "2");
        return code;
    }
    log_error(&ctx, "log-in could not be checked: %s", err_text(code));
    response_text(res, 503, "The log-in cannot be checked at the moment\n");
    return code;
}

static int find_group(struct attempt *a)
{
    int r;

    if (!a->group || !a->group[0])
        return 0;
    r = store_group_find(a->app->db, a->req->arena, a->group, a->req->now_us, &a->record, &a->why);
    a->has_group = r == 0;
    if (r == 0 || r == ERR_NOT_FOUND || r == ERR_WRONG_STATE || r == ERR_SYNTAX ||
        r == ERR_INVALID) {
        memset(&a->why, 0, sizeof a->why);
        return 0;
    }
    return r;
}

/* @return as basic_parse() */
static int read_basic(struct attempt *a, const char *authorization)
{
    struct basic_credentials credentials;
    struct buf plain = {0};
    char *name, *password;
    int r = basic_parse(&plain, authorization, &credentials);

    if (r == 0) {
        name = arena_dup(a->req->arena, credentials.name);
        password = arena_dup(a->req->arena, credentials.password);
        a->name = span_str(name);
        a->password = span_str(password);
        r = name && password ? 0 : ERR_NO_MEMORY;
    }
    buf_wipe(&plain);
    return r;
}

static int check_credentials(struct attempt *a, struct response *res)
{
    const char *authorization = request_header(a->req, "Authorization");
    struct span token;
    bool is_basic;
    int r;

    if (!authorization)
        return ERR_DENIED;
    r = read_basic(a, authorization);
    if (r == ERR_NO_MEMORY)
        return r;
    if (r < 0 && (bearer_parse(authorization, &token) < 0 || a->route->access == ACCESS_RECORDINGS))
        return ERR_DENIED;
    is_basic = r == 0;
    r = check_guess(a, res, is_basic);
    if (r < 0)
        return r;
    if (is_basic)
        r = basic(a);
    else
        r = jwt_has_form(token) ? bearer_jwt(a, token) : bearer_stateful(a, token);
    if (r == 0 || r == ERR_DENIED)
        note_guess(a, r == 0);
    return r;
}

/* What a route asks for in a group. */
static unsigned caps_for(const struct attempt *a)
{
    if (a->route->access == ACCESS_RECORDINGS || strstr(a->route->pattern, "/.recording"))
        return CAP_RECORD;
    if (strstr(a->route->pattern, "/.tokens"))
        return CAP_INVITE;
    return request_is_safe(a->req) ? CAP_VIEW : CAP_EDIT;
}

static bool may(const struct attempt *a)
{
    const struct principal *who = &a->req->who;

    switch (a->route->access) {
    case ACCESS_API_LISTED:
        return who->is_server_admin ||
               (who->kind == PRINCIPAL_ACCOUNT && principal_may_anywhere(who, CAP_VIEW));
    case ACCESS_API_GROUP:
    case ACCESS_API_PASSWORD:
    case ACCESS_RECORDINGS:
        if (who->kind == PRINCIPAL_SELF)
            return a->route->access == ACCESS_API_PASSWORD;
        if (!a->has_group && a->req->method == METHOD_PUT && caps_for(a) != CAP_RECORD)
            return principal_may(who, a->group, CAP_CREATE);
        return principal_may(who, a->group, caps_for(a));
    default:
        return who->is_server_admin;
    }
}

/* Recordings are pages, too: a person of the console, who sends no other credentials, opens them by
 * the session. Anybody else may still come by a password of the group. */
static int check_session(struct attempt *a)
{
    struct principal *who = &a->req->who;
    int r;

    if (a->route->access != ACCESS_RECORDINGS || request_header(a->req, "Authorization"))
        return ERR_DENIED;
    r = session_find(a->req, a->app, &a->why);
    if (r == 0 && who->session_id && !who->must_change_password && !who->must_enrol &&
        principal_may(who, a->group, CAP_RECORD))
        return 0;
    memset(who, 0, sizeof *who);
    return r < 0 ? r : ERR_DENIED;
}

/* "G/FILE" -> "G"; a name without a slash stays: it is a folder that lacks its slash. */
static const char *folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? arena_dup(a, span_of(path, (size_t)(slash - path))) : path;
}

int auth_guard(struct request *req, struct response *res, struct app *app,
               const struct route *route)
{
    struct attempt a = {.req = req,
                        .app = app,
                        .route = route,
                        .group = request_capture(req, "group"),
                        .user = request_capture(req, "user")};
    int r;

    if (route->access == ACCESS_RECORDINGS && !req->has_final_slash &&
        !request_capture(req, "file")) /* a poster's route has the group by itself */
        a.group = folder_of(req->arena, a.group);
    if (route->access == ACCESS_PUBLIC ||
        (route->access == ACCESS_METRICS && app_is_loopback(req->client_address)))
        return 0;
    r = check_session(&a);
    if (r == ERR_DENIED)
        r = find_group(&a);
    else if (r == 0)
        return 0;
    if (r == 0)
        r = check_credentials(&a, res);
    if (r == 0 && !may(&a)) {
        /* A console account is told that it is known; all others learn nothing (HTTP-5). */
        if (req->who.kind == PRINCIPAL_ACCOUNT) {
            response_text(res, 403, "This account may not do that\n");
            return ERR_FORBIDDEN;
        }
        r = ERR_DENIED;
    }
    if (r < 0 && res->status == 200)
        return answer_failure(&a, res, r);
    return r;
}
