/* From a form that was sent to the members of a description. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/handlers/group_form_internal.h"
#include "common/now.h"

#define CODECS_MAX 8

static bool has_control_character(const char *text, bool lines)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if ((*c < ' ' && !(lines && (*c == '\n' || *c == '\t'))) || *c == 0x7F)
            return true;
    return false;
}

static struct json_object *read_text(struct form_view *v, const struct group_input *f,
                                     const char *text)
{
    if (!*text)
        return NULL;
    if (form_characters(text) > f->max_characters)
        form_view_problem(v, f->name, "%s: at most %zu characters.", f->label, f->max_characters);
    else if (has_control_character(text, f->control == INPUT_AREA))
        form_view_problem(v, f->name, "%s: there is a character in it that cannot be shown.",
                          f->label);
    else if (f->control == INPUT_URL_TEXT && strncmp(text, "https://", 8) != 0 &&
             strncmp(text, "http://", 7) != 0)
        form_view_problem(v, f->name, "%s: write a whole address, with https:// in front.",
                          f->label);
    return json_object_new_string(text);
}

static bool read_number(const char *text, int64_t *out)
{
    char *end;
    long long n;

    if (strspn(text, "-0123456789") != strlen(text) || strlen(text) > 12)
        return false;
    n = strtoll(text, &end, 10);
    if (end == text || *end)
        return false;
    *out = n;
    return true;
}

static struct json_object *read_bounded(struct form_view *v, const struct group_input *f,
                                        const char *text, int64_t unit)
{
    int64_t n = 0;

    if (!*text)
        return NULL;
    if (!read_number(text, &n)) {
        form_view_problem(v, f->name, "%s: write a whole number, or nothing.", f->label);
        return NULL;
    }
    if (n > 0)
        n *= unit;
    if (n < f->min || n > f->max) {
        form_view_problem(v, f->name, "%s: from %lld to %lld%s.", f->label, (long long)f->min,
                          (long long)f->max, unit == 1 ? "" : " seconds in all");
        return NULL;
    }
    return n ? json_object_new_int64(n) : NULL;
}

static struct json_object *read_age(struct form_view *v, const struct group_input *f,
                                    const struct form *form)
{
    const char *unit = form_text(form, GROUP_UNIT_FIELD);

    for (size_t i = 0; i < GROUP_UNITS; i++)
        if (strcmp(unit, group_units[i].word) == 0)
            return read_bounded(v, f, form_text(form, f->name), group_units[i].seconds);
    form_view_problem(v, f->name, "%s: choose a unit.", f->label);
    return NULL;
}

/* What a browser sends for a date and time: "2026-06-09T08:00" with or without seconds. */
static struct json_object *read_time(struct form_view *v, const struct group_input *f,
                                     const char *text, struct json_object *before)
{
    char full[40];
    int64_t at, stored;

    if (!*text)
        return NULL;
    snprintf(full, sizeof full, "%s%sZ", text, strlen(text) == 16 ? ":00" : "");
    if (strlen(text) > 23 || time_parse_rfc3339(span_str(full), &at) < 0) {
        form_view_problem(v, f->name, "%s: write a date and a time, as 2026-06-09T08:00.",
                          f->label);
        return NULL;
    }
    if (group_form_time(before, &stored) && stored / US_PER_S == at / US_PER_S)
        return json_object_get(before);
    return json_object_new_string(full);
}

static void add_word(struct json_object *list, struct span word)
{
    char text[40];

    if (word.len && word.len < sizeof text) {
        memcpy(text, word.data, word.len);
        text[word.len] = 0;
        json_object_array_add(list, json_object_new_string(text));
    }
}

static bool has_twice(struct json_object *list)
{
    size_t n = json_object_array_length(list);

    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            if (json_object_equal(json_object_array_get_idx(list, i),
                                  json_object_array_get_idx(list, k)))
                return true;
    return false;
}

/* Which codecs there are, group_desc_check_api() knows. */
static struct json_object *read_words(struct form_view *v, const struct group_input *f,
                                      const char *text)
{
    struct span rest = span_str(text);
    struct json_object *list = json_object_new_array();
    size_t from = 0;

    for (size_t i = 0; list && i <= rest.len; i++) {
        if (i < rest.len && !strchr(", \n\t", rest.data[i]))
            continue;
        if (i - from >= 40)
            form_view_problem(v, f->name, "%s: there is no codec of such a long name.", f->label);
        add_word(list, span_sub(rest, from, i - from));
        from = i + 1;
    }
    if (!list || json_object_array_length(list) == 0) {
        json_object_put(list);
        return NULL;
    }
    if (json_object_array_length(list) > CODECS_MAX || has_twice(list))
        form_view_problem(v, f->name, "%s: each one once.", f->label);
    return list;
}

/* Absent, true and false are three things here. */
static struct json_object *read_choice(struct form_view *v, const struct group_input *f,
                                       const char *text)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0)
        return json_object_new_boolean(strcmp(text, "yes") == 0);
    if (*text)
        form_view_problem(v, f->name, "%s: choose one of the three.", f->label);
    return NULL;
}

static struct json_object *read_field(struct form_view *v, const struct group_input *f,
                                      const struct form *form, const struct json_object *base)
{
    const char *text = form_text(form, f->name);

    switch (f->control) {
    case INPUT_TEXT:
    case INPUT_AREA:
    case INPUT_URL_TEXT:
        return read_text(v, f, text);
    case INPUT_CHECK:
        return form_has(form, f->name) ? json_object_new_boolean(true) : NULL;
    case INPUT_CHOICE:
        return read_choice(v, f, text);
    case INPUT_NUMBER:
        return read_bounded(v, f, text, 1);
    case INPUT_AGE:
        return read_age(v, f, form);
    case INPUT_TIME:
        return read_time(v, f, text, group_form_member(base, f->name));
    case INPUT_WORDS:
        return read_words(v, f, text);
    }
    return NULL;
}

static void check_together(struct form_view *v, struct json_object *wanted)
{
    int64_t from, until;

    if (group_form_time(group_form_member(wanted, "not-before"), &from) &&
        group_form_time(group_form_member(wanted, "expires"), &until) && from >= until)
        form_view_problem(v, "expires", "Closes: this must be later than when the group opens.");
}

/* The rules that every description obeys, one field at a time so that each is named. */
static void check_members(struct form_view *v, struct json_object *wanted)
{
    for (size_t i = 0; i < n_group_inputs; i++) {
        struct json_object *value = group_form_member(wanted, group_inputs[i].name);
        struct json_object *one = value ? json_object_new_object() : NULL;
        struct error e = {0};

        if (!one || form_view_problem_of(v, group_inputs[i].name)) {
            json_object_put(one);
            continue;
        }
        json_object_object_add(one, group_inputs[i].name, json_object_get(value));
        if (group_desc_check_api(one, &e) < 0)
            form_view_problem(v, group_inputs[i].name, "%s: %s.", group_inputs[i].label, e.text);
        json_object_put(one);
    }
}

struct json_object *group_form_read(struct form_view *v, const struct form *form,
                                    const struct json_object *base)
{
    struct json_object *wanted = json_object_new_object();

    for (size_t i = 0; wanted && i < n_group_inputs; i++) {
        struct json_object *value = read_field(v, &group_inputs[i], form, base);

        if (value)
            json_object_object_add(wanted, group_inputs[i].name, value);
    }
    if (wanted) {
        check_members(v, wanted);
        check_together(v, wanted);
    }
    return wanted;
}
