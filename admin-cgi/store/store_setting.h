/*
 * Settings of the console: key and JSON value ("site.title", "session.idle_min").
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SETTING_H
#define NEREID_ADMIN_CGI_STORE_STORE_SETTING_H

#include <json-c/json.h>

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

/** Parsed value, owned by the arena; *out is NULL when it is not set. */
int store_setting_get(struct db *db, struct arena *a, const char *key, struct json_object **out,
                      struct error *e) MUST_USE;
/** NULL removes the setting. Audited as "setting.put". */
int store_setting_put(struct db *db, const char *key, struct json_object *value,
                      const struct actor *actor, struct error *e) MUST_USE;

#endif
