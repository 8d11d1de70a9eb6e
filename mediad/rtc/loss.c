#include "mediad/rtc/loss.h"

#include <string.h>

#include "mediad/rtc/rtp.h"

#define CREDIT_MAX (LOSS_ASKS_AHEAD * LOSS_ASK_COST)

void loss_init(struct loss_tracker *t, uint8_t tries_max)
{
    *t = (struct loss_tracker){.tries_max = tries_max, .n_credit = CREDIT_MAX};
}

void loss_reset(struct loss_tracker *t)
{
    t->has_packet = false;
    t->n_missing = 0;
}

/* Remember newest + 1 to seq - 1. */
static enum loss_event note_gap(struct loss_tracker *t, uint16_t seq, int64_t now_us)
{
    unsigned n = (unsigned)rtp_seq_diff(seq, t->newest_seq) - 1;

    if (n == 0 || t->tries_max == 0)
        return LOSS_NONE;
    if (t->n_missing + n > LOSS_MISSING_MAX) {
        t->n_missing = 0;
        return LOSS_OVERFLOW;
    }
    for (unsigned i = 0; i < n; i++)
        t->missing[t->n_missing++] = (struct loss_entry){.seq = (uint16_t)(t->newest_seq + 1 + i),
                                                         .since_us = now_us,
                                                         .next_us = now_us + LOSS_WAIT_US};
    return LOSS_NONE;
}

static void remove_entries(struct loss_tracker *t, unsigned at, unsigned n)
{
    memmove(&t->missing[at], &t->missing[at + n], (t->n_missing - at - n) * sizeof t->missing[0]);
    t->n_missing -= n;
}

/* What was asked for once tells how long an answer takes; after several it is not known to which
 * one it came. */
static void measure_rtt(struct loss_tracker *t, const struct loss_entry *m, int64_t now_us)
{
    int64_t rtt_us = now_us - m->asked_us;

    if (m->tries == 1)
        t->rtt_us = t->rtt_us ? (3 * t->rtt_us + rtt_us) / 4 : rtt_us;
}

static enum loss_event fill(struct loss_tracker *t, uint16_t seq, int64_t now_us)
{
    for (unsigned i = 0; i < t->n_missing; i++) {
        bool was_asked = t->missing[i].tries > 0;

        if (t->missing[i].seq != seq)
            continue;
        measure_rtt(t, &t->missing[i], now_us);
        remove_entries(t, i, 1);
        return was_asked ? LOSS_REPAIRED : LOSS_FILLED;
    }
    return LOSS_UNKNOWN;
}

enum loss_event loss_packet(struct loss_tracker *t, uint16_t seq, int64_t now_us)
{
    enum loss_event event = LOSS_NONE;

    if (t->n_credit < CREDIT_MAX)
        t->n_credit++;
    if (t->has_packet && rtp_seq_diff(seq, t->newest_seq) <= 0)
        return fill(t, seq, now_us);
    if (t->has_packet)
        event = note_gap(t, seq, now_us);
    t->has_packet = true;
    t->newest_seq = seq;
    return event;
}

bool loss_was_asked(const struct loss_tracker *t, uint16_t seq)
{
    for (unsigned i = 0; i < t->n_missing; i++) {
        if (t->missing[i].seq == seq)
            return t->missing[i].tries > 0;
    }
    return false;
}

void loss_keyframe(struct loss_tracker *t, uint16_t first_seq)
{
    unsigned n = 0;

    while (n < t->n_missing && rtp_seq_diff(t->missing[n].seq, first_seq) < 0)
        n++;
    remove_entries(t, 0, n);
}

static bool is_given_up(const struct loss_tracker *t, const struct loss_entry *m, int64_t now_us)
{
    return now_us - m->since_us > LOSS_GIVE_UP_US ||
           (m->tries >= t->tries_max && now_us >= m->next_us);
}

static bool is_due(const struct loss_tracker *t, const struct loss_entry *m, int64_t now_us)
{
    if (m->tries == 0 && rtp_seq_diff(t->newest_seq, m->seq) >= LOSS_WAIT_PACKETS)
        return true;
    return now_us >= m->next_us;
}

/* As often as it may be, and when enough came to pay for it. */
static bool try_asking(struct loss_tracker *t, struct loss_entry *m, int64_t retry_us,
                       int64_t now_us)
{
    if (m->tries >= t->tries_max || !is_due(t, m, now_us))
        return false;
    if (t->n_credit < LOSS_ASK_COST) {
        m->next_us = now_us + LOSS_RETRY_MIN_US;
        return false;
    }
    t->n_credit -= LOSS_ASK_COST;
    m->tries++;
    m->asked_us = now_us;
    m->next_us = now_us + retry_us;
    return true;
}

size_t loss_due(struct loss_tracker *t, int64_t now_us, uint16_t *seqs, size_t max)
{
    int64_t retry_us = t->rtt_us ? t->rtt_us + t->rtt_us / 5 : LOSS_RTT_UNKNOWN_US;
    unsigned kept = 0;
    size_t n = 0;

    if (retry_us < LOSS_RETRY_MIN_US)
        retry_us = LOSS_RETRY_MIN_US;
    for (unsigned i = 0; i < t->n_missing; i++) {
        struct loss_entry m = t->missing[i];

        if (is_given_up(t, &m, now_us)) {
            t->n_given_up++;
            continue;
        }
        if (n < max && try_asking(t, &m, retry_us, now_us))
            seqs[n++] = m.seq;
        t->missing[kept++] = m;
    }
    t->n_missing = kept;
    return n;
}

int64_t loss_next_us(const struct loss_tracker *t)
{
    int64_t next_us = INT64_MAX;

    for (unsigned i = 0; i < t->n_missing; i++) {
        if (t->missing[i].next_us < next_us)
            next_us = t->missing[i].next_us;
    }
    return next_us;
}
