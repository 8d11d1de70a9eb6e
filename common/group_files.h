/*
 * Group files on disk: names to paths, and the walk over all of them.
 */
#ifndef NEREID_COMMON_GROUP_FILES_H
#define NEREID_COMMON_GROUP_FILES_H

#include "common/group_desc.h"

/** groups_dir/NAME.json in a new string; NULL when out of memory. The name must be valid. */
char *group_file_path(const char *groups_dir, const char *name);

/**
 * Calls `visit` with each group name that has a file, sorted bytewise; dot files and bad names are
 * skipped, links to folders not followed. A missing folder holds no groups.
 * @return 0, what `visit` returned if not 0, or an error when some folder could not be read (all
 *         others were visited)
 */
int group_files_walk(const char *groups_dir, int (*visit)(const char *name, void *arg), void *arg,
                     struct error *e) MUST_USE;

#endif
