/*
 * Clocks and RFC 3339 times. Only loops read the clock; everything else takes `now_us`.
 */
#ifndef NEREID_COMMON_NOW_H
#define NEREID_COMMON_NOW_H

#include "common/error.h"
#include "common/span.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)
#define US_PER_DAY (INT64_C(86400) * US_PER_S)

/** Microseconds of CLOCK_MONOTONIC: for timers. */
int64_t now_monotonic_us(void);

/** Microseconds since 1970, UTC: for times that people or files see. */
int64_t now_realtime_us(void);

/**
 * Parse an RFC 3339 time with zone ("2026-11-24T09:30:00.5+01:00"; fraction of any length, cut to
 * microseconds; leap second 60 taken as 59).
 * @param out_us microseconds since 1970, UTC; untouched on failure
 * @return 0 or ERR_SYNTAX
 */
int time_parse_rfc3339(struct span text, int64_t *out_us) MUST_USE;

/** Write a time in UTC by strftime()'s format. @return false: it does not fit, or is no time */
bool time_format_utc(char *out, size_t size, int64_t time_us, const char *format);

#define TIME_RFC3339_SIZE 80

/** Write a time as UTC with milliseconds ("2026-11-24T08:30:00.000Z"). @return buf */
const char *time_format_rfc3339(int64_t time_us, char buf[TIME_RFC3339_SIZE]);

#endif
