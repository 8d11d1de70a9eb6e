#include "admin-cgi/site/site_setting.h"

#include <string.h>

#include "admin-cgi/say.h"
#include "admin-cgi/site/colour.h"
#include "common/group_field.h"
#include "common/server_origin.h"

#define LINK_MAX_BYTES 500
#define LIST_MAX_BYTES 2000

static const struct site_choice second_factors[] = {
    {"", TEXT("Who wants to, and accounts of which it is demanded")},
    {SITE_FACTOR_ADMINISTRATORS, TEXT("Server administrators, too")},
    {SITE_FACTOR_ALL, TEXT("Every account")},
    {NULL, NULL},
};

/* A row of a kind that is text, and one of a number. */
#define ROW_OF_TEXT(key, section, kind, label, help, preset, max_bytes)                            \
    {                                                                                              \
        key, section, kind, label, help, preset, max_bytes, 0, 0, NULL                             \
    }
#define ROW_OF_NUMBER(key, section, label, help, preset, min, max)                                 \
    {                                                                                              \
        key, section, SITE_NUMBER, label, help, preset, 20, min, max, NULL                         \
    }
#define ROW_OF_FLAG(key, section, label, help)                                                     \
    {                                                                                              \
        key, section, SITE_FLAG, label, help, "", 3, 0, 0, NULL                                    \
    }
#define LOOK(name, kind, label, help, preset, max_bytes)                                           \
    ROW_OF_TEXT(SITE_LOOK_PREFIX name, SITE_SECTION_LOOK, kind, label, help, preset, max_bytes)
#define LINK(name, label, help)                                                                    \
    ROW_OF_TEXT(SITE_LOOK_PREFIX name, SITE_SECTION_LINKS, SITE_LINK, label, help, "",             \
                LINK_MAX_BYTES)

