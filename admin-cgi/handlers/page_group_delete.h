/*
 * Deleting a group into the trash, and bringing it back (WEB-20).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_DELETE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_DELETE_H

#include "admin-cgi/router.h"

/** GET GROUP/.delete: what will happen; asks for the group's name. */
route_handler page_group_delete;

/** POST: to the trash, and its invitations are removed. 422 unless the name was written. */
route_handler page_group_delete_post;

/** POST GROUP/.undelete: back from the trash, without its invitations. */
route_handler page_group_undelete_post;

#endif
