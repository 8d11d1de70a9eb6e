#include "admin-cgi/handlers/page_group_new.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_form_read.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/group_desc_json.h"
#include "common/group_name.h"
#include "common/macros.h"

#define FILE_FLAGS                                                                                 \
    (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

static const struct {
    const char *word;
    const char *label;
    const char *help;
    const char *text; /* of the description to begin with */
} starters[] = {
    {"members", TEXT("Members only"),
     TEXT("Each person has a user name and a password, which you add next."), "{}"},
    {"open", TEXT("Open meeting"),
     TEXT("Anyone who knows the name may come in and present, with any user name and password."),
     "{\"wildcard-user\": {\"password\": {\"type\": \"wildcard\"}, \"permissions\": \"present\"}}"},
    {"class", TEXT("Class"),
     TEXT("Starts locked until a teacher comes; rooms NAME/anything appear when they are first "
          "visited."),
     "{\"autolock\": true, \"auto-subgroups\": true, \"wildcard-user\": {\"password\": {\"type\": "
     "\"wildcard\"}, \"permissions\": \"present\"}}"},
};

void page_group_starters(struct json_object *page, const char *chosen)
{
    struct json_object *list = page_list(page, "starters");

    for (size_t i = 0; i < LENGTH(starters); i++)
        form_option(list, starters[i].word, say(page_arena(page), starters[i].label),
                    say(page_arena(page), starters[i].help), chosen);
}

/* What a link to the form asks for. */
struct suggestion {
    const char *name, *start; /* NULL: nothing */
};

static void show(struct response *res, struct app *app, struct form_view *v,
                 const struct form *form, const struct suggestion *link, int status)
{
    const char *name = link && link->name ? link->name : "";
    const char *start = form                  ? form_text(form, "start")
                        : link && link->start ? link->start
                                              : starters[0].word;

    page_text(v->page, "name", form ? form_text(form, "name") : name);
    page_text(v->page, "display_name", form ? form_text(form, "displayName") : "");
    page_text(v->page, "copy", form ? form_text(form, "copy") : "");
    page_text(v->page, "json", form ? form_text(form, "json") : "");
    page_flag(v->page, "is_public", form && form_has(form, "public"));
    page_group_starters(v->page, start);
    page_flag(v->page, "is_copy", strcmp(start, "copy") == 0);
    page_flag(v->page, "is_json", strcmp(start, "json") == 0);
    page_send(res, app, status, "group_new", v->page);
}

void page_group_new(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "New group", "groups")};
    struct suggestion link = {0};
    struct error e = {0};

    if (request_query(req, "name", &link.name, &e) < 0 ||
        request_query(req, "start", &link.start, &e) < 0)
        page_error(req, res, app, 400, &e);
    else
        show(res, app, &v, NULL, &link, 200);
}

/* Settings of another group: neither users nor keys go along. */
static struct json_object *copy_settings(struct request *req, struct app *app, struct form_view *v,
                                         const char *from)
{
    struct group_record group;
    struct error e = {0};

    if (!principal_may(&req->who, from, CAP_VIEW) ||
        store_group_get(app->db, req->arena, from, req->now_us, &group, &e) < 0) {
        form_view_problem(v, "copy", "There is no group of this name that you may copy.");
        return NULL;
    }
    return group_desc_to_api(group.desc);
}

static struct json_object *parse_json(struct form_view *v, const char *text)
{
    struct json_object *object;
    struct group_desc *desc = NULL;
    struct error e = {0};
    char problem[320];

    if (group_desc_parse(&desc, span_str(text), &e) < 0) {
        form_view_problem(v, "json", "The description is refused: %s.",
                          error_describe(&e, problem, sizeof problem));
        return NULL;
    }
    group_desc_unref(desc);
    object = json_tokener_parse(text);
    if (!object)
        form_view_problem(v, "json", "The description is not JSON.");
    return object;
}

static void add_codecs(struct json_object *description, const char *words)
{
    struct json_object *list = *words ? json_object_new_array() : NULL;
    struct span rest = span_str(words), word;

    while (list && span_split(&rest, ' ', &word)) {
        if (word.len)
            json_object_array_add(
                list, json_object_new_string_len((const char *)word.data, (int)word.len));
    }
    if (list)
        json_object_object_add(description, "codecs", list);
}

/* What administrators of the server have new groups begin with. */
static struct json_object *with_defaults(struct request *req, struct app *app,
                                         struct json_object *description)
{
    int64_t clients = site_number(app->db, SITE_NEW_CLIENTS);
    int64_t minutes = site_number(app->db, SITE_NEW_HISTORY);

