#include "mediad/timer_wheel.h"

#include <string.h>

#define SLOT(tick) ((unsigned)((uint64_t)(tick) % TIMER_WHEEL_SLOTS))

static int64_t tick_of(int64_t time_us)
{
    /* rounded up, so that no timer fires early */
    return (time_us + TIMER_WHEEL_TICK_US - 1) / TIMER_WHEEL_TICK_US;
}

void timer_wheel_init(struct timer_wheel *wheel, int64_t now_us)
{
    memset(wheel, 0, sizeof *wheel);
    wheel->tick = now_us / TIMER_WHEEL_TICK_US;
}

void timer_cancel(struct timer *timer)
{
    list_remove(&timer->in_slot);
}

static void link_into(struct timer_wheel *wheel, struct timer *timer, unsigned slot)
{
    list_prepend(&wheel->slots[slot], &timer->in_slot);
    wheel->occupied[slot / 64] |= UINT64_C(1) << (slot % 64);
}

void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, int64_t due_us)
{
    int64_t tick = tick_of(due_us);

    timer_cancel(timer);
    timer->due_us = due_us;
    if (tick <= wheel->tick)
        tick = wheel->tick + 1;
    /* A timer beyond the wheel's end waits in its last slot and is set anew there. */
    if (tick > wheel->tick + TIMER_WHEEL_SLOTS - 1)
        tick = wheel->tick + TIMER_WHEEL_SLOTS - 1;
    link_into(wheel, timer, SLOT(tick));
}

static void run_slot(struct timer_wheel *wheel, unsigned slot, int64_t now_us)
{
    struct timer *timer;
    struct list due;

    /* Taken off as a list of their own: handlers may set timers into this very slot. */
    list_move_all(&due, &wheel->slots[slot]);
    wheel->occupied[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
    while ((timer = LIST_FIRST(&due, struct timer, in_slot)) != NULL) {
        timer_cancel(timer);
        if (tick_of(timer->due_us) > wheel->tick)
            timer_wheel_set(wheel, timer, timer->due_us);
        else
            timer->fire(timer, now_us);
    }
}

void timer_wheel_run(struct timer_wheel *wheel, int64_t now_us)
{
    int64_t last = now_us / TIMER_WHEEL_TICK_US;

    /* After a long sleep one turn visits every slot; more would visit them twice. */
    if (last - wheel->tick > TIMER_WHEEL_SLOTS) {
        int64_t first = last - TIMER_WHEEL_SLOTS;
        wheel->tick = first;
    }
    while (wheel->tick < last) {
        wheel->tick++;
        if (!list_is_empty(&wheel->slots[SLOT(wheel->tick)]))
            run_slot(wheel, SLOT(wheel->tick), now_us);
    }
}

int64_t timer_wheel_next_us(struct timer_wheel *wheel)
{
    for (unsigned i = 1; i < TIMER_WHEEL_SLOTS;) {
        unsigned slot = SLOT(wheel->tick + i);
        uint64_t word = wheel->occupied[slot / 64] >> (slot % 64);

        if (!word) {
            i += 64 - slot % 64;
            continue;
        }
        unsigned skip = (unsigned)__builtin_ctzll(word);
        if (skip) {
            i += skip;
            continue;
        }
        if (!list_is_empty(&wheel->slots[slot]))
            return (wheel->tick + i) * TIMER_WHEEL_TICK_US;
        wheel->occupied[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
        i++;
    }
    return INT64_MAX;
}
