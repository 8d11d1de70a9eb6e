#include "common/token.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/group_name.h"
#include "common/json_build.h"
#include "common/json_fields.h"
#include "common/macros.h"
#include "common/now.h"

#define NAME_BYTES 16

static const char *const known_members[] = {"token",       "group",    "includeSubgroups",
                                            "username",    "expires",  "not-before",
                                            "permissions", "issuedAt", "issuedBy"};

void token_release(struct token *t)
{
    free(t->token);
    free(t->group);
    free(t->username);
    free(t->issued_by);
    permission_spec_release(&t->permissions);
    json_object_put(t->source);
    *t = (struct token){0};
}

/* @return false when a string that is there could not be copied */
static bool copy_string(char **out, const char *text)
{
    *out = text ? span_dup(span_str(text)) : NULL;
    return *out || !text;
}

int token_copy(struct token *out, const struct token *t)
{
    struct token copy = *t;
    bool good;

    copy.permissions = (struct permission_spec){0};
    copy.source = NULL;
    good = copy_string(&copy.token, t->token);
    good = copy_string(&copy.group, t->group) && good;
    good = copy_string(&copy.username, t->username) && good;
    good = copy_string(&copy.issued_by, t->issued_by) && good;
    good = permission_spec_copy(&copy.permissions, &t->permissions) == 0 && good;
    /* json-c's counts are not for two threads, and a copy may go to another one. */
    if (t->source)
        good = json_object_deep_copy(t->source, &copy.source, NULL) == 0 && good;
    if (!good) {
        token_release(&copy);
        return ERR_NO_MEMORY;
    }
    *out = copy;
    return 0;
}

static void read_string(struct json_fields *f, const char *name, char **out)
{
    const char *text = NULL;

    json_fields_string(f, name, &text);
    if (text && !copy_string(out, text))
        json_fields_fail(f, ERR_NO_MEMORY, name, "out of memory");
}

static void read_time(struct json_fields *f, const char *name, bool *has, int64_t *out_us)
{
    if (!json_fields_get(f, name))
        return;
    json_fields_time(f, name, out_us);
    *has = f->result == 0;
}

static void read_permissions(struct json_fields *f, struct token *t)
{
    struct error why = {0};
    int r = permission_spec_parse(&t->permissions, json_fields_get(f, "permissions"), &why);

    if (r < 0)
        json_fields_fail(f, r, "permissions", "%s", why.text);
}

int token_from_json(struct token *out, struct json_object *json, struct error *e)
{
    struct json_fields f = {.object = json, .e = e};
    struct token t = {0};

    if (!json_object_is_type(json, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "a token should be an object");
    read_string(&f, "token", &t.token);
    read_string(&f, "group", &t.group);
    read_string(&f, "username", &t.username);
    read_string(&f, "issuedBy", &t.issued_by);
    json_fields_bool(&f, "includeSubgroups", &t.include_subgroups);
    read_permissions(&f, &t);
    read_time(&f, "expires", &t.has_expires, &t.expires_us);
    read_time(&f, "not-before", &t.has_not_before, &t.not_before_us);
    read_time(&f, "issuedAt", &t.has_issued_at, &t.issued_at_us);
    if (f.result == 0 &&
        ((!t.token && !copy_string(&t.token, "")) || (!t.group && !copy_string(&t.group, ""))))
        json_fields_fail(&f, ERR_NO_MEMORY, "token", "out of memory");
    if (f.result < 0) {
        token_release(&t);
        return f.result;
    }
    t.source = json_object_get(json);
    *out = t;
    return 0;
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < LENGTH(known_members); i++) {
        if (strcmp(known_members[i], name) == 0)
            return true;
    }
    return false;
}

/* The time as it was written, as long as it means the same: it may be finer than ours. */
static struct json_object *time_to_json(const struct token *t, const char *name, int64_t time_us)
{
    struct json_object *written = NULL;
    char text[TIME_RFC3339_SIZE];
    int64_t written_us;

    if (t->source && json_object_object_get_ex(t->source, name, &written) &&
        json_object_is_type(written, json_type_string) &&
        time_parse_rfc3339(span_str(json_object_get_string(written)), &written_us) == 0 &&
        written_us == time_us)
        return json_object_new_string(json_object_get_string(written));
    return json_object_new_string(time_format_rfc3339(time_us, text));
}

static bool add_known(struct json_object *json, const struct token *t)
{
    bool good = json_build_set(json, "token", json_object_new_string(t->token ? t->token : "")) &&
                json_build_set(json, "group", json_object_new_string(t->group ? t->group : ""));

    if (t->include_subgroups)
        good = good && json_build_set(json, "includeSubgroups", json_object_new_boolean(1));
    if (t->username)
        good = good && json_build_set(json, "username", json_object_new_string(t->username));
    if (t->permissions.role == ROLE_NONE)
        good = good && json_object_object_add(json, "permissions", NULL) == 0;
    else
        good =
            good && json_build_set(json, "permissions", permission_spec_to_json(&t->permissions));
    if (t->has_expires)
        good = good && json_build_set(json, "expires", time_to_json(t, "expires", t->expires_us));
    if (t->has_not_before)
        good = good &&
               json_build_set(json, "not-before", time_to_json(t, "not-before", t->not_before_us));
    if (t->has_issued_at)
        good =
            good && json_build_set(json, "issuedAt", time_to_json(t, "issuedAt", t->issued_at_us));
    if (t->issued_by)
        good = good && json_build_set(json, "issuedBy", json_object_new_string(t->issued_by));
    return good;
}

static bool add_unknown(struct json_object *json, struct json_object *source)
{
    json_object_object_foreach(source, name, value)
    {
        struct json_object *copy = NULL;

        if (is_known(name))
            continue;
        if ((value && json_object_deep_copy(value, &copy, NULL) < 0) ||
            json_object_object_add(json, name, copy) < 0) {
            json_object_put(copy);
            return false;
        }
    }
    return true;
}

struct json_object *token_to_json(const struct token *t)
{
    struct json_object *json = json_object_new_object();

    if (!json)
        return NULL;
    if (!add_known(json, t) || (t->source && !add_unknown(json, t->source))) {
        json_object_put(json);
        return NULL;
    }
    return json;
}

bool token_is_valid_for(const struct token *t, struct span group, int64_t now_us)
{
    struct span own = span_str(t->group);

    /* Only with subgroups does the empty name mean the whole server. */
    if (own.len == 0 || !span_eq(own, group)) {
        if (!t->include_subgroups || !group_name_is_below(group, own))
            return false;
    }
    return t->has_expires && t->expires_us >= now_us &&
           (!t->has_not_before || t->not_before_us <= now_us);
}

bool token_is_global(const struct token *t)
{
    return t->include_subgroups && (!t->group || !t->group[0]);
}

int token_new_name(char out[TOKEN_NAME_SIZE])
{
    uint8_t bytes[NAME_BYTES];
    struct buf name = {0};
    int r;

    if (gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof bytes) < 0)
        return ERR_CRYPTO;
    base64url_add(&name, span_of(bytes, sizeof bytes));
    r = buf_check(&name);
    if (r == 0 && !span_copy(buf_span(&name), out, TOKEN_NAME_SIZE))
        r = ERR_NO_MEMORY;
    explicit_bzero(bytes, sizeof bytes);
    buf_wipe(&name);
    return r;
}
