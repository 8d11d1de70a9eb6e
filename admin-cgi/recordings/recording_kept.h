/*
 * How long recordings are kept: the setting of the server, in whose place a group's file may say
 * something else.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_KEPT_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_KEPT_H

#include "admin-cgi/store/db.h"

/**
 * Days that recordings of a group are kept; of a subgroup that appeared by itself as its ancestor
 * says.
 * @return 0: for ever, also where it cannot be found out, as while a group's file cannot be read
 */
int64_t recording_kept_days(struct db *db, const char *group, int64_t now_us);

#endif
