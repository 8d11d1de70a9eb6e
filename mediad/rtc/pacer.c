#include "mediad/rtc/pacer.h"

#include <stdlib.h>

#include "common/now.h"

/* What may leave at once after a pause: ten milliseconds of the rate, or two packets. */
#define BURST_US (10 * US_PER_MS)
#define BURST_MIN 3000
#define QUEUE_MIN 64
/* What waits leaves within this time or so: pictures must not fall behind sound. */
#define DRAIN_US (250 * US_PER_MS)

static int64_t rate_now(const struct pacer *p)
{
    int64_t drain_bps = p->waiting_bytes * 8 * US_PER_S / DRAIN_US;

    return drain_bps > p->rate_bps && !p->is_strict ? drain_bps : p->rate_bps;
}

static void fill(struct pacer *p, int64_t now_us)
{
    int64_t most = p->rate_bps * BURST_US / 8 / US_PER_S;
    int64_t passed_us = now_us - p->filled_us;

    if (most < BURST_MIN)
        most = BURST_MIN;
    if (passed_us > US_PER_S)
        passed_us = US_PER_S;
    if (passed_us > 0)
        p->tokens += rate_now(p) * passed_us / 8 / US_PER_S;
    if (p->tokens > most)
        p->tokens = most;
    p->filled_us = now_us;
}

void pacer_set_rate(struct pacer *p, int64_t rate_bps, bool is_strict, int64_t now_us)
{
    if (rate_bps == p->rate_bps && is_strict == p->is_strict)
        return;
    if (!p->rate_bps) { /* nothing was counted until now */
        p->tokens = BURST_MIN;
        p->filled_us = now_us;
    }
    fill(p, now_us);
    p->rate_bps = rate_bps;
    p->is_strict = is_strict;
}

bool pacer_is_open(struct pacer *p, int64_t now_us)
{
    if (!p->rate_bps)
        return p->n == 0;
    fill(p, now_us);
    return p->n == 0 && p->tokens > 0;
}

static int grow(struct pacer *p)
{
    unsigned size = p->size ? 2 * p->size : QUEUE_MIN;
    struct paced_packet *queue = calloc(size, sizeof *queue);

    if (!queue)
        return ERR_NO_MEMORY;
    for (unsigned i = 0; i < p->n; i++)
        queue[i] = p->queue[(p->first + i) % p->size];
    free(p->queue);
    p->queue = queue;
    p->size = size;
    p->first = 0;
    return 0;
}

int pacer_put(struct pacer *p, const struct paced_packet *packet)
{
    int r = 0;

    if (p->n && packet->since_us - p->queue[p->first].since_us > PACER_AGE_MAX_US)
        return ERR_TOO_LARGE;
    if (p->n == PACER_PACKETS_MAX)
        return ERR_TOO_LARGE;
    if (p->n == p->size)
        r = grow(p);
    if (r < 0)
        return r;
    p->queue[(p->first + p->n++) % p->size] = *packet;
    p->waiting_bytes += packet->packet->len;
    return 0;
}

bool pacer_drop(struct pacer *p, struct paced_packet *out)
{
    if (!p->n)
        return false;
    *out = p->queue[p->first];
    p->waiting_bytes -= out->packet->len;
    p->first = (p->first + 1) % p->size;
    if (--p->n)
        return true;
    free(p->queue);
    p->queue = NULL;
    p->size = p->first = 0;
    return true;
}

bool pacer_take(struct pacer *p, int64_t now_us, struct paced_packet *out)
{
    if (!p->n)
        return false;
    fill(p, now_us);
    if (p->rate_bps && p->tokens <= 0)
        return false;
    return pacer_drop(p, out);
}

int64_t pacer_next_us(const struct pacer *p)
{
    if (!p->n)
        return INT64_MAX;
    if (!p->rate_bps || p->tokens > 0)
        return p->filled_us;
    return p->filled_us + (1 - p->tokens) * 8 * US_PER_S / rate_now(p) + 1;
}
