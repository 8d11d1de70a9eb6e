/*
 * Edits of a group file's text, member by member, so that every byte outside what changes stays as
 * the author wrote it (WEB-25). Knows nothing of the database.
 */
#ifndef NEREID_ADMIN_CGI_STORE_GROUP_TEXT_H
#define NEREID_ADMIN_CGI_STORE_GROUP_TEXT_H

#include "common/buf.h"
#include "common/group_desc.h"

/** A text under edit. */
struct group_text {
    struct buf text;
    struct group_desc *desc; /* of the text as it was opened */
};

/** Parse the text; one that is unclean is laid out anew, so that what is written is clean.
 * @param text empty: a new file. Errors as group_desc_parse() */
int group_text_open(struct group_text *g, struct span text, struct error *e) MUST_USE;
void group_text_release(struct group_text *g);

/** Top-level member; NULL removes it. A member that has this value already stays as it is written.
 */
int group_text_set(struct group_text *g, const char *name, struct json_object *value,
                   struct error *e) MUST_USE;
/** A settable member (group_fields) by its present name; one of an old name goes. */
int group_text_set_field(struct group_text *g, const char *name, struct json_object *value,
                         struct error *e) MUST_USE;
/** Lay a new text out for people: one member a line. For texts that nobody has written by hand. */
int group_text_lay_out(struct group_text *g, struct error *e) MUST_USE;

/** Current top-level member in the text as opened, spelled in any case; NULL when absent or null.
 */
struct json_object *group_text_get(const struct group_text *g, const char *name);

/**
 * All settable members (group_fields) become those of `object`; the rest stays. As in a file, a
 * true allow-subgroups stands for auto-subgroups.
 * @param keep_empty false: "", false, 0 and [] are not written, as the API has it
 */
int group_text_replace(struct group_text *g, struct json_object *object, bool keep_empty,
                       struct error *e) MUST_USE;

/** Member of a user ("permissions", "password"); `member` NULL: the whole user. `user` NULL: the
 * wildcard user. `value` NULL removes. Obsolete forms are upgraded first. */
int group_text_set_user(struct group_text *g, const char *user, const char *member,
                        struct json_object *value, struct error *e) MUST_USE;

/** op, presenter and other become users, allow-subgroups becomes auto-subgroups; nothing changes
 * where there is none of them. The description follows. */
int group_text_upgrade(struct group_text *g, struct error *e) MUST_USE;
/** Does the file have any of those? */
bool group_text_is_obsolete(const struct group_desc *d);

/** The user of the description; NULL for none. @param user NULL: the wildcard user */
const struct group_user *group_text_user(const struct group_desc *desc, const char *user);
/** {"password": ..., "permissions": ...} of a user of a description, as files have it. Owned; NULL:
 * no memory */
struct json_object *group_text_user_json(const struct group_user *user);

#endif
