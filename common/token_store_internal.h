/*
 * Private to common/token_store.c (reading) and common/token_store_write.c (changes).
 */
#ifndef NEREID_COMMON_TOKEN_STORE_INTERNAL_H
#define NEREID_COMMON_TOKEN_STORE_INTERNAL_H

#include "common/atomic_file.h"
#include "common/token_list.h"
#include "common/token_store.h"

#define STORE_SIZE_MAX (16 * 1024 * 1024)

struct token_store {
    char *path, *bad_path, *lock_path;
    struct token_list list;
    struct buf text;         /* the file as it was last read */
    struct file_stamp stamp; /* of it; all zero: no file */
    bool is_loaded;
    bool is_racy;   /* read so soon after its change that the stamp does not tell enough */
    bool is_ragged; /* damaged lines, or text behind the last newline: to be mended by a writer */
    size_t parsed_len; /* bytes of text that `list` was made from */
};

/** Read the file again when it changed. @param is_writer the caller holds the lock, and looks
 * behind the last newline too */
int token_store_refresh(struct token_store *s, bool is_writer, struct error *e) MUST_USE;

/** Every token in the file's order.
 * @param out array owned (free), never NULL; tokens borrowed until the next refresh
 * @return 0, ERR_NO_MEMORY */
int token_store_all(const struct token_store *s, const struct token ***out, size_t *n_out,
                    struct error *e) MUST_USE;

/** The ETag of what was last read; "" when there are no tokens. */
void token_store_write_etag(const struct token_store *s, char out[64]);

#endif
