#include "common/permissions.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_build.h"
#include "common/macros.h"
#include "common/string_list.h"

/* In the order in which sets are written. */
static const struct {
    const char *word;
    enum permission bit;
} permission_table[] = {
    {"op", PERMISSION_OP},           {"present", PERMISSION_PRESENT},
    {"message", PERMISSION_MESSAGE}, {"caption", PERMISSION_CAPTION},
    {"token", PERMISSION_TOKEN},     {"record", PERMISSION_RECORD},
    {"admin", PERMISSION_ADMIN},     {"system", PERMISSION_SYSTEM},
};

#define N_PERMISSIONS (LENGTH(permission_table))

/* What the roles stand for (docs/PROTOCOL.md). */
static const struct {
    const char *name;
    unsigned bits;
    unsigned with_recording;
    unsigned with_unrestricted_tokens;
} role_table[] = {
    [ROLE_OP] = {"op",
                 PERMISSION_OP | PERMISSION_PRESENT | PERMISSION_MESSAGE | PERMISSION_CAPTION |
                     PERMISSION_TOKEN,
                 PERMISSION_RECORD, 0},
    [ROLE_PRESENT] = {"present", PERMISSION_PRESENT | PERMISSION_MESSAGE, 0, PERMISSION_TOKEN},
    [ROLE_MESSAGE] = {"message", PERMISSION_MESSAGE, 0, 0},
    [ROLE_OBSERVE] = {"observe", 0, 0, 0},
    [ROLE_CAPTION] = {"caption", PERMISSION_CAPTION, 0, 0},
    [ROLE_ADMIN] = {"admin", PERMISSION_ADMIN, 0, 0},
};

#define N_ROLES (LENGTH(role_table))

static unsigned permission_bit(const char *word)
{
    for (size_t i = 0; i < N_PERMISSIONS; i++) {
        if (strcmp(permission_table[i].word, word) == 0)
            return permission_table[i].bit;
    }
    return 0;
}

void permissions_release(struct permissions *p)
{
    free(p->unknown);
    *p = (struct permissions){0};
}

int permissions_copy(struct permissions *out, const struct permissions *p)
{
    struct permissions copy = {.bits = p->bits};

    if (p->unknown) {
        copy.unknown =
            string_list_dup((const char *const *)p->unknown, string_list_count(p->unknown));
        if (!copy.unknown)
            return ERR_NO_MEMORY;
    }
    *out = copy;
    return 0;
}

bool permissions_include(const struct permissions *p, const struct permissions *sub)
{
    if (!permissions_has(p, sub->bits))
        return false;
    for (size_t i = 0; sub->unknown && sub->unknown[i]; i++) {
        if (!string_list_has(p->unknown, sub->unknown[i]))
            return false;
    }
    return true;
}

/* Unknown names are kept. */
static int from_names(struct permissions *out, const char *const *names, size_t n)
{
    struct permissions p = {0};
    const char **unknown;
    size_t n_unknown = 0;

    unknown = calloc(n + 1, sizeof *unknown);
    if (!unknown)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        unsigned bit = permission_bit(names[i]);

        p.bits |= bit;
        if (!bit)
            unknown[n_unknown++] = names[i];
    }
    if (n_unknown > 0)
        p.unknown = string_list_dup(unknown, n_unknown);
    free(unknown);
    if (n_unknown > 0 && !p.unknown)
        return ERR_NO_MEMORY;
    *out = p;
    return 0;
}

static struct json_object *array_of_names(char *const *names)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; array && names && names[i]; i++) {
        if (!json_build_append(array, json_object_new_string(names[i]))) {
            json_object_put(array);
            return NULL;
        }
    }
    return array;
}

struct json_object *permissions_to_json(const struct permissions *p)
{
    struct json_object *array = json_object_new_array();
    bool good = array;

    for (size_t i = 0; good && i < N_PERMISSIONS; i++) {
        if (permissions_has(p, permission_table[i].bit))
            good = json_build_append(array, json_object_new_string(permission_table[i].word));
    }
    for (size_t i = 0; good && p->unknown && p->unknown[i]; i++)
        good = json_build_append(array, json_object_new_string(p->unknown[i]));
    if (!good) {
        json_object_put(array);
        return NULL;
    }
    return array;
}

