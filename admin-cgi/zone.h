/*
 * Times on pages in a person's time zone, by the C library and the zones of the system (tzdata).
 * The library knows one zone at a time, of the process: it is changed here and put back at once.
 */
#ifndef NEREID_ADMIN_CGI_ZONE_H
#define NEREID_ADMIN_CGI_ZONE_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "admin-cgi/form.h"

/** A time as people read it, "2026-06-09 10:00 +02:00", or "2026-06-09 08:00 UTC"; in the arena,
 * and as its language writes it (local_format.h).
 * @param zone "Europe/Berlin"; NULL or "": UTC */
const char *zone_time_text(struct arena *a, const char *zone, int64_t time_us);

/** What people call a zone: "Europe/Berlin", or "UTC" for NULL and "". */
const char *zone_name(const char *zone);

/** A time as the field of a form holds it, "2026-06-09T10:00", with seconds where there are some;
 * in the arena. "" for what is no time. @param zone as above */
const char *zone_field_text(struct arena *a, const char *zone, int64_t time_us);
/** What came back from such a field: of a time that the zone's clocks skip, the one an hour on.
 * @param rfc3339 the same with its offset  @return false: it is something else */
bool zone_field_read(const char *zone, const char *text, char rfc3339[FORM_TIME_SIZE],
                     int64_t *out_us);

/** Rewrite what page_time() wrote, wherever it stands in a page's data: NAME in the zone and as the
 * language writes it, and NAME_iso with the offset.
 * @param zone     NULL or "": UTC, and NAME_iso stays
 * @param language NULL: none, as zone_time_text() for an arena without one */
void zone_localise(struct json_object *page, const char *zone, const struct language *language);

/** The names of all zones, "Africa/Abidjan" first, as an array of strings; NULL: the system has no
 * list, or no memory. Owned by the arena. */
struct json_object *zone_names(struct arena *a);

/** "" (UTC), or a name of zone_names(). */
bool zone_is_known(struct arena *a, const char *name);

#endif
