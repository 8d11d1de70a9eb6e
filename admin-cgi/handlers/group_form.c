#include "admin-cgi/handlers/group_form.h"

#include <string.h>

#include "admin-cgi/handlers/codec_form.h"
#include "admin-cgi/handlers/group_input.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/zone.h"
#include "common/group_field.h"
#include "common/macros.h"

/* What holds while a field is empty, where that can stand in it. */
static const struct {
    const char *name, *text;
} defaults[] = {{"max-clients", TEXT("no limit")}, {"max-history-age", "4"}};

const char *const group_form_repeated[] = {CODEC_FIELD, CODEC_ORDER_FIELD, GROUP_FORM_SAID, NULL};

const char *const *group_form_names(struct arena *a)
{
    const char **names = arena_array(a, N_GROUP_INPUTS + 4, sizeof *names);
    size_t n = 0;

    for (size_t i = 0; names && i < N_GROUP_INPUTS; i++) {
        if (strcmp(group_inputs[i].name, CODEC_FIELD) != 0)
            names[n++] = group_inputs[i].name;
    }
    if (names) {
        names[n++] = AGE_UNIT_FIELD;
        names[n++] = GROUP_FORM_DO;
        names[n++] = "base";
        names[n] = NULL;
    }
    return names;
}

const char *group_form_label(const char *name)
{
    for (size_t i = 0; i < N_GROUP_INPUTS; i++) {
        if (strcmp(group_inputs[i].name, name) == 0)
            return group_inputs[i].label;
    }
    return name;
}

const char *group_form_value(struct arena *a, struct json_object *value)
{
    if (!value)
        return say(a, "not set");
    if (json_object_is_type(value, json_type_boolean))
        return say(a, json_object_get_boolean(value) ? "yes" : "no");
    return arena_str(a, json_object_is_type(value, json_type_string)
                            ? json_object_get_string(value)
                            : json_object_to_json_string_ext(
                                  value, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void show_units(struct arena *a, struct json_object *row, struct json_object *value,
                       const struct form *form)
{
    struct json_object *list = page_list(row, "units");

    page_text(row, "unit_name", AGE_UNIT_FIELD);
    for (size_t i = 0; i < N_GROUP_UNITS; i++)
        form_option(list, group_units[i].word, say(a, group_units[i].label), NULL,
                    form ? form_text(form, AGE_UNIT_FIELD) : group_input_unit(value)->word);
}

static void show_choice(struct arena *a, struct json_object *row, const char *now)
{
    struct json_object *list = page_list(row, "options");

    form_option(list, "", say(a, "Allowed (nothing is written)"), NULL, now);
    form_option(list, "yes", say(a, "Allowed"), NULL, now);
    form_option(list, "no", say(a, "Not allowed"), NULL, now);
}

static const char *kind_of(const struct group_input *f, enum group_field_kind kind)
{
    static const char *const kinds[] = {
        [FIELD_STRING] = "is_text",  [FIELD_URL] = "is_url",         [FIELD_BOOL] = "is_check",
        [FIELD_INT] = "is_number",   [FIELD_TRISTATE] = "is_choice", [FIELD_TIME] = "is_time",
        [FIELD_CODECS] = "is_codecs"};

    return f->look == LOOK_AREA ? "is_area" : f->look == LOOK_AGE ? "is_age" : kinds[kind];
}

static void show_field(struct arena *a, struct form_view *v, struct json_object *list,
                       const struct group_input *f, struct json_object *value,
                       const struct form *form)
{
    const struct group_field *field = group_field_find(f->name);
    struct json_object *row = page_row(list);

    page_text(row, "name", f->name);
    page_text(row, "label", say(a, f->label));
    page_text(row, "help", say(a, f->help));
    for (size_t i = 0; i < LENGTH(defaults); i++) {
        if (strcmp(defaults[i].name, f->name) == 0)
            page_text(row, "placeholder", say(a, defaults[i].text));
    }
    page_flag(row, kind_of(f, field->kind), true);
    page_text(row, "error", form_view_problem_of(v, f->name));
    /* A browser counts UTF-16 code units, of which a text never has more than bytes in UTF-8. */
    if (field->max_bytes)
        page_number(row, "maxlength", (int64_t)field->max_bytes);
    if (field->kind == FIELD_BOOL)
        page_flag(row, "checked", form ? form_has(form, f->name) : value != NULL);
    else if (field->kind == FIELD_CODECS)
        codec_form_show(a, row, value, form);
    else
        page_text(row, "value",
                  form ? form_text(form, f->name) : group_input_text(a, v->zone, f, value));
    if (field->kind == FIELD_TRISTATE)
        show_choice(a, row,
                    form ? form_text(form, f->name) : group_input_text(a, v->zone, f, value));
    if (field->kind == FIELD_TIME)
        page_text(row, "zone_name", zone_name(v->zone));
    page_flag(row, "may_reset",
              value && field->kind != FIELD_BOOL && field->kind != FIELD_TRISTATE);
    if (f->look == LOOK_AGE)
        show_units(a, row, value, form);
}

/* Sections are folded that say nothing: the first never, and none where something is wrong. */
static bool is_telling(const struct form_view *v, struct json_object *values, size_t i)
{
    return i == 0 || group_member(values, group_inputs[i].name) ||
           form_view_problem_of(v, group_inputs[i].name);
}

void group_form_show(struct arena *a, struct form_view *v, struct json_object *values,
                     const struct form *form)
{
    struct json_object *sections = page_list(v->page, "sections");
    struct json_object *list = NULL, *row = NULL;
    const char *section = "";

    for (size_t i = 0; i < N_GROUP_INPUTS; i++) {
        if (strcmp(section, group_inputs[i].section) != 0) {
            row = page_row(sections);
            section = group_inputs[i].section;
            page_text(row, "legend", say(page_arena(v->page), section));
            list = page_list(row, "fields");
        }
        if (is_telling(v, values, i))
            page_flag(row, "is_open", true);
        show_field(a, v, list, &group_inputs[i], group_member(values, group_inputs[i].name), form);
    }
}

const char *group_form_do(struct form *form)
{
    static const char reset[] = "reset:", up[] = "up:", down[] = "down:";
    const char *what = form_text(form, GROUP_FORM_DO);

    if (strncmp(what, up, sizeof up - 1) == 0 || strncmp(what, down, sizeof down - 1) == 0) {
        codec_form_move(form, strchr(what, ':') + 1, what[0] == 'u');
        return CODEC_FIELD;
    }
    if (strncmp(what, reset, sizeof reset - 1) != 0)
        return NULL;
    for (size_t i = 0; i < N_GROUP_INPUTS; i++) {
        if (strcmp(group_inputs[i].name, what + sizeof reset - 1) == 0) {
            form_remove(form, group_inputs[i].name);
            return group_inputs[i].name;
        }
    }
    return NULL;
}

size_t group_form_changes(struct json_object *base, struct json_object *wanted,
                          struct member_change *out)
{
    size_t n = 0;

    for (size_t i = 0; i < N_GROUP_INPUTS; i++) {
        struct json_object *before = group_member(base, group_inputs[i].name);
        struct json_object *after = group_member(wanted, group_inputs[i].name);

        if (!json_object_equal(before, after))
            out[n++] = (struct member_change){.name = group_inputs[i].name, .value = after};
    }
    return n;
}
