/* A group as a row of the lists of groups. */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_ROW_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_ROW_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/store/store_group_list.h"

/** Who may come in, in English, to be said. */
const char *group_row_access(enum access_kind kind);

/** Add what the template `group_cells` shows of a group. @param live array of the last sample, or
 * NULL */
void group_row_add(struct request *req, struct json_object *row, const struct group_row *group,
                   struct json_object *live);

#endif
