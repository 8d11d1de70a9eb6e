#include "admin-cgi/handlers/page_search.h"

#include <strings.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_mediad_settings.h"
#include "admin-cgi/handlers/page_settings.h"
#include "admin-cgi/handlers/user_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/mediad_text.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/store/store_search.h"
#include "common/macros.h"

#define HITS_PER_SECTION 8
#define TEXT_MAX 200 /* bytes; more is no name and no sentence */

/* What people may call a page that the navigation calls otherwise, or does not have. */
static const struct {
    const char *label;
    const char *path;
    const char *words; /* besides the label */
    enum access access;
} places[] = {
    {TEXT("Your account"), "/admin/account",
     "password sign-in sessions devices display name language time zone second factor codes app "
     "passwords",
     ACCESS_SESSION},
    {TEXT("New group"), "/admin/groups/.new", "meeting room create make", ACCESS_CREATE},
    {TEXT("New account"), "/admin/accounts/.new",
     "administrator auditor teacher invite create make", ACCESS_SERVER},
    {TEXT("Appearance"), "/admin/settings",
     "logo colour color branding welcome terms privacy legal", ACCESS_SERVER},
    {TEXT("Sessions"), "/admin/settings/sessions", "sign-in idle second factor codes totp end",
     ACCESS_SERVER},
    {TEXT("What is kept"), "/admin/settings/keeping", "retention audit history versions trash days",
     ACCESS_SERVER},
    {TEXT("Addresses"), "/admin/settings/addresses", "host proxy origins domain config.json",
     ACCESS_SERVER},
    {TEXT("Limits"), "/admin/settings/limits", "forbid cap defaults new groups", ACCESS_SERVER},
    {TEXT("STUN and TURN servers"), "/admin/settings/ice", "relay firewall ice-servers.json",
     ACCESS_SERVER},
    {TEXT("Network test"), "/admin/network", "udp stun turn firewall connectivity", ACCESS_SERVER},
    {TEXT("Trash"), "/admin/trash", "deleted restore bring back undo", ACCESS_VIEW},
    {TEXT("Jobs"), "/admin/jobs", "progress import upload restore", ACCESS_SERVER},
    {TEXT("Landing page"), "/", "public groups start home", ACCESS_PUBLIC},
};

static bool may_go(const struct principal *who, enum access access)
{
    if (access == ACCESS_CREATE)
        return principal_may_anywhere(who, CAP_CREATE);
    return access != ACCESS_SERVER || who->is_server_admin;
}

/* Does a word of `words` begin with the text, whatever its case? */
static bool says(const char *words, struct span text)
{
    for (const char *c = words; *c; c++) {
        if ((c == words || c[-1] == ' ') && strncasecmp(c, (const char *)text.data, text.len) == 0)
            return true;
    }
    return false;
}

static void add_hit(struct json_object *list, const char *label, const char *detail,
                    const char *path)
{
    struct json_object *row = page_row(list);

    page_text(row, "label", label);
    page_text(row, "detail", detail);
    page_text(row, "path", path);
}

static void add_section(struct json_object *sections, const char *label, struct json_object *hits)
{
    struct json_object *section;

    if (!hits || json_object_array_length(hits) == 0) {
        json_object_put(hits);
        return;
    }
    section = page_row(sections);
    page_text(section, "label", label);
    if (section)
        json_object_object_add(section, "hits", hits);
    else
        json_object_put(hits);
}

static void add_pages(struct request *req, struct json_object *sections, struct span text)
{
    struct json_object *hits = json_object_new_array();
    struct json_object *navigation = page_navigation(req, NULL);

    for (size_t i = 0; navigation && i < json_object_array_length(navigation); i++) {
        struct json_object *entry = json_object_array_get_idx(navigation, i);
        const char *label = json_object_get_string(json_object_object_get(entry, "label"));

        if (label && says(label, text))
            add_hit(hits, label, NULL,
                    json_object_get_string(json_object_object_get(entry, "path")));
    }
    json_object_put(navigation);
    for (size_t i = 0; i < LENGTH(places); i++) {
        if (may_go(&req->who, places[i].access) &&
            (says(say(req->arena, places[i].label), text) || says(places[i].label, text) ||
             says(places[i].words, text)))
            add_hit(hits, say(req->arena, places[i].label), NULL, places[i].path);
    }
    add_section(sections, say(req->arena, "Pages"), hits);
}

