/*
 * What holds of site_setting.h right now. Where the database does not answer, or has something that
 * is no value, the preset.
 */
#ifndef NEREID_ADMIN_CGI_SITE_SITE_VALUE_H
#define NEREID_ADMIN_CGI_SITE_SITE_VALUE_H

#include "admin-cgi/site/site_setting.h"
#include "admin-cgi/store/db.h"

struct account;

/** In the arena, or the preset. Never NULL. */
const char *site_text(struct db *db, struct arena *a, enum site_setting_id id);
/** Of a SITE_NUMBER. */
int64_t site_number(struct db *db, enum site_setting_id id);
/** Of a SITE_NUMBER of minutes, hours or days, in microseconds. @param unit_s one of them */
int64_t site_time_us(struct db *db, enum site_setting_id id, int64_t unit_s);
/** Of a SITE_FLAG. */
bool site_flag(struct db *db, enum site_setting_id id);

/** Must an account sign in with a code, because it is demanded of this one, or of all like it?
 * @param whom the value of SITE_SECOND_FACTOR: of whom this server demands one */
bool site_demands_code_of(const char *whom, const struct account *account);
/** The same by the setting as it is now. */
bool site_demands_code(struct db *db, const struct account *account);

#endif
