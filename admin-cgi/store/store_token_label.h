/*
 * What administrators call an invitation: kept here by the SHA-256 of its token, as the file of
 * tokens has no place for it.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_TOKEN_LABEL_H
#define NEREID_ADMIN_CGI_STORE_STORE_TOKEN_LABEL_H

#include "admin-cgi/store/db.h"

#define TOKEN_LABEL_MAX 200 /* bytes */

/** @param label "" removes it  @param expires_us of the token */
int store_token_label_set(struct db *db, const char *token_sha256, const char *label,
                          int64_t expires_us, struct error *e) MUST_USE;
/** The same label for several, in one write. */
int store_token_label_set_all(struct db *db, const char *const *tokens_sha256, size_t n,
                              const char *label, int64_t expires_us, struct error *e) MUST_USE;
/** @param out in the arena; "" when there is none */
int store_token_label_get(struct db *db, struct arena *a, const char *token_sha256,
                          const char **out, struct error *e) MUST_USE;
/** Forget those of tokens that expired more than a week ago. Keeper. */
int store_token_label_purge(struct db *db, int64_t now_us, struct error *e) MUST_USE;

#endif
