#include "mediad/rtc/resend.h"

#include <assert.h>
#include <stdlib.h>

#include "mediad/rtc/rtp.h"

enum { RESEND_EMPTY = 7, RESEND_TIME_MASK = (1 << 12) - 1, RESEND_UNIT_US = 8 * 1000 };

static uint16_t resend_time(int64_t now_us)
{
    return (uint16_t)((uint64_t)(now_us / RESEND_UNIT_US) & RESEND_TIME_MASK);
}

static int64_t resend_age_us(const struct resend_entry *entry, int64_t now_us)
{
    unsigned units = (unsigned)(resend_time(now_us) - entry->sent_8ms) & RESEND_TIME_MASK;

    return (int64_t)units * RESEND_UNIT_US;
}

static struct resend_entry *new_entries(uint32_t size)
{
    struct resend_entry *entries = calloc(size, sizeof *entries);

    for (uint32_t i = 0; entries && i < size; i++)
        entries[i].n_repeats = RESEND_EMPTY;
    return entries;
}

int resend_init(struct resend_ring *r, uint32_t size)
{
    struct resend_entry *entries;

    assert(size > 0 && size <= RESEND_MAX && (size & (size - 1)) == 0);
    entries = new_entries(size);
    if (!entries)
        return ERR_NO_MEMORY;
    *r = (struct resend_ring){.entries = entries,
                              .mask = size - 1,
                              .min_size = size,
                              .budget_bytes = RESEND_BUDGET_FIRST,
                              .budget_max_bytes = RESEND_BUDGET_MAX};
    return 0;
}

static void resize(struct resend_ring *r, uint32_t size)
{
    struct resend_entry *entries = new_entries(size);

    if (!entries)
        return;
    for (uint32_t i = 0; i <= r->mask; i++) {
        const struct resend_entry *old = &r->entries[i];
        struct resend_entry *place = &entries[old->out_seq & (size - 1)];

        /* where two would share a place, the newer one has it */
        if (old->n_repeats != RESEND_EMPTY &&
            (place->n_repeats == RESEND_EMPTY || rtp_seq_diff(old->out_seq, place->out_seq) > 0))
            *place = *old;
    }
    free(r->entries);
    r->entries = entries;
    r->mask = size - 1;
}

void resend_fit(struct resend_ring *r, uint32_t packets_per_s)
{
    /* half as much again: a rate is a mean over the second before */
    uint64_t needed = (uint64_t)packets_per_s * (RESEND_AGE_MAX_US / 1000) / 1000 * 3 / 2;
    uint32_t size = r->min_size;

    while (size < needed && size < RESEND_MAX)
        size *= 2;
    /* one that is a bit too large is kept, so that a rate near a bound does not move it each time
     */
    if (size > r->mask + 1 || size < (r->mask + 1) / 2)
        resize(r, size);
}

void resend_clear(struct resend_ring *r)
{
    for (uint32_t i = 0; i <= r->mask; i++)
        r->entries[i].n_repeats = RESEND_EMPTY;
}

size_t resend_size(const struct resend_ring *r)
{
    return r->entries ? (r->mask + (size_t)1) * sizeof *r->entries : 0;
}

void resend_release(struct resend_ring *r)
{
    free(r->entries);
    *r = (struct resend_ring){0};
}

static struct resend_entry *resend_find(const struct resend_ring *r, uint16_t out_seq)
{
    struct resend_entry *entry = &r->entries[out_seq & r->mask];

    return entry->n_repeats != RESEND_EMPTY && entry->out_seq == out_seq ? entry : NULL;
}

void resend_set_rate(struct resend_ring *r, int64_t rate_bps)
{
    int64_t max_bytes = rate_bps / 8 / 8;

    if (max_bytes > RESEND_BUDGET_MAX)
        max_bytes = RESEND_BUDGET_MAX;
    if (max_bytes < RESEND_BUDGET_MIN)
        max_bytes = RESEND_BUDGET_MIN;
    r->budget_max_bytes = max_bytes;
    if (r->budget_bytes > max_bytes)
        r->budget_bytes = max_bytes;
}

void resend_sent(struct resend_ring *r, uint16_t out_seq, const struct resend_packet *packet,
                 size_t size_bytes, int64_t now_us)
{
    r->entries[out_seq & r->mask] =
        (struct resend_entry){.out_seq = out_seq,
                              .source_seq = packet->source_seq,
                              .pid_delta = packet->pid_delta,
                              .sent_8ms = resend_time(now_us) & RESEND_TIME_MASK,
                              .marker = packet->marker};
    r->budget_bytes += (int64_t)(size_bytes / 4);
    if (r->budget_bytes > r->budget_max_bytes)
        r->budget_bytes = r->budget_max_bytes;
}

int resend_want(const struct resend_ring *r, uint16_t out_seq, int64_t rtt_us, int64_t now_us,
                struct resend_packet *packet)
{
    const struct resend_entry *entry = resend_find(r, out_seq);
    int64_t age_us;

    if (!entry)
        return ERR_NOT_FOUND;
    age_us = resend_age_us(entry, now_us);
    if (age_us > RESEND_AGE_MAX_US)
        return ERR_TOO_LARGE;
    if (entry->n_repeats > 0 &&
        age_us < (rtt_us < 0 ? RESEND_RTT_UNKNOWN_US : rtt_us - rtt_us / RESEND_EARLY_SHARE))
        return ERR_BUSY; /* the last repeat may still be on its way */
    if (entry->n_repeats >= RESEND_TIMES_MAX)
        return ERR_TOO_LARGE;
    *packet = (struct resend_packet){entry->source_seq, entry->pid_delta, entry->marker};
    return 0;
}

bool resend_peek(const struct resend_ring *r, uint16_t out_seq, struct resend_packet *packet)
{
    const struct resend_entry *entry = resend_find(r, out_seq);

    if (entry)
        *packet = (struct resend_packet){entry->source_seq, entry->pid_delta, entry->marker};
    return entry;
}

bool resend_may_copy(struct resend_ring *r, size_t size_bytes)
{
    if (r->budget_bytes < r->budget_max_bytes / 2 + (int64_t)size_bytes)
        return false;
    r->budget_bytes -= (int64_t)size_bytes;
    return true;
}

bool resend_repeated(struct resend_ring *r, uint16_t out_seq, size_t size_bytes, int64_t now_us)
{
    struct resend_entry *entry = resend_find(r, out_seq);

    if (!entry)
        return false;
    if (r->budget_bytes < (int64_t)size_bytes)
        return false;
    r->budget_bytes -= (int64_t)size_bytes;
    entry->n_repeats++;
    entry->sent_8ms = resend_time(now_us) & RESEND_TIME_MASK;
    return true;
}
