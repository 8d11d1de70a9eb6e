/*
 * Where backups lie (data/backups/), who may work there (one at a time), and folders that a backup
 * passes through.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_BACKUP_PLACE_H
#define NEREID_ADMIN_CGI_BACKUP_BACKUP_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

#define BACKUP_NAME_SIZE 100

/** data/backups/, held for making a backup or for restoring one. Zeroed is not held. */
struct backup_place {
    char *path; /* of data/backups */
    int folder; /* its descriptor */
    int lock;   /* data/backups/.lock, held while open */
    bool is_open;
};

/** Make the folder (0700) when it is missing, and hold it.
 * @return 0, ERR_BUSY (somebody else makes or restores a backup), ERR_IO, ERR_NO_MEMORY */
int backup_place_open(struct backup_place *p, const char *data, struct error *e) MUST_USE;
void backup_place_close(struct backup_place *p);

/** A folder of the data directory, made (0700) when it is missing; data/NAME in errors.
 * @return a descriptor, ERR_IO, ERR_NO_MEMORY */
int data_folder_open(const char *data, const char *name, struct error *e) MUST_USE;
/** data/backups/ alone, made when it is missing, for who only puts a file there.
 * @return a descriptor, ERR_IO, ERR_NO_MEMORY */
int backup_folder_open(const char *data, struct error *e) MUST_USE;

/** "nereid-20261129-030000.tar.gz", in UTC. @param prefix "nereid", "before-restore" */
void backup_name(char out[BACKUP_NAME_SIZE], const char *prefix, int64_t made_us, bool is_sealed);
/** The same, for a file that data/backups/ does not have yet: "-2" and so on follow the time. */
void backup_name_free(const struct backup_place *p, char out[BACKUP_NAME_SIZE], const char *prefix,
                      int64_t made_us, bool is_sealed);
/** Is this the name of a file that may be a backup? No slash, no dot in front, ends as ours do. */
bool backup_name_ok(const char *name);

/** Remove a folder and all in it, links not followed. None there is fine. @return 0, ERR_IO */
int folder_remove(const char *path, struct error *e) MUST_USE;
/** Make a folder (0700) anew, empty. @param fd_out its descriptor, to be closed
 * @return 0, ERR_IO, ERR_NO_SPACE */
int folder_make_empty(const char *path, int *fd_out, struct error *e) MUST_USE;

/** In data/backups/, for who holds it. */
#define BACKUP_STAGE ".unpacked"
#define BACKUP_COPIES ".making"
#define BACKUP_UNFINISHED ".making.tar.gz"

/** Remove what somebody left who ended in the middle of work. Where somebody works there, nothing.
 */
void backup_place_clear(const char *data);

/** A folder in which an archive lies unpacked while somebody works with it. */
struct backup_stage {
    char *path;
    int folder; /* its descriptor; -1: it could not be made */
};

/** Make it, empty. backup_stage_end() is due in any case. @return 0, or as folder_make_empty() */
int backup_stage_begin(struct backup_stage *s, const char *parent, const char *name,
                       struct error *e) MUST_USE;
/** Remove it. What cannot be removed is, when the next one is made. */
void backup_stage_end(struct backup_stage *s);

#endif
