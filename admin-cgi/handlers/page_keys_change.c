#include "admin-cgi/handlers/page_keys_change.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/key_view.h"
#include "admin-cgi/keys/key_list.h"
#include "admin-cgi/keys/key_make.h"
#include "admin-cgi/keys/key_text.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/json_build.h"
#include "common/jwt_keys.h"

#define KID_MAX 200

/* One change from the form to its answer. */
struct change {
    struct form form;
    struct form_view v;
    struct group_record group;
    struct actor actor;
    const char *path; /* of the keys */
};

/* @return false: `res` is complete */
static bool begin(struct request *req, struct response *res, struct app *app, struct change *c,
                  const char *const *fields)
{
    c->actor = actor_of(req, ACTOR_CONSOLE);
    if (form_of_request(req, res, app, &c->form, fields, NULL) < 0 ||
        !group_view_load_clean(req, res, app, &c->group))
        return false;
    c->path = page_group_path(req->arena, c->group.file.name, ".keys");
    return !form_was_used(req, res, app, &c->form, &c->actor, c->path);
}

/* @param keys taken; NULL: none is left */
static int store(struct app *app, const struct change *c, struct json_object *keys, struct error *e)
{
    const struct precondition as_seen = {.if_match = c->group.file.etag};
    struct file_result result;
    int r =
        store_group_set_keys(app->db, c->group.file.name, &as_seen, keys, &c->actor, &result, e);

    json_object_put(keys);
    return r;
}

/* All of the version before comes back with "Undo". */
static void done(struct request *req, struct response *res, struct app *app, const struct change *c,
                 const char *text)
{
    page_done(req, res, app, c->path, text,
              page_group_path(req->arena, c->group.file.name,
                              arena_printf(req->arena, ".history/%lld/restore-all",
                                           (long long)c->group.file.head_seq)));
}

/* The page again, with what was sent and what is wrong with it. */
static void refuse(struct request *req, struct response *res, struct app *app, struct change *c,
                   const char *field, int code, const struct error *e)
{
    const char *text = form_text(&c->form, "keys");

    if (form_came_second(req, res, app, &c->actor, code))
        return;
    if (code != ERR_INVALID && code != ERR_SYNTAX && code != ERR_UNSUPPORTED &&
        code != ERR_EXISTS && code != ERR_TOO_LARGE) {
        group_view_failed(req, res, app, code, e);
        return;
    }
    c->v.page = key_view_page(req, res, app, &c->group, "Error: keys");
    form_view_problem(&c->v, field, "%s", say_error(req->arena, e));
    page_text(c->v.page, "text", key_text_is_secret(span_str(text)) ? "" : text);
    page_flag(c->v.page, "is_emptied", *text && key_text_is_secret(span_str(text)));
    page_text(c->v.page, "kid", form_text(&c->form, "kid"));
    key_view_kinds(c->v.page, form_get(&c->form, "alg"));
    page_send(res, app, 422, "keys", c->v.page);
}

void page_keys_add_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"keys", NULL};
    struct json_object *added = NULL, *keys = NULL;
    struct change c = {0};
    struct error e = {0};
    size_t n = 0;
    int r;

    if (!begin(req, res, app, &c, fields))
        return;
    r = key_text_read(&added, span_str(form_text(&c.form, "keys")), &e);
    if (r == 0)
        r = key_list_add(&keys, key_view_array(&c.group), added, &e);
    if (r == 0) {
        n = json_object_array_length(added);
        r = store(app, &c, keys, &e);
    }
    json_object_put(added);
    if (r < 0)
        refuse(req, res, app, &c, "keys", r, &e);
    else
        done(req, res, app, &c,
             n == 1 ? TEXT("The key was added. Tokens that it signed are taken from now on.")
                    : TEXT("The keys were added. Tokens that they signed are taken from now on."));
}

/* What signs is shown once. */
static void show_made(struct request *req, struct response *res, struct app *app,
                      const struct change *c, const struct key_pair *pair)
{
    struct json_object *page =
        group_view_page(req, res, app, &c->group, "keys", "A new key for external sign-in");

    page_text(page, "jwk",
              json_object_to_json_string_ext(pair->private, JSON_C_TO_STRING_PRETTY |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE));
    page_text(page, "pem", pair->pem.len ? buf_str(&pair->pem) : NULL);
    page_text(page, "alg", form_text(&c->form, "alg"));
    page_text(page, "kid", json_object_get_string(json_object_object_get(pair->stored, "kid")));
    page_send(res, app, 200, "keys_made", page);
}

static int add_made(struct app *app, const struct change *c, const struct key_pair *pair,
                    struct error *e)
{
    struct json_object *added = json_object_new_array(), *keys = NULL;
    int r = added && json_build_share(added, pair->stored) ? 0 : ERR_NO_MEMORY;

    if (r == 0)
        r = key_list_add(&keys, key_view_array(&c->group), added, e);
    json_object_put(added);
    return r < 0 ? r : store(app, c, keys, e);
}

void page_keys_make_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"alg", "kid", NULL};
    struct key_pair pair = {0};
    struct change c = {0};
    struct error e = {0};
    struct span kid;
    int r = 0;

    if (!begin(req, res, app, &c, fields))
        return;
    kid = span_trim(span_str(form_text(&c.form, "kid")));
    if (kid.len > KID_MAX || memchr(kid.data, '\n', kid.len))
        r = error_set(&e, ERR_INVALID, NULL, "the name has to be one line of at most %d bytes",
                      KID_MAX);
    if (r == 0)
        r = key_pair_make(&pair, form_text(&c.form, "alg"), arena_dup(req->arena, kid), &e);
    if (r == 0)
        r = add_made(app, &c, &pair, &e);
    if (r < 0)
        refuse(req, res, app, &c, e.place[0] && strcmp(e.place, "alg") == 0 ? "alg" : "kid", r, &e);
    else
        show_made(req, res, app, &c, &pair);
    key_pair_release(&pair);
}

void page_keys_change_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"seen", "index", "to", NULL};
    uint64_t seen = 0, index = 0, to = 0;
    struct json_object *keys = NULL;
    struct change c = {0};
    struct error e = {0};
    bool is_removal;
    int r = 0;

    if (!begin(req, res, app, &c, fields))
        return;
    is_removal = strcmp(form_text(&c.form, "to"), "away") == 0;
    if (!span_u64(span_str(form_text(&c.form, "seen")), &seen) ||
        !span_u64(span_str(form_text(&c.form, "index")), &index) || index >= JWT_KEYS_MAX ||
        (!is_removal && (!span_u64(span_str(form_text(&c.form, "to")), &to) || to >= JWT_KEYS_MAX)))
        r = error_set(&e, ERR_INVALID, NULL, "the form does not say which key");
    else if ((int64_t)seen != c.group.file.head_seq)
        r = error_set(&e, ERR_PRECONDITION, NULL,
                      "the group was changed meanwhile: look at its keys again");
    if (r == 0)
        r = key_list_move(&keys, key_view_array(&c.group), (size_t)index,
                          is_removal ? -1 : (long)to, &e);
    if (r == 0)
        r = store(app, &c, keys, &e);
    if (form_came_second(req, res, app, &c.actor, r))
        return;
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        done(req, res, app, &c,
             is_removal ? TEXT("The key was removed. Who came in by it stays until they leave.")
                        : TEXT("The order was changed."));
}
