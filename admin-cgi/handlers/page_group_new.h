/*
 * A new group: a name and something to start from (WEB-13).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_NEW_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_NEW_H

#include <json-c/json.h>

#include "admin-cgi/router.h"

/** GET /admin/groups/.new: the form. A link may suggest `name` and `start`. */
route_handler page_group_new;

/** What a group may begin with, as `starters` of a page: `word` (of `start`), `label`, `help`.
 * @param chosen word of the one that is chosen; "" for none */
void page_group_starters(struct json_object *page, const char *chosen);

/**
 * POST: makes the group from a starter or from another group's settings, without its users and
 * keys. 303 to it; 422 with problems: the name, one that is in use, as many groups as this person
 * may have.
 */
route_handler page_group_new_post;

#endif
