/*
 * The recordings of a group that was renamed: from recordings/OLD/ to recordings/NEW/, with what is
 * known of them and their trash. Folders of groups below stay.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_MOVE_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_MOVE_H

#include "common/error.h"

/** Is a recording of the group written right now? Then it must not move. */
bool recording_group_is_running(const char *root, const char *group, int64_t now_us);

/**
 * Move them all; may be called again after a crash. What is there already under the same name stays
 * where it was, and the log says so.
 * @return 0 (also when there is none), ERR_IO
 */
int recording_group_move(const char *root, const char *from, const char *to,
                         struct error *e) MUST_USE;

#endif
