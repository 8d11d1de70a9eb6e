#include "admin-cgi/handlers/page_user_edit.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/user_password.h"
#include "admin-cgi/handlers/user_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/password_policy.h"
#include "admin-cgi/router.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_user.h"
#include "common/group_name.h"
#include "common/json_scan.h"
#include "common/macros.h"

static const struct {
    const char *word;
    const char *label;
    const char *help;
} roles[] = {
    {"op", TEXT("Operator"), TEXT("Presents, locks the group, sends people away, invites.")},
    {"present", TEXT("Present"), TEXT("Shows camera, microphone and screen; chats.")},
    {"message", TEXT("Message"), TEXT("Watches and chats.")},
    {"observe", TEXT("Observe"), TEXT("Watches only.")},
    {"caption", TEXT("Captions"), TEXT("Writes captions.")},
    {"admin", TEXT("Administer"),
     TEXT("Signs in to this console for this group; does not join the meeting.")},
};

static const char *const single_permissions[] = {"op",    "present", "message", "caption",
                                                 "token", "record",  "admin"};
#define N_SINGLE_PERMISSIONS (LENGTH(single_permissions))

/** The form of one user. */
struct user_form {
    struct group_record group;
    const struct group_user *now; /* NULL: a new user */
    const char *user;             /* of the path; NULL: the wildcard user */
    bool is_new;                  /* the name comes from the form */
    const char *suggested_role;   /* of the link that leads here; NULL: none */
    const char *suggested_kind;   /* of password, by the same; NULL: none */
    struct form form;
};

static bool is_special(const struct user_form *f)
{
    return !f->is_new && (!f->user || !*f->user);
}

/* Twenty characters that nobody confuses when reading them aloud: 99 bits. */
static const char *suggest_password(struct arena *a)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* 31 */
    uint8_t random[64];
    char text[25];
    size_t n = 0;

    if (gnutls_rnd(GNUTLS_RND_KEY, random, sizeof random) < 0)
        return NULL;
    for (size_t i = 0; i < sizeof random && n < 24; i++) {
        uint8_t pick = random[i] & 31;

        if (pick >= sizeof letters - 1)
            continue;
        text[n++] = letters[pick];
        if (n % 5 == 4 && n < 24)
            text[n++] = '-';
    }
    text[n] = 0;
    gnutls_memset(random, 0, sizeof random);
    return n == 24 ? arena_str(a, text) : NULL;
}

static void add_roles(struct json_object *page, const char *chosen)
{
    struct json_object *list = page_list(page, "roles");

    for (size_t i = 0; i < LENGTH(roles); i++)
        form_option(list, roles[i].word, say(page_arena(page), roles[i].label),
                    say(page_arena(page), roles[i].help), chosen);
}

static bool holds(const struct user_form *f, const char *word)
{
    const struct permission_spec *spec = f->now ? &f->now->permissions : NULL;

    if (f->form.n_fields)
        return form_has_value(&f->form, "word", word);
    for (size_t i = 0; spec && spec->role == ROLE_ARRAY && i < spec->n_names; i++) {
        if (strcmp(spec->names[i], word) == 0)
            return true;
    }
    return false;
}

static void add_words(struct json_object *page, const struct user_form *f)
{
    struct json_object *list = page_list(page, "words");

    for (size_t i = 0; i < N_SINGLE_PERMISSIONS; i++) {
        struct json_object *row = page_row(list);

        page_text(row, "word", single_permissions[i]);
        page_flag(row, "checked", holds(f, single_permissions[i]));
    }
}

static const char *present_role(const struct user_form *f)
{
    if (f->form.n_fields)
        return form_text(&f->form, "role");
    if (!f->now)
        return f->suggested_role ? f->suggested_role : "present";
    return f->now->permissions.role == ROLE_ARRAY ? "custom"
                                                  : permission_role_name(f->now->permissions.role);
}

static const char *present_kind(const struct user_form *f)
{
    if (f->form.n_fields)
        return form_text(&f->form, "kind");
    return f->now ? "keep" : f->suggested_kind ? f->suggested_kind : "set";
}

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 struct user_form *f, int status)
{
    const char *kind = present_kind(f);
    const char *role = present_role(f);
    const char *suggestion = suggest_password(req->arena);
    const char *group = f->group.file.name;

    add_roles(v->page, role ? role : "");
    add_words(v->page, f);
    page_flag(v->page, "is_custom", role && strcmp(role, "custom") == 0);
    page_flag(v->page, "is_new", f->is_new);
    page_flag(v->page, "exists", f->now);
    page_flag(v->page, "is_special", is_special(f));
    page_flag(v->page, "is_wildcard", !f->is_new && !f->user);
    page_text(v->page, "user_label", f->is_new ? "" : user_view_label(req->arena, f->user));
    page_text(v->page, "name",
              f->form.n_fields ? form_text(&f->form, "name")
              : f->user        ? f->user
                               : "");
    page_text(v->page, "password_now",
              say(req->arena, f->now ? group_view_password(&f->now->password) : "none"));
    page_flag(v->page, "kind_keep", strcmp(kind, "keep") == 0);
    page_flag(v->page, "kind_set", strcmp(kind, "set") == 0);
    page_flag(v->page, "kind_none", strcmp(kind, "none") == 0);
    page_flag(v->page, "kind_any", strcmp(kind, "any") == 0);
    page_flag(v->page, "kind_hash", strcmp(kind, "hash") == 0);
    page_text(v->page, "suggestion", suggestion);
    page_text(v->page, "action",
              f->is_new ? page_group_path(req->arena, group, ".users/.new")
                        : user_view_path(req->arena, group, f->user, ""));
    page_text(v->page, "delete_path", user_view_path(req->arena, group, f->user, "/.delete"));
    page_send(res, app, status, "user_edit", v->page);
}

