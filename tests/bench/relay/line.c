#include "tests/bench/relay/line.h"

#define US_PER_S INT64_C(1000000)
#define MILLION UINT64_C(1000000)

void line_init(struct line *l, uint64_t seed)
{
    *l = (struct line){.random = seed};
}

void line_set(struct line *l, const struct line_settings *settings)
{
    l->settings = *settings;
}

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): any seed
 * is a good one. */
static uint64_t draw(struct line *l, uint64_t below)
{
    uint64_t z = (l->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return below ? z % below : 0;
}

/* When the bucket has enough for it, or -1 when it would wait too long. */
static int64_t pass_bucket(struct line *l, size_t size_bytes, int64_t now_us)
{
    const struct line_settings *s = &l->settings;

    if (s->rate_bps == 0) {
        l->free_us = now_us;
        return now_us;
    }
    int64_t bits = (int64_t)(size_bytes + LINE_HEADERS_BYTES) * 8;
    int64_t begins_us = l->free_us > now_us ? l->free_us : now_us;
    int64_t ends_us = begins_us + bits * US_PER_S / s->rate_bps;
    int64_t leaves_us = ends_us - s->burst_bytes * 8 * US_PER_S / s->rate_bps;

    if (leaves_us < now_us)
        leaves_us = now_us;
    if (leaves_us - now_us > s->queue_us)
        return -1;
    l->free_us = ends_us;
    if (leaves_us - now_us > l->wait_max_us)
        l->wait_max_us = leaves_us - now_us;
    return leaves_us;
}

int64_t line_enter(struct line *l, size_t size_bytes, int64_t now_us)
{
    const struct line_settings *s = &l->settings;
    /* always as many draws, so that one setting does not change what another one meets */
    bool is_lost = draw(l, MILLION) < s->loss_ppm;
    bool is_held = draw(l, MILLION) < s->reorder_ppm;
    int64_t jitter_us = (int64_t)draw(l, (uint64_t)s->jitter_us + 1);

    l->n_in++;
    if (is_lost) {
        l->n_lost++;
        return -1;
    }
    int64_t out_us = pass_bucket(l, size_bytes, now_us);

    if (out_us < 0) {
        l->n_full++;
        return -1;
    }
    l->n_out++;
    l->bytes_out += (int64_t)size_bytes + LINE_HEADERS_BYTES;
    out_us += s->delay_us + jitter_us;
    if (out_us < l->last_us)
        out_us = l->last_us;
    if (is_held) {
        l->n_held++;
        return out_us + s->hold_us;
    }
    l->last_us = out_us;
    return out_us;
}
