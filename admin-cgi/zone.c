#include "admin-cgi/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin-cgi/local_format.h"
#include "common/now.h"

#define LIST "/usr/share/zoneinfo/zone.tab" /* of tzdata: country, place, name, comment */
#define FORMAT_UTC "%Y-%m-%d %H:%M UTC"
#define FORMAT_ISO_UTC "%Y-%m-%dT%H:%M:%SZ"
#define SUFFIX "_iso"
#define TEXT_SIZE 64

/* ---- the process's zone, and back ---- */

/** What the process had. */
struct held_zone {
    char *name; /* owned; NULL: none was set */
    bool is_held;
};

static void set_zone(const char *name)
{
    if (name)
        setenv("TZ", name, 1);
    else
        unsetenv("TZ");
    tzset();
}

static void enter(struct held_zone *held, const char *zone)
{
    const char *now = getenv("TZ");

    held->name = now ? strdup(now) : NULL;
    held->is_held = !now || held->name;
    if (held->is_held)
        set_zone(zone);
}

static void leave(struct held_zone *held)
{
    if (held->is_held)
        set_zone(held->name);
    free(held->name);
}

/* ---- one time ---- */

/* "+0200" of strftime() as "+02:00" (RFC 3339). */
static void add_offset(char *text, size_t size, const struct tm *tm)
{
    char offset[16];
    size_t len = strlen(text);

    if (strftime(offset, sizeof offset, "%z", tm) == 5)
        snprintf(text + len, size - len, "%.3s:%s", offset, offset + 3);
}

