/*
 * What was changed among the settings that lie in the database: the list of changes, each of which
 * is put back by itself, and "Undo" after a save.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SETTINGS_HISTORY_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SETTINGS_HISTORY_H

#include "admin-cgi/router.h"

#define SETTINGS_HISTORY_PATH "/admin/settings/history"

/** GET /admin/settings/history?setting=KEY&before=ID */
route_handler page_settings_history;
/** POST to the same: a setting goes back to what it was before a change. */
route_handler page_settings_history_post;
/** GET /admin/settings/undo/{batch}: to the list, for who comes here by the proof of the password.
 */
route_handler page_settings_undo;
/** POST to the same: all that was saved at once is taken back, unless it was changed since. */
route_handler page_settings_undo_post;

/** Where the button "Undo" posts to. @param batch of the past (store/store_setting_past.h) */
const char *page_settings_undo_path(struct request *req, int64_t batch);
/** The changes of one setting, by its key. */
const char *page_settings_history_path(struct request *req, const char *key);

#endif
