/* How the form's fields look; what they may be, common/group_desc.h knows; reading is in
 * group_form_read.c, showing in group_form_show.c. */
#include "admin-cgi/handlers/group_form_internal.h"

#include <string.h>
#include <time.h>

#include "admin-cgi/store/store_group.h"
#include "common/group_field.h"
#include "common/macros.h"
#include "common/now.h"

const struct group_input group_inputs[] = {
    {"public", "Basics", LOOK_PLAIN, "Show on the landing page",
     "Lists the group for everyone. It does not open it."},
    {"displayName", "Basics", LOOK_PLAIN, "Display name", "Stands at the top of the group's page."},
    {"description", "Basics", LOOK_AREA, "Description", "Plain text, shown on the landing page."},
    {"contact", "Basics", LOOK_PLAIN, "Contact", "Whom to ask about this group, for people."},
    {"comment", "Basics", LOOK_AREA, "Comment", "Notes for administrators. Nobody else sees them."},
    {"redirect", "Basics", LOOK_PLAIN, "Redirect",
     "Sends everyone to this address, or to this path of the server. The other settings then do "
     "nothing."},
    {"not-before", "Access times", LOOK_PLAIN, "Opens",
     "Before this time only operators may come in. UTC."},
    {"expires", "Access times", LOOK_PLAIN, "Closes",
     "After this time only operators may come in. UTC."},
    {"max-clients", "Meeting", LOOK_PLAIN, "Most people at once",
     "Empty: no limit. Operators are never turned away."},
    {"max-history-age", "Meeting", LOOK_AGE, "Chat is remembered for",
     "Empty: four hours. It is never written to disk. -1: not at all."},
    {"autolock", "Meeting", LOOK_PLAIN, "Lock when no operator is there",
     "Starts locked, too: an operator must unlock it."},
    {"autokick", "Meeting", LOOK_PLAIN, "Send everyone away when the last operator leaves",
     "Locking is the gentler way."},
    {"unrestricted-tokens", "Meeting", LOOK_PLAIN, "Anyone who may present may invite",
     "Otherwise operators only."},
    {"allow-anonymous", "Meeting", LOOK_PLAIN, "Empty user names",
     "May people come in without a name?"},
    {"auto-subgroups", "Meeting", LOOK_PLAIN, "Automatic subgroups",
     "NAME/anything appears when it is first visited."},
    {"allow-recording", "Meeting", LOOK_PLAIN, "Operators may record to disk",
     "Recordings are kept on this server."},
    {"codecs", "Media", LOOK_PLAIN, "Codecs",
     "The first ones are preferred: vp8, vp9, av1, h264 for video; opus, g722, pcmu, pcma for "
     "sound. Empty: vp8, opus."},
    {"authServer", "External sign-in", LOOK_PLAIN, "Authorisation server",
     "https address of a server that answers for user names and passwords."},
    {"authPortal", "External sign-in", LOOK_PLAIN, "Authorisation portal",
     "https address of a page that people are sent to first."},
};

const size_t n_group_inputs = LENGTH(group_inputs);

const char *const *group_form_names(struct arena *a)
{
    const char **names = arena_array(a, n_group_inputs + 3, sizeof *names);
    size_t n = 0;

    for (size_t i = 0; names && i < n_group_inputs; i++)
        names[n++] = group_inputs[i].name;
    if (names) {
        names[n++] = GROUP_UNIT_FIELD;
        names[n++] = "base";
        names[n] = NULL;
    }
    return names;
}

const struct group_unit group_units[GROUP_UNITS] = {{"days", "days", 86400},
                                                    {"hours", "hours", 3600},
                                                    {"minutes", "minutes", 60},
                                                    {"seconds", "seconds", 1}};

const char *group_form_label(const char *name)
{
    for (size_t i = 0; i < n_group_inputs; i++) {
        if (strcmp(group_inputs[i].name, name) == 0)
            return group_inputs[i].label;
    }
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

struct json_object *group_form_member(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value;
}

static const char *time_text(struct arena *a, struct json_object *value)
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

static const char *words_text(struct arena *a, struct json_object *list)
{
    const char *text = "";

    for (size_t i = 0; list && text && i < json_object_array_length(list); i++)
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "",
                            json_object_get_string(json_object_array_get_idx(list, i)));
    return text;
}

const struct group_unit *group_form_unit(struct json_object *value)
{
    int64_t seconds = value ? json_object_get_int64(value) : 0;

    for (size_t i = 0; seconds > 0 && i < GROUP_UNITS; i++) {
        if (seconds % group_units[i].seconds == 0)
            return &group_units[i];
    }
    return &group_units[1];
}

static const char *age_text(struct arena *a, struct json_object *value)
{
    int64_t seconds = value ? json_object_get_int64(value) : 0;

    if (!seconds)
        return "";
    return arena_printf(
        a, "%lld", (long long)(seconds > 0 ? seconds / group_form_unit(value)->seconds : seconds));
}

const char *group_form_text(struct arena *a, const struct group_input *f, struct json_object *value)
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
        return time_text(a, value);
    case FIELD_CODECS:
        return words_text(a, value);
    }
    return "";
}

bool group_form_time(struct json_object *value, int64_t *out)
{
    return value && json_object_is_type(value, json_type_string) &&
           time_parse_rfc3339(span_str(json_object_get_string(value)), out) == 0;
}

size_t group_form_changes(struct json_object *base, struct json_object *wanted,
                          struct member_change *out)
{
    size_t n = 0;

    for (size_t i = 0; i < n_group_inputs; i++) {
        struct json_object *before = group_form_member(base, group_inputs[i].name);
        struct json_object *after = group_form_member(wanted, group_inputs[i].name);

        if (before && after ? !json_object_equal(before, after) : before != after)
            out[n++] = (struct member_change){.name = group_inputs[i].name, .value = after};
    }
    return n;
}
