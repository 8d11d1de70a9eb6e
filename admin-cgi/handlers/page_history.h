/*
 * Versions of a group: what each changed, and going back to one (WEB-19).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_HISTORY_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_HISTORY_H

#include "admin-cgi/router.h"

/** GET GROUP/.history/?before=SEQ: versions, newest first. */
route_handler page_history;

/**
 * GET GROUP/.history/SEQ: what it changed, and how it differs from now. 404 without such a version.
 */
route_handler page_version;

/** POST .../restore: its settings become the present ones; users and keys stay. */
route_handler page_restore_post;

/** GET .../restore-all: 303 to the version; where the proof of the password leads back to. */
route_handler page_restore_all;

/** POST .../restore-all: the whole version, users and keys included, becomes the present one. */
route_handler page_restore_all_post;

#endif
