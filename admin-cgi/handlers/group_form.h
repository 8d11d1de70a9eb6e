/*
 * The form of a group's settings: from a description to a page, and from what was sent back to the
 * members that change. Kinds and limits are those of group_fields (common/group_desc.h).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_H

#include <json-c/json.h>

#include "admin-cgi/form.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/store/store_group.h"

/** Names of all fields of the form, NULL-terminated, for form_check(). NULL when out of memory. */
const char *const *group_form_names(struct arena *a);
/** Those that may come more than once. */
extern const char *const group_form_repeated[];

/** The button GROUP_FORM_DO: change the form that was sent, not the group. "reset:NAME" empties a
 * field, "up:CODEC" and "down:CODEC" move one. @return where that is on the page; NULL: no such
 * button */
#define GROUP_FORM_DO "do"
/** The hidden fields that name the settings which the page has warned of. */
#define GROUP_FORM_SAID "said"
const char *group_form_do(struct form *form);

/**
 * What was sent, as the API's form of a description (group_desc_to_api()); problems are noted. A
 * field that still holds what the page showed keeps its value as it is, and is not judged: the
 * file may hold what neither the form nor the API would take.
 * @param base the description that the form was made from
 * @return owned; NULL when out of memory
 */
struct json_object *group_form_read(struct arena *a, struct form_view *v, const struct form *form,
                                    const struct json_object *base);

/**
 * The members in which `wanted` differs from `base`. Values are borrowed from `wanted`.
 * @param out room for n_group_fields
 * @return how many
 */
size_t group_form_changes(struct json_object *base, struct json_object *wanted,
                          struct member_change *out);

/**
 * Add `sections` to the page: each with its fields, values and problems.
 * @param values of group_desc_to_api() or group_form_read()
 * @param form   as it was sent: its texts are shown where they could not be read; NULL: none
 */
void group_form_show(struct arena *a, struct form_view *v, struct json_object *values,
                     const struct form *form);

/** Note what the API would say against a member. @param value NULL: nothing to say */
void group_form_check(struct form_view *v, const char *name, struct json_object *value);

/** "Display name" for "displayName"; the name itself when it is none of ours. */
const char *group_form_label(const char *name);
/** A member's value in words for a table: "not set", "yes", the text. In the arena. */
const char *group_form_value(struct arena *a, struct json_object *value);

#endif
