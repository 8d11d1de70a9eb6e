#include "admin-cgi/handlers/page_shared.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/auth_match.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/guess.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/handlers/recordings.h"
#include "admin-cgi/handlers/share_link.h"
#include "admin-cgi/page.h"
#include "admin-cgi/page_language.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/log.h"
#include "common/now.h"

#define PROOF_US                                                                                   \
    (INT64_C(12) * 3600 * US_PER_S) /* for so long the password is not asked for again */

static const struct log_ctx ctx = {.room = "recordings"};

/** A link that leads somewhere. */
struct shared {
    struct share share;
    int folder; /* of its recording */
};

/* ---- pages ---- */

/* Nothing of a session is in it, whoever looks at it. */
static struct json_object *new_page(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page;

    page_language(req, res, app);
    page = page_new_open(req, say(req->arena, "A recording for you"));
    response_cache(res, "no-store");
    response_header(res, "X-Robots-Tag", "noindex, nofollow");
    return page;
}

static void say_gone(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page;

    res->class = RESPONSE_LANDING;
    page = new_page(req, res, app);
    page_flag(page, "is_over", true);
    page_send(res, app, 410, "shared", page);
}

static void refuse(struct request *req, struct response *res, struct app *app, int r,
                   const struct error *e)
{
    res->class = RESPONSE_LANDING;
    page_error(req, res, app, err_http_status(r), e);
}

/* @return false: the answer is in `res`; else `folder` is to be closed */
static bool open_shared(struct request *req, struct response *res, struct app *app,
                        struct shared *out)
{
    struct error e = {0};
    struct stat st;
    int r = share_link_find(app, req->arena, request_capture(req, "token"), &out->share, &e);

    out->folder = -1;
    if (r < 0) {
        refuse(req, res, app, r, &e);
        return false;
    }
    if (share_is_open(&out->share, req->now_us))
        out->folder = recording_folder_open(app->paths.recordings, out->share.group);
    if (out->folder >= 0 && recording_stat(out->folder, out->share.filename, &st))
        return true;
    if (out->folder >= 0)
        close(out->folder);
    say_gone(req, res, app);
    return false;
}

static const char *cookie_name(struct arena *a, const struct share *s)
{
    const char *name = arena_printf(a, "share-%" PRId64, s->id);

    return name ? name : "share";
}

static bool may_see(struct request *req, const struct app *app, const struct share *s)
{
    const char *proof;

    if (!s->pw_hash[0])
        return true;
    proof = request_cookie(req, cookie_name(req->arena, s));
    return proof && share_link_is_proof(req->arena, app, s, proof, req->now_us);
}

static const char *own_path(struct request *req, const char *below)
{
    return arena_printf(req->arena, "/shared/%s%s",
                        page_encode(req->arena, request_capture(req, "token"), false), below);
}

/* @param r what the password before was: 0 (there was none), ERR_DENIED, ERR_BUSY */
static void ask_password(struct request *req, struct response *res, struct app *app, int r,
                         int status)
{
    struct json_object *page = new_page(req, res, app);

    page_flag(page, "is_asking", true);
    page_text(page, "own", own_path(req, ""));
    page_text(page, "csrf", csrf_token(req, res, app));
    page_flag(page, "is_wrong", r == ERR_DENIED);
    page_flag(page, "must_wait", r == ERR_BUSY);
    page_send(res, app, status, "shared", page);
}

static void add_recording(struct request *req, struct json_object *page, const struct shared *s)
{
    struct recording *list = NULL;
    struct recording_facts facts;
    struct json_object *row = page_row(page_list(page, "recordings"));
    size_t n = 0;

    if (recording_folder_list(s->folder, req->arena, &list, &n) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, s->share.filename) != 0)
            continue;
        recording_facts_of(&facts, req->arena, s->folder, s->share.group, &list[i], req->now_us);
        recording_view_row(req->arena, row, &facts);
        page_text(row, "path", own_path(req, "/recording"));
        if (facts.has_poster)
            page_text(row, "poster", own_path(req, "/poster"));
    }
}

