/*
 * Timers of one loop: a wheel of 512 slots of 10 ms. Adding, moving and cancelling cost the same
 * whatever the number of timers. Time is an argument; nothing here reads a clock.
 */
#ifndef NEREID_MEDIAD_TIMER_WHEEL_H
#define NEREID_MEDIAD_TIMER_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/list.h"

#define TIMER_WHEEL_SLOTS 512
#define TIMER_WHEEL_TICK_US 10000

/** Embedded in its owner; zeroed is a timer that does not run. */
struct timer {
    struct list_node in_slot;
    int64_t due_us;
    void (*fire)(struct timer *timer, int64_t now_us);
};

struct timer_wheel {
    struct list slots[TIMER_WHEEL_SLOTS];
    uint64_t occupied[TIMER_WHEEL_SLOTS / 64]; /* slots that may hold a timer */
    int64_t tick;                              /* ticks up to this one were run */
};

/** Empty, at this time. */
void timer_wheel_init(struct timer_wheel *wheel, int64_t now_us);
/** Start a timer or move it; it fires once, at most one tick late, never early. The handler may
 * start and cancel any timer, its own too. */
void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, int64_t due_us);
/** It will not fire; nothing happens when it is not running. */
void timer_cancel(struct timer *timer);
static inline bool timer_is_running(const struct timer *timer)
{
    return list_is_linked(&timer->in_slot);
}
/** Fire what is due. */
void timer_wheel_run(struct timer_wheel *wheel, int64_t now_us);
/** When timer_wheel_run() must be called next; INT64_MAX without timers. May be early. */
int64_t timer_wheel_next_us(struct timer_wheel *wheel);

#endif
