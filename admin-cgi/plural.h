/*
 * Which of its plural forms a language takes for a number (Unicode CLDR, "Language Plural Rules",
 * cardinals of whole numbers), as browsers know it by Intl.PluralRules.
 */
#ifndef NEREID_ADMIN_CGI_PLURAL_H
#define NEREID_ADMIN_CGI_PLURAL_H

#include <stdbool.h>
#include <stdint.h>

/** "zero", "one", "two", "few", "many" or "other". @param tag of a language without a rule here:
 * "one" for 1, else "other" */
const char *plural_form(const char *tag, uint64_t n);

/** True for those six words. */
bool plural_is_form(const char *word);

#endif
