#include "admin-cgi/handlers/group_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/handlers/codec_form.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/zone.h"
#include "common/group_desc_json.h"
#include "common/group_field.h"
#include "common/macros.h"
#include "common/now.h"

#define NUMBER_TEXT_MAX 12
#define AGE_UNIT_FIELD "max-history-age-unit"

/* What the kind of a field does not say about its control. */
enum input_look {
    LOOK_PLAIN,
    LOOK_AREA, /* several lines */
    LOOK_AGE   /* a number and its unit */
};

struct group_input {
    const char *name; /* of the member (a row of group_fields) and of the form's field */
    const char *section;
    enum input_look look;
    const char *label;
    const char *help;
};

struct group_unit {
    const char *word;
    const char *label;
    int64_t seconds;
};

/* How the form's fields look; what they may be, group_fields knows. */
static const struct group_input inputs[] = {
    {"public", TEXT("Basics"), LOOK_PLAIN, TEXT("Show on the landing page"),
     TEXT("Lists the group for everyone. It does not open it.")},
    {"displayName", TEXT("Basics"), LOOK_PLAIN, TEXT("Display name"),
     TEXT("Stands at the top of the group's page.")},
    {"description", TEXT("Basics"), LOOK_AREA, TEXT("Description"),
     TEXT("Plain text, shown on the landing page.")},
    {"contact", TEXT("Basics"), LOOK_PLAIN, TEXT("Contact"),
     TEXT("Whom to ask about this group, for people.")},
    {"comment", TEXT("Basics"), LOOK_AREA, TEXT("Comment"),
     TEXT("Notes for administrators. Nobody else sees them.")},
    {"redirect", TEXT("Basics"), LOOK_PLAIN, TEXT("Redirect"),
     TEXT("Sends everyone to this address, or to this path of the server. The other settings then "
          "do "
          "nothing.")},
    {"not-before", TEXT("Access times"), LOOK_PLAIN, TEXT("Opens"),
     TEXT("Before this time only operators may come in.")},
    {"expires", TEXT("Access times"), LOOK_PLAIN, TEXT("Closes"),
     TEXT("After this time only operators may come in.")},
    {"max-clients", TEXT("Meeting"), LOOK_PLAIN, TEXT("Most people at once"),
     TEXT("Empty: no limit. Operators are never turned away.")},
    {"max-history-age", TEXT("Meeting"), LOOK_AGE, TEXT("Chat is remembered for"),
     TEXT("Empty: four hours. It is never written to disk. -1: not at all.")},
    {"autolock", TEXT("Meeting"), LOOK_PLAIN, TEXT("Lock when no operator is there"),
     TEXT("Starts locked, too: an operator must unlock it.")},
    {"autokick", TEXT("Meeting"), LOOK_PLAIN,
     TEXT("Send everyone away when the last operator leaves"), TEXT("Locking is the gentler way.")},
    {"unrestricted-tokens", TEXT("Meeting"), LOOK_PLAIN, TEXT("Anyone who may present may invite"),
     TEXT("Otherwise operators only.")},
    {"allow-anonymous", TEXT("Meeting"), LOOK_PLAIN, TEXT("Empty user names"),
     TEXT("May people come in without a name?")},
    {"auto-subgroups", TEXT("Meeting"), LOOK_PLAIN, TEXT("Automatic subgroups"),
     TEXT("NAME/anything appears when it is first visited.")},
    {"allow-recording", TEXT("Meeting"), LOOK_PLAIN, TEXT("Operators may record to disk"),
     TEXT("Recordings are kept on this server.")},
    {"encrypted", TEXT("Meeting"), LOOK_PLAIN, TEXT("Encrypted end to end"),
     TEXT("By a passphrase that this server never learns. No recording, no WHIP, no WHEP.")},
    {"last-n", TEXT("Media"), LOOK_PLAIN, TEXT("Cameras of the last speakers only"),
     TEXT("How many are sent to each; screens and pinned pictures come besides. Empty: as the "
          "server's "
          "settings say. -1: all.")},
    {"codecs", TEXT("Media"), LOOK_PLAIN, TEXT("Codecs"),
     TEXT("The ticked ones are allowed, the first of them preferred. Nothing ticked: VP8 and "
          "Opus.")},
    {"authServer", TEXT("External sign-in"), LOOK_PLAIN, TEXT("Authorisation server"),
     TEXT("https address of a server that answers for user names and passwords.")},
    {"authPortal", TEXT("External sign-in"), LOOK_PLAIN, TEXT("Authorisation portal"),
     TEXT("https address of a page that people are sent to first.")},
};

