#include "tests/bench/loadgen/histogram.h"

static unsigned bucket_of(uint64_t value)
{
    unsigned log2 = 0;

    if (value < 16)
        return (unsigned)value;
    for (uint64_t v = value; v > 1; v >>= 1)
        log2++;
    return (log2 - 3) * 16 + (unsigned)(value >> (log2 - 4) & 15);
}

static int64_t bucket_top(unsigned bucket)
{
    unsigned shift;

    if (bucket < 16)
        return bucket;
    shift = bucket / 16 - 1;
    return (int64_t)((16 + (uint64_t)(bucket % 16) + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, int64_t value_us)
{
    if (value_us < 0)
        value_us = 0;
    h->counts[bucket_of((uint64_t)value_us)]++;
    h->total++;
    if (value_us > h->max_us)
        h->max_us = value_us;
}

int64_t histogram_percentile(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)h->total);
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen > wanted)
            return bucket_top(i) < h->max_us ? bucket_top(i) : h->max_us;
    }
    return h->max_us;
}
