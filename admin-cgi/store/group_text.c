#include "admin-cgi/store/group_text.h"

#include <string.h>
#include <strings.h>

#include "common/group_field.h"
#include "common/json_build.h"
#include "common/json_edit.h"
#include "common/json_scan.h"
#include "common/macros.h"

#define PATH_MAX_LEN 4

static const char new_file[] = "{\n}\n";

int group_text_open(struct group_text *g, struct span text, struct error *e)
{
    int r;

    memset(g, 0, sizeof *g);
    if (text.len)
        buf_add_span(&g->text, text);
    else
        buf_add_str(&g->text, new_file);
    r = buf_check(&g->text);
    if (r == 0)
        r = group_desc_parse(&g->desc, buf_span(&g->text), e);
    if (r == 0 && g->desc->is_unclean)
        r = group_text_lay_out(g, e);
    if (r < 0)
        group_text_release(g);
    return r;
}

void group_text_release(struct group_text *g)
{
    buf_release(&g->text);
    group_desc_unref(g->desc);
    g->desc = NULL;
}

/* As the file spells the member: exact, else in any case, else the name itself. */
static const char *spelled(struct json_object *object, const char *name)
{
    const char *found = NULL;

    if (!object || json_object_object_get_ex(object, name, NULL))
        return name;
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        if (strcasecmp(key, name) == 0)
            found = key;
    }
    return found ? found : name;
}

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    if (object)
        json_object_object_get_ex(object, spelled(object, name), &value);
    return value;
}

struct json_object *group_text_get(const struct group_text *g, const char *name)
{
    return member(g->desc->source, name);
}

static int edit(struct group_text *g, const char *const *path, size_t n_path,
                struct json_object *value, struct error *e)
{
    struct buf next = {0};
    struct span text = span_of(NULL, 0);
    int r;

    if (value)
        text = span_str(json_object_to_json_string_ext(value, JSON_C_TO_STRING_SPACED |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE));
    r = json_edit_set(&next, buf_span(&g->text), path, n_path, text, e);
    if (r < 0) {
        buf_release(&next);
        return r;
    }
    buf_release(&g->text);
    g->text = next;
    return 0;
}

int group_text_set(struct group_text *g, const char *name, struct json_object *value,
                   struct error *e)
{
    const char *path[] = {spelled(g->desc->source, name)};
    struct json_object *present = NULL;
    bool is_there = json_object_object_get_ex(g->desc->source, path[0], &present);

    if (!value && !is_there)
        return 0;
    if (value && present && json_object_equal(value, present))
        return 0;
    return edit(g, path, 1, value, e);
}

int group_text_set_field(struct group_text *g, const char *name, struct json_object *value,
                         struct error *e)
{
    int r = group_text_set(g, name, value, e);

    if (r == 0 && strcmp(name, "auto-subgroups") == 0)
        r = group_text_set(g, GROUP_FIELD_ALLOW_SUBGROUPS, NULL, e);
    return r;
}

int group_text_lay_out(struct group_text *g, struct error *e)
{
    const int flags =
        JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
    struct json_object *json = NULL;
    struct error unclean;
    int r = json_scan_parse_file(&json, buf_span(&g->text), &unclean, e);

    if (r == 0) {
        buf_clear(&g->text);
        buf_add_str(&g->text, json_object_to_json_string_ext(json, flags));
        buf_add_char(&g->text, '\n');
        r = buf_check(&g->text);
    }
    json_object_put(json);
    return r;
}

/* The value that is written for a settable member: NULL where it says no more than its absence. */
static struct json_object *meaning_of(const struct group_field *field, struct json_object *value)
{
    if (!value)
        return NULL;
    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_URL:
    case FIELD_TIME:
        return json_object_get_string_len(value) ? value : NULL;
    case FIELD_BOOL:
        return json_object_get_boolean(value) ? value : NULL;
    case FIELD_INT:
        return json_object_get_int64(value) ? value : NULL;
    case FIELD_CODECS:
        return json_object_array_length(value) ? value : NULL;
    case FIELD_TRISTATE:
        return value;
    }
    return value;
}

int group_text_replace(struct group_text *g, struct json_object *object, bool keep_empty,
                       struct error *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < n_group_fields; i++) {
        const struct group_field *field = &group_fields[i];
        struct json_object *value = member(object, field->name);

        if (strcmp(field->name, "auto-subgroups") == 0 &&
            json_object_get_boolean(member(object, GROUP_FIELD_ALLOW_SUBGROUPS)))
            value = member(object, GROUP_FIELD_ALLOW_SUBGROUPS);
        r = group_text_set(g, field->name, keep_empty ? value : meaning_of(field, value), e);
    }
    if (r == 0) /* the old name of auto-subgroups, which was just set */
        r = group_text_set(g, GROUP_FIELD_ALLOW_SUBGROUPS, NULL, e);
    return r;
}

