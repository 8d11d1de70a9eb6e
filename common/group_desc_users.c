#include "common/group_desc_users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/group_desc_doc.h"
#include "common/group_field.h"
#include "common/group_name.h"
#include "common/macros.h"

#define OBSOLETE_USERS_MAX 1000 /* in each of op, presenter and other */

void group_user_release(struct group_user *u)
{
    free(u->name);
    password_release(&u->password);
    permission_spec_release(&u->permissions);
    *u = (struct group_user){0};
}

void group_users_free(struct group_user *users, size_t n)
{
    for (size_t i = 0; i < n; i++)
        group_user_release(&users[i]);
    free(users);
}

static int compare_users(const void *a, const void *b)
{
    return strcmp(((const struct group_user *)a)->name, ((const struct group_user *)b)->name);
}

static void sort_users(struct group_user *users, size_t n)
{
    if (n > 1)
        qsort(users, n, sizeof *users, compare_users);
}

/* As strcmp(), for a span that may hold a NUL. */
static int compare_name(struct span name, const char *with)
{
    size_t len = strlen(with);
    size_t common = name.len < len ? name.len : len;
    int order = common > 0 ? memcmp(name.data, with, common) : 0;

    if (order != 0)
        return order;
    return name.len < len ? -1 : name.len > len;
}

