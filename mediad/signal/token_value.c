#include "mediad/signal/token_value.h"

#include <string.h>

#include "common/json_fields.h"
#include "common/macros.h"
#include "common/now.h"

/* RFC 3339, or milliseconds from now. @return 0, 1 for an empty string, ERR_INVALID */
static int read_time(struct json_object *json, int64_t wall_us, int64_t *out)
{
    double ms;

    if (json_object_is_type(json, json_type_string)) {
        if (json_object_get_string_len(json) == 0)
            return 1;
        return time_parse_rfc3339(span_str(json_object_get_string(json)), out) == 0 ? 0
                                                                                    : ERR_INVALID;
    }
    if (!json_object_is_type(json, json_type_int) && !json_object_is_type(json, json_type_double))
        return ERR_INVALID;
    ms = json_object_get_double(json);
    if (!(ms > -1e14 && ms < 1e14))
        return ERR_INVALID;
    *out = wall_us + (int64_t)(ms * 1000);
    return 0;
}

static const char *read_string(struct json_fields *f, const char *name)
{
    const char *text = NULL;

    json_fields_string(f, name, &text);
    return text;
}

static bool read_times(struct json_fields *f, int64_t wall_us, struct token_value *out)
{
    struct json_object *json = json_fields_get(f, "expires");
    int r;

    if (json) {
        if (read_time(json, wall_us, &out->expires_us) != 0)
            return false;
        out->has_expires = true;
    }
    json = json_fields_get(f, "not-before");
    if (!json)
        return true;
    r = read_time(json, wall_us, &out->not_before_us);
    if (r < 0)
        return false;
    out->has_not_before = r == 0;
    out->forgets_not_before = r == 1;
    return true;
}

static const char *unknown_member(struct json_object *object)
{
    static const char *const known[] = {"token",   "username",   "group",    "permissions",
                                        "expires", "not-before", "issuedBy", "issuedAt"};

    json_object_object_foreach(object, key, item)
    {
        bool is_known = !item;

        for (size_t i = 0; i < LENGTH(known); i++)
            is_known = is_known || strcmp(key, known[i]) == 0;
        if (!is_known)
            return key;
    }
    return NULL;
}

static int bad(struct error *e, const char *text)
{
    return error_set(e, ERR_INVALID, NULL, "%s", text);
}

int token_value_read(struct token_value *out, struct json_object *value, int64_t wall_us,
                     struct error *e)
{
    struct json_fields f = {.object = value};
    struct token_value v = {0};
    const char *unknown;

    if (!json_object_is_type(value, json_type_object))
        return bad(e, "bad token value");
    unknown = unknown_member(value);
    if (unknown)
        return error_set(e, ERR_INVALID, NULL, "unknown field in token: %s", unknown);
    v.token = read_string(&f, "token");
    v.username = read_string(&f, "username");
    v.group = read_string(&f, "group");
    if (f.result < 0)
        return bad(e, "bad string value");
    if (permission_spec_parse(&v.permissions, json_fields_get(&f, "permissions"), NULL) < 0)
        return bad(e, "bad string list");
    if (!read_times(&f, wall_us, &v)) {
        token_value_release(&v);
        return bad(e, "bad time value");
    }
    *out = v;
    return 0;
}

void token_value_release(struct token_value *v)
{
    permission_spec_release(&v->permissions);
    *v = (struct token_value){0};
}
