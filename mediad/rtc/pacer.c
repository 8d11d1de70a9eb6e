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

static int64_t bytes_in(int64_t rate_bps, int64_t us)
{
    return rate_bps * us / 8 / US_PER_S;
}

/* What left at once, as it had to, is not made up for over longer than what waits is given. */
static void bound_tokens(struct pacer *p)
{
    int64_t most = bytes_in(p->rate_bps, BURST_US), least = -bytes_in(p->rate_bps, DRAIN_US);

    if (most < BURST_MIN)
        most = BURST_MIN;
    if (p->tokens > most)
        p->tokens = most;
    if (p->tokens < least)
        p->tokens = least;
}

static void fill(struct pacer *p, int64_t now_us)
{
    int64_t passed_us = now_us - p->filled_us;

    bound_tokens(p);
    if (passed_us <= 0)
        return;
    if (passed_us > US_PER_S)
        passed_us = US_PER_S;
    p->tokens += bytes_in(rate_now(p), passed_us);
    p->filled_us = now_us;
    bound_tokens(p);
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

void pacer_rest(struct pacer *p, int64_t until_us, int64_t now_us)
{
    if (!p->rate_bps || until_us <= now_us)
        return;
    if (until_us > now_us + PACER_REST_MAX_US)
        until_us = now_us + PACER_REST_MAX_US;
    p->tokens = 0;
    p->filled_us = p->rested_us = until_us;
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

/* While it rests nothing grows old. */
static int64_t waits_since_us(const struct pacer *p)
{
    int64_t since_us = p->queue[p->first].since_us;

    return since_us > p->rested_us ? since_us : p->rested_us;
}

int pacer_put(struct pacer *p, const struct paced_packet *packet)
{
    int r = 0;

    if (p->n && packet->since_us - waits_since_us(p) > PACER_AGE_MAX_US)
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
