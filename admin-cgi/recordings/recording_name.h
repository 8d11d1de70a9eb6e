/*
 * What a recording's file name says: "2026-11-29T12:00:00.123-ada.webm" is the local time of its
 * start and who was recorded. Files of other names are recordings, too; they say nothing. Pure.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_NAME_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_NAME_H

#include "admin-cgi/arena.h"

struct recording_name {
    int64_t started_us;   /* 0: not said */
    const char *stamp;    /* the time as it is written, "2026-11-29T12:00:00.123"; "" */
    const char *username; /* "" when nobody is named */
};

/** May a recording be called so: one visible element of a path, and no marker of the trash. */
bool recording_name_is_valid(const char *name);
/** Is this a file that is being written, or that a crash left unfinished? */
bool recording_name_is_part(const char *name);
/** Read a name. `out` is filled in any case. @return 0 or ERR_NO_MEMORY */
int recording_name_read(struct recording_name *out, struct arena *a, const char *name) MUST_USE;
/** The name for a download: '-' for ':', which some systems do not take, and no ".part". In the
 * arena. */
const char *recording_name_for_download(struct arena *a, const char *name);

#endif
