#include "common/group_field.h"

#include <assert.h>
#include <string.h>

#include "common/macros.h"

#define TEXT_MAX 10000
#define URL_MAX 4000
#define DISPLAY_NAME_MAX 1000
#define CLIENTS_MAX 1000000
#define LAST_N_MAX 1000
#define KEEP_DAYS_MAX 3650
#define AGE_MAX INT64_C(315360000) /* ten years */

#define AT(member) offsetof(struct group_desc, member)

const struct group_field group_fields[] = {
    {"allow-anonymous", FIELD_TRISTATE, AT(allow_anonymous), 0, 0, 0, 0},
    {"allow-recording", FIELD_BOOL, AT(allow_recording), 0, 0, 0, 0},
    {"authPortal", FIELD_URL, AT(auth_portal), 0, URL_MAX, 0, 0},
    {"authServer", FIELD_URL, AT(auth_server), 0, URL_MAX, 0, 0},
    {"auto-subgroups", FIELD_BOOL, AT(auto_subgroups), 0, 0, 0, 0},
    {"autokick", FIELD_BOOL, AT(autokick), 0, 0, 0, 0},
    {"autolock", FIELD_BOOL, AT(autolock), 0, 0, 0, 0},
    {"codecs", FIELD_CODECS, AT(codecs), 0, 0, 0, 0},
    {"comment", FIELD_STRING, AT(comment), 0, TEXT_MAX, 0, 0},
    {"contact", FIELD_STRING, AT(contact), 0, TEXT_MAX, 0, 0},
    {"description", FIELD_STRING, AT(description), 0, TEXT_MAX, 0, 0},
    {"displayName", FIELD_STRING, AT(display_name), 0, DISPLAY_NAME_MAX, 0, 0},
    {"encrypted", FIELD_BOOL, AT(is_encrypted), 0, 0, 0, 0},
    {"expires", FIELD_TIME, AT(expires_us), AT(has_expires), 0, 0, 0},
    {"keep-recordings", FIELD_INT, AT(keep_recordings_days), 0, 0, -1, KEEP_DAYS_MAX},
    {"last-n", FIELD_INT, AT(last_n), 0, 0, -1, LAST_N_MAX},
    {"max-clients", FIELD_INT, AT(max_clients), 0, 0, 0, CLIENTS_MAX},
    {"max-history-age", FIELD_INT, AT(max_history_age_s), 0, 0, -1, AGE_MAX},
    {"not-before", FIELD_TIME, AT(not_before_us), AT(has_not_before), 0, 0, 0},
    {"public", FIELD_BOOL, AT(is_public), 0, 0, 0, 0},
    {"redirect", FIELD_URL, AT(redirect), 0, URL_MAX, 0, 0},
    {"unrestricted-tokens", FIELD_BOOL, AT(unrestricted_tokens), 0, 0, 0, 0},
};
const size_t n_group_fields = LENGTH(group_fields);

static_assert(LENGTH(group_fields) <= GROUP_FIELDS_MAX, "GROUP_FIELDS_MAX is too small");

const struct group_field *group_field_find(const char *name)
{
    for (size_t i = 0; i < n_group_fields; i++) {
        if (strcmp(group_fields[i].name, name) == 0)
            return &group_fields[i];
    }
    return NULL;
}

bool group_codec_is_known(const char *name)
{
    static const char *const codecs[GROUP_CODECS_MAX] = {"av1",  "g722", "h264", "opus",
                                                         "pcma", "pcmu", "vp8",  "vp9"};

    for (size_t i = 0; i < GROUP_CODECS_MAX; i++) {
        if (strcmp(codecs[i], name) == 0)
            return true;
    }
    return false;
}

/* Characters that RFC 3986 does not allow; a URL ends up in headers, links and a policy. */
static bool has_foreign_character(const char *url)
{
    for (const unsigned char *c = (const unsigned char *)url; *c; c++) {
        if (*c <= ' ' || *c == 0x7F || strchr("\"<>\\^`{|}", *c))
            return true;
    }
    return false;
}

const char *group_url_check(const char *field, const char *url)
{
    struct span text = span_str(url);
    bool is_redirect = strcmp(field, "redirect") == 0;
    size_t host;

    if (has_foreign_character(url))
        return "a URL cannot contain this character";
    host = span_starts_with(text, "https://") ? 8 : span_starts_with(text, "http://") ? 7 : 0;
    if (host > 0) {
        if (text.len == host || strchr("/?#:", url[host]))
            return "the URL has no host";
        if (!is_redirect && strpbrk(url, ";,'"))
            return "the URL must not contain ; , or '";
        return NULL;
    }
    if (!is_redirect)
        return "must start with https:// or http://";
    if (strncmp(url, "//", 2) == 0 || span_index(text, ':', 0) < strcspn(url, "/?#"))
        return "must be an https: or http: URL, or a path";
    return NULL;
}

const char *const group_other_members[GROUP_OTHER_MEMBERS + 1] = {
    "authKeys", GROUP_FIELD_ALLOW_SUBGROUPS, "op", "other", "presenter", "users", "wildcard-user",
    NULL};