bool permission_role_find(enum permission_role *out, const char *name)
{
    for (size_t i = ROLE_OP; i < N_ROLES; i++) {
        if (strcmp(role_table[i].name, name) == 0) {
            *out = (enum permission_role)i;
            return true;
        }
    }
    return false;
}

const char *permission_role_name(enum permission_role role)
{
    return role >= ROLE_OP && role < N_ROLES ? role_table[role].name : "";
}

enum permission_role permissions_role(const struct permissions *p)
{
    for (size_t i = ROLE_OP; !p->unknown && i < N_ROLES; i++) {
        unsigned optional = role_table[i].with_recording | role_table[i].with_unrestricted_tokens;

        if ((p->bits & ~optional) == role_table[i].bits)
            return (enum permission_role)i;
    }
    return ROLE_ARRAY;
}

void permission_spec_release(struct permission_spec *s)
{
    permissions_release(&s->literal);
    free(s->names);
    *s = (struct permission_spec){0};
}

int permission_spec_copy(struct permission_spec *out, const struct permission_spec *s)
{
    struct permission_spec copy = {.role = s->role, .n_names = s->n_names};

    if (s->names) {
        copy.names = string_list_dup((const char *const *)s->names, s->n_names);
        if (!copy.names)
            return ERR_NO_MEMORY;
    }
    if (permissions_copy(&copy.literal, &s->literal) < 0) {
        free(copy.names);
        return ERR_NO_MEMORY;
    }
    *out = copy;
    return 0;
}

int permission_spec_literal(struct permission_spec *out, const char *const *names, size_t n)
{
    struct permission_spec s = {.role = ROLE_ARRAY, .n_names = n};

    s.names = string_list_dup(names, n);
    if (!s.names || from_names(&s.literal, names, n) < 0) {
        permission_spec_release(&s);
        return ERR_NO_MEMORY;
    }
    *out = s;
    return 0;
}

static int spec_from_array(struct permission_spec *out, struct json_object *array, struct error *e)
{
    size_t n = json_object_array_length(array);
    const char **names;
    int r = 0;

    if (n > PERMISSION_WORDS_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "more than %d permissions", PERMISSION_WORDS_MAX);
    names = calloc(n + 1, sizeof *names);
    if (!names)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(array, i);

        if (!json_object_is_type(item, json_type_string)) {
            r = error_set(e, ERR_INVALID, NULL, "permission %zu must be a string", i + 1);
            goto out;
        }
        names[i] = json_object_get_string(item);
        if (strlen(names[i]) != (size_t)json_object_get_string_len(item)) {
            r = error_set(e, ERR_INVALID, NULL, "permission %zu contains a NUL", i + 1);
            goto out;
        }
    }
    r = permission_spec_literal(out, names, n);
    if (r < 0)
        error_set(e, r, NULL, "out of memory");
out:
    free(names);
    return r;
}

int permission_spec_parse(struct permission_spec *out, struct json_object *json, struct error *e)
{
    enum permission_role role;

    switch (json_object_get_type(json)) {
    case json_type_null:
        *out = (struct permission_spec){0};
        return 0;
    case json_type_array:
        return spec_from_array(out, json, e);
    case json_type_string:
        if (strlen(json_object_get_string(json)) == (size_t)json_object_get_string_len(json) &&
            permission_role_find(&role, json_object_get_string(json))) {
            *out = (struct permission_spec){.role = role};
            return 0;
        }
        return error_set(e, ERR_INVALID, NULL,
                         "must be op, present, message, observe, caption or admin, or an array");
    default:
        return error_set(e, ERR_INVALID, NULL, "must be a string or an array of strings");
    }
}

struct json_object *permission_spec_to_json(const struct permission_spec *s)
{
    if (s->role == ROLE_NONE)
        return NULL;
    if (s->role == ROLE_ARRAY)
        return s->names ? array_of_names(s->names) : permissions_to_json(&s->literal);
    return json_object_new_string(permission_role_name(s->role));
}

int permission_spec_expand(struct permissions *out, const struct permission_spec *s,
                           bool allow_recording, bool unrestricted_tokens)
{
    unsigned bits;

    if (s->role == ROLE_ARRAY)
        return permissions_copy(out, &s->literal);
    bits = role_table[s->role].bits;
    if (allow_recording)
        bits |= role_table[s->role].with_recording;
    if (unrestricted_tokens)
        bits |= role_table[s->role].with_unrestricted_tokens;
    *out = (struct permissions){.bits = bits};
    return 0;
}
