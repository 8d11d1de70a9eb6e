/*
 * The settable members of a description, and the checks of their values.
 */
#ifndef NEREID_COMMON_GROUP_FIELD_H
#define NEREID_COMMON_GROUP_FIELD_H

#include "common/group_desc.h"

#define GROUP_CODECS_MAX 8
#define GROUP_FIELDS_MAX 24

enum group_field_kind {
    FIELD_STRING,
    FIELD_URL, /* http or https; `redirect` may also be relative */
    FIELD_BOOL,
    FIELD_TRISTATE, /* a boolean whose false differs from absent */
    FIELD_INT,
    FIELD_TIME, /* RFC 3339 */
    FIELD_CODECS
};

/** One settable member of a description: what a file, the API and the console's form agree on. */
struct group_field {
    const char *name;
    enum group_field_kind kind;
    size_t offset;     /* of the value in struct group_desc */
    size_t has_offset; /* times: of the boolean that says whether there is one */
    size_t max_bytes;  /* strings, in UTF-8 */
    int64_t min, max;  /* integers */
};

/**
 * The one table of a description's settable members, sorted by name. Reading a file, the API, the
 * console's forms and texts all follow it; docs/openapi.yaml and docs/ADMIN.md repeat its limits,
 * and tests compare them.
 */
extern const struct group_field group_fields[];
extern const size_t n_group_fields;

/** The row of a name, spelled exactly; NULL: there is none. */
const struct group_field *group_field_find(const char *name);

/** The old name of auto-subgroups, in files and in what the API takes; written by nobody. */
#define GROUP_FIELD_ALLOW_SUBGROUPS "allow-subgroups"

#define GROUP_OTHER_MEMBERS 7
/** Members of a file that are set in other ways, or not at all, through the API. NULL-terminated.
 */
extern const char *const group_other_members[GROUP_OTHER_MEMBERS + 1];

/** NULL when the text may stand as this URL field, else what is wrong. */
const char *group_url_check(const char *field, const char *url);

/** True for the name of a codec that a group may list: "vp8", "opus", ... */
bool group_codec_is_known(const char *name);

#endif
