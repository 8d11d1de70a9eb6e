/*
 * /recordings/: list, delete, and files that nginx sends (HTTP-14). The guard has
 * checked who asks before anything is looked for.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_RECORDINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_RECORDINGS_H

#include "admin-cgi/router.h"

route_handler recordings_list;
route_handler recordings_delete;
route_handler recordings_file;

#endif
