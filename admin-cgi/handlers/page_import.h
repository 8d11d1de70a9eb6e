/*
 * An archive of another server's groups/ and data/ that was sent (page_upload.h): what taking it in
 * would change (GET /admin/import/{file}), and the job that takes in what was chosen (POST).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_IMPORT_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_IMPORT_H

#include "admin-cgi/router.h"

route_handler page_import;
route_handler page_import_post;

#endif