    if (!description)
        return NULL;
    if (clients)
        json_object_object_add(description, "max-clients", json_object_new_int64(clients));
    if (minutes)
        json_object_object_add(description, "max-history-age", json_object_new_int64(minutes * 60));
    if (site_flag(app->db, SITE_NEW_RECORDING))
        json_object_object_add(description, "allow-recording", json_object_new_boolean(true));
    add_codecs(description, site_text(app->db, req->arena, SITE_NEW_CODECS));
    return description;
}

/* What the group starts from, owned; NULL with a problem noted. */
static struct json_object *start_of(struct request *req, struct app *app, struct form_view *v,
                                    const struct form *form)
{
    const char *start = form_text(form, "start");

    for (size_t i = 0; i < LENGTH(starters); i++) {
        if (strcmp(start, starters[i].word) == 0)
            return with_defaults(req, app, json_tokener_parse(starters[i].text));
    }
    if (strcmp(start, "copy") == 0)
        return copy_settings(req, app, v, form_text(form, "copy"));
    if (strcmp(start, "json") == 0)
        return parse_json(v, form_text(form, "json"));
    form_view_problem(v, "start", "Choose what the group starts from.");
    return NULL;
}

static void check_name(struct request *req, struct form_view *v, const char *name)
{
    struct error e = {0};

    if (!name[0])
        form_view_problem(v, "name", "Write a name for the group.");
    else if (group_name_check(span_str(name), &e) < 0)
        form_view_refused(v, "name", "This cannot be the name of a group: {reason}.", &e);
    else if (!principal_may(&req->who, name, CAP_CREATE))
        form_view_problem(v, "name", "You may not make a group of this name.");
}

static int create(struct request *req, struct app *app, const struct form *form,
                  struct json_object *description, const struct actor *actor, struct error *e)
{
    const struct precondition is_new = {.if_none_match = "*"};
    const char *display_name = form_text(form, "displayName");
    struct file_result result;
    const char *text;

    if (display_name[0])
        json_object_object_add(description, "displayName", json_object_new_string(display_name));
    if (form_has(form, "public"))
        json_object_object_add(description, "public", json_object_new_boolean(true));
    text = json_object_to_json_string_ext(description, FILE_FLAGS);
    if (text)
        text = arena_printf(req->arena, "%s\n", text);
    if (!text)
        return ERR_NO_MEMORY;
    return store_group_save(app->db, form_text(form, "name"), &is_new, span_str(text), actor,
                            &result, e);
}

void page_group_new_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"name", "displayName", "public", "start",
                                         "copy", "json",        NULL};
    struct form_view v = {0};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct json_object *description, *display_name;
    struct form form;
    struct error e = {0};
    const char *path;
    const char *name;
    int status = 422;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    name = form_text(&form, "name");
    path = page_group_path(req->arena, name, "");
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    v.page = page_new(req, res, app, "Error: new group", "groups");
    check_name(req, &v, name);
    display_name = arena_json(req->arena, json_object_new_string(form_text(&form, "displayName")));
    group_form_check(&v, "displayName", display_name);
    r = form_view_has_problems(&v)
            ? 0
            : store_group_check_quota(app->db, req->arena, &req->who, name, &e);
    if (r == ERR_FORBIDDEN) {
        form_view_refused(&v, "name", "One more group: {reason}.", &e);
        r = 0;
    }
    description = arena_json(req->arena, start_of(req, app, &v, &form));
    if (r == 0 && description && !form_view_has_problems(&v)) {
        r = create(req, app, &form, description, &actor, &e);
        if (r == 0) {
            page_done(req, res, app, path,
                      say_with(req->arena, "The group {group} was made.", "group", name, NULL),
                      NULL);
            return;
        }
    }
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == ERR_PRECONDITION || r == ERR_EXISTS)
        form_view_problem(&v, "name", "There is a group of this name.");
    else if (r == ERR_FORBIDDEN)
        form_view_refused(&v, "start", "This server does not allow it: {reason}.", &e);
    else if (r == ERR_INVALID || r == ERR_SYNTAX)
        form_view_refused(&v, "start", "The description is refused: {reason}.", &e);
    else if (r < 0 || !form_view_has_problems(&v))
        status = form_view_unsaved(&v, r < 0 ? r : ERR_NO_MEMORY, &e);
    if (status)
        show(res, app, &v, &form, NULL, status);
    else
        group_view_failed(req, res, app, r, &e);
}
