/*
 * Times by how long ago they are, or how far off: "3 minutes ago", "in 2 days". The full time
 * stands beside it, in the title.
 */
#ifndef NEREID_ADMIN_CGI_TIME_WORDS_H
#define NEREID_ADMIN_CGI_TIME_WORDS_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_WORDS_SIZE 40

/** @return `out` */
const char *time_words(char out[TIME_WORDS_SIZE], int64_t time_us, int64_t now_us);

/** Fill in NAME_ago wherever page_time() wrote a time into a page's data. */
void time_words_fill(struct json_object *page, int64_t now_us);

#endif
