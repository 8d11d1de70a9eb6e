/*
 * A file that somebody sends to the page of backups (POST /admin/backup/.upload): one of our
 * backups comes to the others, and is looked into; an archive of another server is kept for
 * page_import.h. Before nginx takes the file in, it asks whether it may
 * (GET /admin/backup/.may-upload): nobody else fills the disk.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_UPLOAD_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_UPLOAD_H

#include "admin-cgi/router.h"

route_handler page_upload_may; /* 204 or 403 */
route_handler page_upload;     /* the way back to the page of backups */
route_handler page_upload_post;

#endif
