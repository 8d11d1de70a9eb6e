#include "common/now.h"

#include <stdio.h>
#include <time.h>

static int64_t clock_us(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

int64_t now_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t now_realtime_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t era;
    unsigned year_of_era;
    unsigned day_of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = (unsigned)(year - era * 400);
    day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

struct digits {
    struct span rest;
    bool bad;
};

static unsigned parse_number(struct digits *d, size_t len)
{
    uint64_t value = 0;

    if (d->rest.len < len || !span_u64(span_of(d->rest.data, len), &value)) {
        d->bad = true;
        return 0;
    }
    d->rest = span_sub(d->rest, len, d->rest.len);
    return (unsigned)value;
}

static uint8_t next_char(struct digits *d)
{
    uint8_t c;

    if (d->rest.len == 0) {
        d->bad = true;
        return 0;
    }
    c = d->rest.data[0];
    d->rest = span_sub(d->rest, 1, d->rest.len);
    return c;
}

static void expect_char(struct digits *d, const char *any_of)
{
    uint8_t c = next_char(d);

    for (; *any_of; any_of++) {
        if (c == (uint8_t)*any_of)
            return;
    }
    d->bad = true;
}

static int64_t parse_fraction_us(struct digits *d)
{
    int64_t value = 0;
    int64_t unit = US_PER_S / 10;
    size_t count = 0;

    if (d->rest.len == 0 || d->rest.data[0] != '.')
        return 0;
    next_char(d);
    while (d->rest.len > 0 && d->rest.data[0] >= '0' && d->rest.data[0] <= '9') {
        value += (next_char(d) - '0') * unit;
        unit /= 10;
        count++;
    }
    if (count == 0)
        d->bad = true;
    return value;
}

static int64_t parse_zone_s(struct digits *d)
{
    uint8_t sign = next_char(d);
    unsigned hours;
    unsigned minutes;
    int64_t offset_s;

    if (sign == 'Z' || sign == 'z')
        return 0;
    hours = parse_number(d, 2);
    expect_char(d, ":");
    minutes = parse_number(d, 2);
    if ((sign != '+' && sign != '-') || hours > 23 || minutes > 59)
        d->bad = true;
    offset_s = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    return sign == '-' ? -offset_s : offset_s;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

int time_parse_rfc3339(struct span text, int64_t *out_us)
{
    struct digits d = {text, false};
    unsigned year = parse_number(&d, 4);
    unsigned month;
    unsigned day;
    unsigned hour;
    unsigned minute;
    unsigned second;
    int64_t fraction_us;
    int64_t zone_s;

    expect_char(&d, "-");
    month = parse_number(&d, 2);
    expect_char(&d, "-");
    day = parse_number(&d, 2);
    expect_char(&d, "Tt");
    hour = parse_number(&d, 2);
    expect_char(&d, ":");
    minute = parse_number(&d, 2);
    expect_char(&d, ":");
    second = parse_number(&d, 2);
    fraction_us = parse_fraction_us(&d);
    zone_s = parse_zone_s(&d);
    if (d.bad || d.rest.len > 0 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 60)
        return ERR_SYNTAX;
    if (second == 60)
        second = 59;
    *out_us = (days_from_civil(year, month, day) * 86400 + (int64_t)hour * 3600 +
               (int64_t)minute * 60 + second - zone_s) *
                  US_PER_S +
              fraction_us;
    return 0;
}

bool time_format_utc(char *out, size_t size, int64_t time_us, const char *format)
{
    time_t seconds = (time_t)(time_us / US_PER_S);
    struct tm tm;

    return gmtime_r(&seconds, &tm) && strftime(out, size, format, &tm) > 0;
}

const char *time_format_rfc3339(int64_t time_us, char buf[TIME_RFC3339_SIZE])
{
    time_t seconds = (time_t)(time_us / US_PER_S);
    int64_t rest_us = time_us % US_PER_S;
    struct tm tm;

    if (rest_us < 0) {
        rest_us += US_PER_S;
        seconds--;
    }
    gmtime_r(&seconds, &tm);
    snprintf(buf, TIME_RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             (int)(rest_us / US_PER_MS));
    return buf;
}
