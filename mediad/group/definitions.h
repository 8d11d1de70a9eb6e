/*
 * Group files as this process knows them: each with its last good description, and what is wrong
 * with it now (SIG-12). A look-up compares the files on disk with what is
 * known, and reads those that changed in the pool; nothing here blocks but definitions_load_all().
 * Control thread only.
 */
#ifndef NEREID_MEDIAD_GROUP_DEFINITIONS_H
#define NEREID_MEDIAD_GROUP_DEFINITIONS_H

#include "common/group_desc.h"
#include "common/group_name.h"
#include "common/list.h"
#include "mediad/name_index.h"
#include "mediad/pool.h"

struct definitions;

/** What holds for a group. */
struct definition {
    struct group_desc *file_desc; /* of the deciding file */
    bool is_inherited;            /* the deciding file is an ancestor's */
    size_t file_len;              /* how much of the group's name is the deciding file's */
};

/** One group file. Read only for others. */
struct group_file {
    struct name_entry by_name;
    struct list_node in_definitions;
    char *name;
    struct file_stamp stamp; /* of the content that was read last, good or bad */
    struct group_desc *desc; /* last good one; NULL: never */
    bool is_bad;             /* what is on disk does not load: see `problem` */
    struct error problem;
    bool is_loading;
    bool must_reload;    /* changed again while loading */
    struct list waiting; /* struct definition_lookup */
};

/** A question, embedded in whoever asks. */
struct definition_lookup {
    struct list_node in_waiting;
    struct definitions *definitions;
    /** Called once, perhaps before definitions_lookup() returns. result 0: `found` holds (borrowed
     * until the handler returns); ERR_NOT_FOUND; ERR_SYNTAX: the file never parsed; ERR_BUSY; ...
     */
    void (*done)(struct definition_lookup *lookup, int result);
    struct definition found;
    unsigned tries;
    char name[GROUP_NAME_MAX + 1];
};

/** @param changed told after a file's description changed or went away; may be NULL */
int definitions_new(struct definitions **out, const char *groups_dir, struct pool *pool,
                    void (*changed)(void *arg, const char *file_group), void *arg) MUST_USE;
/** After pool_free(). */
void definitions_free(struct definitions *d);

/** Read every file; for the start. Bad ones are logged and kept as problems. */
int definitions_load_all(struct definitions *d, struct error *e) MUST_USE;
/** Look at all names again, in the pool. */
void definitions_rescan(struct definitions *d);
/** One file may have changed. */
void definitions_refresh(struct definitions *d, const char *name);

/** @param name must be valid */
void definitions_lookup(struct definitions *d, struct definition_lookup *lookup, const char *name);
/** The handler will not be called. Zeroed or finished lookups are fine. */
void definition_lookup_cancel(struct definition_lookup *lookup);

/** From memory, without a look at the disk. @return 0 (borrowed), ERR_NOT_FOUND, ERR_SYNTAX */
int definitions_peek(struct definitions *d, const char *name, struct definition *out) MUST_USE;
/** All known files, unordered: struct group_file, by `in_definitions`. */
const struct list *definitions_files(const struct definitions *d);

#endif