const struct site_setting site_settings[N_SITE_SETTINGS] = {
    [SITE_NAME] = LOOK("name", SITE_LINE, "Name of this server",
                       "Stands at the head of every page but that of a meeting, where it stands at "
                       "the door, and is the title of the landing page.",
                       "Nereid", 60),
    [SITE_WELCOME] = LOOK("welcome", SITE_TEXT, "Welcome text",
                          "Stands above the field on the landing page, and on the sign-in page. An "
                          "empty line begins a paragraph; addresses that begin with https:// "
                          "become links.",
                          "", 2000),
    [SITE_ACCENT] = LOOK("accent", SITE_COLOUR, "Accent colour",
                         "Of buttons and links, as #rrggbb. It must be dark enough to be read on a "
                         "light page; on a dark one a brighter shade of it is used.",
                         "#0b6b6d", 7),
    [SITE_TERMS] = LINK("terms", "Terms of use",
                        "An address that begins with https:// or mailto:, linked at the foot of "
                        "every page, and at the door of meetings. Empty: no link."),
    [SITE_PRIVACY] = LINK("privacy", "Privacy notice", "As above."),
    [SITE_ACCESSIBILITY] = LINK("accessibility", "Accessibility statement", "As above."),
    [SITE_CONTACT] = LINK("contact", "Contact",
                          "As above: a page, or an address for mail as mailto:help@example.org."),
    [SITE_IMPRINT] = LINK("imprint", "Legal notice", "As above: who runs this server."),
    [SITE_OWN_LABEL] =
        ROW_OF_TEXT("site.own-label", SITE_SECTION_LINKS, SITE_LINE, "Words of your own link",
                    "What is read there, in the language of those who come here.", "", 60),
    [SITE_OWN_LINK] = LINK("own-link", "Your own link", "As above. It is shown when it has words."),
    [SITE_DEFAULT_LANGUAGE] = ROW_OF_TEXT(
        "site.language", SITE_SECTION_PLACE, SITE_LANGUAGE, "Language",
        "Of pages for people whose browser asks for no language that there is, and who have "
        "chosen none.",
        "", 40),
    [SITE_DEFAULT_ZONE] =
        ROW_OF_TEXT("site.zone", SITE_SECTION_PLACE, SITE_ZONE, "Time zone",
                    "Of times in this console, for accounts that have chosen none.", "", 64),
    [SITE_SESSION_IDLE] = ROW_OF_NUMBER(
        "session.idle", SITE_SECTION_SESSIONS, "Minutes without use",
        "So long a session of this console lasts when nothing is done in it, from 5 minutes "
        "to a day (1440). Two minutes before its end the page asks whether to go on.",
        "30", 5, 1440),
    [SITE_SESSION_LONGEST] =
        ROW_OF_NUMBER("session.longest", SITE_SECTION_SESSIONS, "Hours at most",
                      "So long it lasts in any case, from 1 hour to 30 days (720).", "12", 1, 720),
    [SITE_SECOND_FACTOR] =
        {"session.second-factor", SITE_SECTION_SESSIONS, SITE_CHOICE,
         TEXT("Who signs in with a code"),
         TEXT("Of whom it is demanded sets up an authenticator app at the next page, "
              "before anything else. Programs then need an app password."),
         "", 20, 0, 0, second_factors},
    [SITE_KEEP_AUDIT] =
        ROW_OF_NUMBER("keep.audit", SITE_SECTION_KEEPING, "Audit log, days",
                      "Older rows go, once a day. From 90 to 3650.", "366", 90, 3650),
    [SITE_KEEP_VERSIONS] = ROW_OF_NUMBER(
        "keep.versions", SITE_SECTION_KEEPING, "Versions of files, days",
        "Older versions of groups and of the server's files go, but for the newest of each, as "
        "many as below; and older changes of settings. From 30 to 3650.",
        "366", 30, 3650),
    [SITE_KEEP_NEWEST] = ROW_OF_NUMBER(
        "keep.newest", SITE_SECTION_KEEPING, "Newest versions of each file",
        "So many stay, however old they are. What is in use stays in any case, and so does an edit "
        "by hand that lost until somebody has looked at it. From 10 to 100000.",
        "200", 10, 100000),
    [SITE_KEEP_DELETED] = ROW_OF_NUMBER(
        "keep.deleted", SITE_SECTION_KEEPING, "Deleted groups, days",
        "So long they can be brought back; then they go with all their versions. From 1 to "
        "3650; 0 keeps them for ever.",
        "0", 0, 3650),
    [SITE_KEEP_RECORDINGS] = ROW_OF_NUMBER(
        "keep.recordings", SITE_SECTION_KEEPING, "Recordings, days",
        "Older ones go to the trash, once a day, and can be brought back for 30 days more. The "
        "page of recordings shows which, when you ask there for those that are older. From 1 to "
        "3650; 0 keeps them for ever.",
        "0", 0, 3650),
    [SITE_KEEP_USAGE] = ROW_OF_NUMBER(
        "keep.usage", SITE_SECTION_KEEPING, "Usage of each day, days",
        "Meetings, minutes and most people of each day, and the dashboard's longest chart. "
        "From 31 to 3650.",
        "730", 31, 3650),
    [SITE_KEEP_GROUP_USAGE] =
        ROW_OF_NUMBER("keep.group-usage", SITE_SECTION_KEEPING, "The same of each group, days",
                      "From 1 to 730.", "90", 1, 730),
    [SITE_LIMIT_RECORDING] = ROW_OF_FLAG("limit.recording", SITE_SECTION_LIMITS, "No recordings",
                                         "No group may allow that it is recorded."),
    [SITE_LIMIT_OPEN] =
        ROW_OF_FLAG("limit.open", SITE_SECTION_LIMITS, "No group that is open to all",
                    "No group may let everybody in with any password."),
    [SITE_LIMIT_CLIENTS] = ROW_OF_NUMBER(
        "limit.clients", SITE_SECTION_LIMITS, "Most people in a group",
        "No group may take more, and each must say how many. 0: no limit.", "0", 0, 1000000),
    [SITE_LIMIT_CODECS] = ROW_OF_TEXT(
        "limit.codecs", SITE_SECTION_LIMITS, SITE_CODECS, "Codecs",
        "No group may name others. With spaces between them, as: vp8 opus. Empty: all.", "", 80),
    [SITE_LIMIT_REDIRECT] = ROW_OF_TEXT(
        "limit.redirect", SITE_SECTION_LIMITS, SITE_HOSTS, "Hosts to send people on to",
        "A group that sends people elsewhere may name these hosts only, one a line. Paths of "
        "this server are allowed in any case. Empty: all.",
        "", LIST_MAX_BYTES),
    [SITE_LIMIT_TOKEN_DAYS] = ROW_OF_NUMBER(
        "limit.invitation", SITE_SECTION_LIMITS, "Days that an invitation lasts",
        "No invitation may last longer, and each must have an end. 0: no limit.", "0", 0, 3650),
    [SITE_LIMIT_PASSWORD] =
        ROW_OF_NUMBER("limit.password", SITE_SECTION_LIMITS, "Characters of a password",
                      "No shorter one may be set for a user of a group. 0: no limit.", "0", 0, 64),
    [SITE_LIMIT_ADMINISTRATORS] = ROW_OF_FLAG(
        "limit.administrators", SITE_SECTION_LIMITS, "They bind server administrators, too",
        "Else only group administrators, teachers and support staff."),
    [SITE_NEW_CLIENTS] =
        ROW_OF_NUMBER("new.most", SITE_SECTION_NEW, "Most people",
                      "What the form of a new group begins with. 0: no limit.", "0", 0, 1000000),
    [SITE_NEW_CODECS] =
        ROW_OF_TEXT("new.media", SITE_SECTION_NEW, SITE_CODECS, "Codecs, preferred first",
                    "With spaces between them. Empty: vp8 opus.", "", 80),
    [SITE_NEW_HISTORY] =
        ROW_OF_NUMBER("new.history", SITE_SECTION_NEW, "Minutes that chat is remembered",
                      "In memory only. 0: four hours, as everywhere.", "0", 0, 525600),
    [SITE_NEW_RECORDING] = ROW_OF_FLAG("new.record", SITE_SECTION_NEW, "Recording is allowed",
                                       "Operators of a new group may record it."),
};

