/*
 * Reading a hand-written JSON file so that every complaint names line, column and field: for group
 * files and data/config.json.
 */
#ifndef NEREID_COMMON_GROUP_DESC_DOC_H
#define NEREID_COMMON_GROUP_DESC_DOC_H

#include "common/group_desc.h"

#define DESC_WARNINGS_MAX 50 /* the last one says that there are more */

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

/** The path with one name more. */
struct desc_path desc_path_add(struct desc_path path, const char *name);

/** Fail at a path: e's place is "line L column C", its text "FIELD: what". */
void desc_fail(struct desc_doc *doc, struct desc_path path, int code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/** Fail with ERR_NO_MEMORY. */
void desc_no_memory(struct desc_doc *doc);

/** Add a warning at a path; after DESC_WARNINGS_MAX one more says that there are more. */
void desc_warn(struct desc_doc *doc, struct desc_path path, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** Warn of what json_scan_parse_file() let pass; nothing when its code is 0. */
void desc_warn_unclean(struct desc_doc *doc, const struct error *unclean);

/** The name as the object spells it: exact, else in any case; NULL when absent or null. */
const char *desc_key(struct json_object *object, const char *name);

/** Does a name of the NULL-terminated list stand for this member, in whatever case? Not when the
 * object has the name spelled exactly besides. */
bool desc_is_known(struct json_object *object, const char *key, const char *const *known);

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

#endif
