/*
 * Settings that only the console knows: one text each.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SETTING_H
#define NEREID_ADMIN_CGI_STORE_STORE_SETTING_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

/** @param out in the arena; untouched when nobody has set it @return 0, ERR_BUSY, ERR_IO */
int store_setting_get(struct db *db, struct arena *a, const char *key, const char **out,
                      struct error *e) MUST_USE;
/** With an audit row. @param value not empty */
int store_setting_set(struct db *db, const char *key, const char *value, const struct actor *actor,
                      struct error *e) MUST_USE;

#endif
