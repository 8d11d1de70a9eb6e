/*
 * When the nightly backup is due, and which of the earlier ones are kept. Pure, but for the time
 * zone of the machine.
 */
#ifndef NEREID_ADMIN_CGI_JOBS_NIGHTLY_H
#define NEREID_ADMIN_CGI_JOBS_NIGHTLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NIGHTLY_MINUTE_DEFAULT (3 * 60) /* 03:00, local time */
#define NIGHTLY_DAILY 7
#define NIGHTLY_WEEKLY 4
#define NIGHTLY_LATE_US (INT64_C(26) * 3600 * 1000000) /* older than this, people are told */

/** A backup is due: since the last one (or since the server was made) that minute came. */
bool nightly_is_due(int64_t last_us, int64_t now_us, int minute);

/**
 * Which to keep: the newest seven, and before them the newest of each of the last four weeks that
 * has one.
 * @param times when they were made, newest first
 */
void nightly_keep(const int64_t *times_us, size_t n, bool *keep);

/** "03:00" as minutes of a day. @return -1: it is no time */
int nightly_minute(const char *text);

#endif
