/*
 * What was deleted and can be brought back (GET, POST /admin/trash): groups with their versions,
 * and recordings, each for who may change it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_TRASH_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_TRASH_H

#include "admin-cgi/router.h"

route_handler page_trash;
route_handler page_trash_post;

#endif
