/*
 * One event as an iCalendar file (RFC 5545). Pure.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_CALENDAR_H
#define NEREID_ADMIN_CGI_VIEW_CALENDAR_H

#include "common/buf.h"
#include "common/error.h"

/** Borrowed for the call. */
struct calendar_event {
    const char *uid; /* the same for the same event */
    const char *summary, *description, *url;
    int64_t stamp_us, start_us, end_us; /* since 1970; whole seconds are written */
};

/** Appends the file: CR LF, lines of 75 octets at most. @return 0, ERR_NO_MEMORY */
int calendar_write(struct buf *out, const struct calendar_event *event) MUST_USE;

#endif
