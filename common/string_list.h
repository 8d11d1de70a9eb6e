/*
 * NULL-terminated lists of strings that live in one allocation: one free() takes all of it.
 */
#ifndef NEREID_COMMON_STRING_LIST_H
#define NEREID_COMMON_STRING_LIST_H

#include <stdbool.h>
#include <stddef.h>

/** New list with copies of `n` strings, or NULL when out of memory. Owned; free() it. */
char **string_list_dup(const char *const *list, size_t n);

/** Number of strings; NULL counts as the empty list. */
size_t string_list_count(char *const *list);

/** True when one of the strings is this one. */
bool string_list_has(char *const *list, const char *string);

#endif
