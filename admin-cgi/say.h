/*
 * What C says to a person, in the person's language: the English text is the key, and the request's
 * arena knows the language (page_language()). An arena without one says it in English, as the
 * command line, the API and exports do. tests/lib/words.mjs finds the texts by the names of these
 * functions (docs/HACKING.md).
 */
#ifndef NEREID_ADMIN_CGI_SAY_H
#define NEREID_ADMIN_CGI_SAY_H

#include <stdint.h>

#include "admin-cgi/arena.h"

/** Marks a literal that is said elsewhere: in a table, or as the format of what say_reported()
 * gets. */
#define TEXT(text) text

/** A text as it stands. Without memory of its own: the text itself where it is not translated.
 * @param a NULL: English */
const char *say(const struct arena *a, const char *text);

/** A sentence with values in it, pairs of name and value up to a NULL: "{group} was deleted.". A
 * value that is NULL counts as "". @return in the arena; NULL when out of memory */
const char *say_with(struct arena *a, const char *text, ...) __attribute__((sentinel));

/** A sentence about a number: "{n} groups". @param one the English for 1 @return as say_with() */
const char *say_count(struct arena *a, const char *text, const char *one, uint64_t n);

/** Put values into a sentence that was said already, as that of say_count(). */
const char *say_fill(struct arena *a, const char *said, ...) __attribute__((sentinel));

/** What was written in English where no language was known: by another program, into the database,
 * into a struct error. A sentence with values in it is found by what stands between them.
 * @return `text` itself where it is not known; NULL only for NULL */
const char *say_reported(struct arena *a, const char *text);

/** What error_describe() says: the place, and say_reported() of the text. In the arena. */
const char *say_error(struct arena *a, const struct error *e);

#endif
