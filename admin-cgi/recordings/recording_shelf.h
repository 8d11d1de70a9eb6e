/*
 * All recordings of the server, or of those groups that somebody may see: found, counted, sorted.
 * Nothing but names and sizes is read.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SHELF_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SHELF_H

#include "admin-cgi/principal.h"
#include "admin-cgi/recordings/recording_folder.h"

struct shelf_query {
    const struct principal *who; /* sees groups where it holds CAP_RECORD */
    const char *group;           /* this one and those below it; "": all */
    const char *person;          /* a part of the name, letters of any case; "": everybody */
    int64_t before_us;           /* those that began before; 0: all */
};

struct shelf_entry {
    const char *group;
    struct recording file;
};

/** What one group has, whatever the query asks for. */
struct shelf_group {
    const char *name;
    size_t n;            /* recordings */
    int64_t bytes;       /* of these */
    int64_t trash_bytes; /* of what was deleted */
};

struct shelf {
    struct shelf_group *groups; /* by name; those that have anything */
    size_t n_groups;
    struct shelf_entry *entries; /* those that began last first */
    size_t n_entries;
    int64_t bytes;               /* of the entries */
    struct shelf_entry *deleted; /* those deleted last first */
    size_t n_deleted;
};

/** @param root the directory recordings/, which need not be there
 * @return 0, ERR_NO_MEMORY; a folder that cannot be read is left out */
int recording_shelf_read(struct shelf *out, struct arena *a, const char *root,
                         const struct shelf_query *q) MUST_USE;

#endif