struct group_user *group_users_find(struct group_user *users, size_t n, struct span name)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_name(name, users[middle].name);

        if (order == 0)
            return &users[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* A JSON null inside an object is a NULL pointer to json-c, so "absent" and null are one. */
static struct json_object *member(struct json_object *object, const char *key)
{
    return key ? json_object_object_get(object, key) : NULL;
}

static void read_password(struct desc_doc *doc, struct password *out, struct json_object *json,
                          struct desc_path path)
{
    struct error cause = {0};
    int r = password_parse(out, json, &cause);

    if (r < 0)
        desc_fail(doc, path, r, "%s", cause.text);
    else if (out->type == PASSWORD_BAD)
        desc_warn(doc, path, "never matches: %s", out->problem);
}

void desc_read_user(struct desc_doc *doc, struct group_user *out, struct json_object *json,
                    struct desc_path path)
{
    static const char *const known[] = {"password", "permissions", NULL};
    struct error cause = {0};
    const char *key;
    int r;

    if (!json)
        return;
    if (!json_object_is_type(json, json_type_object)) {
        desc_fail(doc, path, ERR_INVALID, "must be an object");
        return;
    }
    desc_warn_unknown(doc, json, path, known);
    key = desc_key(json, "password");
    if (key)
        read_password(doc, &out->password, member(json, key), desc_path_add(path, key));
    else if (json_object_object_get_ex(json, "password", NULL))
        desc_warn(doc, desc_path_add(path, "password"), "never matches: it is null");
    key = desc_key(json, "permissions");
    r = permission_spec_parse(&out->permissions, member(json, key), &cause);
    if (r < 0)
        desc_fail(doc, desc_path_add(path, key), r, "%s", cause.text);
}

void desc_read_users(struct desc_doc *doc, struct json_object *json, struct desc_path path,
                     struct group_user **out, size_t *n_out)
{
    struct group_user *users;
    size_t n = 0;

    if (!json || doc->result < 0)
        return;
    if (!json_object_is_type(json, json_type_object)) {
        desc_fail(doc, path, ERR_INVALID, "must be an object");
        return;
    }
    users = calloc((size_t)json_object_object_length(json) + 1, sizeof *users);
    if (!users) {
        desc_no_memory(doc);
        return;
    }
    json_object_object_foreach(json, name, user)
    {
        struct error cause = {0};

        if (user_name_check(span_str(name), &cause) < 0) {
            desc_warn(doc, desc_path_add(path, name), "left out: %s", cause.text);
            continue;
        }
        users[n].name = strdup(name);
        if (!users[n].name)
            desc_no_memory(doc);
        else
            desc_read_user(doc, &users[n++], user, desc_path_add(path, name));
        if (doc->result < 0)
            break;
    }
    if (doc->result < 0) {
        group_users_free(users, n);
        return;
    }
    sort_users(users, n);
    *out = users;
    *n_out = n;
}

/* One entry of op, presenter or other. @return false when it is for nobody new */
static bool obsolete_user(struct desc_doc *doc, struct group_desc *d, struct json_object *entry,
                          struct desc_path path, struct group_user *out)
{
    static const char *const known[] = {"username", "password", NULL};
    const char *name = "";
    const char *key;
    struct error cause = {0};

    if (!json_object_is_type(entry, json_type_object)) {
        desc_fail(doc, path, ERR_INVALID, "must be an object");
        return false;
    }
    desc_warn_unknown(doc, entry, path, known);
    key = desc_key(entry, "username");
    if (key && !json_object_is_type(member(entry, key), json_type_string)) {
        desc_fail(doc, desc_path_add(path, key), ERR_INVALID, "must be a string");
        return false;
    }
    if (key)
        name = json_object_get_string(member(entry, key));
    if (key && (strlen(name) != (size_t)json_object_get_string_len(member(entry, key)) ||
                user_name_check(span_str(name), &cause) < 0)) {
        desc_warn(doc, desc_path_add(path, key), "left out: %s",
                  cause.text[0] ? cause.text : "a name cannot contain a NUL");
        return false;
    }
    if (name[0] == 0 ? d->wildcard : group_users_find(d->users, d->n_users, span_str(name)))
        return false;
    key = desc_key(entry, "password");
    if (key)
        read_password(doc, &out->password, member(entry, key), desc_path_add(path, key));
    else
        out->password.type = PASSWORD_WILDCARD;
    if (name[0]) {
        out->name = strdup(name);
        if (!out->name)
            desc_no_memory(doc);
    }
    return doc->result == 0;
}

/* Takes what `user` owns. */
static void add_user(struct desc_doc *doc, struct group_desc *d, struct group_user *user)
{
    struct group_user *grown = NULL;

    if (!user->name) {
        d->wildcard = malloc(sizeof *d->wildcard);
        if (d->wildcard)
            *d->wildcard = *user;
    } else {
        grown = realloc(d->users, (d->n_users + 1) * sizeof *grown);
        if (grown) {
            d->users = grown;
            grown[d->n_users++] = *user;
            sort_users(grown, d->n_users);
        }
    }
    if (user->name ? !grown : !d->wildcard) {
        group_user_release(user);
        desc_no_memory(doc);
    }
}

static void read_obsolete_array(struct desc_doc *doc, struct group_desc *d,
                                struct json_object *array, const char *key,
                                enum permission_role role)
{
    struct desc_path path = desc_path_add((struct desc_path){0}, key);

    if (!json_object_is_type(array, json_type_array)) {
        desc_fail(doc, path, ERR_INVALID, "must be an array");
        return;
    }
    if (json_object_array_length(array) > OBSOLETE_USERS_MAX) {
        desc_fail(doc, path, ERR_TOO_LARGE, "more than %d entries", OBSOLETE_USERS_MAX);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(array) && doc->result == 0; i++) {
        struct group_user user = {.permissions = {.role = role}};
        char index[24];

        snprintf(index, sizeof index, "%zu", i);
        if (obsolete_user(doc, d, json_object_array_get_idx(array, i), desc_path_add(path, index),
                          &user))
            add_user(doc, d, &user);
        else
            group_user_release(&user);
    }
}

void desc_read_obsolete(struct desc_doc *doc, struct group_desc *d, struct json_object *root)
{
    static const struct {
        const char *name;
        enum permission_role role;
    } arrays[] = {{"op", ROLE_OP}, {"presenter", ROLE_PRESENT}, {"other", ROLE_MESSAGE}};
    bool allow_subgroups = false;

    for (size_t i = 0; i < LENGTH(arrays) && doc->result == 0; i++) {
        const char *key = desc_key(root, arrays[i].name);

        if (key)
            read_obsolete_array(doc, d, member(root, key), key, arrays[i].role);
    }
    if (desc_bool(doc, root, GROUP_FIELD_ALLOW_SUBGROUPS, &allow_subgroups) && allow_subgroups)
        d->auto_subgroups = true;
}