static bool load(struct request *req, struct response *res, struct app *app, struct user_form *f)
{
    struct error e = {0};

    f->is_new = strstr(req->route->pattern, "/.new");
    f->user = f->is_new ? "" : user_view_of(req);
    if (!group_view_load_clean(req, res, app, &f->group))
        return false;
    if (!f->is_new)
        f->now = user_view_find(f->group.desc, f->user);
    if (f->now || f->is_new || is_special(f))
        return true;
    error_set(&e, ERR_NOT_FOUND, NULL, "there is no such user");
    page_error(req, res, app, 404, &e);
    return false;
}

static const char *title_of(const struct user_form *f, bool failed)
{
    if (failed)
        return f->is_new ? TEXT("Error: new user") : TEXT("Error: user");
    return f->is_new ? TEXT("New user") : TEXT("User");
}

void page_user(struct request *req, struct response *res, struct app *app)
{
    struct user_form f = {0};
    struct form_view v = {0};
    struct error e = {0};

    if (!load(req, res, app, &f))
        return;
    if (request_query(req, "role", &f.suggested_role, &e) < 0 ||
        request_query(req, "kind", &f.suggested_kind, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    v.page = group_view_page(req, res, app, &f.group, "users", title_of(&f, false));
    show(req, res, app, &v, &f, 200);
}

/* ---- what was sent ---- */

static struct json_object *custom_permissions(struct form_view *v, const struct user_form *f)
{
    struct json_object *list = json_object_new_array();

    if (!list) {
        form_view_problem(v, "role", "%s", err_text(ERR_NO_MEMORY));
        return NULL;
    }
    /* Words that this form does not show stay. */
    if (f->now && f->now->permissions.role == ROLE_ARRAY) {
        for (size_t i = 0; i < f->now->permissions.n_names; i++) {
            const char *word = f->now->permissions.names[i];
            bool is_ours = false;

            for (size_t k = 0; k < N_SINGLE_PERMISSIONS; k++)
                is_ours = is_ours || strcmp(single_permissions[k], word) == 0;
            if (!is_ours || holds(f, word))
                json_object_array_add(list, json_object_new_string(word));
        }
    }
    for (size_t i = 0; i < N_SINGLE_PERMISSIONS; i++) {
        struct json_object *word = json_object_new_string(single_permissions[i]);
        bool has = false;

        for (size_t k = 0; k < json_object_array_length(list); k++)
            has = has || json_object_equal(json_object_array_get_idx(list, k), word);
        if (!has && holds(f, single_permissions[i]))
            json_object_array_add(list, word);
        else
            json_object_put(word);
    }
    for (size_t i = 0; form_at(&f->form, "word", i); i++) {
        bool known = false;

        for (size_t k = 0; k < N_SINGLE_PERMISSIONS; k++)
            known = known || strcmp(form_at(&f->form, "word", i), single_permissions[k]) == 0;
        if (!known)
            form_view_problem(v, "role", "There is no such permission.");
    }
    return list;
}

static struct json_object *permissions_of(struct form_view *v, const struct user_form *f)
{
    const char *role = form_text(&f->form, "role");

    if (strcmp(role, "custom") == 0)
        return custom_permissions(v, f);
    for (size_t i = 0; i < LENGTH(roles); i++) {
        if (strcmp(role, roles[i].word) == 0)
            return json_object_new_string(role);
    }
    form_view_problem(v, "role", "Choose what this person may do.");
    return NULL;
}

static int hash(struct app *app, struct form_view *v, const struct actor *actor, const char *plain,
                struct password *out, struct error *e)
{
    if (*plain)
        return user_password_hash(app, actor, span_str(plain), out, e);
    form_view_problem(v, "password", "Write a password, or choose another kind.");
    return 0;
}

/* A hash that was made elsewhere: never plain text. */
static void read_hash(struct form_view *v, const char *text, struct password *out)
{
    struct json_object *json = NULL;
    struct error e = {0};

    if (json_scan_parse(&json, span_str(text), &json_limits_file, &e) < 0 ||
        password_parse_strict(out, json, &e) < 0)
        form_view_refused(v, "hash", "The hash is refused: {reason}.", &e);
    else if (out->type == PASSWORD_PLAIN || out->type == PASSWORD_NONE ||
             out->type == PASSWORD_WILDCARD)
        form_view_problem(v, "hash", "This is not a hash of type bcrypt, pbkdf2 or scrypt.");
    json_object_put(json);
}

/* @param out owned; NULL with `set` removes the password */
static int password_of(struct app *app, struct form_view *v, const struct user_form *f,
                       const struct actor *actor, bool *set, struct json_object **out,
                       struct error *e)
{
    const char *kind = form_text(&f->form, "kind");
    struct password password = {0};
    int r = 0;

    *set = true;
    *out = NULL;
    if (strcmp(kind, "keep") == 0)
        *set = false;
    else if (strcmp(kind, "set") == 0)
        r = hash(app, v, actor, form_text(&f->form, "password"), &password, e);
    else if (strcmp(kind, "hash") == 0)
        read_hash(v, form_text(&f->form, "hash"), &password);
    else if (strcmp(kind, "any") == 0)
        password.type = PASSWORD_WILDCARD;
    else if (strcmp(kind, "none") != 0)
        form_view_problem(v, "kind", "Choose what the password is.");
    if (r == 0)
        *out = password_to_json(&password);
    password_release(&password);
    return r;
}

static void check_name(struct form_view *v, const struct user_form *f, const char *name)
{
    struct error e = {0};

    if (is_special(f))
        return;
    if (!*name)
        form_view_problem(v, "name", "Write a user name.");
    else if (user_name_check(span_str(name), &e) < 0)
        form_view_refused(v, "name", "This cannot be a user name: {reason}.", &e);
}

static const char *done_text(struct request *req, const struct user_form *f, const char *label)
{
    const char *password = form_text(&f->form, "password");
    struct error e = {0};

    if (strcmp(form_text(&f->form, "kind"), "set") == 0 &&
        password_policy_check(span_str(password), span_str(label), &e) < 0)
        return say_with(req->arena, "Saved: {user}. The password is easy to guess: {reason}.",
                        "user", label, "reason", say_reported(req->arena, e.text), NULL);
    return say_with(req->arena, "Saved: {user}.", "user", label, NULL);
}

static void save(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 struct user_form *f, const struct actor *actor)
{
    const char *name = is_special(f) ? f->user : form_text(&f->form, "name");
    struct user_edit edit = {.user = f->is_new ? name : f->user,
                             .to = f->is_new || is_special(f) ? NULL : name,
                             .must_be_new = f->is_new};
    const char *list = page_group_path(req->arena, f->group.file.name, ".users/");
    struct file_result result;
    struct error e = {0};
    uint64_t seq = 0;
    int status = 422;
    int r;

    check_name(v, f, name);
    edit.permissions = arena_json(req->arena, permissions_of(v, f));
    if (!span_u64(span_str(form_text(&f->form, "base")), &seq) || seq > INT32_MAX)
        seq = 0;
    edit.base_seq = (int64_t)seq;
    r = form_view_has_problems(v)
            ? 0
            : password_of(app, v, f, actor, &edit.sets_password, &edit.password, &e);
    if (edit.password)
        edit.password = arena_json(req->arena, edit.password);
    if (r == 0 && !form_view_has_problems(v)) {
        r = store_user_edit(app->db, f->group.file.name, &edit, actor, &result, &e);
        if (r == 0) {
            page_done(req, res, app, list, done_text(req, f, user_view_label(req->arena, name)),
                      NULL);
            return;
        }
    }
    if (form_came_second(req, res, app, actor, r))
        return;
    if (r == ERR_EXISTS) {
        form_view_problem(v, "name", "There is a user of this name.");
    } else if (r == ERR_PRECONDITION) {
        form_view_problem(v, "name",
                          "Somebody else changed this user meanwhile. Below is what you "
                          "sent; send it again to replace theirs.");
        status = 409;
    } else if (r < 0) {
        status = form_view_unsaved(v, r, &e);
    }
    if (status)
        show(req, res, app, v, f, status);
    else
        group_view_failed(req, res, app, r, &e);
}

void page_user_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const single[] = {"name", "role", "kind", "password", "hash", "base", NULL};
    static const char *const repeated[] = {"word", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct user_form f = {0};
    struct form_view v = {0};

    if (form_of_request(req, res, app, &f.form, single, repeated) < 0 ||
        form_was_used(req, res, app, &f.form, &actor,
                      page_group_path(req->arena, request_capture(req, "group"), ".users/")) ||
        !load(req, res, app, &f))
        return;
    v.page = group_view_page(req, res, app, &f.group, "users", title_of(&f, true));
    save(req, res, app, &v, &f, &actor);
}
