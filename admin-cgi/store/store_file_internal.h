/*
 * A save in steps: what a change of one file (store_file.c) and of many (store_file_many.c) share.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_INTERNAL_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_INTERNAL_H

#include "admin-cgi/export/exporter.h"
#include "admin-cgi/store/store_file_row.h"

struct saving {
    struct db *db;
    bool is_locked; /* the files lock is ours */
    struct arena arena;
    const struct file_change *change;
    struct file_row row;
    struct file_state before;
    struct buf text;
    char sha256[SHA256_HEX_SIZE];
    struct export_job job;
    int64_t version_id;
    int64_t seq;
};

/** In the running transaction: the row and, once it was brought up to date with the disk,
 * `before`. */
int saving_look(struct saving *s, struct error *e) MUST_USE;
/** May the change be made? As store_file_change() says. */
int saving_check(struct saving *s, struct error *e) MUST_USE;
/** Make and judge the new text. @param desc of a group, owned
 *  @return 1: there is something to write; 0: the text is so already; or an error */
int saving_make(struct saving *s, struct group_desc **desc, struct error *e) MUST_USE;
/** The row, before the text goes anywhere. */
int saving_record_row(struct saving *s, struct error *e) MUST_USE;
/** Version, audit row, head, and the order to export. */
int saving_record_text(struct saving *s, struct group_desc *desc, struct error *e) MUST_USE;
/** Audit row, and the order to take the file away. */
int saving_record_removal(struct saving *s, struct error *e) MUST_USE;

#endif
