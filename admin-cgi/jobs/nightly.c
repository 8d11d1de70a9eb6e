#include "admin-cgi/jobs/nightly.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "common/now.h"

#define WEEK_US (7 * US_PER_DAY)

/* The minute on the day of `tm`, moved by some days. mktime() knows summer time. */
static int64_t on_day(const struct tm *tm, int days, int minute)
{
    struct tm moved = {.tm_year = tm->tm_year,
                       .tm_mon = tm->tm_mon,
                       .tm_mday = tm->tm_mday + days,
                       .tm_hour = minute / 60,
                       .tm_min = minute % 60,
                       .tm_isdst = -1};

    return (int64_t)mktime(&moved) * US_PER_S;
}

/* The latest moment, not after now, at which the clock on the wall showed this minute. */
static int64_t latest_us(int64_t now_us, int minute)
{
    time_t now = (time_t)(now_us / US_PER_S);
    struct tm tm;
    int64_t today_us;

    localtime_r(&now, &tm);
    today_us = on_day(&tm, 0, minute);
    return today_us <= now_us ? today_us : on_day(&tm, -1, minute);
}

bool nightly_is_due(int64_t last_us, int64_t now_us, int minute)
{
    return last_us < latest_us(now_us, minute);
}

/* Weeks from Monday on: the first day of 1970 was a Thursday. */
static int64_t week_of(int64_t time_us)
{
    return (time_us + 3 * US_PER_DAY) / WEEK_US;
}

void nightly_keep(const int64_t *times_us, size_t n, bool *keep)
{
    int64_t last_week = INT64_MAX;
    unsigned n_weeks = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t week = week_of(times_us[i]);

        keep[i] = i < NIGHTLY_DAILY;
        if (!keep[i] && week != last_week && n_weeks < NIGHTLY_WEEKLY) {
            keep[i] = true;
            n_weeks++;
        }
        if (keep[i])
            last_week = week;
    }
}

int nightly_minute(const char *text)
{
    if (strlen(text) != 5 || text[2] != ':' || !isdigit((unsigned char)text[0]) ||
        !isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[3]) ||
        !isdigit((unsigned char)text[4]))
        return -1;
    {
        int hours = (text[0] - '0') * 10 + text[1] - '0';
        int minutes = (text[3] - '0') * 10 + text[4] - '0';

        return hours < 24 && minutes < 60 ? hours * 60 + minutes : -1;
    }
}