const struct group_user *group_text_user(const struct group_desc *desc, const char *user)
{
    return user ? group_desc_user(desc, span_str(user)) : desc->wildcard;
}

struct json_object *group_text_user_json(const struct group_user *user)
{
    struct json_object *json = json_object_new_object();
    bool good = json != NULL;

    if (good && user->password.type != PASSWORD_NONE)
        good = json_build_set(json, "password", password_to_json(&user->password));
    if (good && user->permissions.role != ROLE_NONE)
        good = json_build_set(json, "permissions", permission_spec_to_json(&user->permissions));
    if (good)
        return json;
    json_object_put(json);
    return NULL;
}

static int write_user(struct group_text *g, const struct group_user *u, struct error *e)
{
    const char *named[] = {spelled(g->desc->source, "users"), u->name};
    const char *wildcard[] = {spelled(g->desc->source, "wildcard-user")};
    struct json_object *json = group_text_user_json(u);
    int r;

    if (!json)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a user");
    r = u->name ? edit(g, named, 2, json, e) : edit(g, wildcard, 1, json, e);
    json_object_put(json);
    return r;
}

static const char *const obsolete[] = {"op", "presenter", "other"};

/* op, presenter and other become users, once somebody edits the users. */
static int upgrade(struct group_text *g, struct error *e)
{
    struct json_object *users = group_text_get(g, "users");
    bool any = false;
    int r = 0;

    for (size_t i = 0; i < LENGTH(obsolete); i++)
        any = any || group_text_get(g, obsolete[i]);
    if (!any)
        return 0;
    for (size_t i = 0; r == 0 && i < g->desc->n_users; i++) {
        if (!users || !json_object_object_get_ex(users, g->desc->users[i].name, NULL))
            r = write_user(g, &g->desc->users[i], e);
    }
    if (r == 0 && g->desc->wildcard && !group_text_get(g, "wildcard-user"))
        r = write_user(g, g->desc->wildcard, e);
    for (size_t i = 0; r == 0 && i < LENGTH(obsolete); i++)
        r = group_text_set(g, obsolete[i], NULL, e);
    return r;
}

/* Parse again what an upgrade has written. */
static int reopen(struct group_text *g, struct error *e)
{
    struct group_desc *desc = NULL;
    int r = group_desc_parse(&desc, buf_span(&g->text), e);

    if (r == 0) {
        group_desc_unref(g->desc);
        g->desc = desc;
    }
    return r;
}

int group_text_upgrade(struct group_text *g, struct error *e)
{
    struct json_object *subgroups = group_text_get(g, GROUP_FIELD_ALLOW_SUBGROUPS);
    int r = upgrade(g, e);

    if (r == 0 && subgroups && g->desc->auto_subgroups)
        r = group_text_set_field(g, "auto-subgroups", subgroups, e);
    else if (r == 0)
        r = group_text_set(g, GROUP_FIELD_ALLOW_SUBGROUPS, NULL, e);
    return r == 0 ? reopen(g, e) : r;
}

bool group_text_is_obsolete(const struct group_desc *d)
{
    for (size_t i = 0; i < LENGTH(obsolete); i++) {
        if (member(d->source, obsolete[i]))
            return true;
    }
    return member(d->source, GROUP_FIELD_ALLOW_SUBGROUPS);
}

int group_text_set_user(struct group_text *g, const char *user, const char *name,
                        struct json_object *value, struct error *e)
{
    struct json_object *source, *object;
    const char *path[PATH_MAX_LEN];
    size_t n = 0;
    int r = upgrade(g, e);

    if (r == 0)
        r = reopen(g, e);
    if (r < 0)
        return r;
    source = g->desc->source;
    path[n++] = spelled(source, user ? "users" : "wildcard-user");
    object = member(source, path[0]);
    if (user) {
        path[n++] = user;
        if (!object || !json_object_object_get_ex(object, user, &object))
            object = NULL;
    }
    if (name) {
        struct json_object *present = object ? member(object, name) : NULL;

        if (value ? present && json_object_equal(present, value) : object && !present)
            return 0;
        path[n++] = object ? spelled(object, name) : name;
    }
    return edit(g, path, n, value, e);
}