/* What holds while a field is empty, where that can stand in it. */
static const struct {
    const char *name, *text;
} defaults[] = {{"max-clients", TEXT("no limit")}, {"max-history-age", "4"}};

static const struct group_unit units[] = {{"days", TEXT("days"), 86400},
                                          {"hours", TEXT("hours"), 3600},
                                          {"minutes", TEXT("minutes"), 60},
                                          {"seconds", TEXT("seconds"), 1}};

const char *const group_form_repeated[] = {CODEC_FIELD, CODEC_ORDER_FIELD, GROUP_FORM_SAID, NULL};

const char *const *group_form_names(struct arena *a)
{
    const char **names = arena_array(a, LENGTH(inputs) + 4, sizeof *names);
    size_t n = 0;

    for (size_t i = 0; names && i < LENGTH(inputs); i++) {
        if (strcmp(inputs[i].name, CODEC_FIELD) != 0)
            names[n++] = inputs[i].name;
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
    for (size_t i = 0; i < LENGTH(inputs); i++) {
        if (strcmp(inputs[i].name, name) == 0)
            return inputs[i].label;
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

/* A member, borrowed; NULL: there is none. */
static struct json_object *member_of(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value;
}

/* A time as it stands in a description. @return false: none, or not one */
static bool time_of(struct json_object *value, int64_t *out)
{
    return value && json_object_is_type(value, json_type_string) &&
           time_parse_rfc3339(span_str(json_object_get_string(value)), out) == 0;
}

static const char *time_text(struct arena *a, const char *zone, struct json_object *value)
{
    int64_t at;

    return time_of(value, &at) ? zone_field_text(a, zone, at) : "";
}

/* The unit that an age is shown in. */
static const struct group_unit *unit_of(struct json_object *value)
{
    int64_t seconds = value ? json_object_get_int64(value) : 0;

    for (size_t i = 0; seconds > 0 && i < LENGTH(units); i++) {
        if (seconds % units[i].seconds == 0)
            return &units[i];
    }
    return &units[1];
}

static const char *age_text(struct arena *a, struct json_object *value)
{
    int64_t seconds = value ? json_object_get_int64(value) : 0;

    if (!seconds)
        return "";
    return arena_printf(a, "%lld",
                        (long long)(seconds > 0 ? seconds / unit_of(value)->seconds : seconds));
}

/* What the field of a value holds when the page is made; "" for NULL. In the arena. */
static const char *shown_text(struct arena *a, const char *zone, const struct group_input *f,
                              struct json_object *value)
{
    if (!value)
        return "";
    switch (group_field_find(f->name)->kind) {
    case FIELD_STRING:
    case FIELD_URL:
        return arena_str(a, json_object_get_string(value));
    case FIELD_BOOL:
    case FIELD_TRISTATE:
        return json_object_get_boolean(value) ? "yes" : "no";
    case FIELD_INT:
        return f->look == LOOK_AGE ? age_text(a, value)
                                   : arena_str(a, json_object_get_string(value));
    case FIELD_TIME:
        return time_text(a, zone, value);
    case FIELD_CODECS:
        return page_comma_list(a, value);
    }
    return "";
}

/* ---- from a description to a page ---- */

static void show_units(struct arena *a, struct json_object *row, struct json_object *value,
                       const struct form *form)
{
    struct json_object *list = page_list(row, "units");

    page_text(row, "unit_name", AGE_UNIT_FIELD);
    for (size_t i = 0; i < LENGTH(units); i++)
        form_option(list, units[i].word, say(a, units[i].label), NULL,
                    form ? form_text(form, AGE_UNIT_FIELD) : unit_of(value)->word);
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
        page_text(row, "value", form ? form_text(form, f->name) : shown_text(a, v->zone, f, value));
    if (field->kind == FIELD_TRISTATE)
        show_choice(a, row, form ? form_text(form, f->name) : shown_text(a, v->zone, f, value));
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
    return i == 0 || member_of(values, inputs[i].name) || form_view_problem_of(v, inputs[i].name);
}

void group_form_show(struct arena *a, struct form_view *v, struct json_object *values,
                     const struct form *form)
{
    struct json_object *sections = page_list(v->page, "sections");
    struct json_object *list = NULL, *row = NULL;
    const char *section = "";

    for (size_t i = 0; i < LENGTH(inputs); i++) {
        if (strcmp(section, inputs[i].section) != 0) {
            row = page_row(sections);
            section = inputs[i].section;
            page_text(row, "legend", say(page_arena(v->page), section));
            list = page_list(row, "fields");
        }
        if (is_telling(v, values, i))
            page_flag(row, "is_open", true);
        show_field(a, v, list, &inputs[i], member_of(values, inputs[i].name), form);
    }
}

/* ---- from a form that was sent to the members of a description ---- */

/* A sentence about a field, which begins with its name. */
static void field_problem(struct form_view *v, const struct group_input *f, const char *text)
{
    struct arena *a = page_arena(v->page);

    if (a)
        form_view_problem(v, f->name, "%s", say_with(a, text, "field", say(a, f->label), NULL));
}

static bool read_number(const char *text, int64_t *out)
{
    char *end;
    long long n;

    if (strspn(text, "-0123456789") != strlen(text) || strlen(text) > NUMBER_TEXT_MAX)
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
    const struct group_field *field = group_field_find(f->name);
    int64_t n = 0;

    if (!*text)
        return NULL;
    if (!read_number(text, &n)) {
        field_problem(v, f, "{field}: write a whole number, or nothing.");
        return NULL;
    }
    if (n > 0)
        n *= unit;
    if (n < field->min || n > field->max) {
        struct arena *a = page_arena(v->page);

        form_view_problem(v, f->name, "%s",
                          say_with(a,
                                   f->look == LOOK_AGE
                                       ? "{field}: from {least} to {most} seconds in all."
                                       : "{field}: from {least} to {most}.",
                                   "field", say(a, f->label), "least",
                                   arena_printf(a, "%lld", (long long)field->min), "most",
                                   arena_printf(a, "%lld", (long long)field->max), NULL));
        return NULL;
    }
    return n ? json_object_new_int64(n) : NULL;
}

static struct json_object *read_age(struct form_view *v, const struct group_input *f,
                                    const struct form *form)
{
    const char *unit = form_text(form, AGE_UNIT_FIELD);

    for (size_t i = 0; i < LENGTH(units); i++) {
        if (strcmp(unit, units[i].word) == 0)
            return read_bounded(v, f, form_text(form, f->name), units[i].seconds);
    }
    field_problem(v, f, "{field}: choose a unit.");
    return NULL;
}

static struct json_object *read_time_field(struct form_view *v, const struct group_input *f,
                                           const char *text, struct json_object *before)
{
    char full[FORM_TIME_SIZE];
    int64_t at, stored;

    if (!*text)
        return NULL;
    if (!zone_field_read(v->zone, text, full, &at)) {
        field_problem(v, f, "{field}: write a date and a time, as 2026-06-09T08:00.");
        return NULL;
    }
    if (time_of(before, &stored) && stored / US_PER_S == at / US_PER_S)
        return json_object_get(before);
    return json_object_new_string(full);
}

/* Absent, true and false are three things here. */
static struct json_object *read_choice(struct form_view *v, const struct group_input *f,
                                       const char *text)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0)
        return json_object_new_boolean(strcmp(text, "yes") == 0);
    if (*text)
        field_problem(v, f, "{field}: choose one of the three.");
    return NULL;
}

/* One character of a text as a browser sends it back: it changes line ends, and takes them out of a
 * field of one line. @return 0 at the end */
static char next_sent(const char **text, bool lines)
{
    while (!lines && (**text == '\r' || **text == '\n'))
        ++*text;
    if (**text == '\r') {
        *text += (*text)[1] == '\n' ? 2 : 1;
        return '\n';
    }
    return **text ? *(*text)++ : 0;
}

static bool is_same_text(const char *shown, const char *sent, bool lines)
{
    char a, b;

    do {
        a = next_sent(&shown, lines);
        b = next_sent(&sent, lines);
    } while (a && a == b);
    return a == b;
}

/* Does the field hold what the page showed? */
static bool is_untouched(struct arena *a, const char *zone, const struct group_input *f,
                         const struct form *form, struct json_object *before)
{
    const char *shown = shown_text(a, zone, f, before);

    if (strcmp(f->name, CODEC_FIELD) == 0)
        return codec_form_is_untouched(a, before, form);
    if (f->look == LOOK_AGE && strcmp(form_text(form, AGE_UNIT_FIELD), unit_of(before)->word) != 0)
        return false;
    return shown && is_same_text(shown, form_text(form, f->name), f->look == LOOK_AREA);
}

static struct json_object *read_touched(struct form_view *v, const struct group_input *f,
                                        const struct form *form, struct json_object *before)
{
    const char *text = form_text(form, f->name);

    switch (group_field_find(f->name)->kind) {
    case FIELD_STRING:
    case FIELD_URL:
        return *text ? json_object_new_string(text) : NULL;
    case FIELD_BOOL:
        return form_has(form, f->name) ? json_object_new_boolean(true) : NULL;
    case FIELD_TRISTATE:
        return read_choice(v, f, text);
    case FIELD_INT:
        return f->look == LOOK_AGE ? read_age(v, f, form) : read_bounded(v, f, text, 1);
    case FIELD_TIME:
        return read_time_field(v, f, text, before);
    case FIELD_CODECS:
        return codec_form_read(form);
    }
    return NULL;
}

/* A field that was not changed is not judged, here as in check_members(). */
static void check_together(struct form_view *v, const struct json_object *base,
                           struct json_object *wanted)
{
    struct json_object *opens = member_of(wanted, "not-before");
    struct json_object *closes = member_of(wanted, "expires");
    int64_t from, until;

    if (json_object_equal(opens, member_of(base, "not-before")) &&
        json_object_equal(closes, member_of(base, "expires")))
        return;
    if (time_of(opens, &from) && time_of(closes, &until) && from >= until)
        form_view_problem(v, "expires", "Closes: this must be later than when the group opens.");
}

void group_form_check(struct form_view *v, const char *name, struct json_object *value)
{
    struct json_object *one = value ? json_object_new_object() : NULL;
    struct error e = {0};

    if (!one)
        return;
    json_object_object_add(one, name, json_object_get(value));
    if (group_desc_check_api(one, &e) < 0)
        form_view_field_refused(v, name, group_form_label(name), e.text);
    json_object_put(one);
}

/* The rules that every description obeys, one field at a time so that each is named. */
static void check_members(struct form_view *v, const struct json_object *base,
                          struct json_object *wanted)
{
    for (size_t i = 0; i < LENGTH(inputs); i++) {
        const char *name = inputs[i].name;
        struct json_object *value = member_of(wanted, name);

        if (!json_object_equal(value, member_of(base, name)) && !form_view_problem_of(v, name))
            group_form_check(v, name, value);
    }
}

struct json_object *group_form_read(struct arena *a, struct form_view *v, const struct form *form,
                                    const struct json_object *base)
{
    struct json_object *wanted = json_object_new_object();

    for (size_t i = 0; wanted && i < LENGTH(inputs); i++) {
        const struct group_input *f = &inputs[i];
        struct json_object *before = member_of(base, f->name);
        struct json_object *value = is_untouched(a, v->zone, f, form, before)
                                        ? json_object_get(before)
                                        : read_touched(v, f, form, before);

        if (value)
            json_object_object_add(wanted, f->name, value);
    }
    if (wanted) {
        check_members(v, base, wanted);
        check_together(v, base, wanted);
    }
    return wanted;
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
    for (size_t i = 0; i < LENGTH(inputs); i++) {
        if (strcmp(inputs[i].name, what + sizeof reset - 1) == 0) {
            form_remove(form, inputs[i].name);
            return inputs[i].name;
        }
    }
    return NULL;
}

size_t group_form_changes(struct json_object *base, struct json_object *wanted,
                          struct member_change *out)
{
    size_t n = 0;

    for (size_t i = 0; i < LENGTH(inputs); i++) {
        struct json_object *before = member_of(base, inputs[i].name);
        struct json_object *after = member_of(wanted, inputs[i].name);

        if (!json_object_equal(before, after))
            out[n++] = (struct member_change){.name = inputs[i].name, .value = after};
    }
    return n;
}