const char *site_setting_name(const struct site_setting *s)
{
    return strchr(s->key, '.') + 1;
}

const struct site_setting *site_setting_find(const char *key)
{
    for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
        if (strcmp(site_settings[i].key, key) == 0)
            return &site_settings[i];
    }
    return NULL;
}

/* Besides letters and digits, what may stand in an address as it is (RFC 3986 section 2). */
static bool is_of_link(struct span link)
{
    static const char marks[] = "-._~:/?#[]@!$&()*+,;=%";

    for (size_t i = 0; i < link.len; i++) {
        uint8_t c = link.data[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
            (c == 0 || !strchr(marks, c)))
            return false;
    }
    return true;
}

bool site_link_check(struct span link)
{
    struct span rest;
    size_t end = 0;

    if (!is_of_link(link))
        return false;
    if (span_starts_with(link, "https://")) {
        rest = span_sub(link, strlen("https://"), link.len);
        while (end < rest.len && !strchr("/?#", rest.data[end]))
            end++;
        return host_check(span_sub(rest, 0, end));
    }
    if (span_starts_with(link, "mailto:")) {
        size_t at = span_index(link, '@', strlen("mailto:") + 1);

        return at + 1 < link.len;
    }
    return false;
}

static bool has_controls(struct span text, bool may_break)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((text.data[i] < 0x20 && !(may_break && text.data[i] == '\n')) || text.data[i] == 0x7f)
            return true;
    }
    return false;
}

static int check_colour(struct span value, struct error *e)
{
    struct colour chosen, nearest;
    struct colour_accent accent;
    char text[COLOUR_SIZE];

    if (!colour_parse(&chosen, value))
        return error_set(e, ERR_INVALID, NULL, "write it as #rrggbb, for example #0b6b6d");
    if (colour_accent(&accent, chosen, &nearest))
        return 0;
    colour_format(text, nearest);
    return error_set(e, ERR_INVALID, NULL,
                     "too bright to be read on a light page; %s is like it, and dark enough", text);
}

static int check_number(const struct site_setting *s, struct span value, struct error *e)
{
    uint64_t n;

    if (span_u64(value, &n) && n >= (uint64_t)s->min && n <= (uint64_t)s->max)
        return 0;
    return error_set(e, ERR_INVALID, NULL, "write a whole number from %lld to %lld",
                     (long long)s->min, (long long)s->max);
}

static int check_choice(const struct site_setting *s, struct span value, struct error *e)
{
    for (const struct site_choice *c = s->choices; c->word; c++) {
        if (span_eq_str(value, c->word))
            return 0;
    }
    return error_set(e, ERR_INVALID, NULL, "choose one of the list");
}

static int check_hosts(struct span value, struct error *e)
{
    struct span line;

    while (span_split(&value, '\n', &line)) {
        line = span_trim(line);
        if (line.len && !host_check(line))
            return error_set(e, ERR_INVALID, NULL, "%.*s is not the name of a host", (int)line.len,
                             (const char *)line.data);
    }
    return 0;
}

static int check_codecs(struct span value, struct error *e)
{
    struct span word;

    while (span_split(&value, ' ', &word)) {
        char name[16] = "";

        if (word.len && word.len < sizeof name)
            memcpy(name, word.data, word.len);
        if (word.len && !group_codec_is_known(name))
            return error_set(e, ERR_INVALID, NULL,
                             "write some of vp8 vp9 av1 h264 opus g722 pcmu pcma, with spaces "
                             "between them");
    }
    return 0;
}

static int check_kind(const struct site_setting *s, struct span value, struct error *e)
{
    switch (s->kind) {
    case SITE_COLOUR:
        return check_colour(value, e);
    case SITE_LINK:
        return site_link_check(value)
                   ? 0
                   : error_set(e, ERR_INVALID, NULL,
                               "it must begin with https:// and name a host, or with mailto: and "
                               "name an address");
    case SITE_NUMBER:
        return check_number(s, value, e);
    case SITE_FLAG:
        return span_eq_str(value, "yes") ? 0 : error_set(e, ERR_INVALID, NULL, "tick it or not");
    case SITE_CHOICE:
        return check_choice(s, value, e);
    case SITE_HOSTS:
        return check_hosts(value, e);
    case SITE_CODECS:
        return check_codecs(value, e);
    case SITE_LINE:
    case SITE_TEXT:
    case SITE_LANGUAGE:
    case SITE_ZONE:
        break;
    }
    return 0;
}

int site_setting_check(const struct site_setting *s, struct span value, struct error *e)
{
    bool has_lines = s->kind == SITE_TEXT || s->kind == SITE_HOSTS;

    if (value.len > s->max_bytes)
        return error_set(e, ERR_TOO_LARGE, NULL, "at most %zu bytes, and these are %zu",
                         s->max_bytes, value.len);
    if (has_controls(value, has_lines))
        return error_set(e, ERR_INVALID, NULL, "there is a control character in it");
    return value.len == 0 ? 0 : check_kind(s, value, e);
}
