/*
 * Numbered schema migrations (schema/NNNN-name.sql): each in one transaction, a snapshot of the
 * database before the first, a newer database refused (WEB-36, FAULT-24). Keeper only.
 */
#ifndef NEREID_ADMIN_CGI_STORE_MIGRATE_H
#define NEREID_ADMIN_CGI_STORE_MIGRATE_H

#include "admin-cgi/store/db.h"

/**
 * Bring the schema up to date.
 * @param schema_dir   where the migrations lie
 * @param was_empty    may be NULL: true when the database had no schema before
 * @return 0; ERR_WRONG_STATE for a database that is newer than this program, or whose history
 *         differs; ERR_DAMAGED when it is damaged; ERR_IO, ERR_BUSY
 */
int migrate(struct db *db, const char *schema_dir, int64_t now_us, bool *was_empty,
            struct error *e) MUST_USE;

/** True when the schema is the newest of `schema_dir`: for processes that only use it. */
int migrate_check(struct db *db, const char *schema_dir, struct error *e) MUST_USE;

/** When the database was made. @return 0, ERR_NOT_FOUND, ERR_IO */
int migrate_first_us(struct db *db, int64_t *out, struct error *e) MUST_USE;

#endif
