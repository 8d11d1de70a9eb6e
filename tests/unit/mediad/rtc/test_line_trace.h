/*
 * A simulated line (test_line.h) like a phone's in a train.
 */
#ifndef NEREID_TEST_LINE_TRACE_H
#define NEREID_TEST_LINE_TRACE_H

#include "test_line.h"

/* What it carries, for some seconds each. */
static const struct {
    uint16_t s, kbps;
} line_trace[] = {{40, 3200}, {12, 1400}, {5, 700}, {20, 2600}, {3, 150},   {15, 900}, {30, 5000},
                  {8, 420},   {25, 1100}, {2, 90},  {10, 600},  {45, 8000}, {6, 300},  {18, 1700},
                  {4, 220},   {60, 2200}, {9, 480}, {14, 3600}, {7, 1000},  {22, 640}};

/* Each time somewhat different. */
static inline void line_follow_trace(struct line *l, unsigned i)
{
    l->config.bps = (int64_t)(line_trace[i].kbps * 1000 * (0.7 + 0.6 * line_random(l)));
}

#endif
