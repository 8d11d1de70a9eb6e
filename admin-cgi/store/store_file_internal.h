/*
 * Rows of `files` and `versions`, and the comparison of a row with the disk: shared by the files
 * that carry out spec/console.md 10.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_INTERNAL_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_INTERNAL_H

#include "admin-cgi/export/exporter.h"
#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/store_file.h"
#include "common/group_desc.h"

#define MANAGED_FILE_MAX GROUP_FILE_MAX

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

/* store_file_row.c */
const char *file_kind_name(enum file_kind kind);
enum file_kind file_kind_of(const char *name);
enum file_status file_status_of(const char *name);
/** Directory descriptor and path below it, into the arena; NULL when out of memory. */
const char *file_place(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                       int *root);
/** 0 also when there is none (id 0). */
int file_row_find(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                  struct file_row *out, struct error *e) MUST_USE;
int file_row_create(struct db *db, struct file_row *row, int64_t now_us, struct error *e) MUST_USE;
/** Record what the disk holds. */
int file_row_set_disk(struct db *db, struct file_row *row, const struct file_stamp *stamp,
                      const char *sha256, bool pending, struct error *e) MUST_USE;
/** The row's head has reached the disk, unless the head moved on meanwhile. */
int file_row_settle(struct db *db, const struct file_row *row, const struct file_stamp *stamp,
                    const char *sha256, struct error *e) MUST_USE;
int file_row_set_status(struct db *db, struct file_row *row, enum file_status status,
                        const struct error *problem, int64_t now_us, struct error *e) MUST_USE;
int file_row_set_head(struct db *db, struct file_row *row, int64_t version_id, bool pending,
                      struct error *e) MUST_USE;
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
int version_add(struct db *db, const struct version_new *v, const struct actor *actor,
                int64_t *id_out, int64_t *seq_out, struct error *e) MUST_USE;
/** Id of a version of the file with these bytes, 0 when there is none. */
int version_find(struct db *db, int64_t file_id, const char *sha256, int64_t *id_out,
                 const char **source_out, struct error *e) MUST_USE;

/** Is this text a file of its kind? For groups `desc` (may be NULL) takes the description, owned.
 */
int file_validate(enum file_kind kind, struct span text, struct group_desc **desc,
                  struct error *e) MUST_USE;

/* store_file_sync.c */
/**
 * R4, R6, under the files lock and in a write transaction: bring row and disk together.
 * On return `row` tells the truth about the file; when an export is due it was done.
 */
int file_sync(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
              struct error *e) MUST_USE;
/** The file of a trashed row is taken away; the row is then no more pending. */
int file_take_away(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                   struct error *e) MUST_USE;
/** The bytes of a broken file become a version, before they are written over. */
int file_keep_broken(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                     struct error *e) MUST_USE;
/** True when what disk_look() found is what the row knows. */
bool file_row_is_current(const struct file_row *row, const struct disk_file *disk);
/** A displaced text becomes a version and a conflict. */
int file_keep_displaced(struct db *db, struct file_row *row, const struct displaced *d,
                        int64_t now_us, struct error *e) MUST_USE;

/* group_index.c */
int group_index_write(struct db *db, int64_t file_id, const char *name,
                      const struct group_desc *desc, int64_t changed_us, struct error *e) MUST_USE;

#endif
