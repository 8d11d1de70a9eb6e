#include "common/group_desc_json.h"

#include <stdlib.h>
#include <string.h>

#include "common/group_desc_doc.h"
#include "common/group_field.h"
#include "common/json_fields.h"

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
