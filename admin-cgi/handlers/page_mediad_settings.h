/*
 * The settings of meetings in data/mediad.json, for server administrators:
 * /admin/settings/meetings, one row for each of site/mediad_text.h.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_MEDIAD_SETTINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_MEDIAD_SETTINGS_H

#include "admin-cgi/router.h"

route_handler page_mediad_settings;
/** POST: what differs is written into the file; the rest of it stays byte for byte. */
route_handler page_mediad_settings_post;

#define MEDIAD_SETTINGS_PATH "/admin/settings/meetings"

#endif
