#include "admin-cgi/handlers/group_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin-cgi/page.h"
#include "common/now.h"

#define CODECS_MAX 8

enum control { TEXT, AREA, URL_TEXT, CHECK, CHOICE, NUMBER, AGE, TIME, WORDS };

static const struct field {
    const char *name; /* of the member and of the form's field */
    const char *section;
    enum control control;
    const char *label;
    const char *help;
    size_t max_characters;
    int64_t min, max;
} fields[] = {
    {"public", "Basics", CHECK, "Show on the landing page",
     "Lists the group for everyone. It does not open it.", 0, 0, 0},
    {"displayName", "Basics", TEXT, "Display name", "Stands at the top of the group's page.", 200,
     0, 0},
    {"description", "Basics", AREA, "Description", "Plain text, shown on the landing page.", 2000,
     0, 0},
    {"contact", "Basics", TEXT, "Contact", "Whom to ask about this group, for people.", 500, 0, 0},
    {"comment", "Basics", AREA, "Comment", "Notes for administrators. Nobody else sees them.",
     10000, 0, 0},
    {"redirect", "Basics", URL_TEXT, "Redirect",
     "Sends everyone to this address. The other settings then do nothing.", 2048, 0, 0},
    {"not-before", "Access times", TIME, "Opens",
     "Before this time only operators may come in. UTC.", 0, 0, 0},
    {"expires", "Access times", TIME, "Closes", "After this time only operators may come in. UTC.",
     0, 0, 0},
    {"max-clients", "Meeting", NUMBER, "Most people at once",
     "Empty: no limit. Operators are never turned away.", 0, 1, 100000},
    {"max-history-age", "Meeting", AGE, "Chat is remembered for",
     "Empty: four hours. It is never written to disk. -1: not at all.", 0, -1, 31536000},
    {"autolock", "Meeting", CHECK, "Lock when no operator is there",
     "Starts locked, too: an operator must unlock it.", 0, 0, 0},
    {"autokick", "Meeting", CHECK, "Send everyone away when the last operator leaves",
     "Locking is the gentler way.", 0, 0, 0},
    {"unrestricted-tokens", "Meeting", CHECK, "Anyone who may present may invite",
     "Otherwise operators only.", 0, 0, 0},
    {"allow-anonymous", "Meeting", CHOICE, "Empty user names", "May people come in without a name?",
     0, 0, 0},
    {"auto-subgroups", "Meeting", CHECK, "Automatic subgroups",
     "NAME/anything appears when it is first visited.", 0, 0, 0},
    {"allow-recording", "Meeting", CHECK, "Operators may record to disk",
     "Recordings are kept on this server.", 0, 0, 0},
    {"codecs", "Media", WORDS, "Codecs",
     "The first ones are preferred: vp8, vp9, av1, h264 for video; opus, g722, pcmu, pcma for "
     "sound. Empty: vp8, opus.",
     0, 0, 0},
    {"authServer", "External sign-in", URL_TEXT, "Authorisation server",
     "https address of a server that answers for user names and passwords.", 2048, 0, 0},
    {"authPortal", "External sign-in", URL_TEXT, "Authorisation portal",
     "https address of a page that people are sent to first.", 2048, 0, 0},
};

#define N_FIELDS (sizeof fields / sizeof fields[0])
#define UNIT_FIELD "max-history-age-unit"

const char *const group_form_names[] = {"public",
                                        "displayName",
                                        "description",
                                        "contact",
                                        "comment",
                                        "redirect",
                                        "not-before",
                                        "expires",
                                        "max-clients",
                                        "max-history-age",
                                        UNIT_FIELD,
                                        "autolock",
                                        "autokick",
                                        "unrestricted-tokens",
                                        "allow-anonymous",
                                        "auto-subgroups",
                                        "allow-recording",
                                        "codecs",
                                        "authServer",
                                        "authPortal",
                                        "base",
                                        NULL};

static const struct {
    const char *word;
    const char *label;
    int64_t seconds;
} units[] = {{"days", "days", 86400},
             {"hours", "hours", 3600},
             {"minutes", "minutes", 60},
             {"seconds", "seconds", 1}};

#define N_UNITS (sizeof units / sizeof units[0])

static struct json_object *value_of(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value;
}

