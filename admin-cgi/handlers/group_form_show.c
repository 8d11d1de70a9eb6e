/* From the members of a description to the fields of a page. */
#include <string.h>
#include <time.h>

#include "admin-cgi/handlers/group_form_internal.h"
#include "admin-cgi/page.h"
#include "common/now.h"

static const char *time_for_input(struct arena *a, struct json_object *value)
{
    int64_t at;
    time_t seconds;
    struct tm tm;
    char text[40];

    if (!group_form_time(value, &at))
        return "";
    seconds = (time_t)(at / US_PER_S);
    if (!gmtime_r(&seconds, &tm) ||
        !strftime(text, sizeof text, tm.tm_sec ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%dT%H:%M", &tm))
        return "";
    return arena_str(a, text);
}

static const char *words_for_input(struct arena *a, struct json_object *list)
{
    const char *text = "";

    for (size_t i = 0; list && text && i < json_object_array_length(list); i++)
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "",
                            json_object_get_string(json_object_array_get_idx(list, i)));
    return text;
}

static void show_age(struct arena *a, struct json_object *row, struct json_object *value,
                     const struct form *form)
{
    int64_t seconds = value ? json_object_get_int64(value) : 0;
    struct json_object *list = page_list(row, "units");
    size_t unit = 1;

    for (size_t i = 0; seconds > 0 && i < GROUP_UNITS; i++)
        if (seconds % group_units[i].seconds == 0) {
            unit = i;
            break;
        }
    page_text(row, "value",
              form      ? form_text(form, "max-history-age")
              : seconds ? arena_printf(a, "%lld",
                                       (long long)(seconds > 0 ? seconds / group_units[unit].seconds
                                                               : seconds))
                        : "");
    page_text(row, "unit_name", GROUP_UNIT_FIELD);
    for (size_t i = 0; i < GROUP_UNITS; i++)
        form_option(list, group_units[i].word, group_units[i].label, NULL,
                    form ? form_text(form, GROUP_UNIT_FIELD) : group_units[unit].word);
}

static void show_choice(struct json_object *row, struct json_object *value)
{
    const char *now = !value ? "" : json_object_get_boolean(value) ? "yes" : "no";
    struct json_object *list = page_list(row, "options");

    form_option(list, "", "Allowed (nothing is written)", NULL, now);
    form_option(list, "yes", "Allowed", NULL, now);
    form_option(list, "no", "Not allowed", NULL, now);
}

static const char *plain_value(struct arena *a, const struct group_input *f,
                               struct json_object *value, const struct form *form)
{
    if (form)
        return form_text(form, f->name);
    if (f->control == INPUT_TIME)
        return time_for_input(a, value);
    if (f->control == INPUT_WORDS)
        return words_for_input(a, value);
    return value ? arena_str(a, json_object_get_string(value)) : "";
}

static void show_field(struct arena *a, struct form_view *v, struct json_object *list,
                       const struct group_input *f, struct json_object *value,
                       const struct form *form)
{
    static const char *const kinds[] = {"is_text",   "is_area", "is_url",  "is_check", "is_choice",
                                        "is_number", "is_age",  "is_time", "is_text"};
    struct json_object *row = page_row(list);

    page_text(row, "name", f->name);
    page_text(row, "label", f->label);
    page_text(row, "help", f->help);
    page_flag(row, kinds[f->control], true);
    page_text(row, "error", form_view_problem_of(v, f->name));
    if (f->control == INPUT_CHECK)
        page_flag(row, "checked", form ? form_has(form, f->name) : value != NULL);
    else if (f->control == INPUT_CHOICE)
        show_choice(row, value);
    else if (f->control == INPUT_AGE)
        show_age(a, row, value, form);
    else
        page_text(row, "value", plain_value(a, f, value, form));
    if (f->control == INPUT_NUMBER) {
        page_number(row, "min", f->min);
        page_number(row, "max", f->max);
    }
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
