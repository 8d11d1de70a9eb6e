#include "admin-cgi/csrf.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "common/hex.h"
#include "common/server_origin.h"

#define PRESESSION_BYTES 16
#define PRESESSION_SECONDS 3600

static const char *to_hex(struct arena *a, const uint8_t *data, size_t len)
{
    char *hex = arena_alloc(a, HEX_SIZE(len));

    return hex ? hex_format(hex, data, len) : NULL;
}

/* HMAC(secret.key, cookie's digest, purpose): the cookie itself cannot be had from the token. */
static const char *token_of(struct request *req, struct app *app, const char *cookie)
{
    uint8_t message[32 + 4];
    uint8_t mac[APP_MAC_BYTES];

    gnutls_hash_fast(GNUTLS_DIG_SHA256, cookie, strlen(cookie), message);
    memcpy(message + 32, "csrf", 4);
    if (app_mac(app, span_of(message, sizeof message), mac) < 0)
        return NULL;
    return to_hex(req->arena, mac, sizeof mac);
}

/* A session that has ended leaves its cookie; only one that was found counts. */
static const char *cookie_of(struct request *req)
{
    return request_cookie(req, req->who.session_id ? SESSION_COOKIE : PRESESSION_COOKIE);
}

const char *csrf_token(struct request *req, struct response *res, struct app *app)
{
    const char *cookie = cookie_of(req);
    uint8_t random[PRESESSION_BYTES];

    if (!cookie || !*cookie) {
        if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) < 0)
            return NULL;
        cookie = to_hex(req->arena, random, sizeof random);
        if (!cookie)
            return NULL;
        response_cookie(res, PRESESSION_COOKIE, cookie, PRESESSION_SECONDS);
    }
    return token_of(req, app, cookie);
}

static bool is_own_origin(struct request *req, struct app *app, const char *origin)
{
    return origin && origin_check(app_config(app), span_str(origin), span_str(req->host), NULL) ==
                         ORIGIN_ALLOWED;
}

static int check(struct request *req, struct app *app, const char *cookie, const char *supplied,
                 struct error *e)
{
    const char *site = request_header(req, "Sec-Fetch-Site");
    const char *wanted = cookie && *cookie ? token_of(req, app, cookie) : NULL;

    if (!supplied)
        supplied = request_header(req, "X-CSRF-Token");
    if (site ? strcmp(site, "same-origin") != 0
             : !is_own_origin(req, app, request_header(req, "Origin")))
        return error_set(e, ERR_FORBIDDEN, NULL, "this form was sent from another site");
    if (!wanted || !supplied || strlen(supplied) != strlen(wanted) ||
        gnutls_memcmp(supplied, wanted, strlen(wanted)) != 0)
        return error_set(e, ERR_FORBIDDEN, NULL,
                         "this form is too old; go back, reload the page and send it again");
    return 0;
}

int csrf_check(struct request *req, struct app *app, const char *supplied, struct error *e)
{
    return check(req, app, cookie_of(req), supplied, e);
}

int csrf_check_ended(struct request *req, struct app *app, const char *supplied, struct error *e)
{
    return check(req, app, request_cookie(req, SESSION_COOKIE), supplied, e);
}

const char *csrf_token_of_session(struct request *req, struct app *app, const char *session_id)
{
    return token_of(req, app, session_id);
}
