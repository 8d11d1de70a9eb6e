/*
 * The lines on stderr: one with date and time for each failure.
 */
#ifndef NEREID_GALENECTL_REPORT_H
#define NEREID_GALENECTL_REPORT_H

#include "common/error.h"

/** "2026/11/24 09:30:00 ACTION: cause". @return 1, the exit status */
int report_error(const char *action, const struct error *e);

/** As above for a sentence of one's own. @return 1 */
int report(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
