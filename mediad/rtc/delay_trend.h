/*
 * Does a queue build up on the way to a client? From what each packet waited (by sending and
 * arrival, over all connections of the client): the least of each 50 ms is taken, which a burst of
 * one picture does not raise, and a line is fitted to those of the last 400 ms. Its rise is
 * compared with a threshold that adapts to the line (draft-ietf-rmcat-gcc-02 section 5.3 and 5.4).
 * Pure.
 */
#ifndef NEREID_MEDIAD_RTC_DELAY_TREND_H
#define NEREID_MEDIAD_RTC_DELAY_TREND_H

#include <stdbool.h>
#include <stdint.h>

/** Times of others further off than this are nobody's. */
#define DELAY_TIME_MAX_US (INT64_C(1) << 60)

enum {
    DELAY_SLOT_US = 50 * 1000,
    DELAY_SLOTS = 16,
    DELAY_FIT_SLOTS = 8,
};

enum delay_state {
    DELAY_NORMAL,
    DELAY_OVERUSE,  /* the queue grows, or is long and does not shrink */
    DELAY_UNDERUSE, /* it drains */
};

/**
 * What a connection's packets take when they need not wait, in terms of a clock of unknown origin
 * that may drift: the least of the last seconds. Embedded in the connection; zeroed: not known yet.
 */
struct delay_base {
    bool is_known;
    int64_t started_us;  /* when least_us began, by sending */
    int64_t least_us;    /* since then */
    int64_t previous_us; /* in the time before */
    int64_t newest_us;   /* sending time of the newest packet */
};

struct delay_trend {
    int64_t newest_slot;           /* by sending time */
    int64_t floor_us[DELAY_SLOTS]; /* least wait of the packets sent in a slot; INT64_MAX: none */
    int64_t from_slot;             /* what was sent before says nothing any more */
    int64_t last_us;               /* what the newest packet waited */
    int64_t updated_us;
    double threshold_ms;
    double rise_ms;   /* over the slots of the fit */
    double error2;    /* its standard error, squared */
    int64_t queue_us; /* least wait in the last slots: what stands */
    enum delay_state state;
};

/** No packet yet: DELAY_NORMAL. */
void delay_trend_init(struct delay_trend *t);

/**
 * A packet arrived.
 * @param base of its connection
 * @return what it waited in queues, us: 0 to 10 s
 */
int64_t delay_trend_packet(struct delay_trend *t, struct delay_base *base, int64_t sent_us,
                           int64_t arrival_us);

/** After the packets of one report. @return also t->state; as before while there are too few slots
 * to tell */
enum delay_state delay_trend_update(struct delay_trend *t, int64_t now_us);

/** Only what is sent from now on shall count: the rate was changed. */
void delay_trend_restart(struct delay_trend *t, int64_t now_us);

#endif
