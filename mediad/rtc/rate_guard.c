#include "mediad/rtc/rate_guard.h"

#define MILLION 1000000u
enum { NOTICE_INTERVAL_US = 10 * 1000 * 1000 };

void rate_guard_init(struct rate_guard *g, uint64_t rate_bps, uint32_t packets_per_s)
{
    *g = (struct rate_guard){
        .rate_bps = rate_bps ? rate_bps : RATE_GUARD_BPS_MAX,
        .packets_per_s = packets_per_s ? packets_per_s : RATE_GUARD_PACKETS_MAX,
    };
}

/* Both buckets hold what one second brings. */
static void refill(struct rate_guard *g, int64_t now_us)
{
    uint64_t bits_full = g->rate_bps * MILLION;
    uint64_t packets_full = (uint64_t)g->packets_per_s * MILLION;
    uint64_t passed_us = now_us > g->filled_us ? (uint64_t)(now_us - g->filled_us) : 0;

    if (!g->is_started || passed_us >= MILLION) {
        g->bits_left = bits_full;
        g->packets_left = packets_full;
    } else {
        g->bits_left += passed_us * g->rate_bps;
        g->packets_left += passed_us * g->packets_per_s;
        if (g->bits_left > bits_full)
            g->bits_left = bits_full;
        if (g->packets_left > packets_full)
            g->packets_left = packets_full;
    }
    if (!g->is_started || now_us > g->filled_us)
        g->filled_us = now_us;
    g->is_started = true;
}

bool rate_guard_take(struct rate_guard *g, size_t size_bytes, int64_t now_us)
{
    uint64_t bits = (uint64_t)size_bytes * 8 * MILLION;

    refill(g, now_us);
    if (g->bits_left < bits || g->packets_left < MILLION) {
        g->n_dropped++;
        return false;
    }
    g->bits_left -= bits;
    g->packets_left -= MILLION;
    return true;
}

bool rate_guard_notice(struct rate_guard *g, int64_t now_us)
{
    if (g->n_dropped == g->n_told || (g->n_told > 0 && now_us - g->told_us < NOTICE_INTERVAL_US))
        return false;
    g->n_told = g->n_dropped;
    g->told_us = now_us;
    return true;
}
