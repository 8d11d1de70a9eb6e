/*
 * Times as tokens carry them and as people read them, in the local zone.
 */
#ifndef NEREID_GALENECTL_TIME_TEXT_H
#define NEREID_GALENECTL_TIME_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TIME_TEXT_SIZE 64

/** Nanoseconds since 1970 now. */
int64_t time_now_ns(void);

/** "2026-11-24T09:30:00.123456789+01:00" (RFC 3339, local offset). @return out */
const char *time_text_rfc3339(char out[TIME_TEXT_SIZE], int64_t time_ns);

/** "2026-11-24 09:30:00+01:00". @return out */
const char *time_text_shown(char out[TIME_TEXT_SIZE], int64_t time_us);

#endif
