/*
 * The form of a group's settings: from a description to a page, and the members that a form changes
 * (group_form_read.h says what was sent). Kinds and limits are those of group_fields
 * (common/group_desc.h).
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

/** "Display name" for "displayName"; the name itself when it is none of ours. */
const char *group_form_label(const char *name);
/** A member's value in words for a table: "not set", "yes", the text. In the arena. */
const char *group_form_value(struct arena *a, struct json_object *value);

#endif
