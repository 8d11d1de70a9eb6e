/*
 * What a person noted on a recording: .about/NAME.txt beside it, so that it goes along into the
 * trash and out, and with the group when that is renamed.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_REMARK_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_REMARK_H

#include "admin-cgi/arena.h"
#include "common/error.h"

#define RECORDING_REMARK_MAX 2000 /* bytes */

/** What is noted; "" when nothing is, or nothing that can be shown. In the arena. */
const char *recording_remark_read(int folder, struct arena *a, const char *name);

/** @param text UTF-8; "" takes the note away
 * @return 0, ERR_TOO_LARGE, ERR_FORBIDDEN (the folder is somebody else's), ERR_NO_SPACE, ERR_IO */
int recording_remark_write(int folder, const char *name, const char *text,
                           struct error *e) MUST_USE;

#endif
