/*
 * Names of an archive's members: in UTF-8, and below a folder.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_ARCHIVE_NAMES_H
#define NEREID_ADMIN_CGI_BACKUP_ARCHIVE_NAMES_H

#include <locale.h>

#include "common/error.h"

/** libarchive 3.6 converts names by the locale of the thread, and in "C" it fails on those that are
 * not ASCII (its writer of pax headers crashes). @param utf8 out; (locale_t)0 when there is none
 * @return what to give to archive_names_end() */
locale_t archive_names_begin(locale_t *utf8);
void archive_names_end(locale_t utf8, locale_t before);

/** A new file of a path that manifest_path_ok() takes, with the folders on the way (0700), itself
 * 0600. @return a descriptor, or ERR_EXISTS, ERR_INVALID, ERR_IO, ERR_NO_SPACE */
int archive_create_below(int folder, const char *path, struct error *e) MUST_USE;

#endif
