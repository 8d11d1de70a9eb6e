/*
 * Shell patterns for list commands: '*' and '?' do not match '/', "[a-z]", "[^a]", "\x"; matched
 * against the whole name. fnmatch(3) differs in "[!a]" and in what it does
 * with malformed patterns.
 */
#ifndef NEREID_GALENECTL_PATTERN_H
#define NEREID_GALENECTL_PATTERN_H

/** @return 1 when the UTF-8 name matches, 0 when not, ERR_SYNTAX for a malformed pattern, which is
 *          noticed only where the match gets that far */
int pattern_match(const char *pattern, const char *name);

#endif
