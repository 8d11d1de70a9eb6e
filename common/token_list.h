/*
 * The tokens of a text like tokens.jsonl: JSON objects one after the other, normally one a line.
 * Lines that cannot be read are kept apart and do no harm to the rest (SIG-26). Pure:
 * no files, no clock.
 */
#ifndef NEREID_COMMON_TOKEN_LIST_H
#define NEREID_COMMON_TOKEN_LIST_H

#include "common/buf.h"
#include "common/token.h"

/** Zeroed is a valid empty list. */
struct token_list {
    struct token *tokens;
    size_t n_tokens;
    size_t size;
    struct lh_table *by_name; /* name -> index + 1 */
    struct buf bad;           /* what could not be read, each piece with a newline */
    size_t n_bad;
    struct error first_bad; /* its place is a line of the text */
};

void token_list_release(struct token_list *list);

/**
 * Read tokens from `text` after the first `from` bytes, which were read before. Of tokens with the
 * same name the last wins.
 * @return 0, or ERR_NO_MEMORY with the list in a state that can only be released
 */
int token_list_parse(struct token_list *list, struct span text, size_t from) MUST_USE;

/** Borrowed until the list changes; NULL when there is none of this name. */
const struct token *token_list_find(const struct token_list *list, const char *name);

/** Sort by expiry, those without one first, otherwise as they stand in the list. */
void token_list_sort(const struct token **tokens, size_t n_tokens);

/** Append one line. @return 0 or ERR_NO_MEMORY */
int token_list_add_line(struct buf *out, const struct token *t) MUST_USE;

#endif
