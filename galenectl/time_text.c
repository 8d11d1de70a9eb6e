#include "galenectl/time_text.h"

#include <stdio.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define US_PER_S INT64_C(1000000)

int64_t time_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Rounds down, also before 1970. */
static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static void local_time(struct tm *out, int64_t time_s)
{
    time_t t = (time_t)time_s;

    if (!localtime_r(&t, out))
        *out = (struct tm){.tm_mday = 1, .tm_year = 70};
}

static void add_offset(char *out, size_t size, const struct tm *tm)
{
    long minutes = tm->tm_gmtoff / 60;
    long absolute = minutes < 0 ? -minutes : minutes;

    snprintf(out, size, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', absolute / 60 % 100,
             absolute % 60);
}

const char *time_text_rfc3339(char out[TIME_TEXT_SIZE], int64_t time_ns)
{
    int64_t time_s = floor_div(time_ns, NS_PER_S);
    struct tm tm;
    char date[24];
    char offset[16];

    local_time(&tm, time_s);
    if (strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        date[0] = 0;
    add_offset(offset, sizeof offset, &tm);
    snprintf(out, TIME_TEXT_SIZE, "%s.%09d%s", date, (int)(time_ns - time_s * NS_PER_S), offset);
    return out;
}

const char *time_text_shown(char out[TIME_TEXT_SIZE], int64_t time_us)
{
    struct tm tm;
    char date[24];
    char offset[16];

    local_time(&tm, floor_div(time_us, US_PER_S));
    if (strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        date[0] = 0;
    add_offset(offset, sizeof offset, &tm);
    snprintf(out, TIME_TEXT_SIZE, "%s%s", date, offset);
    return out;
}
