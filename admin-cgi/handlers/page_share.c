#include "admin-cgi/handlers/page_share.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_recording.h"
#include "admin-cgi/handlers/qr_view.h"
#include "admin-cgi/handlers/share_link.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/account_hash.h"
#include "common/macros.h"

#define HOUR_US (INT64_C(3600) * US_PER_S)
#define PASSWORD_MIN 8
#define PASSWORD_MAX 200

static const struct {
    const char *word, *label;
    int64_t us;
} lives[] = {
    {"1h", TEXT("One hour"), HOUR_US},
    {"1d", TEXT("One day"), 24 * HOUR_US},
    {"3d", TEXT("Three days"), 72 * HOUR_US},
    {"7d", TEXT("Seven days"), SHARE_LIFETIME_MAX_US},
};

/* ---- fields ---- */

void page_share_add_choices(struct json_object *page, const char *chosen, bool with_present)
{
    struct json_object *list = page_list(page, "lasts");

    if (with_present)
        form_option(list, "", say(page_arena(page), "As it is"), NULL, chosen);
    for (size_t i = 0; i < LENGTH(lives); i++)
        form_option(list, lives[i].word, say(page_arena(page), lives[i].label), NULL, chosen);
}

void page_share_fields(struct json_object *o, const struct share *s, int64_t now_us)
{
    page_text(o, "label", s->label[0] ? s->label : NULL);
    page_number(o, "number", s->id);
    page_time(o, "until", s->ended_us ? s->ended_us : s->expires_us);
    page_flag(o, "is_open", share_is_open(s, now_us));
    page_flag(o, "is_ended", s->ended_us != 0);
    page_flag(o, "has_password", s->pw_hash[0] != 0);
    page_number(o, "uses", s->uses);
    page_time(o, "used", s->last_used_us);
    page_time(o, "made", s->made_us);
    page_text(o, "made_by", s->made_by[0] ? s->made_by : NULL);
}

static void read_end(struct form_view *v, const struct form *form, int64_t now_us,
                     struct share *share)
{
    const char *word = form_text(form, "lasts");

    for (size_t i = 0; i < LENGTH(lives); i++) {
        if (strcmp(word, lives[i].word) == 0) {
            share->expires_us = now_us + lives[i].us;
            return;
        }
    }
    if (*word || !share->expires_us)
        form_view_problem(v, "lasts", "Choose how long the link lasts: seven days at most.");
}

static int read_password(struct form_view *v, struct arena *a, const struct form *form,
                         struct share *share, struct error *e)
{
    const char *password = form_text(form, "password");
    size_t len = strlen(password);
    struct buf hash = {0};
    int r = 0;

    if (form_has(form, "open"))
        share->pw_hash = "";
    if (!len || form_has(form, "open"))
        return 0;
    if (len < PASSWORD_MIN || len > PASSWORD_MAX) {
        form_view_problem(v, "password", "Password: between %d and %d characters, or none.",
                          PASSWORD_MIN, PASSWORD_MAX);
        return 0;
    }
    r = account_hash_make(&hash, span_str(password), e);
    if (r == 0)
        share->pw_hash = arena_str(a, buf_str(&hash));
    buf_wipe(&hash);
    return r == 0 && !share->pw_hash ? ERR_NO_MEMORY : r;
}

int page_share_read(struct form_view *v, struct arena *a, const struct form *form, int64_t now_us,
                    struct share *share, struct error *e)
{
    share->label = form_text(form, "label");
    if (strlen(share->label) > SHARE_LABEL_MAX) {
        form_view_problem(v, "label", "Label: at most %d bytes.", SHARE_LABEL_MAX);
        share->label = "";
    }
    read_end(v, form, now_us, share);
    return read_password(v, a, form, share, e);
}

/* ---- the card ---- */

static const char *own_path(struct request *req)
{
    return page_recording_path(req->arena, request_capture(req, "group"),
                               request_capture(req, "file"),
                               arena_printf(req->arena, "/%s", request_capture(req, "share")));
}

static bool load(struct request *req, struct response *res, struct app *app, struct share *out)
{
    struct error e = {0};
    uint64_t id;
    int r = ERR_NOT_FOUND;

    if (span_u64(span_str(request_capture(req, "share")), &id) && id <= INT64_MAX)
        r = store_share_get(app->db, req->arena, (int64_t)id, out, &e);
    if (r == 0 && (strcmp(out->group, request_capture(req, "group")) != 0 ||
                   strcmp(out->filename, request_capture(req, "file")) != 0))
        r = ERR_NOT_FOUND;
    if (r == 0)
        return true;
    if (r == ERR_NOT_FOUND)
        error_set(&e, r, NULL, "there is no such link");
    group_view_failed(req, res, app, r, &e);
    return false;
}

/* @param form as it was sent; NULL: nothing was */
static void show(struct request *req, struct response *res, struct app *app,
                 struct json_object *page, const struct share *share, const struct form *form,
                 int status)
{
    const char *url = share_link_url(req, app, share);

    page_share_fields(page, share, req->now_us);
    page_text(page, "group", share->group);
    page_text(page, "file", share->filename);
    page_text(page, "folder", page_recordings_path(req->arena, share->group));
    page_text(page, "recording",
              page_recording_path(req->arena, share->group, share->filename, ""));
    page_text(page, "own", own_path(req));
    page_text(page, "link", url);
    page_text(page, "label_input", form ? form_text(form, "label") : share->label);
    page_share_add_choices(page, form ? form_text(form, "lasts") : "", true);
    if (share_is_open(share, req->now_us))
        qr_view_add(page, url);
    page_send(res, app, status, "share", page);
}

void page_share(struct request *req, struct response *res, struct app *app)
{
    struct share share;

    if (load(req, res, app, &share))
        show(req, res, app, page_new(req, res, app, "Link to a recording", "recordings"), &share,
             NULL, 200);
}

void page_share_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"action", "label", "lasts", "password", "open", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form_view v = {0};
    struct share share, before;
    struct form form;
    struct error e = {0};
    bool is_end;
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, own_path(req)) || !load(req, res, app, &share))
        return;
    before = share;
    is_end = strcmp(form_text(&form, "action"), "end") == 0;
    v.page = page_new(req, res, app, "Error: link to a recording", "recordings");
    if (is_end)
        share.ended_us = share.ended_us ? share.ended_us : req->now_us;
    else if (share.ended_us)
        form_view_problem(&v, "label", "This link was ended: make another one.");
    else
        r = page_share_read(&v, req->arena, &form, req->now_us, &share, &e);
    if (r == 0 && form_view_has_problems(&v)) {
        show(req, res, app, v.page, &before, &form, 422);
        return;
    }
    if (r == 0)
        r = store_share_change(app->db, &share, &actor, &e);
    group_view_answer(req, res, app, &actor, r, &e, own_path(req),
                      is_end ? "The link has ended." : "Saved.");
}
