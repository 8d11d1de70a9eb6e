/*
 * Deleted recordings: recordings/GROUP/.trash/NAME, what was beside it in .trash/.about/, and the
 * empty file .trash/NAME.deleted, whose time of change is the time of deletion.
 * `nereid-recording tend` takes away what has been there for RECORDING_TRASH_DAYS.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_TRASH_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_TRASH_H

#include "admin-cgi/recordings/recording_folder.h"

#define RECORDING_TRASH_DAYS 30

/**
 * Move a recording into the trash.
 * @return 0; ERR_NOT_FOUND; ERR_WRONG_STATE while somebody writes it, or when one of its name is
 *         in the trash already; ERR_FORBIDDEN where the folder is somebody else's; ERR_NO_SPACE;
 *         ERR_IO
 */
int recording_trash_put(int folder, const char *name, int64_t now_us, struct error *e) MUST_USE;
/** Back to where it was. @return 0, ERR_NOT_FOUND, ERR_WRONG_STATE when its name is taken, as above
 */
int recording_trash_restore(int folder, const char *name, struct error *e) MUST_USE;
/** Delete it for good. @return 0, ERR_NOT_FOUND, as above */
int recording_trash_purge(int folder, const char *name, struct error *e) MUST_USE;
/** What is in the trash, as recording_folder_list() says it, with `deleted_us`; none is no error.
 */
int recording_trash_list(int folder, struct arena *a, struct recording **out,
                         size_t *n_out) MUST_USE;

#endif
