/*
 * /recordings/: the list, deleting, and files, which nginx sends. The guard has checked who asks
 * before anything is looked for (HTTP-14).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_RECORDINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_RECORDINGS_H

#include "admin-cgi/router.h"

/** GET /recordings/GROUP/: the page. */
route_handler recordings_list;

/** POST there: deletes one file, named in the form; in the audit log. 303; 404; 409 while it is
 * written. */
route_handler recordings_delete;

/**
 * GET /recordings/GROUP/FILE: X-Accel-Redirect to a location that only this answer opens, so that
 * nginx sends the bytes and ranges. 308 for a folder, 404.
 */
route_handler recordings_file;

#endif
