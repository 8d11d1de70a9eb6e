#include "admin-cgi/handlers/group_input.h"

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/zone.h"
#include "common/group_field.h"
#include "common/now.h"

const struct group_input group_inputs[N_GROUP_INPUTS] = {
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
    {"keep-recordings", TEXT("Meeting"), LOOK_PLAIN, TEXT("Days that recordings are kept"),
     TEXT("Older ones go to the trash, once a day. Empty: as the server's settings say. -1: for "
          "ever.")},
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

const struct group_unit group_units[N_GROUP_UNITS] = {{"days", TEXT("days"), 86400},
                                                      {"hours", TEXT("hours"), 3600},
                                                      {"minutes", TEXT("minutes"), 60},
                                                      {"seconds", TEXT("seconds"), 1}};

struct json_object *group_member(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value;
}

bool group_member_time(struct json_object *value, int64_t *out)
{
    return value && json_object_is_type(value, json_type_string) &&
           time_parse_rfc3339(span_str(json_object_get_string(value)), out) == 0;
}

static const char *time_text(struct arena *a, const char *zone, struct json_object *value)
{
    int64_t at;

    return group_member_time(value, &at) ? zone_field_text(a, zone, at) : "";
}

const struct group_unit *group_input_unit(struct json_object *value)
{
    int64_t seconds = value ? json_object_get_int64(value) : 0;

    for (size_t i = 0; seconds > 0 && i < N_GROUP_UNITS; i++) {
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
        a, "%lld", (long long)(seconds > 0 ? seconds / group_input_unit(value)->seconds : seconds));
}

const char *group_input_text(struct arena *a, const char *zone, const struct group_input *f,
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