const char *group_form_label(const char *name)
{
    for (size_t i = 0; i < N_FIELDS; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].label;
    return name;
}

const char *group_form_value(struct arena *a, struct json_object *value)
{
    if (!value)
        return "not set";
    if (json_object_is_type(value, json_type_boolean))
        return json_object_get_boolean(value) ? "yes" : "no";
    return arena_str(a, json_object_is_type(value, json_type_string)
                            ? json_object_get_string(value)
                            : json_object_to_json_string_ext(
                                  value, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* ---- reading ---- */

static bool has_control_character(const char *text, bool lines)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if ((*c < ' ' && !(lines && (*c == '\n' || *c == '\t'))) || *c == 0x7F)
            return true;
    return false;
}

static struct json_object *read_text(struct form_view *v, const struct field *f, const char *text)
{
    if (!*text)
        return NULL;
    if (form_characters(text) > f->max_characters)
        form_view_problem(v, f->name, "%s: at most %zu characters.", f->label, f->max_characters);
    else if (has_control_character(text, f->control == AREA))
        form_view_problem(v, f->name, "%s: there is a character in it that cannot be shown.",
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

static struct json_object *read_bounded(struct form_view *v, const struct field *f,
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

static struct json_object *read_age(struct form_view *v, const struct field *f,
                                    const struct form *form)
{
    const char *unit = form_text(form, UNIT_FIELD);

    for (size_t i = 0; i < N_UNITS; i++)
        if (strcmp(unit, units[i].word) == 0)
            return read_bounded(v, f, form_text(form, f->name), units[i].seconds);
    form_view_problem(v, f->name, "%s: choose a unit.", f->label);
    return NULL;
}

static bool stored_time(struct json_object *value, int64_t *out)
{
    return value && json_object_is_type(value, json_type_string) &&
           time_parse_rfc3339(span_str(json_object_get_string(value)), out) == 0;
}

/* What a browser sends for a date and time: "2026-06-09T08:00" with or without seconds. */
static struct json_object *read_time(struct form_view *v, const struct field *f, const char *text,
                                     struct json_object *before)
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
    if (stored_time(before, &stored) && stored / US_PER_S == at / US_PER_S)
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
static struct json_object *read_words(struct form_view *v, const struct field *f, const char *text)
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
static struct json_object *read_choice(const char *text)
{
    if (strcmp(text, "yes") == 0)
        return json_object_new_boolean(true);
    return strcmp(text, "no") == 0 ? json_object_new_boolean(false) : NULL;
}

static struct json_object *read_field(struct form_view *v, const struct field *f,
                                      const struct form *form, const struct json_object *base)
{
    const char *text = form_text(form, f->name);

    switch (f->control) {
    case TEXT:
    case AREA:
    case URL_TEXT:
        return read_text(v, f, text);
    case CHECK:
        return form_has(form, f->name) ? json_object_new_boolean(true) : NULL;
    case CHOICE:
        return read_choice(text);
    case NUMBER:
        return read_bounded(v, f, text, 1);
    case AGE:
        return read_age(v, f, form);
    case TIME:
        return read_time(v, f, text, value_of(base, f->name));
    case WORDS:
        return read_words(v, f, text);
    }
    return NULL;
}

static void check_together(struct form_view *v, struct json_object *wanted)
{
    int64_t from, until;

    if (stored_time(value_of(wanted, "not-before"), &from) &&
        stored_time(value_of(wanted, "expires"), &until) && from >= until)
        form_view_problem(v, "expires", "Closes: this must be later than when the group opens.");
}

/* The rules that every description obeys, one field at a time so that each is named. */
static void check_members(struct form_view *v, struct json_object *wanted)
{
    for (size_t i = 0; i < N_FIELDS; i++) {
        struct json_object *value = value_of(wanted, fields[i].name);
        struct json_object *one = value ? json_object_new_object() : NULL;
        struct error e = {0};

        if (!one)
            continue;
        json_object_object_add(one, fields[i].name, json_object_get(value));
        if (group_desc_check_api(one, &e) < 0)
            form_view_problem(v, fields[i].name, "%s: %s.", fields[i].label, e.text);
        json_object_put(one);
    }
}

struct json_object *group_form_read(struct form_view *v, const struct form *form,
                                    const struct json_object *base)
{
    struct json_object *wanted = json_object_new_object();

    for (size_t i = 0; wanted && i < N_FIELDS; i++) {
        struct json_object *value = read_field(v, &fields[i], form, base);

        if (value)
            json_object_object_add(wanted, fields[i].name, value);
    }
    if (wanted && !form_view_has_problems(v)) {
        check_members(v, wanted);
        check_together(v, wanted);
    }
    return wanted;
}

size_t group_form_changes(struct json_object *base, struct json_object *wanted,
                          struct member_change *out)
{
    size_t n = 0;

    for (size_t i = 0; i < N_FIELDS; i++) {
        struct json_object *before = value_of(base, fields[i].name);
        struct json_object *after = value_of(wanted, fields[i].name);

        if (before && after ? !json_object_equal(before, after) : before != after)
            out[n++] = (struct member_change){.name = fields[i].name, .value = after};
    }
    return n;
}

/* ---- showing ---- */

static const char *time_for_input(struct arena *a, struct json_object *value)
{
    int64_t at;
    time_t seconds;
    struct tm tm;
    char text[40];

    if (!stored_time(value, &at))
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

    for (size_t i = 0; seconds > 0 && i < N_UNITS; i++)
        if (seconds % units[i].seconds == 0) {
            unit = i;
            break;
        }
    page_text(row, "value",
              form ? form_text(form, "max-history-age")
              : seconds
                  ? arena_printf(a, "%lld",
                                 (long long)(seconds > 0 ? seconds / units[unit].seconds : seconds))
                  : "");
    page_text(row, "unit_name", UNIT_FIELD);
    for (size_t i = 0; i < N_UNITS; i++) {
        struct json_object *option = page_row(list);

        page_text(option, "value", units[i].word);
        page_text(option, "label", units[i].label);
        page_flag(option, "selected",
                  form ? strcmp(form_text(form, UNIT_FIELD), units[i].word) == 0 : i == unit);
    }
}

static void show_choice(struct json_object *row, struct json_object *value)
{
    static const struct {
        const char *value, *label;
    } options[] = {{"", "Allowed (nothing is written)"}, {"yes", "Allowed"}, {"no", "Not allowed"}};
    const char *now = !value ? "" : json_object_get_boolean(value) ? "yes" : "no";
    struct json_object *list = page_list(row, "options");

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct json_object *option = page_row(list);

        page_text(option, "value", options[i].value);
        page_text(option, "label", options[i].label);
        page_flag(option, "selected", strcmp(now, options[i].value) == 0);
    }
}

static const char *plain_value(struct arena *a, const struct field *f, struct json_object *value,
                               const struct form *form)
{
    if (form)
        return form_text(form, f->name);
    if (f->control == TIME)
        return time_for_input(a, value);
    if (f->control == WORDS)
        return words_for_input(a, value);
    return value ? arena_str(a, json_object_get_string(value)) : "";
}

static void show_field(struct arena *a, struct form_view *v, struct json_object *list,
                       const struct field *f, struct json_object *value, const struct form *form)
{
    static const char *const kinds[] = {"is_text",   "is_area", "is_url",  "is_check", "is_choice",
                                        "is_number", "is_age",  "is_time", "is_text"};
    struct json_object *row = page_row(list);

    page_text(row, "name", f->name);
    page_text(row, "label", f->label);
    page_text(row, "help", f->help);
    page_flag(row, kinds[f->control], true);
    page_text(row, "error", form_view_problem_of(v, f->name));
    if (f->control == CHECK)
        page_flag(row, "checked", form ? form_has(form, f->name) : value != NULL);
    else if (f->control == CHOICE)
        show_choice(row, value);
    else if (f->control == AGE)
        show_age(a, row, value, form);
    else
        page_text(row, "value", plain_value(a, f, value, form));
    if (f->control == NUMBER) {
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

    for (size_t i = 0; i < N_FIELDS; i++) {
        if (strcmp(section, fields[i].section) != 0) {
            struct json_object *row = page_row(sections);

            section = fields[i].section;
            page_text(row, "legend", section);
            list = page_list(row, "fields");
        }
        show_field(a, v, list, &fields[i], value_of(values, fields[i].name), form);
    }
}
