/*
 * /admin/recordings: the recordings of all groups that somebody may see, with what they take of the
 * disk (HTTP-14).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_RECORDINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_RECORDINGS_H

#include "admin-cgi/router.h"

route_handler page_recordings;
route_handler page_recordings_post;

#endif
