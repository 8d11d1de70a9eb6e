/*
 * The table of group files from within: for definitions*.c.
 */
#ifndef NEREID_MEDIAD_GROUP_DEFINITIONS_INTERNAL_H
#define NEREID_MEDIAD_GROUP_DEFINITIONS_INTERNAL_H

#include "mediad/group/definitions.h"

struct definitions {
    char *dir;
    struct pool *pool;
    void (*changed)(void *arg, const char *file_group);
    void *arg;
    struct name_index by_name;
    struct group_file *first;
    bool is_scanning, must_rescan;
};

/* ---- definitions.c ---- */

/** Compare what is known of one name with the disk.
 * @return 0: *out is current; 1: *out must be loaded (made if needed); ERR_NOT_FOUND; ... */
int definitions_look(struct definitions *d, const char *name, struct group_file **out);
/** A file was read that a look-up waited for: go on with it. */
void definitions_resume(struct definition_lookup *lookup);

/* ---- definitions_load.c ---- */

/** @return NULL when out of memory */
struct group_file *definitions_file_new(struct definitions *d, const char *name);
void definitions_file_free(struct definitions *d, struct group_file *f);
/** It says this: from here on it holds. */
void definitions_file_good(struct definitions *d, struct group_file *f, struct group_desc *desc);
/** It does not load: what it said last stays in force. */
void definitions_file_bad(struct group_file *f, const struct error *e);
/** It is not there any more. Frees f unless somebody still waits for a load of it. */
void definitions_file_gone(struct definitions *d, struct group_file *f);
/** Read one file, here and at once. @return 0 or an error */
int definitions_read(struct group_desc **desc, struct file_stamp *stamp, const char *path,
                     struct error *e);
/** Read a file in the pool. @return 0, ERR_BUSY, ERR_NO_MEMORY */
int definitions_load(struct definitions *d, struct group_file *f);
/** The same, where nobody waits: once more after a load that runs already. */
void definitions_load_soon(struct definitions *d, struct group_file *f);

#endif
