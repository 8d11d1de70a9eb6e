#include "admin-cgi/handlers/key_view.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/keys/key_jwk.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_group_keys.h"
#include "common/group_desc_doc.h"
#include "common/jwt_keys.h"
#include "common/log.h"
#include "common/macros.h"

#define PLACES_MAX 5 /* other groups that are named beside a key */

static const struct log_ctx ctx = {.room = "keys"};

static const struct {
    const char *word;
    const char *label;
} kinds[] = {
    {"ES256", TEXT("ES256: a pair on the curve P-256 (the usual choice)")},
    {"RS256", TEXT("RS256: a pair of RSA, 2048 bits")},
    {"HS256", TEXT("HS256: a secret that both servers have")},
    {"HS384", TEXT("HS384: a longer secret that both servers have")},
    {"HS512", TEXT("HS512: the longest secret that both servers have")},
};

void key_view_kinds(struct json_object *page, const char *chosen)
{
    struct json_object *list = page_list(page, "kinds");

    for (size_t i = 0; i < LENGTH(kinds); i++)
        form_option(list, kinds[i].word, say(page_arena(page), kinds[i].label), NULL,
                    chosen ? chosen : kinds[0].word);
}

struct json_object *key_view_array(const struct group_record *group)
{
    const char *name = desc_key(group->desc->source, "authKeys");
    struct json_object *keys = name ? json_object_object_get(group->desc->source, name) : NULL;

    return json_object_is_type(keys, json_type_array) ? keys : NULL;
}

static void add_key(struct request *req, struct app *app, struct json_object *row,
                    struct json_object *key, const struct group_record *group)
{
    static const char *const members[] = {"kid", "kty", "alg"};
    const char *mark = key_jwk_mark(key);
    char print[KEY_THUMBPRINT_SIZE], size[24];
    struct error e = {0};
    int64_t since = 0;

    for (size_t i = 0; i < LENGTH(members); i++) {
        const char *value = json_object_get_string(json_object_object_get(key, members[i]));

        page_text(row, members[i], value ? value : ""); /* a template looks further out */
    }
    key_jwk_size(key, size, sizeof size);
    page_flag(row, "is_curve", strchr(size, '-') != NULL);
    page_text(row, "size", size);
    if (key_jwk_thumbprint(key, print))
        page_text(row, "thumbprint", arena_str(req->arena, print));
    if (mark && store_group_key_since(app->db, group->file.id, mark, &since, &e) < 0)
        log_warn(&ctx, "since when a key is there was not read: %s", e.text);
    page_time(row, "since", since);
    page_list(row, "places");
}

/* ---- the same key elsewhere ---- */

struct places {
    struct request *req;
    struct json_object *page;
    struct json_object *rows; /* of the keys */
};

static void add_place(void *user, size_t mark, const char *name)
{
    const struct places *p = user;
    struct json_object *row = json_object_array_get_idx(p->rows, mark);
    struct json_object *list = json_object_object_get(row, "places"), *place;

    if (!principal_may(&p->req->who, name, CAP_VIEW))
        return;
    page_flag(row, "is_elsewhere", true);
    page_flag(p->page, "is_shared", true);
    if (json_object_array_length(list) == PLACES_MAX) {
        page_flag(row, "has_more_places", true);
        return;
    }
    place = page_row(list);
    page_text(place, "name", name);
    page_text(place, "path", page_group_path(p->req->arena, name, ".keys"));
}

static void add_places(struct request *req, struct app *app, struct json_object *page,
                       struct json_object *keys, const struct group_record *group)
{
    const char *marks[JWT_KEYS_MAX] = {NULL};
    struct json_object *rows = json_object_object_get(page, "keys");
    struct places places = {.req = req, .page = page, .rows = rows};
    size_t n = rows ? json_object_array_length(rows) : 0;
    struct error e = {0};

    for (size_t i = 0; i < n && i < JWT_KEYS_MAX; i++)
        marks[i] = key_jwk_mark(json_object_array_get_idx(keys, i));
    if (n > 0 &&
        store_group_keys_elsewhere(app->db, group->file.id, marks, n, add_place, &places, &e) < 0)
        log_warn(&ctx, "where else keys are was not read: %s", e.text);
}

/* ---- the page ---- */

static void add_keys(struct request *req, struct app *app, struct json_object *page,
                     const struct group_record *group)
{
    struct json_object *keys = key_view_array(group);
    struct json_object *list = page_list(page, "keys");
    size_t n = jwt_keys_count(group->desc->keys);

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_number(row, "number", (int64_t)i + 1);
        page_number(row, "index", (int64_t)i);
        page_number(row, "above", (int64_t)i - 1);
        page_number(row, "below", (int64_t)i + 1);
        page_flag(row, "may_rise", i > 0);
        page_flag(row, "may_sink", i + 1 < n);
        page_text(row, "problem", jwt_keys_problem(group->desc->keys, i));
        add_key(req, app, row, json_object_array_get_idx(keys, i), group);
    }
    page_flag(page, "has_keys", n > 0);
    add_places(req, app, page, keys, group);
}

struct json_object *key_view_page(struct request *req, struct response *res, struct app *app,
                                  const struct group_record *group, const char *title)
{
    struct json_object *page = group_view_page(req, res, app, group, "keys", title);

    add_keys(req, app, page, group);
    page_text(page, "auth_server", group->desc->auth_server);
    page_text(page, "auth_portal", group->desc->auth_portal);
    key_view_kinds(page, NULL);
    return page;
}
