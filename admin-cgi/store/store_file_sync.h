/*
 * A row and its file are compared, and brought together.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_SYNC_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_SYNC_H

#include "admin-cgi/export/disk.h"
#include "admin-cgi/export/exporter.h"
#include "admin-cgi/store/store_file_row.h"

/**
 * Under the files lock and in a write transaction: bring row and disk together.
 * On return `row` tells the truth about the file; when an export is due it was done.
 */
int file_sync(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
              struct error *e) MUST_USE;
/** The file of a trashed row is taken away; the row is then no more pending. */
int file_take_away(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                   struct error *e) MUST_USE;
/** The bytes of a broken file become a version, before they are written over. */
int file_keep_broken(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                     struct error *e) MUST_USE;
/** True when what disk_look() found is what the row knows. */
bool file_row_is_current(const struct file_row *row, const struct disk_file *disk);
/** A displaced text becomes a version and a conflict. */
int file_keep_displaced(struct db *db, struct file_row *row, const struct displaced *d,
                        int64_t now_us, struct error *e) MUST_USE;

#endif
