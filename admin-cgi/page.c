#include "admin-cgi/page.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/manual.h"
#include "admin-cgi/page_language.h"
#include "admin-cgi/say.h"
#include "admin-cgi/site/site_look.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/time_words.h"
#include "admin-cgi/view/views.h"
#include "admin-cgi/zone.h"
#include "common/group_desc.h"
#include "common/group_field.h"
#include "common/group_name.h"
#include "common/hex.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/server_origin.h"

#define FORM_ID_BYTES 16
#define TIME_FOR_PEOPLE "%Y-%m-%d %H:%M UTC"

static const struct {
    const char *section;
    const char *label;
    const char *icon;
    const char *path;
    unsigned caps;    /* held anywhere */
    bool server_only; /* server administrators */
    bool auditors;    /* and auditors */
} navigation[] = {
    {"dashboard", TEXT("Dashboard"), "grid", "/admin/", CAP_VIEW, false, false},
    {"live", TEXT("Live"), "play", "/admin/live", CAP_VIEW, false, false},
    {"groups", TEXT("Groups"), "camera", "/admin/groups/", CAP_VIEW, false, false},
    {"people", TEXT("People"), "users", "/admin/people", CAP_VIEW, false, false},
    {"invitations", TEXT("Invitations"), "link", "/admin/invitations", CAP_INVITE, false, false},
    {"recordings", TEXT("Recordings"), "record", "/admin/recordings", CAP_RECORD, false, false},
    {"accounts", TEXT("Accounts"), "shield", "/admin/accounts", 0, true, false},
    {"settings", TEXT("Settings"), "settings", "/admin/settings", 0, true, false},
    {"backup", TEXT("Backups"), "file", "/admin/backup", 0, true, false},
    {"problems", TEXT("Problems"), "warn", "/admin/problems", 0, true, true},
    {"health", TEXT("Health"), "check", "/admin/health", 0, true, true},
    {"audit", TEXT("Audit log"), "list", "/admin/audit", 0, true, true},
};

void page_text(struct json_object *o, const char *name, const char *text)
{
    if (o && text)
        json_object_object_add(o, name, json_object_new_string(text));
}

void page_flag(struct json_object *o, const char *name, bool value)
{
    if (o)
        json_object_object_add(o, name, json_object_new_boolean(value));
}

void page_number(struct json_object *o, const char *name, int64_t value)
{
    if (o)
        json_object_object_add(o, name, json_object_new_int64(value));
}

const char *page_time_text(struct arena *a, int64_t time_us)
{
    char text[80];

    return time_format_utc(text, sizeof text, time_us, TIME_FOR_PEOPLE) ? arena_str(a, text) : "";
}

void page_time(struct json_object *o, const char *name, int64_t time_us)
{
    char text[80];
    char key[80];

    if (!o || !time_us || !time_format_utc(text, sizeof text, time_us, TIME_FOR_PEOPLE))
        return;
    page_text(o, name, text);
    snprintf(key, sizeof key, "%s_iso", name);
    if (time_format_utc(text, sizeof text, time_us, "%Y-%m-%dT%H:%M:%SZ"))
        page_text(o, key, text);
    snprintf(key, sizeof key, "%s_ago", name);
    page_text(o, key, ""); /* until page_send() */
}

struct json_object *page_list(struct json_object *o, const char *name)
{
    struct json_object *list = o ? json_object_new_array() : NULL;

    if (list)
        json_object_object_add(o, name, list);
    return list;
}

struct json_object *page_row(struct json_object *list)
{
    struct json_object *row = list ? json_object_new_object() : NULL;

    if (row)
        json_object_array_add(list, row);
    return row;
}

static bool is_shown(const struct principal *who, size_t i)
{
    if (navigation[i].server_only)
        return who->is_server_admin || (navigation[i].auditors && who->is_auditor);
    return principal_may_anywhere(who, navigation[i].caps);
}

