/*
 * data/var/tokens.jsonl, shared by mediad and admin-cgi: reading it. How it changes:
 * token_store_write.h. Readers take no lock, ignore a last line without its newline, and ignore
 * damaged lines. token_store_get(), _list(), _etag() and _check() only stat and perhaps read, so
 * that a loop may call them.
 */
#ifndef NEREID_COMMON_TOKEN_STORE_H
#define NEREID_COMMON_TOKEN_STORE_H

#include "common/token.h"

struct token_store; /* one per thread */
/** @param var_dir data/var; made when missing */
int token_store_new(struct token_store **out, const char *var_dir, struct error *e) MUST_USE;
void token_store_free(struct token_store *s);

/** Borrowed until the next call on the store; ERR_NOT_FOUND when there is none of this name. */
int token_store_get(struct token_store *s, const char *name, const struct token **out,
                    struct error *e) MUST_USE;
/** All tokens of exactly this group, by expiry (none first). Array owned (free), tokens borrowed
 * until the next call. @param group NULL: every token */
int token_store_list(struct token_store *s, const char *group, const struct token ***out,
                     size_t *n_out, struct error *e) MUST_USE;
/** ETag of the whole store, quotes included; "" when it is empty. Buffer of 64 bytes. */
int token_store_etag(struct token_store *s, char out[64], struct error *e) MUST_USE;

/** Is every line of the file a token? @return 0; ERR_SYNTAX with the first that is not; ERR_IO */
int token_store_check(struct token_store *s, struct error *e) MUST_USE;

#endif
