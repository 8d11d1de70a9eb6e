/*
 * Sentences with places for values, "{name} has joined.", as the catalogues write them
 * (docs/HACKING.md).
 */
#ifndef NEREID_ADMIN_CGI_SENTENCE_H
#define NEREID_ADMIN_CGI_SENTENCE_H

#include "admin-cgi/arena.h"

#define SENTENCE_VALUES_MAX 10
#define SENTENCE_NUMBER "n" /* the place of a number, which decides the plural form */

struct sentence_value {
    struct span name; /* "reason" for "{reason}" */
    struct span text;
};

struct sentence_values {
    struct sentence_value list[SENTENCE_VALUES_MAX];
    size_t n;
};

/** More than SENTENCE_VALUES_MAX are left out. */
void sentence_add(struct sentence_values *v, struct span name, struct span text);
/** NULL: there is none. */
const struct sentence_value *sentence_find(const struct sentence_values *v, struct span name);

/** Put values into their places, in one pass: what looks like a place within a value stays. Places
 * without a value stay, too. A value that may run the other way than the sentence is isolated
 * (Unicode Standard Annex #9), as static/js/page.js does it.
 * @param is_rtl the sentence runs from right to left
 * @return in the arena; NULL when out of memory */
const char *sentence_fill(struct arena *a, const char *pattern, const struct sentence_values *v,
                          bool is_rtl);

/** Is this text the pattern with values in it? Each value is as short as it can be; that of {n} is
 * a number. @param out parts of `pattern` and `text` */
bool sentence_match(const char *pattern, struct span text, struct sentence_values *out);

/** How many bytes of a pattern are no places: what a text must share with it. */
size_t sentence_weight(const char *pattern);

#endif
