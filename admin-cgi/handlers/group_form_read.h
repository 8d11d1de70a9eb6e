/*
 * The form of a group's settings as it was sent: from its texts to members of a description, each
 * checked.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_READ_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_READ_H

#include <json-c/json.h>

#include "admin-cgi/form.h"
#include "admin-cgi/handlers/form_view.h"

/**
 * What was sent, as the API's form of a description (group_desc_to_api()); problems are noted. A
 * field that still holds what the page showed keeps its value as it is, and is not judged: the
 * file may hold what neither the form nor the API would take.
 * @param base the description that the form was made from
 * @return owned; NULL when out of memory
 */
struct json_object *group_form_read(struct arena *a, struct form_view *v, const struct form *form,
                                    const struct json_object *base);

/** Note what the API would say against a member. @param value NULL: nothing to say */
void group_form_check(struct form_view *v, const char *name, struct json_object *value);

#endif
