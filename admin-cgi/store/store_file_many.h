/*
 * Many managed files changed at once, all or none: one transaction, then the files one by one.
 * What a crash leaves to do the keeper rolls forward (docs/ARCHITECTURE.md, "admin-cgi").
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_MANY_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_MANY_H

#include "admin-cgi/store/store_file.h"

#define FILES_AT_ONCE_MAX 2000

/**
 * All changes, or none. The actor of the first holds for the form's one-time id.
 * @param changes     each of another file
 * @param failed      the change that was refused, when the result is an error of one of them
 * @param n_changed   how many files have another text now, or are gone
 * @return as store_file_change(); 0: all is in database and files
 */
int store_file_change_many(struct db *db, const struct file_change *changes, size_t n,
                           size_t *failed, size_t *n_changed, struct error *e) MUST_USE;

/** Would they all be taken? As above, and nothing is changed. */
int store_file_try_many(struct db *db, const struct file_change *changes, size_t n, size_t *failed,
                        size_t *n_changed, struct error *e) MUST_USE;

/** The files of committed rows: exported, or taken away. */
int store_file_publish(struct db *db, enum file_kind kind, const char *const *names, size_t n,
                       int64_t now_us, struct error *e) MUST_USE;

#endif
