#include "common/json_fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/now.h"
#include "common/string_list.h"

/* Doubles count integers exactly up to here. */
#define EXACT_INTEGER_MAX 9007199254740992.0

static struct json_object *find_any_case(struct json_object *object, const char *name)
{
    json_object_object_foreach(object, key, value)
    {
        if (span_eq_nocase(span_str(key), span_str(name)))
            return value;
    }
    return NULL;
}

struct json_object *json_fields_get(struct json_fields *f, const char *name)
{
    struct json_object *value = NULL;

    if (f->result < 0 || !json_object_is_type(f->object, json_type_object))
        return NULL;
    if (json_object_object_get_ex(f->object, name, &value))
        return value;
    return f->any_case ? find_any_case(f->object, name) : NULL;
}

int json_fields_fail(struct json_fields *f, int code, const char *name, const char *fmt, ...)
{
    struct error discard;
    struct error *e = f->e ? f->e : &discard;
    char place[sizeof e->place];
    va_list ap;

    if (f->result < 0)
        return f->result;
    if (f->prefix && f->prefix[0])
        snprintf(place, sizeof place, "%s.%s", f->prefix, name);
    else
        snprintf(place, sizeof place, "%s", name);
    error_set(e, code, place, "%s", "");
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    f->result = code;
    return code;
}

/* The member when it is there and of this type; a failure when it is of another. */
static struct json_object *get_typed(struct json_fields *f, const char *name, enum json_type type,
                                     const char *wanted)
{
    struct json_object *value = json_fields_get(f, name);

    if (!value || json_object_is_type(value, type))
        return value;
    json_fields_fail(f, ERR_INVALID, name, "should be %s", wanted);
    return NULL;
}

static struct span string_span(struct json_object *value)
{
    return span_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

static bool has_nul(struct span s)
{
    return span_index(s, 0, 0) < s.len;
}

void json_fields_span(struct json_fields *f, const char *name, struct span *out)
{
    struct json_object *value = get_typed(f, name, json_type_string, "a string");

    if (value)
        *out = string_span(value);
}

void json_fields_string(struct json_fields *f, const char *name, const char **out)
{
    struct json_object *value = get_typed(f, name, json_type_string, "a string");

    if (!value)
        return;
    if (has_nul(string_span(value)))
        json_fields_fail(f, ERR_INVALID, name, "contains a NUL character");
    else
        *out = json_object_get_string(value);
}

void json_fields_bool(struct json_fields *f, const char *name, bool *out)
{
    struct json_object *value = get_typed(f, name, json_type_boolean, "true or false");

    if (value)
        *out = json_object_get_boolean(value);
}

/* @return false when the value is no integer that an int64 holds exactly */
static bool get_integer(struct json_object *value, int64_t *out)
{
    double number;

    if (json_object_is_type(value, json_type_int)) {
        *out = json_object_get_int64(value);
        return true;
    }
    if (!json_object_is_type(value, json_type_double))
        return false;
    number = json_object_get_double(value);
    if (!(fabs(number) <= EXACT_INTEGER_MAX) || number != trunc(number))
        return false;
    *out = (int64_t)number;
    return true;
}

void json_fields_int(struct json_fields *f, const char *name, int64_t min, int64_t max,
                     int64_t *out)
{
    struct json_object *value = json_fields_get(f, name);
    int64_t number;

    if (!value)
        return;
    if (!get_integer(value, &number))
        json_fields_fail(f, ERR_INVALID, name, "should be a whole number");
    else if (number < min || number > max)
        json_fields_fail(f, ERR_INVALID, name, "should be between %lld and %lld", (long long)min,
                         (long long)max);
    else
        *out = number;
}

void json_fields_time(struct json_fields *f, const char *name, int64_t *out_us)
{
    static const char wanted[] = "a time with zone as in \"2026-11-24T09:30:00+01:00\"";
    struct json_object *value = get_typed(f, name, json_type_string, wanted);

    if (value && time_parse_rfc3339(string_span(value), out_us) < 0)
        json_fields_fail(f, ERR_INVALID, name, "should be %s", wanted);
}

void json_fields_object(struct json_fields *f, const char *name, struct json_object **out)
{
    struct json_object *value = get_typed(f, name, json_type_object, "an object");

    if (value)
        *out = value;
}

/* Every element is a string without NUL, or the first that is not gets its index named. */
static bool check_strings(struct json_fields *f, const char *name, struct json_object *array)
{
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct json_object *element = json_object_array_get_idx(array, i);

        if (!json_object_is_type(element, json_type_string)) {
            json_fields_fail(f, ERR_INVALID, name, "element %zu should be a string", i);
            return false;
        }
        if (has_nul(string_span(element))) {
            json_fields_fail(f, ERR_INVALID, name, "element %zu contains a NUL character", i);
            return false;
        }
    }
    return true;
}

void json_fields_strings(struct json_fields *f, const char *name, char ***out, size_t *n_out)
{
    struct json_object *array = get_typed(f, name, json_type_array, "an array of strings");
    const char **strings;
    char **copy = NULL;
    size_t n;

    if (!array || !check_strings(f, name, array))
        return;
    n = json_object_array_length(array);
    strings = calloc(n + 1, sizeof *strings);
    if (strings) {
        for (size_t i = 0; i < n; i++)
            strings[i] = json_object_get_string(json_object_array_get_idx(array, i));
        copy = string_list_dup(strings, n);
    }
    free(strings);
    if (!copy) {
        json_fields_fail(f, ERR_NO_MEMORY, name, "out of memory");
        return;
    }
    *out = copy;
    *n_out = n;
}
