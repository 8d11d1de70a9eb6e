/* From the members of a description to the fields of a page. */
#include <string.h>

#include "admin-cgi/handlers/group_form_internal.h"
#include "admin-cgi/page.h"
#include "common/group_field.h"

static void show_units(struct json_object *row, struct json_object *value, const struct form *form)
{
    struct json_object *list = page_list(row, "units");

    page_text(row, "unit_name", GROUP_UNIT_FIELD);
    for (size_t i = 0; i < GROUP_UNITS; i++)
        form_option(list, group_units[i].word, group_units[i].label, NULL,
                    form ? form_text(form, GROUP_UNIT_FIELD) : group_form_unit(value)->word);
}

static void show_choice(struct json_object *row, struct json_object *value)
{
    const char *now = !value ? "" : json_object_get_boolean(value) ? "yes" : "no";
    struct json_object *list = page_list(row, "options");

    form_option(list, "", "Allowed (nothing is written)", NULL, now);
    form_option(list, "yes", "Allowed", NULL, now);
    form_option(list, "no", "Not allowed", NULL, now);
}

static const char *kind_of(const struct group_input *f, enum group_field_kind kind)
{
    static const char *const kinds[] = {
        [FIELD_STRING] = "is_text", [FIELD_URL] = "is_url",         [FIELD_BOOL] = "is_check",
        [FIELD_INT] = "is_number",  [FIELD_TRISTATE] = "is_choice", [FIELD_TIME] = "is_time",
        [FIELD_CODECS] = "is_text"};

    return f->look == LOOK_AREA ? "is_area" : f->look == LOOK_AGE ? "is_age" : kinds[kind];
}

static void show_field(struct arena *a, struct form_view *v, struct json_object *list,
                       const struct group_input *f, struct json_object *value,
                       const struct form *form)
{
    const struct group_field *field = group_field_find(f->name);
    struct json_object *row = page_row(list);

    page_text(row, "name", f->name);
    page_text(row, "label", f->label);
    page_text(row, "help", f->help);
    page_flag(row, kind_of(f, field->kind), true);
    page_text(row, "error", form_view_problem_of(v, f->name));
    /* A browser counts UTF-16 code units, of which a text never has more than bytes in UTF-8. */
    if (field->max_bytes)
        page_number(row, "maxlength", (int64_t)field->max_bytes);
    if (field->kind == FIELD_BOOL)
        page_flag(row, "checked", form ? form_has(form, f->name) : value != NULL);
    else if (field->kind == FIELD_TRISTATE)
        show_choice(row, value);
    else
        page_text(row, "value", form ? form_text(form, f->name) : group_form_text(a, f, value));
    if (f->look == LOOK_AGE)
        show_units(row, value, form);
}

void group_form_show(struct arena *a, struct form_view *v, struct json_object *values,
                     const struct form *form)
{
    struct json_object *sections = page_list(v->page, "sections");
    struct json_object *list = NULL;
    const char *section = "";

    for (size_t i = 0; i < n_group_inputs; i++) {
        if (strcmp(section, group_inputs[i].section) != 0) {
            struct json_object *row = page_row(sections);

            section = group_inputs[i].section;
            page_text(row, "legend", section);
            list = page_list(row, "fields");
        }
        show_field(a, v, list, &group_inputs[i], group_form_member(values, group_inputs[i].name),
                   form);
    }
}
