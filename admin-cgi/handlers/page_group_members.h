/*
 * What a group's file has besides its settings: old forms, which a click writes anew, and members
 * that Nereid does not know, with what was perhaps meant.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_MEMBERS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_MEMBERS_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "common/group_desc.h"

struct app;

/** Add `is_obsolete`, and `unknown` with a row for each such member. */
void group_members_add(struct arena *a, struct json_object *page, const struct group_desc *d);

/** POST .members: `do` is "upgrade", "remove" or "rename"; `member`, and its name `to`. */
void page_group_members_post(struct request *req, struct response *res, struct app *app);

#endif
