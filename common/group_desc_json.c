#include "common/group_desc_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_fields.h"
#include "common/macros.h"
#include "common/now.h"

#define TEXT_MAX 10000
#define URL_MAX 4000
#define DISPLAY_NAME_MAX 1000
#define CLIENTS_MAX 1000000
#define AGE_MAX INT64_C(315360000) /* ten years */

#define AT(member) offsetof(struct group_desc, member)

const struct group_field group_fields[] = {
    {"allow-anonymous", FIELD_TRISTATE, AT(allow_anonymous), 0, 0, 0, 0},
    {"allow-recording", FIELD_BOOL, AT(allow_recording), 0, 0, 0, 0},
    {"authPortal", FIELD_URL, AT(auth_portal), 0, URL_MAX, 0, 0},
    {"authServer", FIELD_URL, AT(auth_server), 0, URL_MAX, 0, 0},
    {"auto-subgroups", FIELD_BOOL, AT(auto_subgroups), 0, 0, 0, 0},
    {"autokick", FIELD_BOOL, AT(autokick), 0, 0, 0, 0},
    {"autolock", FIELD_BOOL, AT(autolock), 0, 0, 0, 0},
    {"codecs", FIELD_CODECS, AT(codecs), 0, 0, 0, 0},
    {"comment", FIELD_STRING, AT(comment), 0, TEXT_MAX, 0, 0},
    {"contact", FIELD_STRING, AT(contact), 0, TEXT_MAX, 0, 0},
    {"description", FIELD_STRING, AT(description), 0, TEXT_MAX, 0, 0},
    {"displayName", FIELD_STRING, AT(display_name), 0, DISPLAY_NAME_MAX, 0, 0},
    {"expires", FIELD_TIME, AT(expires_us), AT(has_expires), 0, 0, 0},
    {"max-clients", FIELD_INT, AT(max_clients), 0, 0, 0, CLIENTS_MAX},
    {"max-history-age", FIELD_INT, AT(max_history_age_s), 0, 0, -1, AGE_MAX},
    {"not-before", FIELD_TIME, AT(not_before_us), AT(has_not_before), 0, 0, 0},
    {"public", FIELD_BOOL, AT(is_public), 0, 0, 0, 0},
    {"redirect", FIELD_URL, AT(redirect), 0, URL_MAX, 0, 0},
    {"unrestricted-tokens", FIELD_BOOL, AT(unrestricted_tokens), 0, 0, 0, 0},
};
const size_t n_group_fields = LENGTH(group_fields);

static_assert(LENGTH(group_fields) <= GROUP_FIELDS_MAX, "GROUP_FIELDS_MAX is too small");

const struct group_field *group_field_find(const char *name)
{
    for (size_t i = 0; i < n_group_fields; i++) {
        if (strcmp(group_fields[i].name, name) == 0)
            return &group_fields[i];
    }
    return NULL;
}

bool group_codec_is_known(const char *name)
{
    static const char *const codecs[GROUP_CODECS_MAX] = {"av1",  "g722", "h264", "opus",
                                                         "pcma", "pcmu", "vp8",  "vp9"};

    for (size_t i = 0; i < GROUP_CODECS_MAX; i++) {
        if (strcmp(codecs[i], name) == 0)
            return true;
    }
    return false;
}

/* Characters that RFC 3986 does not allow; a URL ends up in headers, links and a policy. */
static bool has_foreign_character(const char *url)
{
    for (const unsigned char *c = (const unsigned char *)url; *c; c++) {
        if (*c <= ' ' || *c == 0x7F || strchr("\"<>\\^`{|}", *c))
            return true;
    }
    return false;
}

const char *group_url_check(const char *field, const char *url)
{
    struct span text = span_str(url);
    bool is_redirect = strcmp(field, "redirect") == 0;
    size_t host;

    if (has_foreign_character(url))
        return "a URL cannot contain this character";
    host = span_starts_with(text, "https://") ? 8 : span_starts_with(text, "http://") ? 7 : 0;
    if (host > 0) {
        if (text.len == host || strchr("/?#:", url[host]))
            return "the URL has no host";
        if (!is_redirect && strpbrk(url, ";,'"))
            return "the URL must not contain ; , or '";
        return NULL;
    }
    if (!is_redirect)
        return "must start with https:// or http://";
    if (strncmp(url, "//", 2) == 0 || span_index(text, ':', 0) < strcspn(url, "/?#"))
        return "must be an https: or http: URL, or a path";
    return NULL;
}

static void check_text(struct json_fields *f, const struct group_field *field)
{
    const char *text = "";
    const char *problem = NULL;

    json_fields_string(f, field->name, &text);
    if (f->result < 0)
        return;
    if (strlen(text) > field->max_bytes)
        json_fields_fail(f, ERR_INVALID, field->name, "longer than %zu bytes", field->max_bytes);
    if (field->kind == FIELD_URL && text[0])
        problem = group_url_check(field->name, text);
    if (problem)
        json_fields_fail(f, ERR_INVALID, field->name, "%s", problem);
}

