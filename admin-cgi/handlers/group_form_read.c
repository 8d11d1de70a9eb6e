#include "admin-cgi/handlers/group_form_read.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/handlers/codec_form.h"
#include "admin-cgi/handlers/group_form.h"
#include "admin-cgi/handlers/group_input.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/zone.h"
#include "common/group_desc_json.h"
#include "common/group_field.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/server_origin.h"

#define NUMBER_TEXT_MAX 12

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

    for (size_t i = 0; i < N_GROUP_UNITS; i++) {
        if (strcmp(unit, group_units[i].word) == 0)
            return read_bounded(v, f, form_text(form, f->name), group_units[i].seconds);
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
    if (group_member_time(before, &stored) && stored / US_PER_S == at / US_PER_S)
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
    const char *shown = group_input_text(a, zone, f, before);

    if (strcmp(f->name, CODEC_FIELD) == 0)
        return codec_form_is_untouched(a, before, form);
    if (f->look == LOOK_AGE &&
        strcmp(form_text(form, AGE_UNIT_FIELD), group_input_unit(before)->word) != 0)
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
    struct json_object *opens = group_member(wanted, "not-before");
    struct json_object *closes = group_member(wanted, "expires");
    int64_t from, until;

    if (json_object_equal(opens, group_member(base, "not-before")) &&
        json_object_equal(closes, group_member(base, "expires")))
        return;
    if (group_member_time(opens, &from) && group_member_time(closes, &until) && from >= until)
        form_view_problem(v, "expires", "Closes: this must be later than when the group opens.");
}

/* Names and passwords go nowhere in the clear, but within one machine. */
static bool is_safe_address(const char *url)
{
    static const char http[] = "http://";
    static const char *const own[] = {"localhost", "127.0.0.1", "[::1]"};
    struct span authority;

    if (strncasecmp(url, http, sizeof http - 1) != 0)
        return true;
    authority = span_str(url + sizeof http - 1);
    authority.len = strcspn((const char *)authority.data, "/?#");
    /* what stands before an @ looks like a host, and is none */
    if (span_index(authority, '@', 0) < authority.len)
        return false;
    for (size_t i = 0; i < LENGTH(own); i++) {
        if (span_eq_str(host_name(authority), own[i]))
            return true;
    }
    return false;
}

/* An address that people's names and passwords are sent to. */
static bool is_for_sign_in(const char *name)
{
    return strcmp(name, "authServer") == 0 || strcmp(name, "authPortal") == 0;
}

void group_form_check(struct form_view *v, const char *name, struct json_object *value)
{
    struct json_object *one;
    struct error e = {0};

    if (!value)
        return;
    if (is_for_sign_in(name) && !is_safe_address(json_object_get_string(value))) {
        form_view_problem(v, name, "%s",
                          say_with(page_arena(v->page),
                                   "{field}: write an https address. http will do for localhost "
                                   "alone.",
                                   "field", say(page_arena(v->page), group_form_label(name)),
                                   NULL));
        return;
    }
    one = json_object_new_object();
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
    for (size_t i = 0; i < N_GROUP_INPUTS; i++) {
        const char *name = group_inputs[i].name;
        struct json_object *value = group_member(wanted, name);

        if (!json_object_equal(value, group_member(base, name)) && !form_view_problem_of(v, name))
            group_form_check(v, name, value);
    }
}

struct json_object *group_form_read(struct arena *a, struct form_view *v, const struct form *form,
                                    const struct json_object *base)
{
    struct json_object *wanted = json_object_new_object();

    for (size_t i = 0; wanted && i < N_GROUP_INPUTS; i++) {
        const struct group_input *f = &group_inputs[i];
        struct json_object *before = group_member(base, f->name);
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
