/*
 * The database as one file, on its way into a backup and out of one.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SNAPSHOT_H
#define NEREID_ADMIN_CGI_STORE_STORE_SNAPSHOT_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

/** Write the database as of now to a file that does not exist yet, without stopping anybody.
 * @return 0, ERR_DAMAGED (the database is damaged), ERR_NO_SPACE, ERR_IO, ERR_BUSY */
int store_snapshot(struct db *db, const char *path, struct error *e) MUST_USE;

/**
 * Make a database from a backup fit for service: whole, of our schema, nobody signed in, and with
 * an audit row that says where it comes from. Its log is emptied, so that the one file is all.
 * @param paths  of the copy, not of the running server's
 * @param detail JSON for the audit row
 * @return 0, ERR_DAMAGED or ERR_WRONG_STATE (damaged, or of a newer program), ERR_IO, ERR_NO_SPACE
 */
int store_snapshot_adopt(const struct db_paths *paths, const char *schema_dir,
                         const struct actor *actor, const char *detail, struct error *e) MUST_USE;

#endif
