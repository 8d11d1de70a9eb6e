#include "galenectl/permission_flag.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/permissions.h"

static struct span trim(const char *text)
{
    struct span s = span_str(text);

    while (s.len > 0 && strchr(" \t\r\n", s.data[0]))
        s = span_sub(s, 1, s.len);
    while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]))
        s.len--;
    return s;
}

static int parse_array(struct json_object **out, struct span text, struct error *e)
{
    struct json_object *array = NULL;
    int r = json_scan_parse(&array, text, &json_limits_file, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        if (!json_object_is_type(json_object_array_get_idx(array, i), json_type_string)) {
            json_object_put(array);
            return error_set(e, ERR_INVALID, "-permissions", "must be an array of strings");
        }
    }
    *out = array;
    return 0;
}

int permission_flag_user(struct json_object **out, const char *text, struct error *e)
{
    struct span s = trim(text);
    struct json_object *name;

    if (s.len == 0)
        return error_set(e, ERR_INVALID, "-permissions", "must not be empty");
    if (s.data[0] == '[')
        return parse_array(out, s, e);
    name = json_object_new_string_len((const char *)s.data, (int)s.len);
    if (!name)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    *out = name;
    return 0;
}

/* The array that a set's name stands for. @param out owned */
static int expand(struct json_object **out, struct json_object *name, struct error *e)
{
    struct permission_spec spec = {0};
    struct permissions set = {0};
    struct error cause = {0};
    struct json_object *array = NULL;
    int r = permission_spec_parse(&spec, name, &cause);

    if (r < 0)
        return error_set(e, r, "-permissions", "%s", cause.text);
    if (permission_spec_expand(&set, &spec, false, false) == 0)
        array = permissions_to_json(&set);
    permissions_release(&set);
    permission_spec_release(&spec);
    if (!array)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    *out = array;
    return 0;
}

int permission_flag_token(struct json_object **out, const char *text, struct error *e)
{
    struct json_object *json = NULL;
    int r = permission_flag_user(&json, text, e);

    if (r < 0)
        return r;
    if (json_object_is_type(json, json_type_array)) {
        *out = json;
        return 0;
    }
    r = expand(out, json, e);
    json_object_put(json);
    return r;
}

static int compare_letters(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void add_letters(struct buf *out, struct json_object *permissions, char more)
{
    size_t n = json_object_is_type(permissions, json_type_array)
                   ? json_object_array_length(permissions)
                   : 0;
    char(*letters)[5] = calloc(n + 1, sizeof *letters); /* UTF-8, NUL */
    size_t count = 0;

    if (!letters) {
        out->bad = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct json_object *word = json_object_array_get_idx(permissions, i);
        const char *text =
            json_object_is_type(word, json_type_string) ? json_object_get_string(word) : "";
        size_t len = span_utf8_next(span_str(text), NULL);

        memcpy(letters[count++], len ? text : "?", len ? len : 1);
    }
    if (more)
        letters[count++][0] = more;
    qsort(letters, count, sizeof *letters, compare_letters);
    for (size_t i = 0; i < count; i++)
        buf_add_str(out, letters[i]);
    free(letters);
}

void permission_letters(struct buf *out, struct json_object *permissions, char more)
{
    struct json_object *array = NULL;

    if (json_object_is_type(permissions, json_type_string) &&
        expand(&array, permissions, NULL) == 0)
        add_letters(out, array, more);
    else
        add_letters(out, permissions, more);
    json_object_put(array);
}

void permission_show(struct buf *out, struct json_object *permissions)
{
    char shown[64];

    if (json_object_is_type(permissions, json_type_array)) {
        buf_add_char(out, '[');
        permission_letters(out, permissions, 0);
        buf_add_char(out, ']');
    } else if (json_object_is_type(permissions, json_type_string)) {
        buf_add_str(out, span_printable(span_str(json_object_get_string(permissions)), shown,
                                        sizeof shown));
    } else {
        buf_add_str(out, "null");
    }
}

bool permission_array_has(struct json_object *permissions, const char *word)
{
    for (size_t i = 0; i < json_object_array_length(permissions); i++) {
        struct json_object *element = json_object_array_get_idx(permissions, i);

        if (json_object_is_type(element, json_type_string) &&
            strcmp(json_object_get_string(element), word) == 0)
            return true;
    }
    return false;
}