/* A time as people read it, in the process's zone or in UTC. */
static bool add_text(struct buf *out, const struct language *language, time_t seconds, bool is_utc)
{
    char offset[TEXT_SIZE] = "";
    struct tm tm;

    if (!(is_utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
        return false;
    local_time_add(out, language, &tm);
    if (!is_utc)
        add_offset(offset, sizeof offset, &tm);
    buf_printf(out, " %s", is_utc ? "UTC" : offset);
    return buf_check(out) == 0;
}

/* In the process's zone, as RFC 3339 has it. */
static bool format_iso(time_t seconds, char iso[TEXT_SIZE])
{
    struct tm tm;

    if (!localtime_r(&seconds, &tm) || !strftime(iso, TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm))
        return false;
    add_offset(iso, TEXT_SIZE, &tm);
    return true;
}

static bool is_set(const char *zone)
{
    return zone && *zone;
}

const char *zone_time_text(struct arena *a, const char *zone, int64_t time_us)
{
    struct held_zone held;
    struct buf text = {0};
    const char *copy;
    bool is_done;

    if (is_set(zone))
        enter(&held, zone);
    is_done = add_text(&text, a->language, (time_t)(time_us / US_PER_S), !is_set(zone));
    if (is_set(zone))
        leave(&held);
    copy = is_done ? arena_dup(a, buf_span(&text)) : "";
    buf_release(&text);
    return copy;
}

const char *zone_name(const char *zone)
{
    return zone && *zone ? zone : "UTC";
}

/* ---- one time in a form ---- */

const char *zone_field_text(struct arena *a, const char *zone, int64_t time_us)
{
    time_t seconds = (time_t)(time_us / US_PER_S);
    const char *shape = seconds % 60 ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%dT%H:%M";
    char text[TEXT_SIZE];
    struct held_zone held;
    struct tm tm;
    bool is_done;

    if (!zone || !*zone)
        return time_format_utc(text, sizeof text, time_us, shape) ? arena_str(a, text) : "";
    enter(&held, zone);
    is_done = localtime_r(&seconds, &tm) && strftime(text, sizeof text, shape, &tm);
    leave(&held);
    return is_done ? arena_str(a, text) : "";
}

/* As UTC it is read; then the same clock is asked for in the zone. */
bool zone_field_read(const char *zone, const char *text, char rfc3339[FORM_TIME_SIZE],
                     int64_t *out_us)
{
    struct held_zone held;
    struct tm tm;
    time_t seconds;
    bool is_done;

    if (!form_time(text, rfc3339, out_us))
        return false;
    if (!zone || !*zone)
        return true;
    seconds = (time_t)(*out_us / US_PER_S);
    if (!gmtime_r(&seconds, &tm))
        return false;
    enter(&held, zone);
    tm.tm_isdst = -1;
    seconds = mktime(&tm);
    is_done =
        localtime_r(&seconds, &tm) && strftime(rfc3339, FORM_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    if (is_done)
        add_offset(rfc3339, FORM_TIME_SIZE, &tm);
    leave(&held);
    return is_done && time_parse_rfc3339(span_str(rfc3339), out_us) == 0;
}

/* ---- all times of a page ---- */

/* What page_time() wrote, and nothing else: then its text says so, too. */
static bool read_time(const char *iso, const char *text, time_t *out)
{
    struct tm tm = {0};
    const char *end = strptime(iso, FORMAT_ISO_UTC, &tm);
    char shown[TEXT_SIZE];

    if (!end || *end || !text)
        return false;
    *out = timegm(&tm);
    return time_format_utc(shown, sizeof shown, *out * US_PER_S, FORMAT_UTC) &&
           strcmp(shown, text) == 0;
}

/** What all times of a page have in common. */
struct look {
    const struct language *language;
    bool is_utc;
};

static void localise_member(struct json_object *o, const char *key, struct json_object *value,
                            const struct look *look)
{
    char name[TEXT_SIZE], iso[TEXT_SIZE];
    size_t len = strlen(key), suffix = sizeof SUFFIX - 1;
    struct json_object *shown;
    struct buf text = {0};
    time_t seconds;

    if (len <= suffix || len - suffix >= sizeof name || strcmp(key + len - suffix, SUFFIX) != 0)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(len - suffix), key);
    shown = json_object_object_get(o, name);
    if (!json_object_is_type(shown, json_type_string) ||
        !read_time(json_object_get_string(value), json_object_get_string(shown), &seconds))
        return;
    if (add_text(&text, look->language, seconds, look->is_utc) &&
        (look->is_utc || format_iso(seconds, iso))) {
        json_object_set_string(shown, buf_str(&text));
        if (!look->is_utc)
            json_object_set_string(value, iso);
    }
    buf_release(&text);
}

static void walk(struct json_object *o, const struct look *look)
{
    if (json_object_is_type(o, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(o); i++)
            walk(json_object_array_get_idx(o, i), look);
    } else if (json_object_is_type(o, json_type_object)) {
        json_object_object_foreach(o, key, value)
        {
            if (json_object_is_type(value, json_type_string))
                localise_member(o, key, value, look);
            else
                walk(value, look);
        }
    }
}

void zone_localise(struct json_object *page, const char *zone, const struct language *language)
{
    struct look look = {.language = language, .is_utc = !is_set(zone)};
    struct held_zone held;

    if (!page)
        return;
    if (!look.is_utc)
        enter(&held, zone);
    walk(page, &look);
    if (!look.is_utc)
        leave(&held);
}

/* ---- which there are ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(json_object_get_string(*(struct json_object *const *)a),
                  json_object_get_string(*(struct json_object *const *)b));
}

static void add_line(struct json_object *list, char *line)
{
    struct span rest = span_of(line, strcspn(line, "\n")), piece;

    if (line[0] == '#')
        return;
    for (int i = 0; i < 3; i++) {
        if (!span_split(&rest, '\t', &piece))
            return;
    }
    json_object_array_add(list,
                          json_object_new_string_len((const char *)piece.data, (int)piece.len));
}

struct json_object *zone_names(struct arena *a)
{
    struct json_object *list = arena_json(a, json_object_new_array());
    FILE *file = list ? fopen(LIST, "re") : NULL;
    char line[512];

    if (!file)
        return NULL;
    while (fgets(line, sizeof line, file))
        add_line(list, line);
    fclose(file);
    json_object_array_sort(list, by_text);
    return list;
}

bool zone_is_known(struct arena *a, const char *name)
{
    struct json_object *list = *name ? zone_names(a) : NULL;

    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), name) == 0)
            return true;
    }
    return !*name;
}
