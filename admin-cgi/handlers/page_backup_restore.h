/*
 * Putting a backup back: first what would go and come, then the order.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_BACKUP_RESTORE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_BACKUP_RESTORE_H

#include "admin-cgi/router.h"

route_handler page_backup_restore;
route_handler page_backup_restore_post;

#endif
