#include "admin-cgi/keys/key_list.h"

#include <string.h>

#include "admin-cgi/keys/key_jwk.h"
#include "common/json_build.h"
#include "common/jwt_keys.h"

static size_t length(struct json_object *list)
{
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static bool same(const char *a, const char *b)
{
    return a && b && *a && strcmp(a, b) == 0;
}

/* Is there one like it already? */
static int check_new(struct json_object *list, struct json_object *key, struct error *e)
{
    for (size_t i = 0; i < length(list); i++) {
        struct json_object *other = json_object_array_get_idx(list, i);

        if (same(key_jwk_mark(other), key_jwk_mark(key)))
            return error_set(e, ERR_EXISTS, NULL, "the group has this key already");
        if (same(key_jwk_text(other, "kid"), key_jwk_text(key, "kid")))
            return error_set(e, ERR_EXISTS, "kid", "another key of the group has this name");
    }
    return 0;
}

int key_list_add(struct json_object **out, struct json_object *present, struct json_object *added,
                 struct error *e)
{
    struct json_object *list = json_object_new_array();
    int r = list ? 0 : ERR_NO_MEMORY;

    for (size_t i = 0; r == 0 && i < length(present); i++)
        r = json_build_share(list, json_object_array_get_idx(present, i)) ? 0 : ERR_NO_MEMORY;
    if (r == 0 && length(present) + length(added) > JWT_KEYS_MAX)
        r = error_set(e, ERR_TOO_LARGE, NULL, "a group has %d keys at most", JWT_KEYS_MAX);
    for (size_t i = 0; r == 0 && i < length(added); i++) {
        struct json_object *key = json_object_array_get_idx(added, i);

        r = check_new(list, key, e);
        if (r == 0 && !json_build_share(list, key))
            r = ERR_NO_MEMORY;
    }
    if (r < 0) {
        json_object_put(list);
        return r;
    }
    *out = list;
    return 0;
}

int key_list_move(struct json_object **out, struct json_object *present, size_t index, long to,
                  struct error *e)
{
    struct json_object *list, *moved;
    size_t n = length(present);
    bool good;

    if (index >= n || (to >= 0 && (size_t)to >= n))
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such key");
    list = json_object_new_array();
    moved = json_object_array_get_idx(present, index);
    good = list != NULL;
    for (size_t i = 0; good && i < n; i++) {
        if (i == index)
            continue;
        if (to >= 0 && length(list) == (size_t)to)
            good = json_build_share(list, moved);
        good = good && json_build_share(list, json_object_array_get_idx(present, i));
    }
    if (good && to >= 0 && length(list) < n)
        good = json_build_share(list, moved);
    if (!good || length(list) == 0) {
        json_object_put(list);
        *out = NULL;
        return good ? 0 : ERR_NO_MEMORY;
    }
    *out = list;
    return 0;
}
