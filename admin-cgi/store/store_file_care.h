/*
 * What keeper and command line do with many managed files: what people edited, what vanished, what
 * a crash left behind, what is old.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_CARE_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_CARE_H

#include "admin-cgi/store/store_file.h"

/** Names of all files of a kind that live, or have an export or removal pending. Sorted. */
int store_file_names(struct db *db, struct arena *a, enum file_kind kind, const char ***out,
                     size_t *n_out, struct error *e) MUST_USE;

/** A file that vanished goes to the trash, if it is still away. @return 1 when it went, 0 */
int store_file_trash_vanished(struct db *db, enum file_kind kind, const char *name, int64_t now_us,
                              struct error *e) MUST_USE;

/** Temporary files that a crash left: what is in no version is kept as one, then they go. */
int store_file_sweep(struct db *db, int64_t now_us, struct error *e) MUST_USE;

/**
 * Import what people did to many files, in one transaction under one lock: for looks at everything.
 * All or nothing, and nothing is exported, so that what is undone is found again.
 * @return 1: rows and disk agree; else look at each with store_file_get(): 0 (a file is gone, or an
 *         export is pending), ERR_BUSY, ERR_IO, ERR_NO_MEMORY
 */
int store_file_import(struct db *db, enum file_kind kind, const char *const *names, size_t n,
                      int64_t now_us, struct error *e) MUST_USE;

#endif