struct json_object *page_navigation(struct request *req, const char *section)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < LENGTH(navigation); i++) {
        struct json_object *entry;

        if (!is_shown(&req->who, i))
            continue;
        entry = page_row(list);
        page_text(entry, "label", say(req->arena, navigation[i].label));
        page_text(entry, "icon", navigation[i].icon);
        page_text(entry, "path", navigation[i].path);
        page_flag(entry, "current", section && strcmp(section, navigation[i].section) == 0);
    }
    return list;
}

struct arena *page_arena(struct json_object *page)
{
    return page ? json_object_get_userdata(page) : NULL;
}

/* What makes a form that is sent twice count once. */
static void add_form_id(struct json_object *page)
{
    uint8_t random[FORM_ID_BYTES];
    char text[HEX_SIZE(FORM_ID_BYTES)];

    if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) < 0)
        return;
    page_text(page, "form_id", hex_format(text, random, sizeof random));
}

void page_done(struct request *req, struct response *res, struct app *app, const char *location,
               const char *text, const char *undo)
{
    struct json_object *flash = json_object_new_object();
    struct error e = {0};

    page_text(flash, "text", say(req->arena, text));
    page_text(flash, "undo", undo);
    if (flash && text &&
        store_session_set_flash(app->db, req->who.session_id,
                                json_object_to_json_string_ext(flash, JSON_C_TO_STRING_PLAIN),
                                &e) < 0)
        log_warn(&(struct log_ctx){.room = "page"}, "a message was not kept: %s", e.text);
    json_object_put(flash);
    if (location)
        response_redirect(res, 303, location);
    else
        response_text(res, 503, "no memory\n");
}

/* The message that the page before left; shown once. */
static void add_flash(struct request *req, struct app *app, struct json_object *page)
{
    const char *cookie = request_cookie(req, SESSION_COOKIE);
    struct json_object *flash;
    struct session session;

    if (!cookie || req->method != METHOD_GET ||
        store_session_find(app->db, req->arena, cookie, req->now_us, &session, NULL) < 0 ||
        !session.flash[0])
        return;
    flash = json_tokener_parse(session.flash);
    if (flash)
        json_object_object_add(page, "flash", flash);
    if (store_session_set_flash(app->db, session.id, NULL, NULL) < 0)
        log_warn(&(struct log_ctx){.room = "page"}, "a message could not be cleared");
}

/* Of the fields that hold names; browsers count UTF-16 code units, never more than bytes. */
static void add_limits(struct json_object *page)
{
    page_number(page, "group_name_max", GROUP_NAME_MAX);
    page_number(page, "user_name_max", USER_NAME_MAX);
    page_number(page, "login_max", ACCOUNT_LOGIN_MAX);
    page_number(page, "account_name_max", ACCOUNT_DISPLAY_NAME_MAX);
    page_number(page, "group_label_max", (int64_t)group_field_find("displayName")->max_bytes);
}

struct json_object *page_new_open(struct request *req, const char *title)
{
    struct json_object *page = arena_json(req->arena, json_object_new_object());
    const struct language *language = req->arena->language;

    if (!page)
        return NULL;
    json_object_set_userdata(page, req->arena, NULL);
    page_text(page, "title", title);
    page_text(page, "lang", language ? language_tag(language) : "en");
    page_text(page, "dir", language ? language_direction(language) : "ltr");
    page_number(page, "now", req->now_us);
    add_limits(page);
    return page;
}

