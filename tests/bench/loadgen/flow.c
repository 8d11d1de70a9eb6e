#include "tests/bench/loadgen/flow.h"

#include <string.h>

#include "mediad/rtc/rtp.h"

#define REORDER_WAIT_US 10000
#define ASK_AGAIN_US 50000
#define TRIES_MAX 20

static bool ring_get(const struct receive_flow *f, uint64_t seq)
{
    return f->ring[seq % FLOW_RING / 64] >> (seq % 64) & 1;
}

static void ring_set(struct receive_flow *f, uint64_t seq, bool value)
{
    uint64_t bit = UINT64_C(1) << (seq % 64);

    if (value)
        f->ring[seq % FLOW_RING / 64] |= bit;
    else
        f->ring[seq % FLOW_RING / 64] &= ~bit;
}

static void missing_remove(struct receive_flow *f, uint64_t seq)
{
    for (size_t i = 0; i < f->n_missing; i++) {
        if (f->missing[i].seq != seq)
            continue;
        f->n_missing--;
        memmove(&f->missing[i], &f->missing[i + 1], (f->n_missing - i) * sizeof f->missing[0]);
        f->repaired++;
        return;
    }
}

static void advance(struct receive_flow *f, uint64_t seq, int64_t now_us)
{
    for (uint64_t s = f->highest_seq + 1; s <= seq; s++) {
        ring_set(f, s, false);
        if (s < seq && f->n_missing < FLOW_MISSING_MAX)
            f->missing[f->n_missing++] = (struct missing){s, now_us + REORDER_WAIT_US, 0};
    }
    f->highest_seq = seq;
}

bool receive_flow_packet(struct receive_flow *f, uint16_t seq16, int64_t now_us)
{
    uint64_t seq;

    if (f->unique == 0) {
        /* room below, so that a packet that was overtaken has a number */
        f->first_seq = f->highest_seq = (UINT64_C(1) << 32) + seq16;
        ring_set(f, f->first_seq, true);
        f->unique = 1;
        return true;
    }
    seq = rtp_seq_extend(f->highest_seq, seq16);
    if (seq > f->highest_seq)
        advance(f, seq, now_us);
    else if (seq + FLOW_RING <= f->highest_seq || ring_get(f, seq)) {
        f->duplicates++;
        return false;
    } else
        missing_remove(f, seq);
    if (seq < f->first_seq)
        f->first_seq = seq;
    ring_set(f, seq, true);
    f->unique++;
    return true;
}

uint64_t receive_flow_expected(const struct receive_flow *f)
{
    return f->unique ? f->highest_seq - f->first_seq + 1 : 0;
}

uint64_t receive_flow_lost(const struct receive_flow *f)
{
    return receive_flow_expected(f) - f->unique;
}

size_t receive_flow_nacks(struct receive_flow *f, int64_t now_us, uint16_t *seqs, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_missing && n < max; i++) {
        struct missing *m = &f->missing[i];

        if (m->due_us > now_us || m->tries >= TRIES_MAX)
            continue;
        m->due_us = now_us + ASK_AGAIN_US;
        m->tries++;
        seqs[n++] = (uint16_t)m->seq;
    }
    return n;
}
