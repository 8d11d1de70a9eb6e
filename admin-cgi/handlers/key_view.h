/*
 * The page of a group's keys, as all that have to do with them show it. The members that make a key
 * one stay where they are.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_KEY_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_KEY_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_group.h"

struct app;

/** The group's keys as they are written; NULL: none, or no array. Borrowed from the record. */
struct json_object *key_view_array(const struct group_record *group);

/** The page with the list of keys, their places in other groups, and empty forms. */
struct json_object *key_view_page(struct request *req, struct response *res, struct app *app,
                                  const struct group_record *group, const char *title);

/** The choices of what to make. @param chosen a word of them, or NULL */
void key_view_kinds(struct json_object *page, const char *chosen);

#endif
