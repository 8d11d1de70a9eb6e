#include "admin-cgi/handlers/group_cell.h"

#include <string.h>
#include <strings.h>

#include "admin-cgi/form.h"
#include "admin-cgi/say.h"
#include "common/group_desc_json.h"
#include "common/macros.h"

/* Both signs of the value stand in the range, and nothing else. */
#define NUMBER_MAX INT64_C(1000000000000)

/* How a value is written. */
static const char *help_of(const struct group_field *field)
{
    static const char *const helps[] = {
        [FIELD_STRING] = TEXT("any text"),
        [FIELD_URL] = TEXT("an address that begins with https:// or http://"),
        [FIELD_BOOL] = TEXT("yes or no"),
        [FIELD_TRISTATE] = TEXT("yes or no"),
        [FIELD_INT] = TEXT("a whole number"),
        [FIELD_TIME] = TEXT("a date and a time in UTC, as 2026-06-09T08:00"),
        [FIELD_CODECS] = TEXT("names with spaces between them, as vp8 opus"),
    };

    return helps[field->kind];
}

static const char *list_text(struct arena *a, struct json_object *list)
{
    const char *text = "";

    for (size_t i = 0; text && i < json_object_array_length(list); i++)
        text = arena_printf(a, "%s%s%s", text, i ? " " : "",
                            json_object_get_string(json_object_array_get_idx(list, i)));
    return text ? text : "";
}

const char *group_cell_text(struct arena *a, const struct group_field *field,
                            struct json_object *value)
{
    if (!value)
        return "";
    if (field->kind == FIELD_CODECS)
        return list_text(a, value);
    if (json_object_is_type(value, json_type_boolean))
        return json_object_get_boolean(value) ? "yes" : "no";
    return arena_str(a, json_object_get_string(value));
}

/* What spreadsheets and people write for it. */
static bool read_bool(const char *text, bool *out)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"0", "1"}, {"off", "on"}};

    for (size_t i = 0; i < LENGTH(words); i++) {
        for (int truth = 0; truth < 2; truth++) {
            if (strcasecmp(text, words[i][truth]) == 0) {
                *out = truth;
                return true;
            }
        }
    }
    return false;
}

static bool read_number(const char *text, int64_t *out)
{
    bool negative = text[0] == '-';
    uint64_t n;

    if (!span_u64(span_str(text + negative), &n) || n > NUMBER_MAX)
        return false;
    *out = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

static struct json_object *read_time(const char *text)
{
    char full[FORM_TIME_SIZE];
    int64_t at;

    if (form_time(text, full, &at))
        return json_object_new_string(full);
    return json_object_new_string(text); /* with its zone; the API judges */
}

static struct json_object *read_codecs(const char *text)
{
    struct json_object *list = json_object_new_array();
    struct span rest = span_str(text), word;

    while (list && span_split(&rest, ' ', &word)) {
        if (word.len)
            json_object_array_add(
                list, json_object_new_string_len((const char *)word.data, (int)word.len));
    }
    return list;
}

/* NULL: it is not how such a value is written. */
static struct json_object *value_of(const struct group_field *field, const char *text, bool *none)
{
    int64_t number = 0;
    bool truth = false;

    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_URL:
        return json_object_new_string(text);
    case FIELD_BOOL:
    case FIELD_TRISTATE:
        if (!read_bool(text, &truth))
            return NULL;
        *none = !truth && field->kind == FIELD_BOOL;
        return json_object_new_boolean(truth);
    case FIELD_INT:
        if (!read_number(text, &number))
            return NULL;
        *none = number == 0;
        return json_object_new_int64(number);
    case FIELD_TIME:
        return read_time(text);
    case FIELD_CODECS:
        return read_codecs(text);
    }
    return NULL;
}

int group_cell_read(struct arena *a, const struct group_field *field, const char *text,
                    struct json_object **out, struct error *e)
{
    struct json_object *value, *one;
    bool none = false;
    int r;

    *out = NULL;
    if (!*text)
        return 0;
    value = arena_json(a, value_of(field, text, &none));
    if (!value)
        return error_set(e, ERR_INVALID, field->name, "write it so: %s", help_of(field));
    one = arena_json(a, json_object_new_object());
    if (!one)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a value");
    json_object_object_add(one, field->name, json_object_get(value));
    r = group_desc_check_api(one, e);
    if (r == 0 && !none)
        *out = value;
    return r;
}
