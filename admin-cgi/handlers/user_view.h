/*
 * Users of a group, for API and pages: which one a path means, and where its pages are.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_USER_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_USER_VIEW_H

#include "admin-cgi/request.h"
#include "common/group_desc.h"

/** The user of the path: a name, "" for .empty-user, NULL for .wildcard-user. Borrowed. */
const char *user_view_of(const struct request *req);

/** "/admin/groups/G/.users/NAME" + suffix, and the like for the two special ones. In the arena. */
const char *user_view_path(struct arena *a, const char *group, const char *user,
                           const char *suffix);

/** The name, "Anyone else" or "Without a name". In the arena. */
const char *user_view_label(struct arena *a, const char *user);

/** The user of a description, borrowed; NULL when there is none. @param user as user_view_of() */
const struct group_user *user_view_find(const struct group_desc *desc, const char *user);

#endif
