/*
 * What one version of a group changed, in words: settings by name, users by name, never a secret.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_VERSION_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_VERSION_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "common/group_desc.h"

struct app;

/** The description in a version's text, in the arena. NULL: it does not parse. */
const struct group_desc *version_view_parse(struct arena *a, struct span text);

/** The same of a version by its number. NULL: there is no such version, or it does not parse. */
const struct group_desc *version_view_desc(struct request *req, struct app *app, int64_t file_id,
                                           int64_t seq);

/**
 * Append rows {label, before, after} to a list.
 * @param from, to NULL: no such version, or one that does not parse
 */
void version_view_changes(struct arena *a, struct json_object *list, const struct group_desc *from,
                          const struct group_desc *to);

#endif
