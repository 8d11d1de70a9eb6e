#include "admin-cgi/time_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/macros.h"
#include "common/now.h"

#define ISO_UTC "%Y-%m-%dT%H:%M:%SZ" /* as page_time() writes it */
#define SUFFIX "_iso"
#define NOW_S 45 /* nearer than this counts as now */

static const struct {
    int64_t seconds; /* from here on */
    int64_t unit;
    const char *one, *many;
} steps[] = {
    {365 * 86400, 365 * 86400, "year", "years"},
    {60 * 86400, 30 * 86400, "month", "months"},
    {36 * 3600, 86400, "day", "days"},
    {90 * 60, 3600, "hour", "hours"},
    {0, 60, "minute", "minutes"},
};

const char *time_words(char out[TIME_WORDS_SIZE], int64_t time_us, int64_t now_us)
{
    int64_t seconds = (now_us - time_us) / US_PER_S;
    bool is_past = seconds >= 0;
    size_t i = 0;
    int64_t n;

    if (!is_past)
        seconds = -seconds;
    if (seconds < NOW_S) {
        snprintf(out, TIME_WORDS_SIZE, "%s", is_past ? "just now" : "in a moment");
        return out;
    }
    while (seconds < steps[i].seconds)
        i++;
    n = (seconds + steps[i].unit / 2) / steps[i].unit;
    if (n < 1)
        n = 1;
    snprintf(out, TIME_WORDS_SIZE, is_past ? "%" PRId64 " %s ago" : "in %" PRId64 " %s", n,
             n == 1 ? steps[i].one : steps[i].many);
    return out;
}

static void fill_member(struct json_object *o, const char *key, const char *iso, int64_t now_us)
{
    char name[80], words[TIME_WORDS_SIZE];
    size_t len = strlen(key), suffix = sizeof SUFFIX - 1;
    struct json_object *ago;
    struct tm tm = {0};
    const char *end;

    if (len <= suffix || len >= sizeof name || strcmp(key + len - suffix, SUFFIX) != 0)
        return;
    snprintf(name, sizeof name, "%.*s_ago", (int)(len - suffix), key);
    ago = json_object_object_get(o, name);
    end = ago ? strptime(iso, ISO_UTC, &tm) : NULL;
    if (end && !*end)
        json_object_set_string(ago, time_words(words, (int64_t)timegm(&tm) * US_PER_S, now_us));
}

void time_words_fill(struct json_object *page, int64_t now_us)
{
    if (json_object_is_type(page, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(page); i++)
            time_words_fill(json_object_array_get_idx(page, i), now_us);
    } else if (json_object_is_type(page, json_type_object)) {
        json_object_object_foreach(page, key, value)
        {
            if (json_object_is_type(value, json_type_string))
                fill_member(page, key, json_object_get_string(value), now_us);
            else
                time_words_fill(value, now_us);
        }
    }
}
