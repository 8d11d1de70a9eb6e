/*
 * The pages of settings, for server administrators: one row for each of site/site_setting.h; and
 * the style sheet that follows from it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SETTINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SETTINGS_H

#include "admin-cgi/router.h"
#include "admin-cgi/site/site_setting.h"

/** GET /admin/settings, /admin/settings/sessions, /admin/settings/keeping, /admin/settings/limits
 */
route_handler page_settings;
/** POST to the same: what differs from what the form came with is changed, all or nothing. */
route_handler page_settings_post;
/** POST /admin/settings/reset: one goes back to its default. */
route_handler page_settings_reset_post;
/** POST /admin/settings/sessions/end: all sessions but one's own. */
route_handler page_sessions_end_post;
/** The page with a problem of one of its other forms (422). @param text a sentence */
void page_settings_refuse(struct request *req, struct response *res, struct app *app,
                          const char *field, const char *text);
/** The page that a setting stands on. */
const char *page_settings_path(const struct site_setting *s);
/** GET /site/style.css: the accent colour, for every page of this server. Public. */
route_handler site_style_sheet;

#endif
