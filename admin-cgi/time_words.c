#include "admin-cgi/time_words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin-cgi/say.h"
#include "common/now.h"

#define ISO_UTC "%Y-%m-%dT%H:%M:%SZ" /* as page_time() writes it */
#define SUFFIX "_iso"
#define NOW_S 45 /* nearer than this counts as now */

static const struct {
    int64_t seconds; /* from here on */
    int64_t unit;
    const char *ago, *one_ago, *in, *in_one;
} steps[] = {
    {365 * 86400, 365 * 86400, TEXT("{n} years ago"), "{n} year ago", TEXT("in {n} years"),
     "in {n} year"},
    {60 * 86400, 30 * 86400, TEXT("{n} months ago"), "{n} month ago", TEXT("in {n} months"),
     "in {n} month"},
    {36 * 3600, 86400, TEXT("{n} days ago"), "{n} day ago", TEXT("in {n} days"), "in {n} day"},
    {90 * 60, 3600, TEXT("{n} hours ago"), "{n} hour ago", TEXT("in {n} hours"), "in {n} hour"},
    {0, 60, TEXT("{n} minutes ago"), "{n} minute ago", TEXT("in {n} minutes"), "in {n} minute"},
};

const char *time_words(struct arena *a, int64_t time_us, int64_t now_us)
{
    int64_t seconds = (now_us - time_us) / US_PER_S;
    bool is_past = seconds >= 0;
    size_t i = 0;
    int64_t n;

    if (!is_past)
        seconds = -seconds;
    if (seconds < NOW_S)
        return say(a, is_past ? "just now" : "in a moment");
    while (seconds < steps[i].seconds)
        i++;
    n = (seconds + steps[i].unit / 2) / steps[i].unit;
    if (n < 1)
        n = 1;
    return is_past ? say_count(a, steps[i].ago, steps[i].one_ago, (uint64_t)n)
                   : say_count(a, steps[i].in, steps[i].in_one, (uint64_t)n);
}

static void fill_member(struct arena *a, struct json_object *o, const char *key, const char *iso,
                        int64_t now_us)
{
    char name[80];
    const char *words;
    size_t len = strlen(key), suffix = sizeof SUFFIX - 1;
    struct json_object *ago;
    struct tm tm = {0};
    const char *end;

    if (len <= suffix || len >= sizeof name || strcmp(key + len - suffix, SUFFIX) != 0)
        return;
    snprintf(name, sizeof name, "%.*s_ago", (int)(len - suffix), key);
    ago = json_object_object_get(o, name);
    end = ago ? strptime(iso, ISO_UTC, &tm) : NULL;
    words = end && !*end ? time_words(a, (int64_t)timegm(&tm) * US_PER_S, now_us) : NULL;
    if (words)
        json_object_set_string(ago, words);
}

static void fill(struct arena *a, struct json_object *page, int64_t now_us)
{
    if (json_object_is_type(page, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(page); i++)
            fill(a, json_object_array_get_idx(page, i), now_us);
    } else if (json_object_is_type(page, json_type_object)) {
        json_object_object_foreach(page, key, value)
        {
            if (json_object_is_type(value, json_type_string))
                fill_member(a, page, key, json_object_get_string(value), now_us);
            else
                fill(a, value, now_us);
        }
    }
}

void time_words_fill(struct json_object *page, int64_t now_us, const struct language *language)
{
    struct arena a = {.language = language};

    fill(&a, page, now_us);
    arena_release(&a);
}
