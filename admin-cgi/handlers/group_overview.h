/* What a group's overview shows besides its settings: its link, its last changes, what is recorded.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_OVERVIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_OVERVIEW_H

#include <json-c/json.h>

#include "admin-cgi/router.h"
#include "admin-cgi/store/store_group.h"

/** Add `link`, its QR code, `last_changes` and `recordings`. */
void group_overview_add(struct request *req, struct app *app, struct json_object *page,
                        const struct group_record *group);

/** GET .poster: the group's name, link and QR code, to be printed. */
route_handler page_group_poster;

#endif
