/*
 * What is so now and belongs beside a group's settings: meetings below it, and the room that its
 * recordings take. Each fills `beside`, and for meetings `beside_links` with their rows {"path",
 * "text"}.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_BESIDE_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_BESIDE_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/store/store_group.h"

struct app;

/** The live subgroups that this person may see; nothing where the group makes none by itself and
 * none is live.
 * @param live mediad's groups, as group_view_live(); NULL: not known, nothing is added */
void group_beside_subgroups(struct request *req, struct json_object *to,
                            const struct group_record *group, struct json_object *live);

/** Both, in the rows of a form that group_form_show() made. */
void group_beside_form(struct request *req, struct app *app, struct json_object *page,
                       const struct group_record *group);

#endif
