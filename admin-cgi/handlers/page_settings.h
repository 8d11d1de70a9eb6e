/*
 * How the server presents itself, for server administrators: /admin/settings, one row for each of
 * site/site_setting.h; and the style sheet that follows from it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SETTINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SETTINGS_H

#include "admin-cgi/router.h"

/** GET /admin/settings */
route_handler page_settings;
/** POST /admin/settings: what differs from what the form came with is changed, all or nothing. */
route_handler page_settings_post;
/** POST /admin/settings/reset: one goes back to its default. */
route_handler page_settings_reset_post;
/** The page with a problem of one of its other forms (422). @param text a sentence */
void page_settings_refuse(struct request *req, struct response *res, struct app *app,
                          const char *field, const char *text);
/** GET /site/style.css: the accent colour, for every page of this server. Public. */
route_handler site_style_sheet;

#endif