struct json_object *page_new(struct request *req, struct response *res, struct app *app,
                             const char *title, const char *section)
{
    struct json_object *page = page_new_open(req, say(req->arena, title));

    if (!page)
        return NULL;
    page_text(page, "csrf", csrf_token(req, res, app));
    page_text(page, "request_id", req->request_id);
    page_text(page, "results_place", "{n}"); /* for static/js/sitesearch.js */
    add_form_id(page);
    page_flag(page, "signed_in", req->who.session_id != 0);
    if (!req->who.session_id)
        page_offer_languages(page, req, app);
    if (req->who.session_id) {
        page_text(page, "account_name",
                  req->who.display_name && req->who.display_name[0] ? req->who.display_name
                                                                    : req->who.name);
        page_flag(page, "has_account", req->who.kind == PRINCIPAL_ACCOUNT);
        page_text(page, "zone", req->who.zone);
        json_object_object_add(page, "navigation", page_navigation(req, section));
        page_number(page, "session_idle", (req->who.session_idle_us - req->now_us) / US_PER_S);
        page_number(page, "session_longest", (req->who.session_ends_us - req->now_us) / US_PER_S);
        add_flash(req, app, page);
    }
    return page;
}

/* Where help for a page is: its section of the console's manual. */
static void add_help(struct json_object *page, const char *template)
{
    const char *section = manual_section(template);
    char path[sizeof MANUAL_PATH + 80];

    /* errors are also strangers', for whom the manual is nothing */
    if (!section ||
        (!*section && !json_object_get_boolean(json_object_object_get(page, "signed_in"))))
        return;
    snprintf(path, sizeof path, MANUAL_PATH "%s%s", *section ? "#" : "", section);
    page_text(page, "help_path", path);
}

void page_send(struct response *res, struct app *app, int status, const char *template,
               struct json_object *page)
{
    struct buf html = {0};
    struct json_object *lang = page ? json_object_object_get(page, "lang") : NULL;
    const struct language *language =
        words_find(app->words, span_str(json_object_get_string(lang)));
    int r;

    site_look_add(page, app);
    add_help(page, template);
    time_words_fill(page, page ? json_object_get_int64(json_object_object_get(page, "now")) : 0,
                    language);
    zone_localise(page, page ? json_object_get_string(json_object_object_get(page, "zone")) : NULL,
                  language);
    local_counts(page, language);
    r = page ? views_render(app->views, template, language, page, &html) : ERR_NO_MEMORY;

    if (r < 0) {
        log_error(&(struct log_ctx){.room = "page"}, "template %s was not rendered: %s", template,
                  err_text(r));
        response_text(res, 503, "The page could not be made.\n");
    } else {
        res->status = status;
        response_type(res, "text/html; charset=utf-8");
        response_header(res, "Vary", "Accept-Language, Cookie");
        response_header(res, "Content-Language", language_tag(language));
        buf_clear(&res->body);
        buf_add_span(&res->body, buf_span(&html));
    }
    buf_release(&html);
}

const char *page_comma_list(struct arena *a, struct json_object *strings)
{
    const char *text = "";

    for (size_t i = 0; strings && text && i < json_object_array_length(strings); i++)
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "",
                            json_object_get_string(json_object_array_get_idx(strings, i)));
    return text;
}

const char *page_encode(struct arena *a, const char *text, bool keep_slash)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, strlen(text) * 3 + 1);
    char *to = out;

    for (const char *c = text; out && *c; c++) {
        if (strchr("-._~", *c) || (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
            (*c >= 'a' && *c <= 'z') || (keep_slash && *c == '/')) {
            *to++ = *c;
        } else {
            *to++ = '%';
            *to++ = hex[(unsigned char)*c >> 4];
            *to++ = hex[(unsigned char)*c & 15];
        }
    }
    return out;
}

const char *page_base_url(struct request *req, struct app *app)
{
    struct buf base = {0};
    const char *url = NULL;

    server_config_base_url(&base, app_config(app), span_str(req->host), req->is_tls);
    if (buf_check(&base) == 0)
        url = arena_dup(req->arena, buf_span(&base));
    buf_release(&base);
    return url;
}

const char *page_group_path(struct arena *a, const char *group, const char *suffix)
{
    return arena_printf(a, "/admin/groups/%s/%s", page_encode(a, group, true), suffix);
}

const char *page_recordings_path(struct arena *a, const char *group)
{
    return arena_printf(a, "/recordings/%s/", page_encode(a, group, true));
}