static void check_codecs(struct json_fields *f, const struct group_field *field)
{
    char **names = NULL;
    size_t n = 0;
    char text[40];

    json_fields_strings(f, field->name, &names, &n);
    for (size_t i = 0; i < n; i++) {
        if (!group_codec_is_known(names[i]))
            json_fields_fail(f, ERR_INVALID, field->name, "unknown codec %s",
                             span_printable(span_str(names[i]), text, sizeof text));
    }
    free(names);
}

static void check_field(struct json_fields *f, const struct group_field *field)
{
    bool flag;
    int64_t number;

    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_URL:
        check_text(f, field);
        break;
    case FIELD_BOOL:
    case FIELD_TRISTATE:
        json_fields_bool(f, field->name, &flag);
        break;
    case FIELD_INT:
        json_fields_int(f, field->name, field->min, field->max, &number);
        break;
    case FIELD_TIME:
        json_fields_time(f, field->name, &number);
        break;
    case FIELD_CODECS:
        check_codecs(f, field);
        break;
    }
}

const char *const group_other_members[GROUP_OTHER_MEMBERS + 1] = {
    "authKeys", GROUP_FIELD_ALLOW_SUBGROUPS, "op", "other", "presenter", "users", "wildcard-user",
    NULL};

static bool is_hidden(const char *name)
{
    for (size_t i = 0; group_other_members[i]; i++) {
        if (strcmp(group_other_members[i], name) == 0)
            return true;
    }
    return false;
}

int group_desc_check_api(struct json_object *object, struct error *e)
{
    struct json_fields f = {.object = object, .e = e};

    if (!json_object_is_type(object, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "a group description must be an object");
    json_object_object_foreach(object, name, value)
    {
        const struct group_field *field = group_field_find(name);
        bool flag;
        char text[80];

        if (field)
            check_field(&f, field);
        else if (strcmp(name, GROUP_FIELD_ALLOW_SUBGROUPS) == 0)
            json_fields_bool(&f, name, &flag);
        else if (!is_hidden(name))
            json_fields_fail(&f, ERR_INVALID, span_printable(span_str(name), text, sizeof text),
                             "unknown member");
        else if (value)
            json_fields_fail(&f, ERR_INVALID, name, "cannot be set here");
        if (f.result < 0)
            break;
    }
    return f.result;
}

/* The value as the file has it: times keep their zone, lists what we do not know. */
static struct json_object *source_copy(const struct group_desc *d, const char *name)
{
    const char *key = desc_key(d->source, name);
    struct json_object *copy = NULL;

    if (!key || json_object_deep_copy(json_object_object_get(d->source, key), &copy, NULL) < 0)
        return NULL;
    return copy;
}

static bool codecs_are_empty(const struct group_desc *d)
{
    const char *key = desc_key(d->source, "codecs");

    return !key || json_object_array_length(json_object_object_get(d->source, key)) == 0;
}

/* Whether a field has something to show, and then its JSON (NULL: out of memory). */
static bool field_to_json(const struct group_desc *d, size_t i, struct json_object **out)
{
    const struct group_field *field = &group_fields[i];
    const void *at = (const char *)d + field->offset;
    const char *text;
    int64_t number;

    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_URL:
        text = *(char *const *)at;
        if (!text || text[0] == 0)
            return false;
        *out = json_object_new_string(text);
        return true;
    case FIELD_BOOL:
        if (!*(const bool *)at)
            return false;
        *out = json_object_new_boolean(true);
        return true;
    case FIELD_TRISTATE:
        if (*(const enum tristate *)at == UNSET)
            return false;
        *out = json_object_new_boolean(*(const enum tristate *)at == IS_TRUE);
        return true;
    case FIELD_INT:
        number = *(const int64_t *)at;
        if (number == 0)
            return false;
        *out = json_object_new_int64(number);
        return true;
    case FIELD_TIME:
        if (!*(const bool *)((const char *)d + field->has_offset))
            return false;
        *out = source_copy(d, field->name);
        return true;
    case FIELD_CODECS:
        if (codecs_are_empty(d))
            return false;
        *out = source_copy(d, field->name);
        return true;
    }
    return false;
}

struct json_object *group_desc_to_api(const struct group_desc *d)
{
    struct json_object *object = json_object_new_object();

    for (size_t i = 0; object && i < n_group_fields; i++) {
        struct json_object *value = NULL;

        if (!field_to_json(d, i, &value))
            continue;
        if (!value || json_object_object_add(object, group_fields[i].name, value) < 0) {
            json_object_put(value);
            json_object_put(object);
            return NULL;
        }
    }
    return object;
}
