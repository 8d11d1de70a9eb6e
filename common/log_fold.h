/*
 * Repeats of one log line, folded: the first few in ten seconds are said, the rest is counted and
 * said once, "... (and 312 more)". A fixed number of lines is remembered; the one that was silent
 * longest makes room. Pure: no clock, no lock, no allocation.
 */
#ifndef NEREID_COMMON_LOG_FOLD_H
#define NEREID_COMMON_LOG_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_FOLD_LINES 16
#define LOG_FOLD_TEXT_MAX 1024
#define LOG_FOLD_BURST 5
#define LOG_FOLD_WINDOW_US (INT64_C(10) * 1000000)

struct log_fold_line {
    int64_t since_us, last_us; /* its window began; it came last */
    unsigned n_said, n_folded; /* in this window */
    size_t len;                /* 0: unused */
    char text[LOG_FOLD_TEXT_MAX];
};

/** Zeroed is empty. */
struct log_fold {
    struct log_fold_line lines[LOG_FOLD_LINES];
};

/** One line came, without time and line end. @return true: say it; false: it was counted */
bool log_fold_take(struct log_fold *f, const char *text, size_t len, int64_t now_us);
/** What was counted and is to be said now; call until it returns NULL. Before log_fold_take(), so
 * that no line is forgotten.
 * @param is_end say all, also where the ten seconds are not over
 * @param n_more how many were counted
 * @return the line; borrowed until the next call */
const struct log_fold_line *log_fold_due(struct log_fold *f, int64_t now_us, bool is_end,
                                         unsigned *n_more);

#endif