/* One setting by what it is called. */
static void add_settings(struct request *req, struct json_object *sections, struct span text)
{
    struct json_object *hits = json_object_new_array();
    size_t n = 0;

    for (size_t i = 0; i < N_SITE_SETTINGS && n < HITS_PER_SECTION; i++) {
        const struct site_setting *s = &site_settings[i];
        const char *label = say(req->arena, s->label);

        if (!says(label, text) && !says(s->label, text))
            continue;
        n++;
        add_hit(hits, label, NULL,
                arena_printf(req->arena, "%s#%s", page_settings_path(s), site_setting_name(s)));
    }
    for (size_t i = 0; i < N_MEDIAD_FIELDS && n < HITS_PER_SECTION; i++) {
        const char *label = say(req->arena, mediad_fields[i].label);

        if (!says(label, text) && !says(mediad_fields[i].name, text))
            continue;
        n++;
        add_hit(hits, label, NULL,
                arena_printf(req->arena, MEDIAD_SETTINGS_PATH "#%s", mediad_fields[i].name));
    }
    add_section(sections, say(req->arena, "Settings"), hits);
}

static int add_groups(struct request *req, struct app *app, struct json_object *sections,
                      const struct search_query *query, struct error *e)
{
    struct json_object *hits = json_object_new_array();
    struct search_hits found = {0};
    int r = store_search_groups(app->db, req->arena, query, &found, e);

    for (size_t i = 0; i < found.n; i++)
        add_hit(hits, found.items[i].name, found.items[i].detail,
                page_group_path(req->arena, found.items[i].name, ""));
    add_section(sections, say(req->arena, "Groups"), hits);
    return r;
}

/* A user's own page is for who may edit the group; the group's for all others. */
static int add_users(struct request *req, struct app *app, struct json_object *sections,
                     const struct search_query *query, struct error *e)
{
    struct json_object *hits = json_object_new_array();
    struct search_hits found = {0};
    int r = store_search_users(app->db, req->arena, query, &found, e);

    for (size_t i = 0; i < found.n; i++) {
        const char *group = found.items[i].detail, *user = found.items[i].name;

        add_hit(hits, user_view_label(req->arena, user), group,
                principal_may(&req->who, group, CAP_EDIT)
                    ? user_view_path(req->arena, group, user, "")
                    : page_group_path(req->arena, group, ""));
    }
    add_section(sections, say(req->arena, "People"), hits);
    return r;
}

/* The list of accounts asks for the password again, and so does this. */
static int add_accounts(struct request *req, struct app *app, struct json_object *sections,
                        const struct search_query *query, struct error *e)
{
    struct search_hits found = {0};
    struct json_object *hits;
    int r = 0;

    if (!req->who.is_server_admin || !session_is_proven(req))
        return 0;
    hits = json_object_new_array();
    r = store_search_accounts(app->db, req->arena, query, &found, e);
    for (size_t i = 0; i < found.n; i++)
        add_hit(hits, found.items[i].name, found.items[i].detail,
                arena_printf(req->arena, "/admin/accounts/%lld", (long long)found.items[i].id));
    add_section(sections, say(req->arena, "Accounts"), hits);
    return r;
}

/* What was typed, and what it finds: `sections`, empty for an empty text. @return the status */
static int search(struct request *req, struct app *app, struct json_object *page, struct error *e)
{
    struct json_object *sections = page_list(page, "sections");
    struct search_query query = {.limit = HITS_PER_SECTION};
    struct group_query allowed = {0};
    const char *typed = NULL;
    struct span text;
    int r = request_query(req, "q", &typed, e);

    if (r < 0)
        return r;
    text = span_trim(span_str(typed ? typed : ""));
    if (text.len > TEXT_MAX)
        return error_set(e, ERR_INVALID, "q", "this is longer than %d bytes", TEXT_MAX);
    query.text = arena_dup(req->arena, text);
    if (!query.text)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the search");
    page_text(page, "q", query.text);
    if (!text.len)
        return 0;
    group_view_restrict(req, &allowed);
    query.scopes = allowed.scopes;
    query.n_scopes = allowed.n_scopes;
    r = add_groups(req, app, sections, &query, e);
    if (r == 0)
        r = add_users(req, app, sections, &query, e);
    if (r == 0)
        r = add_accounts(req, app, sections, &query, e);
    add_pages(req, sections, text);
    if (req->who.is_server_admin)
        add_settings(req, sections, text);
    return r;
}

void page_search(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Search", NULL);
    struct json_object *sections;
    struct error e = {0};
    int r = search(req, app, page, &e);

    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    sections = page ? json_object_object_get(page, "sections") : NULL;
    page_flag(page, "has_hits", sections && json_object_array_length(sections) > 0);
    page_flag(page, "asks_proof", req->who.is_server_admin && !session_is_proven(req));
    page_send(res, app, 200, "search", page);
}

void page_search_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *answer = arena_json(req->arena, json_object_new_object());
    struct error e = {0};
    int r = answer ? search(req, app, answer, &e) : ERR_NO_MEMORY;

    if (r < 0)
        response_error(res, 0, &e);
    else
        response_json(res, 200, answer);
}
