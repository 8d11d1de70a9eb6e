/*
 * Group files on disk: names to paths, the search for the file that defines a group, and the walk
 * over all of them (spec/signalling.md 3.2, 3.4).
 */
#ifndef NEREID_COMMON_GROUP_FILES_H
#define NEREID_COMMON_GROUP_FILES_H

#include "common/group_desc.h"

/** groups_dir/NAME.json in a new string; NULL when out of memory. The name must be valid. */
char *group_file_path(const char *groups_dir, const char *name);

struct group_source {
    char *file_group;  /* the group whose file decides: the group itself or an ancestor. Owned */
    bool is_inherited; /* an ancestor's, with auto-subgroups */
    struct file_stamp stamp;
};
void group_source_release(struct group_source *s);

/**
 * Load the description that holds for `name`: its own file, else the nearest ancestor's, which must
 * have auto-subgroups. For an inherited one the result is group_desc_subgroup()'s.
 * @param source may be NULL
 * @param e      place "FILE.json line L column C" for a file that does not parse
 * @return 0, ERR_INVALID (the name), ERR_NOT_FOUND, or the error of the deciding file
 */
int group_files_load(struct group_desc **out, struct group_source *source, const char *groups_dir,
                     const char *name, struct error *e) MUST_USE;

/**
 * Calls `visit` with each group name that has a file, sorted bytewise; dot files and bad names are
 * skipped, links to folders not followed. A missing folder holds no groups.
 * @return 0, what `visit` returned if not 0, or an error when some folder could not be read (all
 *         others were visited)
 */
int group_files_walk(const char *groups_dir, int (*visit)(const char *name, void *arg), void *arg,
                     struct error *e) MUST_USE;

#endif
