/*
 * Log lines to stderr, one event per line:
 *     2026-11-24T08:30:00.000Z info rtc group=demo client=5f3a connected in 212 ms
 * error: an operator must act. warn: something was lost, we go on. info: lifecycle. debug: off by
 * default. Never a password, token, key or chat text; control characters in arguments come out
 * as \xNN. Repeats of one line are folded (log_fold.h). Safe from any thread (one write per line).
 * Nobody waits for the reader of the log: what it does not take at once is lost, and the next line
 * that it takes says how many were.
 */
#ifndef NEREID_COMMON_LOG_H
#define NEREID_COMMON_LOG_H

#include "common/error.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/** Who a line is about; any member may be NULL or 0. Borrowed for the call. */
struct log_ctx {
    const char *room; /* "rtc", "signal", "store" */
    const char *group;
    const char *client;
    unsigned pc;        /* peer connection's number */
    const char *action; /* what was being done, "reading group file" */
};

/** Lines above this level are left out; the default is LOG_LEVEL_INFO. For main() only. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
void log_line(enum log_level level, const struct log_ctx *ctx, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/** Say what was folded ten seconds ago; for loops, now and then. @param now_us monotonic */
void log_settle(int64_t now_us);
/** Say all that was folded; before the process ends. */
void log_end(void);

/* The level is tested before the arguments are evaluated. */
#define LOG_AT(level, ctx, ...)                                                                    \
    do {                                                                                           \
        if (log_enabled(level))                                                                    \
            log_line(level, ctx, __VA_ARGS__);                                                     \
    } while (0)
#define log_error(ctx, ...) LOG_AT(LOG_LEVEL_ERROR, ctx, __VA_ARGS__)
#define log_warn(ctx, ...) LOG_AT(LOG_LEVEL_WARN, ctx, __VA_ARGS__)
#define log_info(ctx, ...) LOG_AT(LOG_LEVEL_INFO, ctx, __VA_ARGS__)
#define log_debug(ctx, ...) LOG_AT(LOG_LEVEL_DEBUG, ctx, __VA_ARGS__)

#endif
