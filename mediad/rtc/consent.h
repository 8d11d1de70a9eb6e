/*
 * Is the peer still there? Every valid check of the peer renews its consent (RFC 7675); 5 s without
 * one count as disconnected, 30 s as lost. Also limits how many checks are answered. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_CONSENT_H
#define NEREID_MEDIAD_RTC_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#define CONSENT_DISCONNECTED_US INT64_C(5000000)
#define CONSENT_LOST_US INT64_C(30000000)
#define CONSENT_CHECKS_PER_S 50
#define CONSENT_REPEATS_PER_S 50

enum consent_state { CONSENT_FRESH, CONSENT_STALE, CONSENT_LOST };

struct consent {
    int64_t last_us;   /* last valid check, or the start */
    int64_t window_us; /* start of the second in which checks are counted */
    unsigned checks;   /* in that second */
    unsigned repeats;
};

/** The peer has 30 s for its first check. */
void consent_start(struct consent *c, int64_t now_us);
/** May one more check be looked at? Counts it. */
bool consent_allows_check(struct consent *c, int64_t now_us);
/** The same for one that was seen before: however many there are, new ones get their turn. */
bool consent_allows_repeat(struct consent *c, int64_t now_us);
/** A valid check came. */
void consent_renew(struct consent *c, int64_t now_us);
/** By the time since the last valid check. */
enum consent_state consent_state(const struct consent *c, int64_t now_us);

#endif
