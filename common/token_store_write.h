/*
 * Changes of the file of tokens. Each holds the lock data/var/tokens.lock (flock), moves damaged
 * lines to tokens.jsonl.bad before it writes, and keeps members that it does not know. May block on
 * the lock and on fsync: not on a loop.
 */
#ifndef NEREID_COMMON_TOKEN_STORE_WRITE_H
#define NEREID_COMMON_TOKEN_STORE_WRITE_H

#include "common/token_store.h"

/** Append a new token, fsynced. @return 0, ERR_EXISTS when its name is taken, or another */
int token_store_add(struct token_store *s, const struct token *t, struct error *e) MUST_USE;
/** Append several, all or none, in one write. Their names must differ. @return as above */
int token_store_add_all(struct token_store *s, const struct token *tokens, size_t count,
                        struct error *e) MUST_USE;

/**
 * Change one token: `edit` gets a copy of the present one and changes it, or returns an error that
 * is passed on.
 * @param if_match NULL: whatever is there; else compared with the store's ETag under the lock
 * @return 0, ERR_NOT_FOUND, ERR_PRECONDITION, ERR_INVALID when `edit` changed the name, or another
 */
int token_store_update(struct token_store *s, const char *name, const char *if_match,
                       int (*edit)(struct token *t, void *arg, struct error *e), void *arg,
                       struct error *e) MUST_USE;

/** A change of several tokens at once. */
struct token_edit {
    bool (*is_chosen)(const struct token *t, void *arg); /* under the lock: what is there now */
    int (*change)(struct token *t, void *arg, struct error *e); /* a copy; not its name */
    void *arg;
};
/** All that are chosen, in one write, or none. @return their number, or an error */
int token_store_update_where(struct token_store *s, const struct token_edit *edit,
                             struct error *e) MUST_USE;

/** Remove one token. @param if_match as for token_store_update()
 * @return 0, ERR_NOT_FOUND, ERR_PRECONDITION, or another */
int token_store_delete(struct token_store *s, const char *name, const char *if_match,
                       struct error *e) MUST_USE;

/** Remove all tokens of exactly this group, which was deleted. */
int token_store_delete_group(struct token_store *s, const char *group, struct error *e) MUST_USE;

/** All tokens of exactly this group become another one's, which it was renamed to. */
int token_store_move_group(struct token_store *s, const char *from, const char *to,
                           struct error *e) MUST_USE;

/** Remove what expired more than a week ago. @return number removed or error */
int token_store_purge(struct token_store *s, int64_t now_us, struct error *e);

#endif
