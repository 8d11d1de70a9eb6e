/*
 * What a person reads, in the person's language. The catalogues are those that the pages' scripts
 * read, static/locale/LANG.json, and what only the console says, static/locale/console/LANG.json
 * (docs/HACKING.md); English is the key and has no file. Read once before the fork, and not changed
 * from then on.
 */
#ifndef NEREID_ADMIN_CGI_WORDS_H
#define NEREID_ADMIN_CGI_WORDS_H

#include "admin-cgi/arena.h"
#include "common/error.h"
#include "common/span.h"

struct words;    /* all languages */
struct language; /* one of them; lives as long as all */

/**
 * Read every LANG.json of a directory, and the one of its name in the directory's console/.
 * @param e the file, and line and column of what is wrong in it
 * @return 0, ERR_NOT_FOUND (no directory), ERR_SYNTAX, ERR_INVALID, ERR_NO_MEMORY
 */
int words_new(struct words **out, const char *dir, struct error *e) MUST_USE;
void words_free(struct words *w); /* NULL is fine */

/** All languages by their tag, English first; NULL behind the last. */
const struct language *words_next(const struct words *w, const struct language *last);
/** The language of a tag, whatever its region: "de" for "de-AT" (RFC 4647 section 3.4). NULL: we
 * have none. */
const struct language *words_find(const struct words *w, struct span tag);
/** The one that an Accept-Language header wants most (RFC 9110 section 12.5.4); when none fits,
 * the fallback.
 * @param header   NULL is fine
 * @param fallback NULL: English */
const struct language *words_wanted(const struct words *w, const char *header,
                                    const struct language *fallback);

const char *language_tag(const struct language *l);       /* "de" */
const char *language_name(const struct language *l);      /* what it calls itself: "Deutsch" */
const char *language_direction(const struct language *l); /* "ltr", "rtl" */

bool language_is_rtl(const struct language *l);

/** The translation of a text without plural forms; NULL: there is none. Borrowed. */
const char *language_find(const struct language *l, struct span text);
/** The same, but a text that is not translated stays English. @param text returned as it is then */
const char *language_text(const struct language *l, const char *text);
/** A text that was written in English where no language was known, with values in it: found by what
 * stands between the places {1}, {2} … or {n} of an entry. @return in the arena, or borrowed;
 * `text` itself where it is not known */
const char *language_reported(const struct language *l, struct arena *a, const char *text);
/**
 * A sentence about a number, "{n} people" as "3 Personen".
 * @param l   NULL: English
 * @param one the English for 1
 * @return in the arena; NULL when out of memory
 */
const char *language_count(const struct language *l, struct arena *a, const char *text,
                           const char *one, uint64_t n);

#endif
