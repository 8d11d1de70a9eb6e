/* The table of the form's fields; reading is in group_form_read.c, showing in group_form_show.c. */
#include "admin-cgi/handlers/group_form_internal.h"

#include <string.h>

#include "common/now.h"

const struct group_input group_inputs[] = {
    {"public", "Basics", INPUT_CHECK, "Show on the landing page",
     "Lists the group for everyone. It does not open it.", 0, 0, 0},
    {"displayName", "Basics", INPUT_TEXT, "Display name", "Stands at the top of the group's page.",
     200, 0, 0},
    {"description", "Basics", INPUT_AREA, "Description", "Plain text, shown on the landing page.",
     2000, 0, 0},
    {"contact", "Basics", INPUT_TEXT, "Contact", "Whom to ask about this group, for people.", 500,
     0, 0},
    {"comment", "Basics", INPUT_AREA, "Comment", "Notes for administrators. Nobody else sees them.",
     10000, 0, 0},
    {"redirect", "Basics", INPUT_URL_TEXT, "Redirect",
     "Sends everyone to this address. The other settings then do nothing.", 2048, 0, 0},
    {"not-before", "Access times", INPUT_TIME, "Opens",
     "Before this time only operators may come in. UTC.", 0, 0, 0},
    {"expires", "Access times", INPUT_TIME, "Closes",
     "After this time only operators may come in. UTC.", 0, 0, 0},
    {"max-clients", "Meeting", INPUT_NUMBER, "Most people at once",
     "Empty: no limit. Operators are never turned away.", 0, 1, 100000},
    {"max-history-age", "Meeting", INPUT_AGE, "Chat is remembered for",
     "Empty: four hours. It is never written to disk. -1: not at all.", 0, -1, 31536000},
    {"autolock", "Meeting", INPUT_CHECK, "Lock when no operator is there",
     "Starts locked, too: an operator must unlock it.", 0, 0, 0},
    {"autokick", "Meeting", INPUT_CHECK, "Send everyone away when the last operator leaves",
     "Locking is the gentler way.", 0, 0, 0},
    {"unrestricted-tokens", "Meeting", INPUT_CHECK, "Anyone who may present may invite",
     "Otherwise operators only.", 0, 0, 0},
    {"allow-anonymous", "Meeting", INPUT_CHOICE, "Empty user names",
     "May people come in without a name?", 0, 0, 0},
    {"auto-subgroups", "Meeting", INPUT_CHECK, "Automatic subgroups",
     "NAME/anything appears when it is first visited.", 0, 0, 0},
    {"allow-recording", "Meeting", INPUT_CHECK, "Operators may record to disk",
     "Recordings are kept on this server.", 0, 0, 0},
    {"codecs", "Media", INPUT_WORDS, "Codecs",
     "The first ones are preferred: vp8, vp9, av1, h264 for video; opus, g722, pcmu, pcma for "
     "sound. Empty: vp8, opus.",
     0, 0, 0},
    {"authServer", "External sign-in", INPUT_URL_TEXT, "Authorisation server",
     "https address of a server that answers for user names and passwords.", 2048, 0, 0},
    {"authPortal", "External sign-in", INPUT_URL_TEXT, "Authorisation portal",
     "https address of a page that people are sent to first.", 2048, 0, 0},
};

const size_t n_group_inputs = sizeof group_inputs / sizeof group_inputs[0];

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
                                        GROUP_UNIT_FIELD,
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

const struct group_unit group_units[GROUP_UNITS] = {{"days", "days", 86400},
                                                    {"hours", "hours", 3600},
                                                    {"minutes", "minutes", 60},
                                                    {"seconds", "seconds", 1}};

const char *group_form_label(const char *name)
{
    for (size_t i = 0; i < n_group_inputs; i++)
        if (strcmp(group_inputs[i].name, name) == 0)
            return group_inputs[i].label;
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
