/*
 * The console's page of backups: what is there, make one, take it away, when the nightly one is
 * made; putting one back; and the page of a job (WEB-12).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_BACKUP_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_BACKUP_H

#include "admin-cgi/router.h"

route_handler page_backup;
route_handler page_backup_post;
route_handler page_backup_file;

#define BACKUP_PATH "/admin/backup"

/** The page again, with what is wrong with one of its fields (422), or with us. */
void page_backup_refuse(struct request *req, struct response *res, struct app *app,
                        const char *field, const struct error *e);

#endif