void page_shared(struct request *req, struct response *res, struct app *app)
{
    struct shared s = {0};
    struct json_object *page;

    if (!open_shared(req, res, app, &s))
        return;
    if (may_see(req, app, &s.share)) {
        page = new_page(req, res, app);
        page_flag(page, "is_shown", true);
        page_time(page, "until", s.share.expires_us);
        add_recording(req, page, &s);
        page_send(res, app, 200, "shared", page);
    } else {
        ask_password(req, res, app, 0, 200);
    }
    close(s.folder);
}

/* ---- the password ---- */

/* As a person who signs in: whose failures, and whose address's, make the next one wait.
 * @return 0, ERR_DENIED, ERR_BUSY, or a failure */
static int check_password(struct request *req, struct app *app, const struct share *s,
                          const char *password, struct error *e)
{
    const char *name = arena_printf(req->arena, "share %" PRId64, s->id);
    struct guess g;
    int64_t wait_us = 0;
    int r = name ? guess_of_person(&g, req->client_address, NULL, "shared", span_str(name))
                 : ERR_NO_MEMORY;

    if (r == 0)
        r = guess_wait(app->db, &g, req->now_us, &wait_us, e);
    if (r == 0 && wait_us > 0)
        return ERR_BUSY;
    if (r == 0)
        r = auth_match_account(app, span_str(name), span_str(password), s->pw_hash, req->now_us);
    if (r == ERR_DENIED && guess_failed(app->db, &g, req->now_us, e) < 0)
        log_warn(&ctx, "a wrong password was not counted: %s", e->text);
    return r == 0 ? guess_succeeded(app->db, &g, req->now_us, e) : r;
}

void page_shared_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"password", NULL};
    struct shared s = {0};
    struct form form;
    struct error e = {0};
    const char *proof;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 || !open_shared(req, res, app, &s))
        return;
    close(s.folder);
    r = s.share.pw_hash[0] ? check_password(req, app, &s.share, form_text(&form, "password"), &e)
                           : 0;
    proof = share_link_proof(req->arena, app, &s.share, req->now_us + PROOF_US);
    if (r == ERR_DENIED || r == ERR_BUSY) {
        ask_password(req, res, app, r, r == ERR_BUSY ? 429 : 422);
    } else if (r < 0 || !proof) {
        refuse(req, res, app, r < 0 ? r : ERR_NO_MEMORY, &e);
    } else {
        response_cookie(res, cookie_name(req->arena, &s.share), proof, PROOF_US / US_PER_S);
        response_redirect(res, 303, own_path(req, ""));
    }
}

/* ---- bytes ---- */

/* From the beginning: what a player asks for later is the same use. */
static bool is_beginning(const struct request *req)
{
    const char *range = request_header(req, "Range");

    return req->method == METHOD_GET && (!range || strncmp(range, "bytes=0-", 8) == 0);
}

static bool open_bytes(struct request *req, struct response *res, struct app *app,
                       struct shared *out)
{
    struct error e = {0};

    if (!open_shared(req, res, app, out))
        return false;
    if (may_see(req, app, &out->share))
        return true;
    close(out->folder);
    error_set(&e, ERR_FORBIDDEN, NULL, "this link has a password");
    refuse(req, res, app, ERR_FORBIDDEN, &e);
    return false;
}

void page_shared_file(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};
    struct shared s = {0};

    if (!open_bytes(req, res, app, &s))
        return;
    recordings_send(req, res, s.folder, s.share.group, s.share.filename);
    close(s.folder);
    response_cache(res, "private, no-store");
    if (res->status == 200 && is_beginning(req) &&
        store_share_used(app->db, s.share.id, req->now_us, &e) < 0)
        log_warn(&ctx, "the use of a link was not counted: %s", e.text);
}

void page_shared_poster(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};
    struct shared s = {0};

    if (!open_bytes(req, res, app, &s))
        return;
    if (recording_has_poster(s.folder, s.share.filename)) {
        recordings_send_poster(req, res, s.share.group, s.share.filename);
        response_cache(res, "private, no-store");
    } else {
        error_set(&e, ERR_NOT_FOUND, NULL, "there is nothing here");
        refuse(req, res, app, ERR_NOT_FOUND, &e);
    }
    close(s.folder);
}
