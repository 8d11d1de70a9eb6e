/*
 * Reading a hand-written JSON file so that every complaint names line, column and field: shared by
 * group_desc*.c and server_config.c.
 */
#ifndef NEREID_COMMON_GROUP_DESC_INTERNAL_H
#define NEREID_COMMON_GROUP_DESC_INTERNAL_H

#include "common/group_desc.h"

#define DESC_WARNINGS_MAX 50    /* the last one says that there are more */
#define OBSOLETE_USERS_MAX 1000 /* in each of op, presenter and other */
#define GROUP_CODECS_MAX 8
#define GROUP_FIELDS_MAX 24

/** A file on its way into a struct. The first failure stays; later ones are ignored. */
struct desc_doc {
    struct span text; /* borrowed; empty when places are not known */
    struct error *e;  /* may be NULL */
    int result;       /* 0 or the first failure's code */
    struct group_warning *warnings;
    size_t n_warnings;
};

/** Where in the document: member names as they are spelled there, at most 4. */
struct desc_path {
    const char *names[4];
    size_t n;
};

struct desc_path desc_path_add(struct desc_path path, const char *name);

/** Fail at a path: e's place is "line L column C", its text "FIELD: what". */
void desc_fail(struct desc_doc *doc, struct desc_path path, int code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void desc_no_memory(struct desc_doc *doc);
void desc_warn(struct desc_doc *doc, struct desc_path path, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** Warn of what json_scan_parse_file() let pass; nothing when its code is 0. */
void desc_warn_unclean(struct desc_doc *doc, const struct error *unclean);

/** The name as the object spells it: exact, else in any case; NULL when absent or null. */
const char *desc_key(struct json_object *object, const char *name);

/** Warn about each member that no name of the NULL-terminated list stands for. */
void desc_warn_unknown(struct desc_doc *doc, struct json_object *object, struct desc_path path,
                       const char *const *known);

/** Member of an object as a string, boolean, ...: json_fields with errors at their place.
 * Returns false when absent, null, or failed. Strings are borrowed. */
bool desc_string(struct desc_doc *doc, struct json_object *object, const char *name,
                 const char **out);
bool desc_bool(struct desc_doc *doc, struct json_object *object, const char *name, bool *out);
bool desc_strings(struct desc_doc *doc, struct json_object *object, const char *name, char ***out,
                  size_t *n_out);

/** Read a user description's password and permissions. */
void desc_read_user(struct desc_doc *doc, struct group_user *out, struct json_object *json,
                    struct desc_path path);

/**
 * Read an object of users, sorted by name; a bad name is left out with a warning.
 * @param json NULL gives none
 */
void desc_read_users(struct desc_doc *doc, struct json_object *json, struct desc_path path,
                     struct group_user **out, size_t *n_out);

void group_user_release(struct group_user *u);
void group_users_free(struct group_user *users, size_t n);
/** Binary search; NULL when there is none. */
struct group_user *group_users_find(struct group_user *users, size_t n, struct span name);

#define GROUP_OTHER_MEMBERS 7
/** Members of a file that are set in other ways, or not at all, through the API. NULL-terminated.
 */
extern const char *const group_other_members[GROUP_OTHER_MEMBERS + 1];

/** NULL when the text may stand as this URL field, else what is wrong. */
const char *group_url_check(const char *field, const char *url);

/** True for a name of spec/signalling.md 3.11. */
bool group_codec_is_known(const char *name);

/** The obsolete members op, presenter, other and allow-subgroups. */
void desc_read_obsolete(struct desc_doc *doc, struct group_desc *d, struct json_object *root);

#endif
