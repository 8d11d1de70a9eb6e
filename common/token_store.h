/*
 * data/var/tokens.jsonl, shared by mediad and admin-cgi (design.md, place 2; spec/console.md R12;
 * spec/signalling.md R22). Writers flock data/var/tokens.lock; readers take no lock and ignore a
 * last line without its newline. Damaged lines are ignored, and a writer moves them to
 * tokens.jsonl.bad before it writes; members it does not know stay. May block on the lock and on
 * fsync: not on a loop, except token_store_get(), _list() and _check(), which only stat and perhaps
 * read.
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

/** Append a new token, fsynced. ERR_EXISTS when its name is taken. */
int token_store_add(struct token_store *s, const struct token *t, struct error *e) MUST_USE;
/** Change one under the lock: `edit` gets a copy of the present token and changes it, or returns
 * an error that is passed on. `if_match` (may be NULL) is compared with the etag under the lock.
 * @return 0, ERR_NOT_FOUND, ERR_PRECONDITION, ERR_INVALID when `edit` changed the name, or another
 */
int token_store_update(struct token_store *s, const char *name, const char *if_match,
                       int (*edit)(struct token *t, void *arg, struct error *e), void *arg,
                       struct error *e) MUST_USE;
int token_store_delete(struct token_store *s, const char *name, const char *if_match,
                       struct error *e) MUST_USE;
/** All tokens of a deleted group. */
int token_store_delete_group(struct token_store *s, const char *group, struct error *e) MUST_USE;
/** Remove what expired more than a week ago. @return number removed or error */
int token_store_purge(struct token_store *s, int64_t now_us, struct error *e);

#endif
