/*
 * What mediad reads of the state directory besides groups and tokens: data/mediad.json, its
 * settings, and data/look.json, how the server presents itself (docs/ADMIN.md).
 */
#ifndef NEREID_MEDIAD_STATE_FILES_H
#define NEREID_MEDIAD_STATE_FILES_H

#include "common/buf.h"
#include "mediad/limits.h"

#define SETTINGS_FILE "mediad.json"
#define LOOK_FILE "look.json"

/**
 * Read settings; without the file they are the usual ones.
 * @param out      to be released; untouched on failure
 * @param fd_limit descriptors that the process may have: no more clients are taken than have some
 * @param e        also says of a file that is taken what in it is not
 * @return 0, ERR_SYNTAX, ERR_INVALID, ERR_TOO_LARGE, ERR_IO, ERR_NO_MEMORY
 */
int settings_read(struct settings *out, const char *path, unsigned fd_limit,
                  struct error *e) MUST_USE;

/** Read what admin-cgi made of its settings, as one object of JSON in one line. What is broken is
 * nothing.
 * @param out emptied first
 * @return 0, ERR_NOT_FOUND (there is none), ERR_SYNTAX, ERR_TOO_LARGE, ERR_IO, ERR_NO_MEMORY */
int look_read(struct buf *out, const char *path, struct error *e) MUST_USE;

#endif
