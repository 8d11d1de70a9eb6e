/*
 * NULL-terminated lists of strings that live in one allocation: one free() takes all of it.
 */
#ifndef NEREID_COMMON_WORDS_H
#define NEREID_COMMON_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/** New list with copies of `n` strings, or NULL when out of memory. Owned; free() it. */
char **words_dup(const char *const *words, size_t n);

/** Number of strings; NULL counts as the empty list. */
size_t words_count(char *const *words);

bool words_have(char *const *words, const char *word);

#endif
