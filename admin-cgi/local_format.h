/*
 * Dates and numbers as a language writes them (Unicode CLDR, "number symbols" and dates of medium
 * length), for pages: one table, by the language's tag. Figures are Western ones in every language,
 * Arabic too: they stand beside addresses, codes and fields, where one types them. English has days
 * as ISO 8601 does, since it is read in countries whose orders of day and month differ, and "12 %"
 * as ISO 80000 and all our English sentences do. What programs read (API, CSV, exports, logs) has
 * no language, and is written without any of this.
 */
#ifndef NEREID_ADMIN_CGI_LOCAL_FORMAT_H
#define NEREID_ADMIN_CGI_LOCAL_FORMAT_H

#include <json-c/json.h>
#include <time.h>

#include "admin-cgi/arena.h"
#include "admin-cgi/words.h"
#include "common/buf.h"

/** "1.234,5", rounded; "1234.5" without a language. @param l NULL: none */
void local_number_add(struct buf *out, const struct language *l, double value, int decimals);
/** The same in the arena, in its language; NULL when out of memory. */
const char *local_number(struct arena *a, double value, int decimals);
/** "12,5 %". @param percent 100 is the whole */
void local_percent_add(struct buf *out, const struct language *l, double percent, int decimals);
const char *local_percent(struct arena *a, double percent, int decimals);

/** A size that was written where no language was known, "1.5 GB" (recording_view_size()), as the
 * language writes it. @return in the arena; empty: it is something else, or no memory */
struct span local_size_reported(struct arena *a, const struct language *l, struct span text);

/** Rewrite the counts of a page's data, numbers whose names begin with "n_", as the language writes
 * them. */
void local_counts(struct json_object *page, const struct language *l);

/** Append a day and a time, "9 juin 2026 à 10:00"; without seconds and zone. */
void local_time_add(struct buf *out, const struct language *l, const struct tm *tm);
/** Append a day in short, without its year, "9.6."; "06-09" without a language. */
void local_day_add(struct buf *out, const struct language *l, const struct tm *tm);

#endif
