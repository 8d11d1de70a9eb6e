#include "admin-cgi/handlers/secret_mask.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_edit.h"
#include "common/json_scan.h"
#include "common/macros.h"

#define KEEP "$keep"
#define PATH_MAX_NAMES 3

/** Where secrets stand: paths of names that are borrowed from the parsed text. */
struct secret_list {
    struct secret_path {
        const char *names[PATH_MAX_NAMES];
        size_t n;
    } * paths;
    size_t n, capacity;
};

static int add_path(struct secret_list *list, const char *a, const char *b, const char *c)
{
    struct secret_path *path;

    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct secret_path *paths = realloc(list->paths, capacity * sizeof *paths);

        if (!paths)
            return ERR_NO_MEMORY;
        list->paths = paths;
        list->capacity = capacity;
    }
    path = &list->paths[list->n++];
    *path = (struct secret_path){.names = {a, b, c}, .n = c ? 3 : b ? 2 : 1};
    return 0;
}

static bool is_named(const char *name, const char *wanted)
{
    return span_eq_nocase(span_str(name), span_str(wanted));
}

/* "any password" is no secret. */
static bool is_secret(struct json_object *password)
{
    const char *type;

    if (!password)
        return false;
    type = json_object_get_string(json_object_object_get(
        json_object_is_type(password, json_type_object) ? password : NULL, "type"));
    return !type || strcmp(type, "wildcard") != 0;
}

static int add_user(struct secret_list *list, const char *member, const char *name,
                    struct json_object *user)
{
    int r = 0;

    if (!json_object_is_type(user, json_type_object))
        return 0;
    json_object_object_foreach(user, key, value)
    {
        if (r == 0 && is_named(key, "password") && is_secret(value))
            r = name ? add_path(list, member, name, key) : add_path(list, member, key, NULL);
    }
    return r;
}

static int add_users(struct secret_list *list, const char *member, struct json_object *users)
{
    int r = 0;

    if (!json_object_is_type(users, json_type_object))
        return 0;
    json_object_object_foreach(users, name, user)
    {
        if (r == 0)
            r = add_user(list, member, name, user);
    }
    return r;
}

static int find_secrets(struct secret_list *list, struct json_object *root)
{
    static const char *const whole[] = {"authKeys", "op", "presenter", "other"};
    int r = 0;

    if (!json_object_is_type(root, json_type_object))
        return 0;
    json_object_object_foreach(root, name, value)
    {
        if (r < 0 || !value)
            continue;
        if (is_named(name, "users"))
            r = add_users(list, name, value);
        else if (is_named(name, "wildcard-user"))
            r = add_user(list, name, NULL, value);
        for (size_t i = 0; i < LENGTH(whole) && r == 0; i++)
            if (is_named(name, whole[i]))
                r = add_path(list, name, NULL, NULL);
    }
    return r;
}

/* Replace one value in a text. */
static int put_value(struct buf *text, const struct secret_path *path, struct span value,
                     struct error *e)
{
    struct buf changed = {0};
    int r = json_edit_set(&changed, buf_span(text), path->names, path->n, value, e);

    if (r == 0) {
        buf_wipe(text);
        *text = changed;
    } else {
        buf_wipe(&changed);
    }
    return r;
}

int secret_mask(struct buf *out, struct span text, struct error *e)
{
    struct secret_list list = {0};
    struct json_object *root = NULL;
    struct buf masked = {0};
    int r = json_scan_parse(&root, text, &json_limits_file, e);

    if (r == 0)
        r = find_secrets(&list, root);
    buf_add_span(&masked, text);
    if (r == 0)
        r = buf_check(&masked);
    for (size_t i = 0; r == 0 && i < list.n; i++) {
        char marker[40];

        snprintf(marker, sizeof marker, "{\"" KEEP "\": %zu}", i + 1);
        r = put_value(&masked, &list.paths[i], span_str(marker), e);
    }
    if (r == 0) {
        buf_add_span(out, buf_span(&masked));
        r = buf_check(out);
    }
    buf_wipe(&masked);
    free(list.paths);
    json_object_put(root);
    return r;
}

static struct json_object *value_at(struct json_object *root, const struct secret_path *path)
{
    struct json_object *value = root;

    for (size_t i = 0; value && i < path->n; i++) {
        if (!json_object_is_type(value, json_type_object) ||
            !json_object_object_get_ex(value, path->names[i], &value))
            return NULL;
    }
    return value;
}

static bool is_marker(struct json_object *value, size_t number)
{
    struct json_object *n = NULL;

    return json_object_is_type(value, json_type_object) && json_object_object_length(value) == 1 &&
           json_object_object_get_ex(value, KEEP, &n) && json_object_is_type(n, json_type_int) &&
           json_object_get_int64(n) == (int64_t)number;
}

static bool has_marker(struct json_object *value)
{
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            if (has_marker(json_object_array_get_idx(value, i)))
                return true;
        }
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            if (strcmp(name, KEEP) == 0 || has_marker(member))
                return true;
        }
    }
    return false;
}

/* Put back what still stands where it stood. */
static int put_back(struct buf *text, struct json_object *root, const struct secret_list *list,
                    struct span original, struct error *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < list->n; i++) {
        const struct secret_path *path = &list->paths[i];
        struct json_place place;

        if (!is_marker(value_at(root, path), i + 1))
            continue;
        r = json_edit_find(&place, original, path->names, path->n);
        if (r == 0)
            r = put_value(text, path, place.value, e);
    }
    return r;
}

static int refuse_markers(struct span text, struct error *e)
{
    struct json_object *root = NULL;
    int r = json_scan_parse(&root, text, &json_limits_file, e);

    if (r == 0 && has_marker(root))
        r = error_set(e, ERR_INVALID, NULL,
                      "a $keep marker stands where no such secret was; markers cannot be moved or "
                      "copied");
    json_object_put(root);
    return r;
}

int secret_unmask(struct buf *out, struct span edited, struct span original, struct error *e)
{
    struct secret_list list = {0};
    struct json_object *before = NULL, *after = NULL;
    struct buf text = {0};
    int r = json_scan_parse(&after, edited, &json_limits_file, e);

    /* An original that does not parse was shown as it is, without markers. */
    if (r == 0 && json_scan_parse(&before, original, &json_limits_file, NULL) == 0)
        r = find_secrets(&list, before);
    buf_add_span(&text, edited);
    if (r == 0)
        r = buf_check(&text);
    if (r == 0)
        r = put_back(&text, after, &list, original, e);
    if (r == 0)
        r = refuse_markers(buf_span(&text), e);
    if (r == 0) {
        buf_add_span(out, buf_span(&text));
        r = buf_check(out);
    }
    buf_wipe(&text);
    free(list.paths);
    json_object_put(before);
    json_object_put(after);
    return r;
}
