/*
 * Times by how long ago they are, or how far off: "3 minutes ago", "in 2 days". The full time
 * stands beside it, in the title.
 */
#ifndef NEREID_ADMIN_CGI_TIME_WORDS_H
#define NEREID_ADMIN_CGI_TIME_WORDS_H

#include <json-c/json.h>
#include <stdint.h>

#include "admin-cgi/arena.h"

/** @return in the arena, and in its language (say.h); NULL when out of memory */
const char *time_words(struct arena *a, int64_t time_us, int64_t now_us);

/** Fill in NAME_ago wherever page_time() wrote a time into a page's data. @param language NULL:
 * English */
void time_words_fill(struct json_object *page, int64_t now_us, const struct language *language);

#endif
