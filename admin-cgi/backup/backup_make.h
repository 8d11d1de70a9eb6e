/*
 * Making a backup of a state directory while the server runs: what is saved is copied aside under
 * the files lock, so that database and files are of one moment, and packed afterwards.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_BACKUP_MAKE_H
#define NEREID_ADMIN_CGI_BACKUP_BACKUP_MAKE_H

#include "admin-cgi/app.h"
#include "admin-cgi/backup/backup_archive.h"
#include "admin-cgi/backup/backup_place.h"

struct backup_order {
    enum backup_kind kind;
    const char *group;      /* BACKUP_GROUP: its name */
    struct span passphrase; /* empty: not sealed, and without data/secret.key */
    int64_t now_us;
    struct archive_progress progress;
};

/**
 * Collect what of a state directory (ours, or one of Galene's) can be saved, apart from databases:
 * the list for a manifest, and copies.
 * @param root descriptor of the state directory
 * @param copies descriptor of the folder that takes copies; -1: none are made
 * @return 0, ERR_NOT_FOUND (no such group), ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY
 */
int backup_collect(struct manifest *m, int root, const char *groups_dir, int copies,
                   const struct backup_order *order, struct error *e) MUST_USE;

/**
 * Write a backup.
 * @param place held by the caller
 * @param db    NULL: there is none that can be read, and the backup says so
 * @param fd    takes it; synced by the caller
 * @param m     zeroed; what was saved, to be released always
 * @return 0, or as backup_collect(), store_snapshot() and archive_pack()
 */
int backup_write(const struct backup_place *place, struct db *db, const struct app_paths *paths,
                 const struct backup_order *order, int fd, struct manifest *m,
                 struct error *e) MUST_USE;

/** The same into data/backups/NAME: whole, or not there (a crash leaves what the next one removes).
 */
int backup_keep(const struct backup_place *place, struct db *db, const struct app_paths *paths,
                const struct backup_order *order, const char *name, struct manifest *m,
                struct error *e) MUST_USE;

#endif
