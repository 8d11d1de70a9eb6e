/*
 * Rows of `files`, `versions` and `conflicts`. Every function runs in a write transaction, but
 * file_row_find() and version_find(), which only read.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_ROW_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_ROW_H

#include "admin-cgi/store/store_file.h"
#include "common/group_desc.h"

#define MANAGED_FILE_MAX GROUP_FILE_MAX

/** A row of `files` with its head; what the disk held when it was last looked at. */
struct file_row {
    int64_t id; /* 0: no such row */
    enum file_kind kind;
    const char *name;
    enum file_status status;
    bool pending;
    bool vanished;  /* the row lives, the file is not there */
    bool touched;   /* file_sync() wrote something */
    bool unsettled; /* the file does not parse, but somebody is writing it right now */
    int64_t head_id, head_seq, head_at_us;
    int64_t since_us; /* how long the status has been what it is in the database */
    char head_sha256[SHA256_HEX_SIZE];
    struct span head_text; /* in the arena */
    struct file_stamp stamp;
    char disk_sha256[SHA256_HEX_SIZE]; /* "": there was no file */
    const char *problem;
    unsigned problem_line, problem_column;
};

/** The database's name of a kind: "group", "config", "ice". Static. */
const char *file_kind_name(enum file_kind kind);

/** The kind of a name; FILE_GROUP for others. */
enum file_kind file_kind_of(const char *kind, const char *name);

/** The status of a name of the database; FILE_ABSENT for others. */
enum file_status file_status_of(const char *name);

/** Directory descriptor and path below it, into the arena; NULL when out of memory. */
const char *file_place(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                       int *root);
/** Look a row up. @param name borrowed by the row  @return 0, also when there is none (id 0) */
int file_row_find(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                  struct file_row *out, struct error *e) MUST_USE;

/** Insert a row: with its kind and name, without a version. Sets its id. */
int file_row_create(struct db *db, struct file_row *row, int64_t now_us, struct error *e) MUST_USE;
/** Record what the disk holds. */
int file_row_set_disk(struct db *db, struct file_row *row, const struct file_stamp *stamp,
                      const char *sha256, bool pending, struct error *e) MUST_USE;
/** The row's head has reached the disk, unless the head moved on meanwhile. */
int file_row_settle(struct db *db, const struct file_row *row, const struct file_stamp *stamp,
                    const char *sha256, struct error *e) MUST_USE;

/** Set the status, and what is wrong with the file.
 * @param problem NULL: nothing; the row borrows its text */
int file_row_set_status(struct db *db, struct file_row *row, enum file_status status,
                        const struct error *problem, int64_t now_us, struct error *e) MUST_USE;

/** A version becomes the head. @param pending its export is still to be done */
int file_row_set_head(struct db *db, struct file_row *row, int64_t version_id, bool pending,
                      struct error *e) MUST_USE;

/** The file has another name from here on, and keeps its versions. `row` keeps the old name. */
int file_row_rename(struct db *db, struct file_row *row, const char *name,
                    struct error *e) MUST_USE;
/** Remember a version that lost against another writer. */
int conflict_add(struct db *db, int64_t file_id, int64_t version_id, const char *kind,
                 int64_t now_us, struct error *e) MUST_USE;

/** A version to be written. */
struct version_new {
    int64_t file_id;
    int64_t parent;
    const char *source;
    const char *summary; /* may be NULL */
    const char *sha256;
    struct span body;
    int64_t at_us;
};

/** Write a version with the next number of its file.
 * @param id_out may be NULL, as seq_out */
int version_add(struct db *db, const struct version_new *v, const struct actor *actor,
                int64_t *id_out, int64_t *seq_out, struct error *e) MUST_USE;
/** Id of a version of the file with these bytes, 0 when there is none. */
int version_find(struct db *db, int64_t file_id, const char *sha256, int64_t *id_out,
                 const char **source_out, struct error *e) MUST_USE;

/** Is this text a file of its kind? For groups `desc` (may be NULL) takes the description, owned.
 */
int file_validate(enum file_kind kind, struct span text, struct group_desc **desc,
                  struct error *e) MUST_USE;

#endif
